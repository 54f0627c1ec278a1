namespace Redouble.Replication.Replica;

/// <summary>
/// Where the second connection of a full sync over two channels stands.
/// <code>
///   None ──Open──► Connecting ──► AuthReply ──► IntroductionReply ──SYNC──► Snapshot ──► Header ──► Payload ──► Complete
///    ▲                            (if needed)                               $ENDOFF or                             │ the host loads
///    └───────────────── Close: loaded, or the link is dropped ───────────── +FULLRESYNC ◄──────────────────────────┘
/// </code>
/// </summary>
public enum SnapshotChannelState : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The connection is being opened.</summary>
    Connecting,

    /// <summary>AUTH is out.</summary>
    AuthReply,

    /// <summary>REPLCONF is out.</summary>
    IntroductionReply,

    /// <summary>SYNC is out: the primary will say where its snapshot stands in the history.</summary>
    Snapshot,

    /// <summary>The primary prepares the payload.</summary>
    Header,

    /// <summary>The payload is being received.</summary>
    Payload,

    /// <summary>The payload is there; the host loads it.</summary>
    Complete,
}

/// <summary>Ways to sync over two channels that are spoken in the field; they are not compatible.</summary>
public enum ChannelDialect : byte
{
    /// <summary>Valkey 8: <c>+DUALCHANNELSYNC</c>, <c>$ENDOFF</c>, and a PSYNC of the first connection from there.</summary>
    Valkey,

    /// <summary>Redis 8: <c>+RDBCHANNELSYNC id</c>; the stream comes on the first connection by itself.</summary>
    Redis,
}
