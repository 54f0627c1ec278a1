namespace Redouble.Replication.Tests.Simulation;

/// <summary>Errors put in to see that the checks find them. They live in the simulated host and network, not in the product.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>A replica asks for the byte behind the one that it misses.</summary>
    OffsetTooLarge,

    /// <summary>A replica asks again for a byte that it has.</summary>
    OffsetTooSmall,

    /// <summary>A primary goes on from the start of its backlog for a replica that is further behind.</summary>
    MissedBacklogWrap,

    /// <summary>Units of several effects are not framed by MULTI and EXEC.</summary>
    HalfTransaction,

    /// <summary>A primary that comes back from a file goes on under the stored replid.</summary>
    ReusedReplicationId,

    /// <summary>A replica acknowledges what it has not applied.</summary>
    EarlyAck,

    /// <summary>A snapshot holds a write that came after its offset.</summary>
    LateSnapshot,

    /// <summary>No SELECT is emitted after a promotion or a snapshot.</summary>
    MissingSelect,
}
