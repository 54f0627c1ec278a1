using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Engine.Configuration;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Background;

/// <summary>
/// <c>activedefrag</c>: when too much of what the heap has in use is holes, the emptiest slabs are taken out of use, and a walk through the data set moves what
/// is in them into the holes of the others.
/// <code>
/// timer    holes &gt; active-defrag-ignore-bytes and &gt; active-defrag-threshold-lower percent ─► a round begins
///          each tick grants active-defrag-cycle-min … -max percent of a core, the more the nearer holes are to active-defrag-threshold-upper
/// slices   plan ─► walk ─► end: slabs that are not empty are taken into use again
/// </code>
/// Every step has a bound on what it looks at, whatever the size of the data set: some tens of microseconds.
/// What becomes free is given back by the heap like any memory that nobody needs. While a snapshot is written or a data set is loaded, it
/// rests; not for a verification, whose epoch moves along as it would with any other change of place.
/// </summary>
public sealed class Defragmentation
{
    private const int SlabsPerStep = 128;
    private const int ObjectsPerStep = 64;
    private const long RestMicroseconds = 10_000_000; // after a round that had nothing to gain

    private readonly Node _node;
    private Relocation? _walk;
    private Stage _stage;
    private long _creditMicroseconds;
    private long _started;
    private long _notBefore;
    private (long Moved, long Stayed, long KeysMoved, long KeysStayed) _ended; // rounds
    private long _endedMicroseconds;

    internal Defragmentation(Node node) => _node = node;

    private enum Stage
    {
        Planning,
        Walking,
        Ending,
    }

    /// <summary>Percent of a core that it may take now; 0 when it is not at work.</summary>
    public int RunningPercent { get; private set; }

    /// <summary>Whether <see cref="Slice"/> has something to do now.</summary>
    public bool HasWork => _walk != null && _creditMicroseconds > 0 && IsAllowed;

    /// <summary>Objects moved.</summary>
    public long Hits => _ended.Moved + (_walk?.Moved ?? 0);

    /// <summary>Objects looked at and left where they were.</summary>
    public long Misses => _ended.Stayed + (_walk?.Stayed ?? 0);

    /// <summary>Keys of which something was moved.</summary>
    public long KeyHits => _ended.KeysMoved + (_walk?.KeysMoved ?? 0);

    /// <summary>Keys of which nothing was.</summary>
    public long KeyMisses => _ended.KeysStayed + (_walk?.KeysStayed ?? 0);

    /// <summary>Milliseconds since the round under way began.</summary>
    public long CurrentMs => _walk == null ? 0 : (Now - _started) / 1000;

    /// <summary>Milliseconds of all rounds.</summary>
    public long TotalMs => (_endedMicroseconds / 1000) + CurrentMs;

    private long Now => _node.Parts.Clock.MonotonicMicroseconds;

    private ServerConfig Config => _node.Config;

    private NativeHeap Heap => _node.Heap;

    private bool IsAllowed => !_node.IsLoading && !_node.Replication.IsLoading && !_node.Snapshots.IsRunning;

    private long HoleBytes => Heap.ActiveBytes - Heap.UsedBytes;

    private double HolePercent => HoleBytes * 100.0 / Math.Max(1, Heap.UsedBytes);

    /// <summary>Timer: begins a round where there is one to begin, and grants it time.</summary>
    public void Tick()
    {
        if (!IsAllowed) return;
        var percent = Percent();
        if (_walk == null)
        {
            if (!Config.ActiveDefrag || Now < _notBefore) return;
            if (HolePercent < Config.ActiveDefragThresholdLower || HoleBytes < Config.ActiveDefragIgnoreBytes) return;
            Begin(percent);
        }

        if (!Config.ActiveDefrag) _stage = Stage.Ending;
        RunningPercent = Math.Max(RunningPercent, percent);
        _creditMicroseconds = 1_000_000 / Math.Max(1, Config.Hz) * RunningPercent / 100;
    }

    /// <summary>Works until <paramref name="untilMicroseconds"/> on the monotonic clock.</summary>
    public void Slice(long untilMicroseconds)
    {
        var started = Now;
        while (_walk != null)
        {
            Step(_walk);
            var now = Now;
            if (now < untilMicroseconds) continue;
            _creditMicroseconds -= now - started;
            return;
        }
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetStatistics()
    {
        _endedMicroseconds = 0;
        _ended = _walk is { } walk ? (-walk.Moved, -walk.Stayed, -walk.KeysMoved, -walk.KeysStayed) : default;
    }

    private void Step(Relocation walk)
    {
        switch (_stage)
        {
            case Stage.Planning:
                if (!Heap.PlanEvacuation(SlabsPerStep)) _stage = Stage.Walking;
                break;
            case Stage.Walking:
                if (Heap.EvacuatedSlabs == 0 || !walk.Step(ObjectsPerStep)) _stage = Stage.Ending;
                break;
            default:
                if (!Heap.EndEvacuation(SlabsPerStep)) End(walk);
                break;
        }
    }

    private int Percent()
    {
        var (low, high) = (Config.ActiveDefragThresholdLower, Config.ActiveDefragThresholdUpper);
        var (min, max) = (Config.ActiveDefragCycleMin, Config.ActiveDefragCycleMax);
        var share = high > low ? (HolePercent - low) / (high - low) : 1;
        return (int)Math.Clamp(min + (share * (max - min)), Math.Min(min, max), Math.Max(min, max));
    }

    private void Begin(int percent)
    {
        _walk = new Relocation(_node.Keyspace, Config.ActiveDefragMaxScanFields);
        _stage = Stage.Planning;
        _started = Now;
        Log($"Starting active defrag, frag={HolePercent:F0}%, frag_bytes={HoleBytes}, cpu={percent}%");
    }

    private void End(Relocation walk)
    {
        var took = Now - _started;
        if (walk.Moved == 0) _notBefore = Now + RestMicroseconds;
        Log($"Active defrag done in {took / 1000}ms, reallocated={walk.Moved}, frag={HolePercent:F0}%, frag_bytes={HoleBytes}");
        _ended = (Hits, Misses, KeyHits, KeyMisses);
        _endedMicroseconds += took;
        _walk = null;
        RunningPercent = 0;
    }

    private void Log(FormattableString line)
    {
        if (Config.LogLevel <= ConfigLogLevel.Verbose) _node.Parts.Host.Log(ConfigLogLevel.Verbose, line.ToString(CultureInfo.InvariantCulture));
    }
}
