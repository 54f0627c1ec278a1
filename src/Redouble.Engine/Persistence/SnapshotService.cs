using Redouble.Core.Memory;
using Redouble.Engine.Hosting;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Runs snapshots: one at a time, with all who want one at its start as its sinks.
/// <code>
/// Start ─► epoch + 1 ─► Slice: walk (data thread, within the budget and the credit) ─► frames ─► encoders (helper) ─► sinks
///                            ▲ writes ahead of the walk save their record's old state into the same frames
/// </code>
/// Credit: frames not yet encoded, and the output that sinks still hold, stay below a bound; at the bound the walk stops.
/// </summary>
public sealed class SnapshotService
{
    /// <summary>Bytes of frames that may wait for the helper before the walk pauses.</summary>
    private const long FramesInFlightMax = 4 << 20;

    private readonly Node _node;
    private readonly List<SnapshotEncoder> _encoders = [];
    private readonly List<Block> _returned = [];
    private Snapshot? _snapshot;
    private Action<string?>? _whenDone;
    private bool _closed;

    internal SnapshotService(Node node) => _node = node;

    /// <summary>Whether a snapshot is being taken or written.</summary>
    public bool IsRunning => _snapshot != null;

    /// <summary>Unix time in milliseconds of the start of the running snapshot.</summary>
    public long StartedMs { get; private set; }

    /// <summary>Keys of the running snapshot, and how many of them have been emitted.</summary>
    public (long Done, long Total) Progress => _snapshot == null ? (0, 0) : (_snapshot.Queue.Frames, _snapshot.Keys);

    /// <summary>Bytes of records saved because a write came before the walk, in the running or the last snapshot.</summary>
    public long SavedBeforeWriteBytes { get; private set; }

    /// <summary>Microseconds that starting the last epoch took.</summary>
    public long LastStartMicroseconds { get; private set; }

    /// <summary>Snapshots started.</summary>
    public long Starts { get; private set; }

    /// <summary>Native memory of frames on their way, bytes.</summary>
    public long QueueBytes => _snapshot?.Queue.Bytes ?? 0;

    /// <summary>Whether <see cref="Slice"/> has something to do now.</summary>
    public bool WantsSlice => _snapshot != null && !_closed && (_snapshot.Queue.HasFullBlocks || (!_snapshot.WalkFinished && HasCredit));

    /// <summary>
    /// Share of a busy core that the data thread should leave to the helper, percent. Where both have one core the helper gets nothing while
    /// clients keep the data thread busy, and what overwrites save would pile up; where the helper has a core of its own it keeps up, and this is 0.
    /// </summary>
    public int HelperPercent
    {
        get
        {
            const int keepsUp = 15;
            const int catchesUp = 40;
            if (_snapshot == null) return 0;
            var waiting = _snapshot.Queue.Bytes;
            if (waiting > BufferLimit / 2) return catchesUp;
            return waiting > 2 * FramesInFlightMax || (_snapshot.WalkFinished && waiting > 0) ? keepsUp : 0;
        }
    }

    /// <summary>Bytes that frames on their way may take: 64 MB or a tenth of the memory in use, whichever is more.</summary>
    private long BufferLimit => Math.Max(64L << 20, _node.UsedMemory / 10);

    private bool HasCredit
    {
        get
        {
            if (_snapshot!.Queue.Bytes >= FramesInFlightMax) return false;
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
    internal void Start(IReadOnlyList<(SnapshotSink Sink, RdbDialect Dialect)> sinks, RdbReplicationFields? replication, Action<string?> whenDone)
    {
        var started = _node.Parts.Clock.MonotonicMicroseconds;
        var config = _node.Config;
        _snapshot = _node.Keyspace.StartSnapshot();
        _whenDone = whenDone;
        _closed = false;
        var aux = new RdbAuxFields
        {
            CreationTimeSeconds = _node.Keyspace.NowMs / 1000,
            UsedMemory = _node.UsedMemory,
            Replication = replication,
        };
        var plan = new SnapshotPlan(aux, [.. _node.Functions], _snapshot.Sizes, _node.Keyspace.NowMs, config.TimesAccesses, config.CountsAccesses, config.LfuDecayTime)
        {
            AfterKey = DelayPerKey(_node.Parts.Host, config.RdbKeySaveDelay),
        };
        var compression = config.RdbCompression ? RdbCompression.Adaptive : RdbCompression.None;
        foreach (var (sink, dialect) in sinks)
        {
            var options = new RdbWriterOptions { Dialect = dialect, Checksum = config.RdbChecksum, Compression = compression };
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

    /// <summary>Walks about <paramref name="recordsMax"/> records and hands full blocks of frames to the encoders.</summary>
    public void Slice(int recordsMax)
    {
        if (!WantsSlice) return;
        if (!_snapshot!.WalkFinished && HasCredit) _snapshot.Walk(recordsMax);
        HandOver();
        foreach (var encoder in _encoders)
        {
            encoder.Progress();
            TakeBack(encoder);
        }
    }

    /// <summary>Ends the running snapshot: its sinks are abandoned.</summary>
    public void Abort()
    {
        if (_snapshot == null) return;
        _node.Keyspace.AbortSnapshot();
        foreach (var encoder in _encoders) encoder.Close(abandon: true);
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
        var isOfThisSnapshot = false;
        foreach (var encoder in _encoders)
        {
            if (encoder.IsFor(stream)) isOfThisSnapshot = true;
            else if (!encoder.IsFinished) return;
        }

        if (isOfThisSnapshot) Abort(); // one that is spooled is read long after its snapshot has ended
    }

    /// <summary>Runs the whole snapshot here and now (SAVE, SHUTDOWN).</summary>
    public void RunToEnd()
    {
        while (_snapshot != null)
        {
            if (!_snapshot.WalkFinished) _snapshot.Walk(4096);
            HandOver();
            _node.Parts.Background.Drain();
        }
    }

    private void HandOver()
    {
        var queue = _snapshot!.Queue;
        while (!_closed && queue.TryTake(_snapshot.WalkFinished, out var block))
        {
            for (var i = 1; i < _encoders.Count; i++) block.Retain();
            foreach (var encoder in _encoders) encoder.Add(block);
        }

        if (_closed || !_snapshot.WalkFinished) return;
        _closed = true;
        foreach (var encoder in _encoders) encoder.Close();
    }

    private void OnProgress(SnapshotEncoder encoder)
    {
        if (_snapshot == null) return;
        TakeBack(encoder);
        foreach (var other in _encoders)
        {
            if (!other.IsFinished) return;
        }

        Finish();
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
        foreach (var encoder in _encoders) failure ??= encoder.Failure;
        SavedBeforeWriteBytes = _snapshot!.SavedBeforeWriteBytes;
        if (_node.Keyspace.Snapshot == _snapshot) _node.Keyspace.FinishSnapshot();
        _encoders.Clear();
        _snapshot = null;
        var done = _whenDone;
        _whenDone = null;
        done?.Invoke(failure);
    }
}
