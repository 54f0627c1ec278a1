using System.Reflection;
using Redouble.Engine;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>At the end of a process: with its sessions, its log and its data gone, nothing is left in its heap, and no file is open.</summary>
internal sealed class MemoryCheck(Checker checker)
{
    public void AtEnd(Process process)
    {
        var node = process.Node;
        node.Replication.Divergence.Cancel();
        node.Snapshots.Abort();
        node.Loading.Abort();
        while (node.Snapshots.IsRunning) node.Parts.Background.Drain();
        const int jobsMax = 4;
        for (var i = 0; i < jobsMax; i++) node.Parts.Background.Drain();
        node.AppendOnly.Dispose();
        node.Replication.PrimarySession.Output.Clear();
        node.Replication.Protocol.Log.Free();
        node.Tracking.Dispose();
        ((IDisposable)typeof(Node).GetProperty("LocalExpiries", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(node)!).Dispose();
        node.Dumps.Dispose();
        node.Keyspace.Dispose();
        var lent = node.Blocks.LentBytes;
        checker.Require(lent == 0, Rules.NoLeak, () => $"{process} has lost {lent} bytes of blocks");
        node.Blocks.Dispose();
        var used = node.Heap.UsedBytes;
        checker.Require(process.OpenFiles == 0, Rules.NoLeak, () => $"{process} has left {process.OpenFiles} files open");
        checker.Require(used == 0, Rules.NoLeak, () => $"{process} has lost {used} bytes of its heap");
    }
}
