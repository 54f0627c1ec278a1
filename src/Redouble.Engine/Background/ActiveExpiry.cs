namespace Redouble.Engine.Background;

/// <summary>
/// Removes keys, and fields, whose time has passed although nobody asks for them. For keys each timer tick starts a pass over a part
/// of each database's expiry table, in hash order, that covers the whole table in about a hundred ticks; as long as more than a tenth of the keys met had
/// expired, the pass goes on. It runs in slices of the background budget, half of which is for fields while there are both.
/// </summary>
public sealed class ActiveExpiry
{
    private const int PassesPerTable = 100;
    private const int BucketsMin = 32;
    private const int StalePercentToGoOn = 10;

    private readonly Node _node;
    private readonly FieldExpiry _fields;
    private readonly ulong[] _cursors;
    private readonly long[] _ttlSumMs;
    private readonly long[] _ttlCount;
    private int _database;
    private long _bucketsLeft;
    private long _looked;
    private long _removed;

    internal ActiveExpiry(Node node)
    {
        _node = node;
        _fields = new FieldExpiry(node);
        _cursors = new ulong[node.Keyspace.Databases.Length];
        _ttlSumMs = new long[_cursors.Length];
        _ttlCount = new long[_cursors.Length];
        AverageTtlMs = new long[_cursors.Length];
        _database = _cursors.Length;
    }

    /// <summary>DEBUG SET-ACTIVE-EXPIRE.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Per database: average time to live of the keys met in the last pass, milliseconds.</summary>
    public long[] AverageTtlMs { get; }

    /// <summary>Whether a pass is under way.</summary>
    public bool HasWork => (_database < _cursors.Length || _fields.HasWork) && IsAllowed;

    /// <summary>
    /// Whether keys or fields expire faster than they are removed: a pass takes longer than a tick, as it finds more and more, or has got no time at all.
    /// </summary>
    public bool IsBehind { get; private set; }

    private bool IsAllowed => IsEnabled && !_node.IsReplica && !_node.Pauses.IsActive && !_node.IsLoading;

    /// <summary>Timer: starts a pass unless one is still going on.</summary>
    public void Tick()
    {
        _node.LocalExpiries.Tick(removes: _node.IsReplica && IsEnabled && !_node.IsLoading && !_node.Pauses.IsActive);
        var isBehind = _fields.HasWork; // it looks at nothing but what has expired
        IsBehind = false;
        if (!IsAllowed) return;
        _fields.Begin();
        if (_database < _cursors.Length)
        {
            _node.Stats.ExpiredTimeCapReached++;
            IsBehind = isBehind || _removed * 100 >= _looked * StalePercentToGoOn;
            return;
        }

        IsBehind = isBehind;
        _database = 0;
        Enter();
    }

    /// <summary>Works until <paramref name="untilMicroseconds"/> on the monotonic clock, or less.</summary>
    public void Slice(long untilMicroseconds)
    {
        var hadAppended = _node.Propagation.HasAppended;
        if (_fields.HasWork)
        {
            var now = _node.Parts.Clock.MonotonicMicroseconds;
            _fields.Slice(_database < _cursors.Length ? now + ((untilMicroseconds - now) / 2) : untilMicroseconds);
        }

        ExpireKeys(untilMicroseconds);
        _node.Propagation.HasAppended = hadAppended; // no write of the client whose command comes next
    }

    private void ExpireKeys(long untilMicroseconds)
    {
        while (_database < _cursors.Length)
        {
            var database = _node.Keyspace[_database];
            if (database.ExpiresCount == 0)
            {
                AverageTtlMs[_database] = 0;
                Leave();
                continue;
            }

            _node.Propagation.BeginUnit();
            var (next, looked, removed) = database.ExpireBucket(_cursors[_database], ref _ttlSumMs[_database]);
            _node.Propagation.EndUnit(wrap: false);
            _cursors[_database] = next;
            _looked += looked;
            _removed += removed;
            _ttlCount[_database] += looked - removed;
            if (--_bucketsLeft <= 0 && _removed * 100 <= _looked * StalePercentToGoOn) Leave();
            else if (_bucketsLeft <= 0) Enter();
            if (_node.Parts.Clock.MonotonicMicroseconds >= untilMicroseconds) return;
        }
    }

    private void Enter()
    {
        _looked = _removed = 0;
        if (_database < _cursors.Length) _bucketsLeft = Math.Max(BucketsMin, _node.Keyspace[_database].ExpiresCount / 4 / PassesPerTable);
    }

    private void Leave()
    {
        if (_ttlCount[_database] > 0) AverageTtlMs[_database] = _ttlSumMs[_database] / _ttlCount[_database];
        if (_looked > 0) _node.Stats.ExpiredStalePercent = (_node.Stats.ExpiredStalePercent * 0.95) + (_removed * 100.0 / _looked * 0.05);
        _ttlSumMs[_database] = _ttlCount[_database] = 0;
        _database++;
        Enter();
    }
}
