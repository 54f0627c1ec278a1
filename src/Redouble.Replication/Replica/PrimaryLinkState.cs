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

    /// <summary>The stream is being applied.</summary>
    Connected,
}
