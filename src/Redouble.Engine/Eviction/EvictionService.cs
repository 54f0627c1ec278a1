using System.Globalization;
using Redouble.Engine.Configuration;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Eviction;

/// <summary>
/// Keeps the data set below <c>maxmemory</c> by removing keys: before each command that may need memory, and once a turn.
/// <code>
/// counted memory ≤ maxmemory ──────────────────────────────────────► Done
/// noeviction, or no key left that the policy may take ─────────────► Failed: commands that need memory get an OOM error
/// else: sample ─► pool ─► the best one goes, as a unit of its own ─┬─ enough is free ──► Done
///         ▲                                                        ├─ the time is up ──► Running: goes on in the background
///         └────────────────────────────────────────────────────────┘
/// </code>
/// The time is Redis': 50 µs for each step of <c>maxmemory-eviction-tenacity</c> up to 10, then 15 % more per step, and without end at 100.
/// Primary side only, unless a replica has been told not to ignore <c>maxmemory</c>; while writes are paused, or a data set is being loaded, nobody evicts.
/// </summary>
public sealed class EvictionService
{
    private const int KeysPerClockRead = 16;

    private readonly Node _node;
    private readonly EvictionPool _pool = new();
    private MaxMemoryPolicy _poolPolicy;
    private int _nextDatabase; // of the random policies
    private long _exceededSince; // monotonic microseconds, 0 while below the limit
    private byte[] _key = [];
    private int _keyLength;

    internal EvictionService(Node node) => _node = node;

    /// <summary>Whether there is more to evict than there was time for.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Keys evicted.</summary>
    public long EvictedKeys { get; private set; }

    /// <summary>Milliseconds for which memory has been above the limit, in all.</summary>
    public long TotalExceededMs => (ExceededMicroseconds + CurrentExceeded) / 1000;

    /// <summary>Milliseconds for which it is above it at present.</summary>
    public long CurrentExceededMs => CurrentExceeded / 1000;

    private long ExceededMicroseconds { get; set; }

    private long CurrentExceeded => _exceededSince == 0 ? 0 : Now - _exceededSince;

    private long Now => _node.Parts.Clock.MonotonicMicroseconds;

    private ServerConfig Config => _node.Config;

    private bool IsAllowed => !_node.IsLoading && !(_node.IsReplica && Config.ReplicaIgnoreMaxMemory) && !_node.Pauses.IsActive;

    // Memory is counted with a sign: a limit beyond that is none.
    private long Limit => (long)Math.Min(Config.MaxMemory, long.MaxValue);

    // The second look is for the little that does not count; it is taken only when the first one says so.
    private bool IsOver => _node.UsedMemory > Limit && CountedMemory.Of(_node) > Limit;

    /// <summary>The microseconds that one attempt may take.</summary>
    internal static long TimeLimit(long tenacity)
    {
        const int linearMax = 10, perStep = 50, endless = 100;
        if (tenacity <= linearMax) return perStep * tenacity;
        return tenacity < endless ? (long)(perStep * linearMax * Math.Pow(1.15, tenacity - linearMax)) : long.MaxValue;
    }

    /// <summary>Evicts until memory is below the limit, nothing is left to evict, or the time is up.</summary>
    public EvictionResult Perform()
    {
        if (Config.MaxMemory == 0 || !IsAllowed)
        {
            IsRunning = false;
            return EvictionResult.Done;
        }

        var result = EvictionResult.Done;
        if (IsOver) result = Config.MaxMemoryPolicy == MaxMemoryPolicy.NoEviction ? EvictionResult.Failed : Evict();
        IsRunning = result == EvictionResult.Running;
        Note(result);
        return result;
    }

    /// <summary>The limit has been changed: a lower one is not left to the next command.</summary>
    internal void LimitChanged()
    {
        if (Config.MaxMemory == 0) return;
        var used = CountedMemory.Of(_node);
        if (used > Limit)
        {
            _node.Parts.Host.Log(
                ConfigLogLevel.Warning,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"WARNING: the new maxmemory value set via CONFIG SET ({Config.MaxMemory}) is smaller than the current memory usage ({used}). "
                    + $"This will result in key eviction and/or the inability to accept new write commands depending on the maxmemory-policy."));
        }

        IsRunning = true;
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetStatistics()
    {
        EvictedKeys = ExceededMicroseconds = 0;
        _exceededSince = 0;
    }

    private void Note(EvictionResult result)
    {
        if (result != EvictionResult.Done)
        {
            if (_exceededSince == 0) _exceededSince = Now;
        }
        else if (_exceededSince != 0)
        {
            ExceededMicroseconds += Now - _exceededSince;
            _exceededSince = 0;
        }
    }

