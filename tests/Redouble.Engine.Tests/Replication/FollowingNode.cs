using System.Globalization;
using System.Text;
using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Conversations;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Tests.Replication;

/// <summary>A node whose primary, and whoever else it talks to, is made of strings.</summary>
internal sealed class FollowingNode : IDisposable
{
    public const string IdA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string IdB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    public FollowingNode(params string[] directives) => Engine = new EngineNode(directives);

    /// <param name="engine">A node that has been started already.</param>
    public FollowingNode(EngineNode engine) => Engine = engine;

    /// <param name="heapLimitBytes">Address space at which the system is taken to refuse more.</param>
    public FollowingNode(long heapLimitBytes) => Engine = new EngineNode(heapLimitBytes);

    public EngineNode Engine { get; }

    public PrimaryLink Link => Engine.Node.Replication.Protocol.Primary;

    public Conversation Probe => Engine.Conversations[^1];

    public void Dispose() => Engine.Dispose();

    public string Do(string command) => Engine.Do(command);

    /// <summary>An RDB with so many keys.</summary>
    public static byte[] Rdb(int keys)
    {
        using var node = new EngineNode();
        for (var i = 0; i < keys; i++) node.Do($"SET key:{i} value");
        Assert.Equal("+OK|", node.Do("SAVE"));
        return node.Files.Files["/data/dump.rdb"];
    }

    /// <summary>Follows, and is given the RDB under the id. Whether it is taken is to be seen.</summary>
    /// <param name="id">The primary's history.</param>
    /// <param name="rdb">The payload.</param>
    /// <param name="offset">Of the snapshot.</param>
    /// <param name="host">Whom to follow, if nobody is followed yet.</param>
    /// <param name="former">The name of its history before, and the first offset that was not of that any more; null when it does not tell.</param>
    public void FullSync(string id, byte[] rdb, long offset = 1000, string host = "primary", (string Id, long Offset)? former = null)
    {
        if (Link.State == PrimaryLinkState.None) Assert.Equal("+OK|", Do($"REPLICAOF {host} 6379"));
        if (Link.State == PrimaryLinkState.Connect)
        {
            Engine.Clock.MonotonicMicroseconds = Math.Max(Engine.Clock.MonotonicMicroseconds, Link.NextDeadline);
            Turn();
        }

        Assert.Equal(PrimaryLinkState.Connecting, Link.State);
        Link.OnConnected(Engine.Clock.MonotonicMicroseconds);
        Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        if (Link.State == PrimaryLinkState.PlaceReply) Hear(Place(id, offset, former));
        Hear(string.Create(CultureInfo.InvariantCulture, $"+FULLRESYNC {id} {offset}\r\n${rdb.Length}\r\n"));
        Settle();
        if (Link.State == PrimaryLinkState.Payload) Hear(rdb);
        Settle();
    }

    /// <summary>Turns, of the helper too, until there is nothing left to do.</summary>
    public void Settle()
    {
        do
        {
            while (Engine.Node.Replication.HasLoadWork) Turn();
        }
        while (Engine.Background.Step());
    }

    /// <summary>The reply to INFO replication; it is refused without a former name.</summary>
    public static string Place(string id, long offset, (string Id, long Offset)? former)
    {
        if (former is not { } second) return "-ERR it does not tell where it stands\r\n";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"role:master\r\nmaster_replid:{id}\r\nmaster_replid2:{second.Id}\r\nmaster_repl_offset:{offset}\r\nsecond_repl_offset:{second.Offset}\r\n");
        return string.Create(CultureInfo.InvariantCulture, $"${text.Length}\r\n{text}\r\n");
    }

    /// <summary>The primary sends bytes.</summary>
    public void Hear(string text) => Hear(Encoding.Latin1.GetBytes(text));

    public void Hear(ReadOnlySpan<byte> bytes) => Hear(Link, bytes);

    /// <summary>The primary sends bytes on one of two connections.</summary>
    public void Hear(IPrimaryConnection connection, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var free = connection.GetReceiveBuffer();
            if (free.IsEmpty) return; // it has dropped the link
            var part = Math.Min(free.Length, bytes.Length);
            bytes[..part].CopyTo(free);
            connection.OnReceived(part, Engine.Clock.MonotonicMicroseconds);
            bytes = bytes[part..];
        }
    }

    /// <summary>Time goes by, and a turn of the loop.</summary>
    public void Turn(long milliseconds = 0)
    {
        Engine.Clock.Advance(milliseconds);
        Engine.Node.BeginTurn(Engine.Clock.MonotonicMicroseconds);
        Engine.Node.EndTurn();
    }

    /// <summary>The probe's connection is open, and its first question out.</summary>
    public void OpenProbe()
    {
        Turn();
        Turn();
        Probe.OnConnected(Engine.Clock.MonotonicMicroseconds);
        Tell("+OK\r\n");
    }

    /// <summary>The primary tells its offset.</summary>
    public void TellOffset(long offset, string id = IdA)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"role:master\r\nmaster_replid:{id}\r\nmaster_repl_offset:{offset}\r\n");
        Tell(string.Create(CultureInfo.InvariantCulture, $"${text.Length}\r\n{text}\r\n"));
    }

    public Dictionary<string, string> Info() => Do("INFO replication").Split('|').Where(line => line.Contains(':', StringComparison.Ordinal))
        .ToDictionary(line => line[..line.IndexOf(':', StringComparison.Ordinal)], line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    private void Tell(string text) => Probe.OnReceived(Encoding.Latin1.GetBytes(text), Engine.Clock.MonotonicMicroseconds);
}
