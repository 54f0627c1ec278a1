using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Engine.Hosting;
using Redouble.Engine.Verification;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Runs snapshots: one at a time, with all who want one at its start as its sinks.
/// <code>
/// Start ─► epoch + 1 ─► Slice: walk (data thread, within the budget and the credit) ─► frames ─► encoders (helper) ─► sinks
///                            ▲ writes ahead of the walk save their record's old state into the same frames
/// </code>
/// Credit: frames not yet encoded, and the output that sinks still hold, stay below a bound; at the bound the walk stops, and encoders get
/// no more. Writers do not stop: what they save waits in memory, within snapshot-buffer-limit (<see cref="KeepWithinLimit"/>):
/// <code>
///   0 ────────────── 1/2 ─────────────── 3/4 ─────────────── limit
///     nothing to do   │ oldest frames     │ the replica that    │ the snapshot is ended
///                     ▼ go to a file      ▼ holds others up goes ▼
/// </code>
/// </summary>
public sealed class SnapshotService
{
    /// <summary>
    /// Bytes of frames that may wait for the helper before the walk pauses, and with it an idle loop: the helper then has the core. With 4 MB the
    /// kernel took the core away for it in the middle of a slice, until its next tick: stalls of 4.5 ms.
    /// </summary>
    private const long FramesInFlightMax = 512 << 10;

    /// <summary>Bytes that wait when a busy data thread begins to leave the helper time.</summary>
    private const long HelpedFrom = 8 << 20;

    /// <summary>So much at least: the queue then has a full block to hand over before the walk has to pause.</summary>
    private const long FramesInFlightMin = 128 << 10;

    /// <summary>A lower limit counts as this.</summary>
    private const long BufferLimitMin = 1 << 20;

    private readonly Node _node;
    private readonly List<SnapshotEncoder> _encoders = [];
    private readonly List<Block> _returned = [];
    private Snapshot? _snapshot;
    private SnapshotSpill? _spill;
    private Action<string?>? _whenDone;
    private bool _closed;
    private bool _helperHasFallenBehind;

    internal SnapshotService(Node node) => _node = node;

    /// <summary>The oldest RDB version that holds the whole data set as it is now.</summary>
    public RdbDialect NeededDialect => _node.Keyspace.HasFieldExpiry ? RdbDialect.Rdb12 : RdbDialect.Rdb10;

    /// <summary>Whether a snapshot is being taken or written.</summary>
    public bool IsRunning => _snapshot != null;

    /// <summary>Unix time in milliseconds of the start of the running snapshot.</summary>
    public long StartedMs { get; private set; }

    /// <summary>Keys of the running snapshot, and how many of them have been emitted.</summary>
    public (long Done, long Total) Progress => _snapshot == null ? (0, 0) : (_snapshot.Queue.Frames, _snapshot.Keys);

    /// <summary>Bytes of records saved because a write came before the walk, in the running or the last snapshot.</summary>
    public long SavedBeforeWriteBytes { get => _snapshot?.SavedBeforeWriteBytes ?? field; private set; }

    /// <summary>Microseconds that starting the last epoch took.</summary>
    public long LastStartMicroseconds { get; private set; }

    /// <summary>Snapshots started.</summary>
    public long Starts { get; private set; }

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetCounters() => (Starts, LastStartMicroseconds) = (0, 0);

    /// <summary>Native memory of frames on their way, bytes.</summary>
    public long QueueBytes => _snapshot is { Queue: var queue } ? queue.Bytes + queue.HeldBytes + queue.PageBytes : 0;

    /// <summary>
    /// Memory that the data set would not need without the snapshot, be it one of ours or a verification's: what is on its way, encoded or not, and large
    /// strings of before. What replicas have been given to read is not in it. Bytes.
    /// </summary>
    public long MemoryBytes
    {
        get
        {
            if ((_snapshot ?? _node.Keyspace.Snapshot) is not { } snapshot) return 0;
            var bytes = snapshot.MemoryBytes;
            foreach (var encoder in _encoders) bytes += encoder.MemoryBytes;
            return bytes;
        }
    }

    /// <summary>Bytes of frames that wait in a file because memory had no room for them.</summary>
    public long SpilledBytes => _spill?.FileBytes ?? 0;

