using Redouble.Engine.Configuration.Directives;
using Redouble.Persistence.Rdb;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Both sides of replication.</summary>
internal static class ReplicationDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        new ReplicaOfDirective(),
        Optional("masteruser", static c => ref c.MasterUser, Secret),
        Optional("masterauth", static c => ref c.MasterAuth, Secret),
        YesNo("replica-serve-stale-data", static c => ref c.ReplicaServeStaleData, true, Also("slave-serve-stale-data")),
        YesNo("replica-read-only", static c => ref c.ReplicaReadOnly, true, Also("slave-read-only")),
        YesNo("repl-diskless-sync", static c => ref c.ReplDisklessSync, true),
        Number("repl-diskless-sync-delay", static c => ref c.ReplDisklessSyncDelay, 5, 0, IntMax),
        Number("repl-diskless-sync-max-replicas", static c => ref c.ReplDisklessSyncMaxReplicas, 0, 0, IntMax),
        Choice("repl-diskless-load", static c => ref c.ReplDisklessLoad, ReplDisklessLoad.Disabled,
            [("disabled", ReplDisklessLoad.Disabled), ("on-empty-db", ReplDisklessLoad.OnEmptyDb), ("swapdb", ReplDisklessLoad.SwapDb)],
            new DirectiveTraits(DirectiveFlags.DenyLoading)),
        Number("repl-ping-replica-period", static c => ref c.ReplPingReplicaPeriod, 10, 1, IntMax, Also("repl-ping-slave-period")),
        Number("repl-timeout", static c => ref c.ReplTimeout, 60, 1, IntMax),
        YesNo("repl-disable-tcp-nodelay", static c => ref c.ReplDisableTcpNoDelay, false),
        new NumberDirective("repl-backlog-size", static c => ref c.ReplBacklogSize, Megabyte, 1, LongMax, NumberForm.Memory)
            { Clamp = (16 * Kilobyte, LongMax) },
        Number("repl-backlog-seconds", static c => ref c.ReplBacklogSeconds, 0, 0, IntMax),
        Memory("repl-backlog-size-max", static c => ref c.ReplBacklogSizeMax, 256 * Megabyte, 1, LongMax),
        Number("repl-writer-throttle", static c => ref c.ReplWriterThrottle, 90, 0, 99),
        Memory("repl-backlog-sole-copy-size", static c => ref c.ReplBacklogSoleCopySize, 64 * Megabyte, 0, LongMax),
        YesNo("repl-backlog-persist", static c => ref c.ReplBacklogPersist, false),
        Number("repl-backlog-ttl", static c => ref c.ReplBacklogTtl, 3600, 0, LongMax),
        Number("replica-priority", static c => ref c.ReplicaPriority, 100, 0, IntMax, Also("slave-priority")),
        YesNo("replica-announced", static c => ref c.ReplicaAnnounced, true),
        Optional("replica-announce-ip", static c => ref c.ReplicaAnnounceIp, Also("slave-announce-ip")),
        Number("replica-announce-port", static c => ref c.ReplicaAnnouncePort, 0, 0, 65535, Also("slave-announce-port")),
        Number("min-replicas-to-write", static c => ref c.MinReplicasToWrite, 0, 0, IntMax,
            new DirectiveTraits(Alias: "min-slaves-to-write", Action: ConfigAction.GoodReplicas)),
        Number("min-replicas-max-lag", static c => ref c.MinReplicasMaxLag, 10, 0, IntMax,
            new DirectiveTraits(Alias: "min-slaves-max-lag", Action: ConfigAction.GoodReplicas)),
        YesNo("replica-ignore-maxmemory", static c => ref c.ReplicaIgnoreMaxMemory, true, Also("slave-ignore-maxmemory")),
        Number("replica-max-staleness-ms", static c => ref c.ReplicaMaxStalenessMs, 0, 0, IntMax),
        Number("replica-freshness-period-ms", static c => ref c.ReplicaFreshnessPeriodMs, 1000, 0, IntMax),
        YesNo("replica-refuse-empty-primary", static c => ref c.ReplicaRefuseEmptyPrimary, false),
        YesNo("replica-divergence-report", static c => ref c.ReplicaDivergenceReport, true),
        Number("repl-verify-period", static c => ref c.ReplVerifyPeriod, 0, 0, IntMax),
        YesNo("replica-lazy-flush", static c => ref c.ReplicaLazyFlush, false, Also("slave-lazy-flush")),
        YesNo("replica-ignore-disk-write-errors", static c => ref c.ReplicaIgnoreDiskWriteErrors, false),
        Choice("propagation-error-behavior", static c => ref c.PropagationErrorBehavior, PropagationErrorBehavior.Ignore,
            [("ignore", PropagationErrorBehavior.Ignore), ("panic", PropagationErrorBehavior.Panic),
                ("panic-on-replicas", PropagationErrorBehavior.PanicOnReplicas)]),
        YesNo("dual-channel-replication-enabled", static c => ref c.DualChannelReplicationEnabled, false),
        YesNo("repl-rdb-channel", static c => ref c.ReplRdbChannel, false, Unlisted), // hidden in Redis 8 too
        Choice("repl-oldest-redis-replica", static c => ref c.ReplOldestRedisReplica, RdbDialect.Rdb10, [("7.0", RdbDialect.Rdb10), ("7.4", RdbDialect.Rdb12)]),
        Memory("replica-full-sync-buffer-limit", static c => ref c.ReplicaFullSyncBufferLimit, 0, 0, LongMax),
        Number("shutdown-timeout", static c => ref c.ShutdownTimeout, 10, 0, IntMax),
    ];
}
