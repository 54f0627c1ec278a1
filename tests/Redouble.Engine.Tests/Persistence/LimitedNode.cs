using System.Buffers.Binary;
using System.Globalization;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>A node whose snapshots have little memory. Its helper runs only when the test lets it.</summary>
internal sealed class LimitedNode(long limit, params string[] directives) : IDisposable
{
    /// <summary>What one turn of these tests saves beyond the limit, at most: a block of frames, and a large value.</summary>
    public const int SliceMax = 64 * 1024;

    private readonly SeededRandom _random = new(11);
    private readonly Dictionary<int, Session> _replicas = [];

    public EngineNode Engine { get; } =
        new([$"snapshot-buffer-limit {limit}", "rdbcompression no", "repl-diskless-sync-delay 0", "enable-debug-command yes", .. directives]);

    public Node Node => Engine.Node;

    /// <summary>The saved file.</summary>
    public byte[] File => Engine.Files.Files["/data/dump.rdb"];

    /// <summary>The most that the queue has held.</summary>
    public long QueueBytesMax { get; private set; }

    public string Digest => Engine.Do("DEBUG DIGEST");

    /// <summary>Keys of all shapes, in two databases: inline values, large ones, some with an expiry.</summary>
    public void Fill(int keys)
    {
        for (var i = 0; i < keys; i++)
        {
            Engine.Do($"SELECT {i % 2}");
            Engine.DoWords("SET", Key(i), Text(i % 20 == 0 ? 20_000 : 700));
            if (i % 5 == 0) Engine.Do($"PEXPIRE {Key(i)} 500000");
        }
    }

    /// <summary>Overwrites keys of <see cref="Fill"/> and ends a turn after each.</summary>
    public void Overwrite(int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            Engine.Do($"SELECT {i % 2}");
            Engine.DoWords("SET", Key(i), "new");
            EndTurn();
        }
    }

    public void EndTurn()
    {
        Node.FeedReplicas();
        QueueBytesMax = Math.Max(QueueBytesMax, Node.Snapshots.QueueBytes);
    }

    /// <summary>Lets walk and helper get on until the snapshot has ended.</summary>
    public void RunSnapshot()
    {
        for (var turn = 0; Node.Snapshots.IsRunning; turn++)
        {
            Assert.True(turn < 20_000, "The snapshot does not get on.");
            Turn();
        }
    }

    /// <summary>As <see cref="RunSnapshot"/>, to a replica that takes what it gets.</summary>
    public void RunSnapshotTo(ReplicaLink replica)
    {
        for (var turn = 0; Node.Snapshots.IsRunning; turn++)
        {
            Assert.True(turn < 20_000, "The snapshot does not get on.");
            Turn();
            Receive(replica);
        }
    }

    public void Turn()
    {
        EndTurn();
        Node.BackgroundSlice(Engine.Clock.MonotonicMicroseconds, busy: false);
        Engine.Background.Drain();
    }

    public string Text(int length)
    {
        var bytes = new byte[(length + 15) / 16 * sizeof(ulong)];
        for (var at = 0; at < bytes.Length; at += sizeof(ulong)) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), _random.NextUInt64());
        return Convert.ToHexStringLower(bytes)[..length];
    }

    public string Info(string field)
    {
        var at = Engine.Do("INFO everything").Split('|').Single(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return at[(field.Length + 1)..];
    }

    /// <summary>A replica that asks for a full sync; with <c>eof</c> it reads until a mark, else it has to know the length.</summary>
    public ReplicaLink AddReplica(int port, params string[] capabilities)
    {
        if (capabilities.Length == 0) capabilities = ["eof", "psync2"];
        var session = Engine.Connect();
        Engine.Do($"REPLCONF listening-port {port}", session);
        Engine.Do("REPLCONF" + string.Concat(capabilities.Select(static capability => " capa " + capability)), session);
        Engine.Do("PSYNC ? -1", session);
        _replicas[port] = session;
        return Node.Replication.LinkOf(session);
    }

    /// <summary>The connection of a replica is closed.</summary>
    public void RemoveReplica(int port) => Node.RemoveSession(_replicas[port]);

    /// <summary>Receives what the link has to send, at most so many bytes.</summary>
    public byte[] Receive(ReplicaLink link, int bytesMax = int.MaxValue)
    {
        var received = new MemoryStream();
        var segments = new OutputSegment[1];
        while (received.Length < bytesMax && link.PeekSend(segments) > 0)
        {
            received.Write(segments[0].Bytes);
            link.OnSent(segments[0].Length, Engine.Clock.MonotonicMicroseconds);
        }

        return received.ToArray();
    }

    public static string Key(int i) => "key:" + i.ToString(CultureInfo.InvariantCulture);

    public void Dispose() => Engine.Dispose();
}