    private EvictionResult Evict()
    {
        var started = Now;
        var timeLimit = TimeLimit(Config.MaxMemoryEvictionTenacity);
        var toFree = CountedMemory.Of(_node) - Limit;
        var result = EvictionResult.Done;
        for (var evicted = 1; toFree > 0; evicted++)
        {
            if (!TryChoose(out var database))
            {
                result = EvictionResult.Failed;
                break;
            }

            toFree -= Remove(database, _key.AsSpan(0, _keyLength));
            _node.Tracking.DrainMany();
            if (_key.Length > EvictionPool.RetainedMax) _key = [];
            if (evicted % KeysPerClockRead != 0 || Now - started <= timeLimit) continue;
            if (toFree > 0) result = EvictionResult.Running;
            break;
        }

        _node.Monitoring.Latency.Offer("eviction-cycle", Now - started);
        return result;
    }

    // The chosen key is in _key: it outlives its record.
    private bool TryChoose(out Database database)
    {
        var policy = Config.MaxMemoryPolicy;
        return EvictionRanking.IsRandom(policy) ? TryChooseAny(EvictionRanking.IsVolatile(policy), out database) : TryChooseBest(policy, out database);
    }

    private bool TryChooseAny(bool expiring, out Database database)
    {
        var databases = _node.Keyspace.Databases;
        for (var i = 0; i < databases.Length; i++)
        {
            database = databases[(int)((uint)_nextDatabase++ % (uint)databases.Length)];
            var record = expiring ? database.RandomExpiring(_node.Picks) : database.Random(_node.Picks);
            if (record.IsMissing) continue;
            Keep(record.Key);
            return true;
        }

        database = databases[0];
        return false;
    }

    private bool TryChooseBest(MaxMemoryPolicy policy, out Database database)
    {
        if (_poolPolicy != policy) _pool.Clear();
        _poolPolicy = policy;
        var ranking = new EvictionRanking(_pool, policy, _node.Keyspace.NowMs, Config.LfuDecayTime);
        while (Sample(policy, ref ranking))
        {
            while (_pool.Count > 0)
            {
                database = _node.Keyspace[_pool.BestDatabase];
                var record = database.PeekPresent(_pool.BestKey, _node.Keyspace.Hash(_pool.BestKey));
                // Whoever was used since, or is no candidate any more, stays.
                var isGood = !record.IsMissing && (record.HasExpiry || !EvictionRanking.IsVolatile(policy)) && ranking.Score(record) >= _pool.BestScore;
                if (isGood) Keep(_pool.BestKey);
                _pool.RemoveBest();
                if (isGood) return true;
            }
        }

        database = _node.Keyspace[0];
        return false;
    }

    // False when no key may be evicted. Of equal candidates those of the database that is looked at first would go, so that is one by its part of all keys.
    private bool Sample(MaxMemoryPolicy policy, ref EvictionRanking ranking)
    {
        var expiring = EvictionRanking.IsVolatile(policy);
        var databases = _node.Keyspace.Databases;
        long total = 0;
        foreach (var database in databases) total += CandidatesIn(database, expiring);
        if (total == 0) return false;
        var chosen = (long)(_node.Picks.NextUInt64() % (ulong)total);
        var first = 0;
        for (; chosen >= CandidatesIn(databases[first], expiring); first++) chosen -= CandidatesIn(databases[first], expiring);
        for (var i = 0; i < databases.Length; i++)
        {
            var database = databases[(first + i) % databases.Length];
            if (CandidatesIn(database, expiring) == 0) continue;
            ranking.Database = database.Number;
            database.Sample(_node.Picks.NextUInt64(), expiring, (int)Config.MaxMemorySamples, ref ranking);
        }

        return true;
    }

    private static long CandidatesIn(Database database, bool expiring) => expiring ? database.ExpiresCount : database.Count;

    private void Keep(ReadOnlySpan<byte> key)
    {
        if (_key.Length < key.Length) _key = new byte[Math.Max(256, key.Length)];
        key.CopyTo(_key);
        _keyLength = key.Length;
    }

    // Returns the bytes that became free by the removal alone: what the DEL and its events add to buffers cannot be freed by removing more.
    private long Remove(Database database, ReadOnlySpan<byte> key)
    {
        var propagation = _node.Propagation;
        var hadAppended = propagation.HasAppended;
        propagation.BeginUnit();
        var started = Config.LatencyMonitorThreshold > 0 ? Now : 0;
        _node.Tracking.TellReaders(key); // before, since what is written to them is no part of what the removal frees
        var before = CountedMemory.Of(_node);
        database.DeletePresent(key, _node.Keyspace.Hash(key));
        var freed = before - CountedMemory.Of(_node);
        if (started != 0) _node.Monitoring.Latency.Offer("eviction-del", Now - started);
        EvictedKeys++;
        _node.Notify(KeyspaceEvents.Evicted, "evicted"u8, key, database.Number);
        propagation.Add(database.Number, Config.LazyFreeLazyEviction ? "UNLINK"u8 : "DEL"u8, key);
        propagation.EndUnit();
        propagation.HasAppended = hadAppended; // no write of the client whose command comes next
        return freed;
    }
}