    /// <summary>Bytes of memory that frames on their way may take: snapshot-buffer-limit, or the larger of 64 MB and a tenth of the memory in use.</summary>
    public long BufferLimit => IsLimitSet ? Math.Max(BufferLimitMin, _node.Config.SnapshotBufferLimit) : Math.Max(64L << 20, _node.UsedMemory / 10);

    /// <summary>Whether <see cref="Slice"/> has something to do now.</summary>
    public bool WantsSlice
    {
        get
        {
            if (_snapshot == null) return false;
            foreach (var encoder in _encoders)
            {
                if (encoder.WantsCredit) return true;
            }

            if (_closed) return false;
            if (_snapshot.Loss != null) return true;
            var walked = _snapshot.WalkFinished;
            return HasRoom && (CanWalk || _spill!.CanTake(evenPartial: walked) || (walked && _spill.IsEmpty));
        }
    }

    /// <summary>
    /// Share of a busy core that the data thread should leave to the helper, percent. Where both have one core the helper gets nothing while
    /// clients keep the data thread busy, and what overwrites save would pile up; where the helper has a core of its own it keeps up, and this is 0.
    /// </summary>
    public int HelperPercent
    {
        get
        {
            const int keepsUp = 10;
            const int catchesUp = 40;
            if (_snapshot == null) return 0;
            var waiting = _snapshot.Queue.Bytes;
            if (waiting <= HelpedFrom) return _snapshot.WalkFinished && waiting > 0 ? keepsUp : 0;
            return (int)Math.Min(catchesUp, keepsUp + ((catchesUp - keepsUp) * (waiting - HelpedFrom) / (BufferLimit / 2)));
        }
    }

    /// <summary>
    /// Busy time that buys one part for the walk: 6 percent of the data thread's, and 3 once the helper has fallen behind. It has no core of its own then,
    /// and what is walked costs clients the time to encode it, too; nor need the walk hurry, as their overwrites emit more records than it does.
    /// </summary>
    internal int WalkShare => _helperHasFallenBehind ? 32 : 16;

    // Bytes that encoders may have under way: no more than leaves a small limit its meaning.
    private long InFlightMax => Math.Clamp(BufferLimit / 8, FramesInFlightMin, FramesInFlightMax);

    // Bytes that encoders have under way.
    private long InFlightBytes => _snapshot!.Queue.Bytes - _spill!.WaitingBytes - _snapshot.Queue.WaitingPartBytes;

    private bool IsLimitSet => _node.Config.SnapshotBufferLimit > 0;

    // What the walk emits goes to the encoders at once; it never waits, and never is what fills the memory.
    private bool CanWalk => !_snapshot!.WalkFinished && HasRoom && (_snapshot.HasTickets
        ? InFlightBytes + _snapshot.Queue.WaitingPartBytes < InFlightMax
        : !_spill!.IsInUse && _snapshot.Queue.Bytes < InFlightMax);

    private long QueueBytesThatCount => _snapshot == null || _closed ? 0
        : _spill!.WaitingBytes + _snapshot.Queue.WaitingPartBytes + _snapshot.Queue.HeldBytes + (IsLimitSet ? _snapshot.Queue.PageBytes : 0)
            + Math.Min(InFlightBytes, InFlightMax);

    // Whether encoders may have more.
    private bool HasRoom
    {
        get
        {
            if (InFlightBytes >= InFlightMax) return false;
            foreach (var encoder in _encoders)
            {
                if (!encoder.HasRoom) return false;
            }

            return true;
        }
    }

