using System.Text;
using System.Text.RegularExpressions;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>A node with an append-only file, on files in memory.</summary>
internal sealed partial class AofNode : IDisposable
{
    public const string Directory = "/data/appendonlydir";

    public AofNode(params string[] directives)
        : this(starts: true, ["appendonly yes", .. directives])
    {
    }

    public AofNode(bool starts, string[] directives)
    {
        Engine = new EngineNode(directives);
        if (starts) Engine.Node.LoadAtStart();
        Turn();
    }

    /// <summary>Over a node that has loaded what there was, or has nothing to load.</summary>
    public AofNode(EngineNode engine) => Engine = engine;

    public EngineNode Engine { get; }

    public AppendOnlyFile File => Engine.Node.AppendOnly;

    public MemoryFiles Files => Engine.Files;

    /// <summary>Whether the other threads do nothing, as when a disk hangs.</summary>
    public bool DiskHangs { get; set; }

    public string Manifest => Text("appendonly.aof.manifest");

    public string Do(string command, Session? session = null) => Engine.Do(command, session);

    /// <summary>A turn of the loop, in which the other threads do all they can.</summary>
    public void Turn(long milliseconds = 2)
    {
        Engine.Clock.Advance(milliseconds);
        var node = Engine.Node;
        node.BeginTurn(Engine.Clock.MonotonicMicroseconds);
        node.EndTurn();
        node.FeedReplicas();
        node.BackgroundSlice(Engine.Clock.MonotonicMicroseconds, busy: false);
        node.AppendOnly.Commit();
        node.ResumeUnblocked();
        if (!DiskHangs) Engine.Background.Drain();
    }

    /// <summary>Turns until a rewrite has ended.</summary>
    public void Rewrite()
    {
        for (var i = 0; i < 1000 && File.Rewrites.IsRunning; i++) Turn();
        Assert.False(File.Rewrites.IsRunning);
        Turn();
    }

    /// <summary>A file of the set, CRLF as |, without what only we write.</summary>
    public string Text(string name) => Marks().Replace(Raw(name), "");

    /// <summary>A file of the set, CRLF as |.</summary>
    public string Raw(string name) => Raw(Files.Files.GetValueOrDefault($"{Directory}/{name}") ?? []);

    /// <summary>The commands of a file, one after the other.</summary>
    public string Commands(string name) => CommandsOf(Files.Files.GetValueOrDefault($"{Directory}/{name}") ?? []);

    /// <summary>The commands in the bytes of a file, one after the other, without what only we write.</summary>
    public static string CommandsOf(byte[] file) => string.Join(" / ", Words().Replace(Marks().Replace(Raw(file), ""), "")
        .Split('*', StringSplitOptions.RemoveEmptyEntries)
        .Select(static command => string.Join(' ', command.Split('|', StringSplitOptions.RemoveEmptyEntries)[1..])));

    /// <summary>The last mark of a file: its words up to the role, the history left out.</summary>
    public string LastMark(string name)
    {
        var last = "";
        foreach (Match mark in Marks().Matches(Raw(name)))
        {
            var words = mark.Value[4..].Split(' ');
            if (words.Length == 6) last = string.Join(' ', words[1..4]);
            else if (char.IsDigit(words[0][0])) last = words[0] + last[last.IndexOf(' ', StringComparison.Ordinal)..]; // goes on from the one before
        }

        return last;
    }

    public void Dispose() => Engine.Dispose();

    private static string Raw(byte[] file) => Encoding.Latin1.GetString(file).Replace("\r\n", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"#RD:[^|]*\|")]
    private static partial Regex Marks();

    [GeneratedRegex(@"\$\d+\|")]
    private static partial Regex Words();
}
