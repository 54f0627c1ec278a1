namespace Redouble.Engine.Eviction;

/// <summary>
/// What counts against <c>maxmemory</c>: all that is in use, less what eviction cannot free, or what is about to be free without it.
/// <code>
/// used │ data, tables │ clients │ backlog │ log beyond it │ snapshots on their way │ what is being freed │ announced │
///      └────────────── counted ───────────┴──────────────────────── not counted ──────────────────────────────────┘
/// </code>
/// So neither a full sync nor a slow replica costs keys, and FLUSHALL, which gives memory back in slices, does not cost those that are written after it.
/// Nor does a client that announces 512 MB and sends nothing: room for what has been announced is in use, as in Redis, and counts as it fills.
/// </summary>
internal static class CountedMemory
{
    /// <summary>Bytes in use that do not count: <c>mem_not_counted_for_evict</c>.</summary>
    public static long NotCounted(Node node) => node.Replication.Protocol.Log.MemoryBeyondBacklog + node.Replication.Protocol.Replicas.SnapshotBytes
        + node.Snapshots.MemoryBytes + node.Keyspace.PendingFreeBytes + node.Blocks.AbsentBytes;

    /// <summary>Bytes that count.</summary>
    public static long Of(Node node) => node.UsedMemory - NotCounted(node);
}