    /// <summary>
    /// Starts a snapshot at the edge of an execution unit.
    /// </summary>
    /// <param name="sinks">Who gets it, and in which dialect.</param>
    /// <param name="replication">Its place in the replication history.</param>
    /// <param name="whenDone">Called on the data thread at the end, with the error of the first sink that failed, or null.</param>
    /// <param name="isAofBase">Whether the RDB says that it is the base of an AOF.</param>
    internal void Start(
        IReadOnlyList<(SnapshotSink Sink, RdbDialect Dialect)> sinks, RdbReplicationFields? replication, Action<string?> whenDone,
        bool isAofBase = false)
    {
        var started = _node.Parts.Clock.MonotonicMicroseconds;
        var config = _node.Config;
        _node.Verification.GiveWay(VerificationWords.SnapshotBegan);
        _snapshot = _node.Keyspace.StartSnapshot();
        _spill = new SnapshotSpill(_snapshot.Queue, _node.Blocks, _node.Parts.Background, SpoolIn(config.Paths.Directory), OnSpilled);
        _whenDone = whenDone;
        _closed = _helperHasFallenBehind = false;
        var aux = new RdbAuxFields
        {
            CreationTimeSeconds = _node.Keyspace.NowMs / 1000,
            UsedMemory = _node.UsedMemory,
            Replication = replication,
            IsAofBase = isAofBase,
        };
        var plan = new SnapshotPlan(
            aux, [.. _node.Functions], _snapshot.Sizes, _node.Keyspace.NowMs, config.TimesAccesses, config.CountsAccesses, config.LfuDecayTime)
        {
            AfterKey = DelayPerKey(_node.Parts.Host, config.RdbKeySaveDelay),
        };
        var compression = config.RdbCompression ? RdbCompression.Adaptive : RdbCompression.None;
        foreach (var (sink, dialect) in sinks)
        {
            var options = new RdbWriterOptions
            {
                Dialect = dialect,
                Checksum = config.RdbChecksum && !sink.IsReadBack,
                Compression = sink.IsReadBack ? RdbCompression.None : compression,
            };
            _encoders.Add(new SnapshotEncoder(_node.Parts.Background, plan, options, sink, OnProgress));
        }

        StartedMs = _node.Keyspace.NowMs;
        Starts++;
        LastStartMicroseconds = _node.Parts.Clock.MonotonicMicroseconds - started;
        _node.Monitoring.Latency.Offer("fork", LastStartMicroseconds);
        if (_snapshot.WalkFinished) HandOver();
    }

    // Fixed at the start: the helper must not read a configuration that changes.
    private static Action<long>? DelayPerKey(INodeHost host, long delay) => delay == 0 ? null : keys => KeyDelay.Wait(host, delay, keys);

    private Func<ISpoolFile> SpoolIn(string directory)
    {
        var files = _node.Parts.Files;
        return () => files.CreateUnlinked(directory);
    }

    /// <summary>Walks about <paramref name="recordsMax"/> records and hands full blocks of frames to the encoders.</summary>
    public void Slice(int recordsMax)
    {
        if (!WantsSlice) return;
        foreach (var encoder in _encoders) encoder.GiveCredit();
        EndUnlessWanted();
        if (!_closed)
        {
            Walk(recordsMax);
            HandOver();
        }

        TakeBack();
    }

    /// <summary>
    /// In every turn, between units: keeps what waits in memory within <see cref="BufferLimit"/>. From half of it on the oldest frames go to a
    /// file. If that does not help, because the file fails or the helper does not get on, the replica that holds the others up is dropped at
    /// three quarters, and the snapshot ended at the limit. So it is exceeded by what one turn saves, and no writer waits. What encoders
    /// hold counts up to its own bound: one value may be larger than the limit. A limit that was set counts the log that is kept for
    /// replicas in full sync too; that of the default is left to client-output-buffer-limit, as in Redis.
    /// </summary>
    public void KeepWithinLimit()
    {
        _helperHasFallenBehind |= _snapshot?.Queue.Bytes > HelpedFrom;
        var replicas = _node.Replication.Protocol.Replicas;
        var log = IsLimitSet ? replicas.SyncLogBytes : 0;
        if (log == 0 && (_snapshot == null || _closed)) return;
        var limit = BufferLimit;
        if (log + QueueBytesThatCount < limit / 2) return;
        Relieve(limit);
        var used = log + QueueBytesThatCount;
        if (used < limit / 4 * 3) return;
        var why = $"{used} bytes wait in memory for a snapshot to be taken, snapshot-buffer-limit is {limit}";
        if (replicas.DropSlowestSync(why) || used < limit) return;
        if (log > used / 2) replicas.DropPinningSync(why);
        else Abort(_spill!.Failure == null ? why : $"{why}, and the file for them failed: {_spill.Failure}");
    }

    /// <summary>Ends the running snapshot: its sinks are abandoned.</summary>
    /// <param name="failure">Why it failed; null when it is just not wanted any more.</param>
    public void Abort(string? failure = null)
    {
        _node.Verification.GiveWay("the data set was replaced");
        if (_snapshot == null) return;
        _node.Keyspace.AbortSnapshot();
        _spill!.Close();
        foreach (var encoder in _encoders) encoder.Close(abandon: failure ?? SnapshotEncoder.Abandoned);
        _closed = true;
    }

