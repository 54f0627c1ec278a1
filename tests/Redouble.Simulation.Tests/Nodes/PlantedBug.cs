namespace Redouble.Simulation.Tests.Nodes;

/// <summary>Errors put in to see that the checks find them. They live in the simulated network, disk and loop, not in the product.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>The network loses one byte of a transaction.</summary>
    LostByte,

    /// <summary>A replica asks for the byte behind the one that it misses.</summary>
    OffsetTooLarge,

    /// <summary>A replica asks again for a byte that it has.</summary>
    OffsetTooSmall,

    /// <summary>A primary goes on from the start of its backlog for a replica that is further behind.</summary>
    MissedBacklogWrap,

    /// <summary>A primary goes on for whoever asks, of whatever history.</summary>
    UncheckedHistory,

    /// <summary>Units of several effects come without MULTI and EXEC.</summary>
    HalfTransaction,

    /// <summary>A primary that comes back from a file goes on under the stored replid.</summary>
    ReusedReplicationId,

    /// <summary>A replica acknowledges what it has not applied.</summary>
    EarlyAck,

    /// <summary>A snapshot is said to be of an offset that is one command further.</summary>
    SnapshotOffset,

    /// <summary>A primary does not emit a SELECT that it owes its replicas.</summary>
    MissingSelect,

    /// <summary>A replica removes keys by its own clock.</summary>
    ReplicaExpires,

    /// <summary>A replica that is promoted forgets what it received last.</summary>
    LostWrite,

    /// <summary>A replica that is promoted goes on under the name of the history that it followed.</summary>
    PromotionKeepsName,

    /// <summary>The former name of a history counts as its present one, for whatever offset.</summary>
    SecondNameForEver,

    /// <summary>SPOP is told as such: each replica takes out what it likes.</summary>
    SpopAsSent,

    /// <summary>XADD is told without the id that it gave: each replica's clock gives another.</summary>
    XaddAsSent,

    /// <summary>An expiry is told as a time to live, which begins when it arrives.</summary>
    RelativeExpiry,

    /// <summary>A key that has expired is deleted, and its DEL is not told.</summary>
    UntoldExpiry,

    /// <summary>The same for a field of a hash.</summary>
    UntoldFieldExpiry,

    /// <summary>What a blocked client was served is not told.</summary>
    UntoldPop,

    /// <summary>How far a group has read is not told.</summary>
    UntoldGroup,

    /// <summary>A write stamps a key that the running snapshot has not emitted, and does not save it.</summary>
    UnsavedKey,

    /// <summary>The same for an element of a large value with a ticket.</summary>
    UnsavedElement,

    /// <summary>A divergence report ends with a command too few.</summary>
    ShortReport,

    /// <summary>A primary never answers a request for a sync.</summary>
    DeafPrimary,

    /// <summary>Writes go on while a primary hands over.</summary>
    UnpausedFailover,

    /// <summary>A replica is promoted before it has everything: it acknowledges as if it had, and what it tells of itself is not read.</summary>
    EarlyPromotion,

    /// <summary>A replica takes data at the end of its log for keepalives, and gives them up when its primary has not got them.</summary>
    RolledBackData,

    /// <summary>A replica loses a key that its primary has.</summary>
    AlteredCopy,

    /// <summary>An append-only file that somebody has changed says that it stands where it stood before.</summary>
    ForgedMark,

    /// <summary>The end of an append-only file is gone after a SIGKILL.</summary>
    LostTail,

    /// <summary>A load of a base of commands leaves out what is pending in a group and was deleted.</summary>
    ForgottenPending,

    /// <summary>A key that is evicted is not told.</summary>
    UntoldEviction,

    /// <summary>What a node has to do at some time is not done then, and stays due.</summary>
    StuckDeadline,

    /// <summary>The end of a log is given up, and the stream goes on in the database that it had come to there.</summary>
    StaleDatabase,
}
