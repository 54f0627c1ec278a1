namespace Redouble.Replication.Failovers;

/// <summary>Where a FAILOVER stands.</summary>
public enum FailoverState : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Writes are paused until a replica has everything.</summary>
    WaitForSync,

    /// <summary>This node is a replica already, and asks its new primary to take over.</summary>
    InProgress,
}
