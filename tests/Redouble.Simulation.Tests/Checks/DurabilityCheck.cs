using System.Text;
using Redouble.Engine.Persistence.Aof;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// What WAITAOF counts. A node that tells of all its data as being on its disk has none in its append-only files that a power loss could take, whatever offsets
/// it goes by: through changes of primaries, too, where bytes of the stream are given up and others take their offsets.
/// </summary>
internal sealed class DurabilityCheck(Checker checker)
{
    /// <summary>How often files were looked at.</summary>
    public long Looks { get; private set; }

    /// <summary>What a node believes of itself.</summary>
    public void Check(Process process) => Check(process, process.Node.AppendOnly.DurableOffset, process);

    /// <summary>What somebody believes of a node: that everything up to an offset is on its disk.</summary>
    public void Check(Process process, long durableOffset, Process believer)
    {
        var (node, log) = (process.Node, process.Node.Replication.Protocol.Log);
        if (node.AppendOnly.State != AppendOnlyState.On) return;
        checker.Require(
            durableOffset <= log.EndOffset, Rules.HonestAcks,
            () => $"{believer} takes {durableOffset} to be on the disk of {process}, which has applied {log.EndOffset}");
        if (durableOffset < log.LastDataOffset || !node.Config.ReplicaReadOnly) return; // writes of its own are at no offset
        Looks++;
        foreach (var path in IncrementalFiles(process))
        {
            checker.Require(
                !HasData(process.Machine.Disk.Unsynced(path)), Rules.HonestAcks,
                () => $"{believer} takes {durableOffset} to be on the disk of {process}, and in {path} a power loss could take data");
        }
    }

    private static IEnumerable<string> IncrementalFiles(Process process)
    {
        var config = process.Node.Config;
        var folder = Path.Combine(config.Dir, config.AppendDirName);
        var manifest = process.Machine.Disk.Read(Path.Combine(folder, config.AppendFileName + ".manifest")) ?? [];
        foreach (var line in Encoding.ASCII.GetString(manifest).Split('\n'))
        {
            if (line.EndsWith(" type i", StringComparison.Ordinal)) yield return Path.Combine(folder, line.Split(' ')[1]);
        }
    }

    // Annotations and a SELECT that nothing follows are none.
    private static bool HasData(ReadOnlySpan<byte> bytes)
    {
        const int selectLines = 5;
        while (!bytes.IsEmpty)
        {
            if (bytes[0] != '#' && !bytes.StartsWith("*2\r\n$6\r\nSELECT\r\n"u8)) return true;
            for (var lines = bytes[0] == '#' ? 1 : selectLines; lines > 0; lines--) bytes = bytes[(bytes.IndexOf((byte)'\n') + 1)..];
        }

        return false;
    }
}
