using Redouble.Core.Memory;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>A primary with replicas made of strings.</summary>
internal sealed class PrimaryFixture : IPrimaryHost, IDisposable
{
    private readonly OutputSegment[] _segments = new OutputSegment[64];
    private readonly List<ReplicaLink> _links = [];

    public PrimaryFixture(int blockCapacity = BlockPool.StandardCapacity, long backlogSize = 1 << 20)
    {
        Log = new ReplicationLog(Pool, backlogSize, blockCapacity);
        History = new ReplicationHistory(new SeededRandom(1), Log);
        Replication = new PrimaryReplication(History, Settings, this, Pool, new SeededRandom(2));
    }

    public BlockPool Pool { get; } = new();

    public ReplicationLog Log { get; }

    public ReplicationHistory History { get; }

    public ReplicationSettings Settings { get; } = new() { DisklessSyncDelaySeconds = 0 };

    public PrimaryReplication Replication { get; }

    public List<string> Lines { get; } = [];

    public List<ReplicaLink> Disconnected { get; } = [];

    public List<SnapshotStream> Streams { get; } = [];

    public List<SnapshotStream> Abandoned { get; } = [];

    public SnapshotPlace Place { get; private set; }

    public int Acknowledgements { get; private set; }

    public int Promotions { get; private set; }

    public RdbDialect NeededDialect { get; set; } = RdbDialect.Rdb10;

    public bool CanBeginSnapshot { get; set; } = true;

    public bool IsOffsetFrozen { get; set; }

    public bool HasEnded { get; set; }

    public bool AreWritesPaused { get; set; }

    public bool BeginFails { get; set; }

    public long Now { get; private set; }

    public string Id => History.Identity.Id.ToString();

    public void Dispose()
    {
        foreach (var link in _links) link.OnClosed();
        Log.Free();
        Assert.Equal(0, Pool.LentBytes);
        Pool.Dispose();
    }

    public bool TryBeginSnapshot(in SnapshotPlace place, ReadOnlySpan<SnapshotStream> streams)
    {
        Place = place;
        Streams.AddRange(streams);
        return !BeginFails;
    }

    /// <summary>Makes files for slow replicas; null for none.</summary>
    public Func<SnapshotCursor, ISnapshotFile?>? Spool { get; set; }

    public ISnapshotFile? TrySpool(SnapshotCursor source) => Spool?.Invoke(source);

    public void OnSnapshotAbandoned(SnapshotStream stream) => Abandoned.Add(stream);

    public void Disconnect(ReplicaLink link) => Disconnected.Add(link);

    public void OnAcknowledged() => Acknowledgements++;

    public void PromoteForFailover(ReplicaLink link) => Promotions++;

    public void Execute(ReplicaLink link, in CommandFrame command, ReplyWriter reply) => reply.Error("ERR unknown command"u8);

    void IPrimaryHost.Log(LogLevel level, string text) => Lines.Add(text);

    /// <summary>Closes the link at the end.</summary>
    public void Track(ReplicaLink link) => _links.Add(link);

    public ReplicaLink Connect(string? psync = null, string options = "capa eof capa psync2", long clientId = 0)
    {
        var link = Replication.CreateLink("127.0.0.1", clientId);
        Track(link);
        if (options.Length > 0) Assert.StartsWith("+OK", Say(link, ["REPLCONF", .. options.Split(' ')]));
        if (psync != null) Send(link, Wire.Command(["PSYNC", .. psync.Split(' ')]));
        return link;
    }

    /// <summary>A replica that is online after a full sync with the payload <c>RDB</c>.</summary>
    public ReplicaLink ConnectOnline(string options = "listening-port 7000 capa eof capa psync2")
    {
        var link = Connect("? -1", options);
        Turn();
        Streams[^1].Append("RDB"u8);
        Streams[^1].Complete();
        Sent(link);
        Say(link, "REPLCONF", "ACK", $"{Log.EndOffset}");
        Assert.Equal(ReplicaLinkState.Online, link.State);
        return link;
    }

    /// <summary>The replica sends bytes.</summary>
    public void Send(ReplicaLink link, string text)
    {
        var bytes = Wire.Bytes(text).AsSpan();
        while (bytes.Length > 0)
        {
            var free = link.GetReceiveBuffer();
            Assert.False(free.IsEmpty);
            var part = Math.Min(bytes.Length, free.Length);
            bytes[..part].CopyTo(free);
            link.OnReceived(part, Now);
            bytes = bytes[part..];
        }
    }

    /// <summary>The replica sends a command and reads what is there for it.</summary>
    public string Say(ReplicaLink link, params string[] arguments)
    {
        Send(link, Wire.Command(arguments));
        return Sent(link);
    }

    /// <summary>What is sent to the replica, all of it.</summary>
    public string Sent(ReplicaLink link, int limit = int.MaxValue)
    {
        var text = "";
        while (limit > 0)
        {
            var count = link.PeekSend(_segments);
            var part = Wire.Text(_segments.AsSpan(0, count));
            part = part[..Math.Min(part.Length, limit)];
            if (part.Length == 0) break;
            limit -= part.Length;
            link.OnSent(part.Length, Now);
            text += part;
        }

        return text;
    }

    public void Turn()
    {
        Log.Now = Now;
        Replication.AfterUnits(Now);
    }

    public void After(double seconds)
    {
        Now += (long)(seconds * 1_000_000);
        Log.Now = Now;
        Replication.OnTimer(Now);
        Replication.AfterUnits(Now);
    }
}
