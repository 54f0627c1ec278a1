namespace Redouble.Replication;

/// <summary>What a REPLICAOF did.</summary>
public enum ReplicaOfResult : byte
{
    /// <summary>The node's role or primary changed.</summary>
    Changed,

    /// <summary>It was so already; Redis says OK and mentions that.</summary>
    Unchanged,
}
