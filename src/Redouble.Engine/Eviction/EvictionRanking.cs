using Redouble.Engine.Configuration;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Eviction;

/// <summary>Who is to go first under a policy: a score, the higher the sooner. Fills the pool as the visitor of a sample.</summary>
internal struct EvictionRanking(EvictionPool pool, MaxMemoryPolicy policy, long nowMs, long decayMinutes) : IKeyVisitor
{
    /// <summary>The database that is looked at.</summary>
    public int Database { get; set; }

    /// <summary>Whether only keys with an expiry may be evicted.</summary>
    public static bool IsVolatile(MaxMemoryPolicy policy) => policy
        is MaxMemoryPolicy.VolatileLru or MaxMemoryPolicy.VolatileLfu or MaxMemoryPolicy.VolatileRandom or MaxMemoryPolicy.VolatileTtl;

    /// <summary>Whether one key is as good as the other.</summary>
    public static bool IsRandom(MaxMemoryPolicy policy) => policy is MaxMemoryPolicy.AllKeysRandom or MaxMemoryPolicy.VolatileRandom;

    /// <summary>A key that was used, or whose expiry was put off, since it was scored has a lower score now.</summary>
    public readonly ulong Score(ReadRecord record) => policy switch
    {
        MaxMemoryPolicy.VolatileTtl => (ulong)(long.MaxValue - record.ExpireAtMs),
        MaxMemoryPolicy.AllKeysLfu or MaxMemoryPolicy.VolatileLfu =>
            (ulong)(AccessClocks.CounterMax - AccessClocks.Frequency(record.Clock, nowMs, decayMinutes)),
        _ => (ulong)AccessClocks.IdleSeconds(record.Clock, nowMs),
    };

    /// <inheritdoc/>
    public readonly void Visit(ReadRecord record) => pool.Offer(Score(record), Database, record.Key);
}
