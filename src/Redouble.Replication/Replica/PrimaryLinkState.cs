namespace Redouble.Replication.Replica;

/// <summary>
/// Where the link to the primary stands.
/// <code>
///  None ──Follow──► Connect ──timer──► Connecting ──► PingReply ──► AuthReply ─► PortReply ─► AddressReply ─► CapabilityReply ─► VersionReply
///                     ▲                                              (what is configured is asked in one go; replies in this order)   ▼
///                     │ close, error, timeout, from every state                          (with something to go on from) PlaceReply
///                     │                                                                                                               ▼
///                     │                                           ┌───────────── +CONTINUE ────────────────────────────────────── PsyncReply
///                     │                                           ▼                                                                   │ +FULLRESYNC
///                     └─────────────────────────────────────── Connected ◄── Loading ◄── Payload ◄── PayloadHeader ◄──────────────────┘ or SYNC
///  over two channels:  PsyncReply ──+DUALCHANNELSYNC──► ChannelWait ──► AssociateReply ──► ChannelPsyncReply ──► Buffering ──► Connected
///                      (the payload meanwhile comes on the other one, see SnapshotChannelState)    │ loaded already        loaded ▲
///                                                                                                └────────────────────────────┘
/// </code>
/// </summary>
public enum PrimaryLinkState : byte
{
    /// <summary>Not a replica.</summary>
    None,

    /// <summary>To be connected when the time has come.</summary>
    Connect,

    /// <summary>The connection is being opened.</summary>
    Connecting,

    /// <summary>PING is out.</summary>
    PingReply,

    /// <summary>AUTH is out.</summary>
    AuthReply,

    /// <summary>REPLCONF listening-port is out.</summary>
    PortReply,

    /// <summary>REPLCONF ip-address is out.</summary>
    AddressReply,

    /// <summary>REPLCONF capa is out.</summary>
    CapabilityReply,

    /// <summary>REPLCONF version is out.</summary>
    VersionReply,

    /// <summary>INFO replication is out: where the primary stands decides from where to ask.</summary>
    PlaceReply,

    /// <summary>PSYNC is out.</summary>
    PsyncReply,

    /// <summary>A full sync was granted; the primary prepares the payload.</summary>
    PayloadHeader,

    /// <summary>The payload is being received.</summary>
    Payload,

    /// <summary>The host replaces the data set.</summary>
    Loading,

    /// <summary>Two channels: the second one is opened, and asks for a snapshot.</summary>
    ChannelWait,

    /// <summary>Two channels: REPLCONF set-rdb-client-id is out.</summary>
    AssociateReply,

    /// <summary>Two channels: the PSYNC for the stream behind the snapshot is out.</summary>
    ChannelPsyncReply,

    /// <summary>Two channels: the stream comes, and is held until the data set is there.</summary>
    Buffering,

    /// <summary>The stream is being applied.</summary>
    Connected,
}
