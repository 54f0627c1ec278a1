using Redouble.Protocol.Replies;
using Redouble.Replication.Replica;
using Redouble.Replication.Tests.Replica;

namespace Redouble.Replication.Tests.Channels;

/// <summary>A replica's link with its second connection, and a primary made of strings.</summary>
internal sealed class ChannelFixture : IDisposable
{
    private readonly OutputSegment[] _segments = new OutputSegment[16];

    public ChannelFixture(bool isRedis = false)
    {
        Main.Settings.DualChannel = !isRedis;
        Main.Settings.RdbChannel = isRedis;
    }

    public LinkFixture Main { get; } = new();

    public PrimaryLink Link => Main.Link;

    public SnapshotChannel Channel => Link.Channel;

    public FakeReplicaHost Host => Main.Host;

    public void Dispose() => Main.Dispose();

    /// <summary>Up to the PSYNC command, whose reply is to come.</summary>
    public void Handshake()
    {
        if (Link.State == PrimaryLinkState.None) Link.Follow("primary", 6379, Main.Now);
        if (Link.State == PrimaryLinkState.Connect) Main.After(Math.Max(0, (Link.NextDeadline - Main.Now) / 1e6));
        Link.OnConnected(Main.Now);
        Main.Sent();
        Main.Receive("+PONG\r\n");
        Main.Sent();
        Main.Receive("+OK\r\n+OK\r\n+OK\r\n");
        Assert.Equal(PrimaryLinkState.PsyncReply, Link.State);
        Assert.StartsWith("*3\r\n$5\r\nPSYNC\r\n", Main.Sent());
    }

    /// <summary>What the second connection wants to send, all of it sent.</summary>
    public string SentOnChannel()
    {
        var count = Channel.PeekSend(_segments);
        var text = Wire.Text(_segments.AsSpan(0, count));
        Channel.OnSent(text.Length);
        return text;
    }

    public void ReceiveOnChannel(string text, int readMax = int.MaxValue)
    {
        var bytes = Wire.Bytes(text).AsSpan();
        while (bytes.Length > 0)
        {
            var free = Channel.GetReceiveBuffer();
            if (free.IsEmpty) throw new InvalidOperationException($"The channel does not read in state {Channel.State}.");
            var part = Math.Min(Math.Min(readMax, bytes.Length), free.Length);
            bytes[..part].CopyTo(free);
            Channel.OnReceived(part, Main.Now);
            bytes = bytes[part..];
        }
    }

    /// <summary>Plays the transcript up to before step <paramref name="end"/>, checking what the replica says.</summary>
    public void Play(int end = int.MaxValue, int readMax = int.MaxValue)
    {
        for (var i = 0; i < ValkeyTranscript.FromPsync.Length && i < end; i++)
        {
            var (who, bytes) = ValkeyTranscript.FromPsync[i];
            if (Channel.State == SnapshotChannelState.Connecting) Channel.OnConnected(Main.Now);
            switch (who)
            {
                case Voice.PrimaryOnMain:
                    Main.Receive(bytes, readMax);
                    break;
                case Voice.PrimaryOnChannel:
                    ReceiveOnChannel(bytes, readMax);
                    break;
                case Voice.ReplicaOnMain:
                    Assert.Equal(bytes, Main.Sent());
                    break;
                default:
                    Assert.Equal(bytes, SentOnChannel());
                    break;
            }
        }
    }
}
