using System.Globalization;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>Progress: whether all nodes follow one primary, are where it is, and have what it has.</summary>
internal static class TogetherCheck
{
    /// <summary>Why not yet; null when they are together. Data that differ at the same place are found by the checker, not here.</summary>
    public static string? Obstacle(Cluster cluster)
    {
        var primaries = cluster.Machines.FindAll(machine => machine.Process?.Node.IsReplica == false);
        if (primaries.Count != 1) return $"{primaries.Count} primaries";
        var primary = primaries[0].Process!;
        var theirs = primary.Node.Replication.Protocol;
        foreach (var machine in cluster.Machines)
        {
            if (machine.Process is not { } process) return $"{machine} is down";
            if (process == primary) continue;
            var own = process.Node.Replication.Protocol;
            if (!own.Primary.IsUp) return $"{process} has no link: {own.Primary.State}, {own.Primary.LastError}";
            if (own.History.Identity.Id != theirs.History.Identity.Id) return $"{process} is in another history than {primary}";
            if (own.Log.EndOffset != theirs.Log.EndOffset)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{process} is at {own.Log.EndOffset}, {primary} at {theirs.Log.EndOffset}");
            }

            if (cluster.HasWritableReplicas) continue;
            if (DataDigest.Of(process.Node.Keyspace) != DataDigest.Of(primary.Node.Keyspace)) return $"{process} differs from {primary} at the same offset";
        }

        return null;
    }
}
