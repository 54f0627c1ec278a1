using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>The memory limit, expiry, freeing and defragmentation.</summary>
internal static class MemoryDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        UnsignedMemory("maxmemory", static c => ref c.MaxMemoryBits, 0, Does(ConfigAction.MaxMemory)),
        Choice("maxmemory-policy", static c => ref c.MaxMemoryPolicy, MaxMemoryPolicy.NoEviction,
            [("volatile-lru", MaxMemoryPolicy.VolatileLru), ("volatile-lfu", MaxMemoryPolicy.VolatileLfu),
                ("volatile-random", MaxMemoryPolicy.VolatileRandom), ("volatile-ttl", MaxMemoryPolicy.VolatileTtl),
                ("allkeys-lru", MaxMemoryPolicy.AllKeysLru), ("allkeys-lfu", MaxMemoryPolicy.AllKeysLfu),
                ("allkeys-random", MaxMemoryPolicy.AllKeysRandom), ("noeviction", MaxMemoryPolicy.NoEviction)]),
        Number("maxmemory-samples", static c => ref c.MaxMemorySamples, 5, 1, IntMax),
        Number("maxmemory-eviction-tenacity", static c => ref c.MaxMemoryEvictionTenacity, 10, 0, 100),
        Number("lfu-log-factor", static c => ref c.LfuLogFactor, 10, 0, IntMax),
        Number("lfu-decay-time", static c => ref c.LfuDecayTime, 1, 0, IntMax),
        Number("active-expire-effort", static c => ref c.ActiveExpireEffort, 1, 1, 10),
        YesNo("lazyfree-lazy-eviction", static c => ref c.LazyFreeLazyEviction, false),
        YesNo("lazyfree-lazy-expire", static c => ref c.LazyFreeLazyExpire, false),
        YesNo("lazyfree-lazy-server-del", static c => ref c.LazyFreeLazyServerDel, false),
        YesNo("lazyfree-lazy-user-del", static c => ref c.LazyFreeLazyUserDel, false),
        YesNo("lazyfree-lazy-user-flush", static c => ref c.LazyFreeLazyUserFlush, false),
        YesNo("activedefrag", static c => ref c.ActiveDefrag, false),
        Memory("active-defrag-ignore-bytes", static c => ref c.ActiveDefragIgnoreBytes, 100 * Megabyte, 1, LongMax),
        Number("active-defrag-threshold-lower", static c => ref c.ActiveDefragThresholdLower, 10, 0, 1000),
        Number("active-defrag-threshold-upper", static c => ref c.ActiveDefragThresholdUpper, 100, 0, 1000),
        Number("active-defrag-cycle-min", static c => ref c.ActiveDefragCycleMin, 1, 1, 99),
        Number("active-defrag-cycle-max", static c => ref c.ActiveDefragCycleMax, 25, 1, 99),
        Number("active-defrag-max-scan-fields", static c => ref c.ActiveDefragMaxScanFields, 1000, 1, LongMax),
        YesNo("jemalloc-bg-thread", static c => ref c.JemallocBgThread, true, NotBuilt),
    ];
}
