using Redouble.Engine.Commands.Server.Info;
using Redouble.Engine.Hosting;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Statistics;

/// <summary>
/// Where a node's memory goes, as INFO memory, MEMORY STATS and MEMORY DOCTOR tell it. All in bytes:
/// <code>
///   ┌───────────────────────────── Resident: what the system sees of the process ─────────────────────────────┐
///   ┌──────────────────── Held: what the native heap has of the system ────────────────────┐  collected heap *,
///   ┌──────────────────── Active ─────────────────────────────┐ free, given back in steps     code, stacks
///   ┌───────────── Used: handed out by the heap ─────────┐ holes
///   │ Data: records │ tables, clients, backlog, snapshot │
///   * What clients hold there (<see cref="ManagedMemory"/>) is in Used, and so in Active and Held.
/// </code>
/// </summary>
internal readonly record struct MemoryOverview
{
    /// <summary>Handed out by the native heap, blocks that are kept for reuse left out; and what clients hold in the collected heap.</summary>
    public long Used { get; private init; }

    /// <summary>The most that was handed out at once.</summary>
    public long Peak { get; private init; }

    /// <summary>In use when the node was built.</summary>
    public long Startup { get; private init; }

    /// <summary>Records and values.</summary>
    public long Data { get; private init; }

    /// <summary>Used, with the holes that only objects of the same size can fill, and those blocks.</summary>
    public long Active { get; private init; }

    /// <summary>Held by the native heap, and by clients in the collected one.</summary>
    public long Held { get; private init; }

    /// <summary>Resident memory of the process.</summary>
    public long Resident { get; private init; }

    /// <summary>What clients and replicas take, the log beyond the backlog included, and how many there are.</summary>
    public ClientUsage Clients { get; private init; }

    /// <summary>Backlog and what is held beyond it.</summary>
    public ReplicationMemory Replication { get; private init; }

    /// <summary>Everything that is no data.</summary>
    public long Overhead => Used - Data;

    /// <summary>Handed out since the node was built; at least 1.</summary>
    public long SinceStartup => Math.Max(1, Used - Startup);

    /// <summary>Looks at a node.</summary>
    public static MemoryOverview Of(Node node, ProcessFacts facts)
    {
        var used = node.UsedMemory;
        var managed = node.Sessions.Managed.Bytes;
        node.Stats.NoteMemory(used);
        var clients = ClientUsage.Of(node);
        var replication = ReplicationSection.Memory(node);
        return new MemoryOverview
        {
            Used = Math.Max(1, used),
            Peak = Math.Max(1, node.Stats.PeakMemoryBytes),
            Startup = node.StartupMemoryBytes,
            Data = node.Keyspace.DataBytes,
            Active = Math.Max(1, node.Heap.ActiveBytes + managed),
            Held = Math.Max(1, node.Heap.HeldBytes + managed),
            Resident = facts.ResidentBytes,
            Clients = clients with { ReplicaBytes = clients.ReplicaBytes + replication.ReplicaBufferBytes },
            Replication = replication,
        };
    }
}
