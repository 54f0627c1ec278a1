using Redouble.Protocol.Replies;

namespace Redouble.Replication.Replica;

/// <summary>
/// A connection to the primary as whoever drives it sees it: the link's own, and during a full sync over two channels the one of the payload.
/// The driver reads into <see cref="GetReceiveBuffer"/> and reports, and sends what is peeked and reports. Times are monotonic microseconds.
/// </summary>
public interface IPrimaryConnection
{
    /// <summary>Whether the connection is to be read.</summary>
    bool WantsRead { get; }

    /// <summary>What the driver is at while the connection is being opened: <c>resolve</c> or <c>connect</c>.</summary>
    string ConnectStep { get; set; }

    /// <summary>The connection that was asked for is open.</summary>
    void OnConnected(long now);

    /// <summary>Where to receive the next bytes; empty while none are wanted, or none more in this turn.</summary>
    Span<byte> GetReceiveBuffer();

    /// <summary>Bytes were received into <see cref="GetReceiveBuffer"/>.</summary>
    void OnReceived(int count, long now);

    /// <summary>Fills <paramref name="segments"/> with what is to be sent; returns how many.</summary>
    int PeekSend(Span<OutputSegment> segments);

    /// <summary>That many of the peeked bytes were sent.</summary>
    void OnSent(long count);

    /// <summary>The primary is gone, and something that it had sent before is still to be received: the end will be reported behind it.</summary>
    void OnPeerGone(long now);

    /// <summary>The connection is gone, or could not be opened.</summary>
    void OnClosed(long now, string reason);
}
