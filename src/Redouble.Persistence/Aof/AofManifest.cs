using System.Text;
using Redouble.Core.Text;

namespace Redouble.Persistence.Aof;

/// <summary>
/// The list of files that together are the append-only file, in the order of loading; as of Redis 7.0. Every change makes a new manifest, which is
/// written beside the old one and renamed over it: that moment is when the set changes.
/// <code>
///   file appendonly.aof.2.base.rdb seq 2 type b         the base, at most one
///   file appendonly.aof.1.base.rdb seq 1 type h         replaced by a rewrite, to be deleted
///   file appendonly.aof.4.incr.aof seq 4 type i         commands since then, ascending; the last one is written to
///
///   rewrite begins:  WithNextIncremental                b1 i3      ─► b1 i3 i4
///   rewrite is done: WithNextBase, WithIncrementalsAsHistory       ─► b2 h1 h3 i4
///   files deleted:   WithoutHistory                                ─► b2 i4
/// </code>
/// </summary>
/// <param name="Base">The base, or null.</param>
/// <param name="History">Files that are not needed any more.</param>
/// <param name="Incrementals">Incremental files, oldest first.</param>
/// <param name="LastBaseSequence">The number of the last base, 0 for none so far.</param>
/// <param name="LastIncrementalSequence">The number of the last incremental file, 0 for none so far.</param>
public sealed record AofManifest(
    AofFile? Base, IReadOnlyList<AofFile> History, IReadOnlyList<AofFile> Incrementals, long LastBaseSequence, long LastIncrementalSequence)
{
    /// <summary>The set of no files.</summary>
    public static AofManifest Empty => new(null, [], [], 0, 0);

    /// <summary>Whether it names no file that would be loaded.</summary>
    public bool HasNoData => Base == null && Incrementals.Count == 0;

    /// <summary>The file that is written to, or null.</summary>
    public AofFile? LastIncremental => Incrementals.Count == 0 ? null : Incrementals[^1];

    /// <summary>The files to load, in their order.</summary>
    public IEnumerable<AofFile> Data => Base == null ? Incrementals : Incrementals.Prepend(Base);

    /// <summary>The name of the manifest.</summary>
    public static string NameOf(string appendFileName) => appendFileName + ".manifest";

    /// <summary>What it is called until it is complete.</summary>
    public static string TemporaryNameOf(string appendFileName) => $"temp-{appendFileName}.manifest";

    /// <summary>The set that an append-only file of before Redis 7 becomes: that file is its base.</summary>
    public static AofManifest OfSingleFile(string name) => Empty with { Base = new AofFile(name, 1, AofFileKind.Base), LastBaseSequence = 1 };

    /// <summary>With another base, which the caller has to create; the one before becomes history.</summary>
    public AofManifest WithNextBase(string appendFileName, bool isRdb)
    {
        var sequence = NextFree(LastBaseSequence, number => AofFile.BaseName(appendFileName, number, isRdb));
        var history = Base == null ? History : [Base with { Kind = AofFileKind.History }, .. History];
        var file = new AofFile(AofFile.BaseName(appendFileName, sequence, isRdb), sequence, AofFileKind.Base);
        return this with { Base = file, History = history, LastBaseSequence = sequence };
    }

    /// <summary>With one more incremental file, which the caller has to create and to write to from now on.</summary>
    public AofManifest WithNextIncremental(string appendFileName)
    {
        var sequence = NextFree(LastIncrementalSequence, number => AofFile.IncrementalName(appendFileName, number));
        var file = new AofFile(AofFile.IncrementalName(appendFileName, sequence), sequence, AofFileKind.Incremental);
        return this with { Incrementals = [.. Incrementals, file], LastIncrementalSequence = sequence };
    }

    /// <summary>A new base holds what the incremental files do; all but the last <paramref name="kept"/>, which are behind it.</summary>
    public AofManifest WithIncrementalsAsHistory(int kept)
    {
        var replaced = Math.Max(0, Incrementals.Count - kept);
        var history = Incrementals.Take(replaced).Select(static file => file with { Kind = AofFileKind.History });
        return this with { History = [.. history, .. History], Incrementals = [.. Incrementals.Skip(replaced)] };
    }

    /// <summary>Without the files that are not needed any more.</summary>
    public AofManifest WithoutHistory() => this with { History = [] };

    /// <summary>Whether it would be loaded: such a file is never deleted, whatever another line says of its name.</summary>
    public bool HoldsData(string name) => Data.Any(file => file.Name == name);

    /// <summary>The bytes of the manifest file.</summary>
    public byte[] Format()
    {
        var text = new StringBuilder();
        if (Base != null) AppendLine(text, Base);
        foreach (var file in History) AppendLine(text, file);
        foreach (var file in Incrementals) AppendLine(text, file);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    // Numbers go on from the last file that counts, as in Redis, and pass those of history files: these are deleted by their names, at any time.
    private long NextFree(long last, Func<long, string> nameOf)
    {
        do last++;
        while (HoldsData(nameOf(last)) || History.Any(file => file.Name == nameOf(last)));
        return last;
    }

    private static void AppendLine(StringBuilder text, AofFile file) =>
        text.Append("file ").Append(Quoted(file.Name)).Append(" seq ").Append(file.Sequence).Append(" type ").Append((char)file.Kind).Append('\n');

    private static string Quoted(string name)
    {
        var bytes = Encoding.Latin1.GetBytes(name);
        var isPlain = !QuotedText.NeedsQuotes(bytes) && !bytes.AsSpan().Contains((byte)'\''); // a quote in the middle of a word opens a quoted part
        if (bytes.Length > 0 && isPlain) return name;
        var quoted = new byte[QuotedText.MaxLength(bytes.Length)];
        return Encoding.Latin1.GetString(quoted, 0, QuotedText.Format(bytes, quoted));
    }
}
