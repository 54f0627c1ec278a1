using Redouble.Engine.Replication;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>Memory of replication, bytes.</summary>
/// <param name="BacklogBytes">The backlog.</param>
/// <param name="ReplicaBufferBytes">What replicas hold beyond it.</param>
/// <param name="TotalBytes">The whole log.</param>
internal readonly record struct ReplicationMemory(long BacklogBytes, long ReplicaBufferBytes, long TotalBytes);

/// <summary>INFO replication.</summary>
internal static class ReplicationSection
{
    public static void Write(InfoReport report)
    {
        report.Section("Replication");
        ReplicationInfo.Append(report.Node, report.Builder);
    }

    /// <summary>The memory of replication.</summary>
    public static ReplicationMemory Memory(Node node)
    {
        var log = node.Replication.Protocol.Log;
        var total = log.IsActive ? log.MemoryBytes : 0;
        var beyond = Math.Min(total, log.PinnedBeyondBacklog);
        return new ReplicationMemory(total - beyond, beyond, total);
    }
}