    /// <summary>As <see cref="Abort"/>, and waits until the helper has let go of it, so that another one can start.</summary>
    public void AbortNow()
    {
        Abort();
        while (_snapshot != null) _node.Parts.Background.Drain();
    }

    /// <summary>A stream that nobody reads any more: when no other sink is left, the snapshot ends.</summary>
    internal void OnAbandoned(object stream)
    {
        // One that is spooled is read long after its snapshot has ended.
        if (_encoders.Exists(encoder => encoder.IsFor(stream))) EndUnlessWanted();
    }

    // Where all sinks have failed or lost their readers, the rest of the walk would be for nobody, and hold up the next snapshot.
    private void EndUnlessWanted()
    {
        if (_snapshot == null || _closed) return;
        foreach (var encoder in _encoders)
        {
            if (encoder.IsWanted) return;
        }

        Abort();
    }

    /// <summary>Runs the whole snapshot here and now (SAVE, SHUTDOWN), unless somebody insists on the end.</summary>
    public void RunToEnd()
    {
        while (_snapshot != null)
        {
            if (_node.Shutdown.EndsAtOnce())
            {
                AbortNow();
                return;
            }

            Walk(4096);
            HandOver();
            _node.Parts.Background.Drain();
        }
    }

    private void Walk(int recordsMax)
    {
        if (CanWalk) _snapshot!.Walk(recordsMax, InFlightMax);
    }

    private void HandOver()
    {
        if (_closed) return;
        try
        {
            HandOverBlocks();
        }
        catch (InsufficientMemoryException refused)
        {
            AbortUnsaved(refused.Message);
        }

        if (_snapshot!.Loss is { } loss && !_closed) AbortUnsaved(loss);
        if (_closed || !_snapshot.WalkFinished || !_spill!.IsEmpty) return;
        _closed = true;
        foreach (var encoder in _encoders) encoder.Close();
    }

    private void AbortUnsaved(string refusal) => Abort($"There is no memory for the snapshot: {refusal}");

    private void HandOverBlocks()
    {
        while (HasRoom && _spill!.TryTake(_snapshot!.WalkFinished, InFlightMax, out var block))
        {
            for (var i = 1; i < _encoders.Count; i++) block.Retain();
            foreach (var encoder in _encoders) encoder.Add(block);
        }
    }

    // Takes back what is done, gives encoders what they may have, and the file the oldest of the rest.
    private void Relieve(long limit)
    {
        if (_snapshot == null || _closed) return;
        _spill!.Settle();
        TakeBack();
        HandOver();
        _spill.Store(keepBytes: limit / 4);
    }

    private void OnSpilled()
    {
        if (_spill?.Loss is { } loss && !_closed) Abort($"Reading back what had been spilled: {loss}");
        FinishIfDone();
    }

    private void OnProgress(SnapshotEncoder encoder)
    {
        if (_snapshot == null) return;
        TakeBack(encoder);
        if (encoder.Failure != null) EndUnlessWanted();
        FinishIfDone();
    }

    private void FinishIfDone()
    {
        if (_snapshot == null) return;
        foreach (var encoder in _encoders)
        {
            if (!encoder.HasEnded) return; // one that has only finished still has blocks of ours
        }

        _spill!.Close();
        if (_spill.IsIdle) Finish();
    }

    private void TakeBack()
    {
        foreach (var encoder in _encoders)
        {
            encoder.Progress();
            TakeBack(encoder);
        }
    }

    private void TakeBack(SnapshotEncoder encoder)
    {
        encoder.TakeEncoded(_returned);
        foreach (var block in _returned)
        {
            // Each encoder holds one reference; the last one's return empties the frame's own references too.
            if (block.References > 1) _node.Blocks.Release(block);
            else _snapshot!.Queue.Release(block);
        }

        _returned.Clear();
    }

    private void Finish()
    {
        string? failure = null;
        foreach (var encoder in _encoders)
        {
            if (failure is null or SnapshotEncoder.Abandoned) failure = encoder.Failure ?? failure;
        }

        SavedBeforeWriteBytes = _snapshot!.SavedBeforeWriteBytes;
        if (_node.Keyspace.Snapshot == _snapshot) _node.Keyspace.FinishSnapshot();
        _encoders.Clear();
        _snapshot = null;
        _spill = null;
        var done = _whenDone;
        _whenDone = null;
        done?.Invoke(failure);
    }
}
