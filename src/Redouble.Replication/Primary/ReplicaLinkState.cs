namespace Redouble.Replication.Primary;

/// <summary>
/// Where a replica's link stands, and what INFO calls it.
/// <code>
///                 ┌────────────────────────── PSYNC, +CONTINUE ─────────────────────────────────────────────┐
///   Handshake ────┤                                                                                         ▼
///                 └─ PSYNC or SYNC ──► WaitStart ──snapshot begins, +FULLRESYNC──► WaitEnd ─────────────► Online
///                                      wait_bgsave                                 wait_bgsave    ▲       online
///                                                          length known, $length ──► SendBulk ────┘
///                                                                                    send_bulk
///   Two channels, Valkey:  Handshake ──+DUALCHANNELSYNC──► Handshake ──the other says $ENDOFF; +CONTINUE──► BackgroundLoad ──first ACK──► Online
///   Two channels, Redis 8: Handshake ──+RDBCHANNELSYNC──► WaitChannel ──the other's snapshot begins──► BackgroundLoad ──first ACK──► Online
///   their other connection: Handshake ──SYNC──► WaitStart ──► WaitEnd ──► Online, until it is closed
/// </code>
/// As in Redis, a payload that ends with a mark is sent in WaitEnd, and after its end nothing goes out before the replica's first ACK.
/// </summary>
public enum ReplicaLinkState : byte
{
    /// <summary>A client that may become a replica.</summary>
    Handshake,

    /// <summary>Waits for a snapshot to begin.</summary>
    WaitStart,

    /// <summary>The snapshot runs.</summary>
    WaitEnd,

    /// <summary>The payload of known length is being sent.</summary>
    SendBulk,

    /// <summary>Two channels, Redis 8: waits for the other connection's snapshot to begin.</summary>
    WaitChannel,

    /// <summary>Two channels: gets the stream, while its data set comes on the other connection.</summary>
    BackgroundLoad,

    /// <summary>Gets the stream.</summary>
    Online,

    /// <summary>Gone.</summary>
    Closed,
}
