using Redouble.Core.Memory;
using Redouble.Replication.Failovers;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;
using Redouble.Replication.Tests.Primary;
using Redouble.Replication.Tests.Replica;

namespace Redouble.Replication.Tests.Failovers;

/// <summary>A whole node, replicas and primary made of strings, that may fail over.</summary>
internal sealed class FailoverFixture : IFailoverHost, IDisposable
{
    private readonly PrimaryFixture _serving = new();
    private readonly List<ReplicaLink> _links = [];

    public FailoverFixture()
    {
        var log = new ReplicationLog(Pool);
        Host.AsksForPromotionNow = () => Failover!.AsksForPromotion;
        Host.PromotionOffsetNow = () => Failover!.NeededOffset;
        Host.WhenPromotionAnswered = accepted => Failover!.OnAnswered(accepted);
        var settings = new ReplicationSettings { AnnouncedPort = 7000, DisklessSyncDelaySeconds = 0 };
        Node = new ReplicationNode(Pool, new SeededRandom(3), settings, log, _serving, Host, Host);
        Failover = new Failover(Node, this);
        log.Create(1000);
    }

    public BlockPool Pool { get; } = new();

    public FakeReplicaHost Host { get; } = new();

    public ReplicationNode Node { get; }

    public Failover Failover { get; }

    public List<string> Events { get; } = [];

    public long Now { get; private set; }

    public void Dispose()
    {
        Node.Primary.Stop(Now);
        foreach (var link in _links) link.OnClosed();
        Node.Log.Free();
        Assert.Equal(0, Pool.LentBytes);
        Pool.Dispose();
        _serving.Dispose();
    }

    public void PauseWrites() => Events.Add("pause");

    public void ResumeWrites() => Events.Add("resume");

    public void Follow(string host, int port)
    {
        Events.Add($"follow {host}:{port}");
        Node.ReplicaOf(host, port, Now);
    }

    public void BecomePrimary()
    {
        Events.Add("primary");
        Node.ReplicaOfNoOne(Now);
    }

    public void Log(LogLevel level, string text) => Events.Add(text);

    /// <summary>A replica at 127.0.0.1:<paramref name="port"/> that has gone on at the end of the log and acknowledged it.</summary>
    public ReplicaLink Attach(int port, bool acknowledges = true)
    {
        var link = Node.Replicas.CreateLink("127.0.0.1");
        _links.Add(link);
        Say(link, "REPLCONF", "listening-port", $"{port}", "capa", "psync2");
        Say(link, "PSYNC", $"{Node.History.Identity.Id}", $"{Node.Log.EndOffset + 1}");
        Assert.Equal(ReplicaLinkState.Online, link.State);
        if (acknowledges) Acknowledge(link);
        return link;
    }

    public void Acknowledge(ReplicaLink link) => Say(link, "REPLCONF", "ACK", $"{Node.Log.EndOffset}");

    public void Say(ReplicaLink link, params string[] arguments)
    {
        var bytes = Wire.Bytes(Wire.Command(arguments));
        bytes.CopyTo(link.GetReceiveBuffer());
        link.OnReceived(bytes.Length, Now);
        var segments = new Protocol.Replies.OutputSegment[8];
        for (var count = link.PeekSend(segments); count > 0; count = link.PeekSend(segments)) link.OnSent(segments[0].Bytes.Length, Now);
    }

    public void Write(string text) => Node.Log.Append(Wire.Bytes(text));

    public void After(double seconds)
    {
        Now += (long)(seconds * 1_000_000);
        Node.BeginTurn(Now);
        Node.OnTimer(Now);
        Failover.Check(Now);
    }

    /// <summary>The handshake with the new primary; returns what PSYNC asks, or nothing when the link was given up.</summary>
    public string Handshake(string place = "", string pong = "+PONG\r\n")
    {
        var link = Node.Primary;
        if (link.State == Replication.Replica.PrimaryLinkState.Connect) After(Math.Max(0, (link.NextDeadline - Now) / 1e6));
        link.OnConnected(Now);
        Receive(pong + "+OK\r\n+OK\r\n+OK\r\n" + $"${place.Length}\r\n{place}\r\n");
        return Asked();
    }

    /// <summary>What the last PSYNC that is to be sent asks, or nothing.</summary>
    public string Asked()
    {
        var segments = new Protocol.Replies.OutputSegment[8];
        var text = Wire.Text(segments.AsSpan(0, Node.Primary.PeekSend(segments)));
        Node.Primary.OnSent(text.Length);
        if (text.Length == 0) return "";
        return text[text.LastIndexOf("PSYNC", StringComparison.Ordinal)..].Replace("\r\n", " ", StringComparison.Ordinal);
    }

    public void Receive(string text)
    {
        var bytes = Wire.Bytes(text);
        bytes.CopyTo(Node.Primary.GetReceiveBuffer());
        Node.Primary.OnReceived(bytes.Length, Now);
    }
}
