using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>A primary link with a primary made of strings.</summary>
internal sealed class LinkFixture : IDisposable
{
    public const string IdA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string IdB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    public const string Introduction =
        "*3\r\n$8\r\nREPLCONF\r\n$14\r\nlistening-port\r\n$4\r\n7000\r\n" +
        "*7\r\n$8\r\nREPLCONF\r\n$4\r\ncapa\r\n$3\r\neof\r\n$4\r\ncapa\r\n$6\r\npsync2\r\n$4\r\ncapa\r\n$8\r\nredouble\r\n" +
        "*3\r\n$8\r\nREPLCONF\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n";

    private readonly OutputSegment[] _segments = new OutputSegment[64];

    public LinkFixture(int blockCapacity = BlockPool.StandardCapacity, int unappliedMax = PrimaryLink.UnappliedMax)
    {
        Log = new ReplicationLog(Pool, 1 << 20, blockCapacity);
        History = new ReplicationHistory(new SeededRandom(1), Log);
        Link = new PrimaryLink(History, Settings, Host, Host, Pool, unappliedMax: unappliedMax);
    }

    public BlockPool Pool { get; } = new();

    public ReplicationLog Log { get; }

    public ReplicationHistory History { get; }

    public ReplicationSettings Settings { get; } = new() { AnnouncedPort = 7000 };

    public FakeReplicaHost Host { get; } = new();

    public PrimaryLink Link { get; }

    public long Now { get; set; }

    public void Dispose()
    {
        Link.Stop(Now);
        Log.Free();
        Assert.Equal(0, Pool.LentBytes);
        Pool.Dispose();
    }

    /// <summary>What the link wants to send, all of it sent.</summary>
    public string Sent()
    {
        var count = Link.PeekSend(_segments);
        var text = Wire.Text(_segments.AsSpan(0, count));
        Link.OnSent(text.Length);
        return text;
    }

    /// <summary>The primary sends; in reads of at most <paramref name="readMax"/> bytes; perhaps only as long as the link stands.</summary>
    public void Receive(string text, int readMax = int.MaxValue, bool whileUp = false)
    {
        var bytes = Wire.Bytes(text).AsSpan();
        while (bytes.Length > 0 && !(whileUp && !Link.IsUp))
        {
            var free = Link.GetReceiveBuffer();
            if (free.IsEmpty && Link.HasWork)
            {
                After(0);
                continue;
            }

            if (free.IsEmpty) throw new InvalidOperationException($"The link does not read in state {Link.State}.");
            var part = Math.Min(Math.Min(readMax, bytes.Length), free.Length);
            bytes[..part].CopyTo(free);
            Link.OnReceived(part, Now);
            bytes = bytes[part..];
        }
    }

    /// <summary>A turn, that much later.</summary>
    public void After(double seconds)
    {
        Now += (long)(seconds * 1_000_000);
        Log.Now = Now;
        Host.UnitsInTurn = 0;
        Link.OnTimer(Now);
    }

    /// <summary>Connects and goes on to the reply to PSYNC; returns the PSYNC command.</summary>
    /// <param name="isRedouble">Whether the primary says so.</param>
    /// <param name="readMax">Bytes of a read at most.</param>
    /// <param name="place">INFO replication of the primary; null when it refuses to tell.</param>
    public string Handshake(bool isRedouble = false, int readMax = int.MaxValue, string? place = null)
    {
        if (Link.State == PrimaryLinkState.None) Link.Follow("primary", 6379, Now);
        if (Link.State == PrimaryLinkState.Connect) After(Math.Max(0, (Link.NextDeadline - Now) / 1e6));
        Assert.Equal(PrimaryLinkState.Connecting, Link.State);
        Link.OnConnected(Now);
        Assert.Equal("*1\r\n$4\r\nPING\r\n", Sent());
        Receive("+PONG\r\n", readMax);
        var asksPlace = History.IsResumable && Log.IsActive;
        Assert.Equal(Introduction + (asksPlace ? Wire.Command("INFO", "replication") : ""), Sent());
        Receive("+OK\r\n", readMax);
        Receive(isRedouble ? "+OK redouble\r\n" : "+OK\r\n", readMax);
        Receive("-ERR Unrecognized REPLCONF option: version\r\n", readMax);
        if (asksPlace)
        {
            Assert.Equal(PrimaryLinkState.PlaceReply, Link.State);
            Receive(place == null ? "-NOPERM no INFO\r\n" : $"${place.Length}\r\n{place}\r\n", readMax);
            if (Link.State == PrimaryLinkState.Connect) return ""; // it had better wait
        }

        Assert.Equal(PrimaryLinkState.PsyncReply, Link.State);
        return Sent();
    }

    /// <summary>Up to a stream after a full sync at <paramref name="offset"/>.</summary>
    public void FullSync(long offset = 1000, bool isRedouble = false, int database = 0)
    {
        Host.OnEndPayload = link => link.OnLoadCompleted(database, Now);
        Handshake(isRedouble);
        Receive($"+FULLRESYNC {IdA} {offset}\r\n$4\r\nDATA");
        Assert.Equal(PrimaryLinkState.Connected, Link.State);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", $"{offset}"), Sent());
    }
}
