using System.Reflection;
using Redouble.Engine.Persistence.Aof;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// A process that is gone while its machine has power leaves in its append-only files what it has done: the next one loads the same data set. That of a
/// writable replica, too, which is at no offset of any history, so that no other rule looks at it.
/// </summary>
internal sealed class KeptData(Checker checker)
{
    private readonly Dictionary<Machine, (ulong Digest, string Text)> _kept = [];

    /// <summary>Data sets that were looked at after a start.</summary>
    public long Looks { get; private set; }

    /// <summary>
    /// A process ends. One that was still loading has changed nothing. One that had no files of its own at the time says nothing of what there is, and may
    /// have had some before.
    /// </summary>
    public void OnEnd(Process process)
    {
        var file = process.Node.AppendOnly;
        if (!checker.Checks(Rules.KeptData) || (file.State == AppendOnlyState.Off && process.Node.IsLoading)) return;
        _kept.Remove(process.Machine);
        if (file.State != AppendOnlyState.On || process.Node.IsLoading) return;
        if (file.BufferedBytes > 0 || file.HoldsOutput || !file.LastWriteOk || !IsIdle(file)) return;
        var keyspace = process.Node.Keyspace;
        _kept[process.Machine] = (DataDigest.Of(keyspace).Value, process.World.Traces ? DataText.Describe(keyspace) : "");
    }

    // What waits for a change of files or an fsync may be lost.
    private static bool IsIdle(AppendOnlyFile file)
    {
        const BindingFlags members = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        var thread = typeof(AppendOnlyFile).GetField("_thread", members)!.GetValue(file)!;
        return (bool)thread.GetType().GetProperty("IsIdle", members)!.GetValue(thread)!;
    }

    /// <summary>The machine has lost its power, or somebody has changed its files.</summary>
    public void OnFilesChanged(Machine machine) => _kept.Remove(machine);

    public void OnLog(Process process, string line)
    {
        if (!line.StartsWith("DB loaded from append only file", StringComparison.Ordinal) || !_kept.Remove(process.Machine, out var kept)) return;
        Looks++;
        var keyspace = process.Node.Keyspace;
        checker.Require(
            DataDigest.Of(keyspace).Value == kept.Digest, Rules.KeptData,
            () => $"{process} comes back with other data than it had\n{kept.Text}\nand now\n{DataText.Describe(keyspace)}");
    }
}
