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

    /// <summary>A primary never answers a request for a sync.</summary>
    DeafPrimary,
}
