using System.Text;
using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Nodes that start from append-only files which a test has made.</summary>
internal static class AofSet
{
    public const string Id = "0123456789abcdef0123456789abcdef01234567";
    public const string Folder = "/data/appendonlydir/";
    public const string Incremental = "appendonly.aof.1.incr.aof";

    /// <summary>A node that has loaded a set of one incremental file.</summary>
    public static EngineNode Start(byte[] incremental, params string[] directives) =>
        Start([("appendonly.aof.manifest", $"file {Incremental} seq 1 type i\n"), (Incremental, Text(incremental))], directives);

    /// <summary>A node that has loaded what is in these files.</summary>
    public static EngineNode Start((string Name, string Text)[] files, params string[] directives)
    {
        var node = Create(files, directives);
        Load(node);
        return node;
    }

    /// <summary>A node that has not begun to load.</summary>
    public static EngineNode Create((string Name, string Text)[] files, params string[] directives)
    {
        var node = new EngineNode([.. directives, "appendonly yes"]);
        foreach (var (name, text) in files) node.Files.Files[name.StartsWith('/') ? name : Folder + name] = Bytes(text);
        node.Node.UpdateTime();
        return node;
    }

    public static void Load(EngineNode node)
    {
        node.Node.LoadAtStart();
        while (node.Node.IsLoading) node.Node.EndTurn();
    }

    /// <summary>A node that starts with the files that another one has, as a process that is killed leaves them.</summary>
    public static EngineNode Again(EngineNode written, string dir = "/data", params string[] directives)
    {
        var node = Create([], [.. directives, "enable-protected-configs yes"]);
        foreach (var (name, bytes) in written.Files.Files) node.Files.Files[name] = bytes;
        Assert.Equal("+OK|", node.Do("CONFIG SET dir " + dir));
        Load(node);
        return node;
    }

    /// <summary>The command of these words, as a file has it.</summary>
    public static string Command(string words) => Text(EngineNode.Encode(words.Split(' ')));

    /// <summary>
    /// A file with marks: where the text has <c>@offset</c> alone in a line, a mark is put, and for <c>~words</c> a line that tells of that command; other
    /// lines are commands, or annotations.
    /// </summary>
    public static string Marked(string text, string id = Id, bool isReplica = false)
    {
        var marker = new AofMarker();
        var file = new StringBuilder();
        var line = new byte[AofAnnotation.LengthMax];
        foreach (var entry in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (entry[0] == '@')
            {
                var length = marker.Mark(Bytes(id), long.Parse(entry.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture), 0, isReplica, line);
                file.Append(Text(line.AsSpan(0, length)));
                continue;
            }

            if (entry[0] == '~')
            {
                var omitted = EngineNode.Encode(entry[1..].Split(' '));
                var told = new byte[AofAnnotation.OmittedLengthMax];
                var length = AofAnnotation.FormatOmitted(omitted, told);
                marker.AppendOmitted(told.AsSpan(0, length), omitted.Length);
                file.Append(Text(told.AsSpan(0, length)));
                continue;
            }

            var bytes = entry[0] == '#' ? Bytes(entry + "\r\n") : EngineNode.Encode(entry.Split(' '));
            if (entry[0] == '#') marker.AppendOther(bytes);
            else marker.AppendStream(bytes);
            file.Append(Text(bytes));
        }

        return file.ToString();
    }

    public static ulong ChecksumOf(string text) => Crc64.Append(0, Bytes(text));

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
