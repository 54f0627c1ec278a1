using Redouble.Replication.Primary;
using Redouble.Replication.Verification;

namespace Redouble.Engine.Verification;

/// <summary>
/// REDOUBLE VERIFY and repl-verify-period: compares this primary's data with that of its Redouble replicas, at one offset, while both go on.
/// <code>
///   primary   VerificationRun ── REPLCONF GETACK redouble:… (in the stream) ──► CopyAnswer   replica
///                 ▲ CopyCheck for each  ◄── REPLCONF redouble-verify … (as acknowledgements) ──┘
/// </code>
/// A mark passes through a replica to its own replicas, as everything does. They answer too, and are not listened to: whoever verifies compares its own.
/// </summary>
public sealed class VerificationService
{
    private const long Second = 1_000_000;
    private readonly Node _node;
    private VerificationRun? _run;
    private CopyAnswer? _answer;
    private long _lastStart;

    internal VerificationService(Node node)
    {
        _node = node;
        _lastStart = node.Parts.Clock.MonotonicMicroseconds;
    }

    /// <summary>Whether one is going on here.</summary>
    public bool IsRunning => _run != null;

    /// <summary>Verifications that came to an end.</summary>
    public long Runs { get; private set; }

    /// <summary>Of these, those that found a replica to differ.</summary>
    public long RunsWithDifferences { get; private set; }

    /// <summary>Differing keys found in all of them.</summary>
    public long DifferencesFound { get; private set; }

    /// <summary>The last one.</summary>
    public VerificationResult? Last { get; private set; }

    /// <summary>Whether <see cref="Slice"/> has something to do now.</summary>
    public bool WantsSlice => _run is { WantsSlice: true } || _answer is { WantsSlice: true };

    internal VerificationRun? Run => _run;

    /// <summary>Replica side: keys that are told at one mark.</summary>
    internal long KeysToldMax { get; set; } = 1 << 18;

    /// <summary>Begins one, as soon as that is possible.</summary>
    internal void Begin()
    {
        _run = new VerificationRun(_node);
        _lastStart = _node.Parts.Clock.MonotonicMicroseconds;
    }

    /// <summary>Background work.</summary>
    public void Slice(int records)
    {
        if (_run is { WantsSlice: true }) _run.Slice(records);
        if (_answer is not { WantsSlice: true }) return;
        _answer.Slice(records);
        if (_answer.IsFinished) _answer = null;
    }

    /// <summary>Between units.</summary>
    public void AfterUnits()
    {
        _answer?.KeepWithin(_node.Snapshots.BufferLimit);
        if (_run == null) return;
        _run.Advance();
        if (_run.Result is not { } result) return;
        _run = null;
        Last = result;
        Runs++;
        DifferencesFound += result.DifferingKeys;
        if (result.Different > 0) RunsWithDifferences++;
    }

    /// <summary>Timer.</summary>
    public void Tick()
    {
        _run?.Tick();
        var period = _node.Config.ReplVerifyPeriod * Second;
        if (period == 0 || IsRunning || _node.IsReplica || _node.Replication.Protocol.Replicas.Links.Count == 0) return;
        if (_node.Parts.Clock.MonotonicMicroseconds - _lastStart >= period) Begin();
    }

    /// <summary>Another snapshot is about to begin, or the data set to be replaced: the epoch is given up here and now.</summary>
    public void GiveWay(string reason)
    {
        _run?.GiveWay(reason);
        _answer?.GiveWay(reason);
    }

    /// <summary>Replica side: the primary's stream has a mark here.</summary>
    internal void OnMark(ReadOnlySpan<byte> argument)
    {
        if (!_node.Replication.Protocol.Primary.IsRedouble || !VerifyMark.TryParse(argument, out var id, out var asked)) return;
        GiveWay("another one has begun");
        _answer = new CopyAnswer(_node, id, asked, _node.Keyspace.Snapshot != null || _node.Snapshots.IsRunning ? VerificationWords.SnapshotIsTaken : null);
    }

    /// <summary>Primary side: a replica says something about a mark.</summary>
    internal void OnMessage(ReplicaLink link, ReadOnlySpan<byte> message)
    {
        if (VerifyMessage.TryReadHead(ref message, out var kind, out var id)) _run?.OnMessage(link, kind, id, message);
    }
}
