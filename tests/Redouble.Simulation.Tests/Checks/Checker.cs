using System.Runtime.InteropServices;
using Redouble.Replication.Identity;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>Looks at every process after each of its turns. The scenarios know nothing of it but its counters.</summary>
internal sealed class Checker
{
    private readonly World _world;
    private readonly Rules _rules;
    private readonly Dictionary<string, History> _histories = [];
    private readonly Dictionary<Process, LogReader> _readers = [];
    private readonly Dictionary<Process, (ReplicationId Id, long Offset, int Turns)> _looks = [];

    public Checker(World world, Rules rules)
    {
        _world = world;
        _rules = rules;
        Acknowledged = new AcknowledgedWrites(this);
        Durability = new DurabilityCheck(this);
        GivenUp = new GivenUpWrites(this);
        Kept = new KeptData(this);
        Memory = new MemoryCheck(this);
        Failovers = new FailoverCheck(this);
        Verifications = new VerificationCheck(this);
    }

    public AcknowledgedWrites Acknowledged { get; }

    public DurabilityCheck Durability { get; }

    public GivenUpWrites GivenUp { get; }

    public KeptData Kept { get; }

    public MemoryCheck Memory { get; }

    public FailoverCheck Failovers { get; }

    public VerificationCheck Verifications { get; }

    /// <summary>How often a state was found equal to one seen at another node.</summary>
    public long Comparisons { get; private set; }

    /// <summary>Whether a run checks that at all.</summary>
    public bool Checks(Rules rule) => (_rules & rule) != 0;

    public void Require(bool holds, Rules rule, Func<string> text)
    {
        if (!holds && (_rules & rule) != 0) _world.Fail(rule.ToString(), text());
    }

    public void OnLog(Process process, string line)
    {
        GivenUp.OnLog(process, line);
        Kept.OnLog(process, line);
        var isLost = line.Contains("inline protocol", StringComparison.Ordinal) || line.Contains("unknown command", StringComparison.Ordinal)
            || line.Contains("sending an error to its master", StringComparison.Ordinal);
        Require(!isLost, Rules.CleanStream, () => $"{process}: {line}");
        Failovers.OnLog(process, line);
    }

    /// <summary>All that holds between the turns of a process.</summary>
    public void AfterTurn(Process process)
    {
        var node = process.Node;
        Failovers.AfterTurn(process);
        Verifications.AfterTurn(process);
        if (node.IsLoading || !IsDue(process)) return;
        var digest = DataDigest.Of(node.Keyspace);
        Require(digest.TransactionsAreWhole, Rules.WholeTransactions, () => $"{process} has a part of a transaction");
        Acknowledged.CheckAcks(process);
        Durability.Check(process);
        var protocol = node.Replication.Protocol;
        if (!protocol.Log.IsActive || !protocol.History.IsResumable) return;
        var history = HistoryOf(process);
        if (!_readers.TryGetValue(process, out var reader)) _readers[process] = reader = new LogReader(this);
        reader.Read(process, history);
        var offset = protocol.Log.EndOffset;
        var known = history.StateAt(offset, digest.Value, process);
        if (known.Node != process) Comparisons++;
        Require(known.Digest == digest.Value, Rules.SameData, () => $"{process} differs from {known.Node} at offset {offset} of {history}\n" +
            $"{(known.Node.IsAlive ? DataText.Difference(node.Keyspace, known.Node.Node.Keyspace) : DataText.Describe(node.Keyspace))}");
    }

    // A data set is looked at after each turn that moved the offset, or began a history: who began it is to be seen in it first, for those who follow
    // know less of where it comes from. Nothing changes in the others, which is worth a look now and then.
    private bool IsDue(Process process)
    {
        const int turnsMax = 16;
        ref var look = ref CollectionsMarshal.GetValueRefOrAddDefault(_looks, process, out _);
        var protocol = process.Node.Replication.Protocol;
        var (id, offset) = (protocol.History.Identity.Id, protocol.Log.EndOffset);
        if (look.Offset == offset && look.Id == id && ++look.Turns < turnsMax) return false;
        look = (id, offset, 0);
        return true;
    }

    /// <summary>The history of that name, if anybody was seen in it.</summary>
    public History? Find(string id) => _histories.GetValueOrDefault(id);

    /// <summary>The history that a process stands in; its originator makes it known, and who follows finds it.</summary>
    public History HistoryOf(Process process)
    {
        var protocol = process.Node.Replication.Protocol;
        var identity = protocol.History.Identity;
        var id = identity.Id.ToString();
        if (_histories.TryGetValue(id, out var history)) return history;
        if (identity.SecondId.IsNone) history = new History(id, null, protocol.Log.FirstOffset - 1);
        else history = new History(id, _histories.GetValueOrDefault(identity.SecondId.ToString()), identity.SecondOffset - 1);
        return _histories[id] = history;
    }
}
