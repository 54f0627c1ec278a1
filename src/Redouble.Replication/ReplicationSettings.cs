using Redouble.Persistence.Rdb;

namespace Redouble.Replication;

/// <summary>The directives that replication obeys, live: whoever changes the configuration changes them here, and they hold from then on.</summary>
public sealed class ReplicationSettings
{
    /// <summary>repl-timeout, seconds.</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>repl-ping-replica-period, seconds.</summary>
    public int PingPeriodSeconds { get; set; } = 10;

    /// <summary>repl-backlog-ttl, seconds; 0 keeps the backlog for ever.</summary>
    public long BacklogTtlSeconds { get; set; } = 3600;

    /// <summary>repl-backlog-sole-copy-size, bytes: what the backlog may grow to while it holds writes that no replica is there to have; 0 for off.</summary>
    public long SoleCopyBytes { get; set; } = 64L << 20;

    /// <summary>repl-diskless-sync: whether replicas that can are sent a payload without a known length.</summary>
    public bool DisklessSync { get; set; } = true;

    /// <summary>repl-diskless-sync-delay, seconds: how long the first waiting replica waits for more to come.</summary>
    public int DisklessSyncDelaySeconds { get; set; } = 5;

    /// <summary>repl-diskless-sync-max-replicas: so many waiting replicas end the delay; 0 for no such bound.</summary>
    public int DisklessSyncMaxReplicas { get; set; }

    /// <summary>min-replicas-to-write; 0 for off.</summary>
    public int MinReplicasToWrite { get; set; }

    /// <summary>min-replicas-max-lag, seconds; 0 for off.</summary>
    public int MinReplicasMaxLagSeconds { get; set; } = 10;

    /// <summary>client-output-buffer-limit replica, hard limit in bytes; 0 for none. Never below repl-backlog-size in effect.</summary>
    public long OutputHardLimitBytes { get; set; } = 256L << 20;

    /// <summary>client-output-buffer-limit replica, soft limit in bytes; 0 for none.</summary>
    public long OutputSoftLimitBytes { get; set; } = 64L << 20;

    /// <summary>client-output-buffer-limit replica: seconds for which the soft limit may be exceeded.</summary>
    public int OutputSoftLimitSeconds { get; set; } = 60;

    /// <summary>repl-writer-throttle: for how much of the time, in percent, writers may be held before a replica would be dropped; 0 for not at all.</summary>
    public int WriterThrottlePercent { get; set; } = 90;

    /// <summary>repl-oldest-redis-replica: the newest RDB version that replicas who tell nothing of themselves read.</summary>
    public RdbDialect RedisReplicaDialect { get; set; } = RdbDialect.Rdb10;

    /// <summary>masteruser, or empty.</summary>
    public string PrimaryUser { get; set; } = "";

    /// <summary>masterauth, or empty.</summary>
    public string PrimaryPassword { get; set; } = "";

    /// <summary>The request by which this server says who it is to a primary; null when masterauth is not set.</summary>
    public string[]? Authentication => PrimaryPassword.Length == 0 ? null : PrimaryUser.Length > 0 ? ["AUTH", PrimaryUser, PrimaryPassword] : ["AUTH", PrimaryPassword];

    /// <summary>Port that a primary may tell others: replica-announce-port, or the one listened on.</summary>
    public int AnnouncedPort { get; set; }

    /// <summary>replica-announce-ip, or empty.</summary>
    public string AnnouncedAddress { get; set; } = "";

    /// <summary>Version told to a primary with <c>REPLCONF version</c>; empty tells none.</summary>
    public string AnnouncedVersion { get; set; } = "7.2.4";

    /// <summary>dual-channel-replication-enabled: full syncs over two channels as Valkey 8 does, as a replica and as a primary.</summary>
    public bool DualChannel { get; set; }

    /// <summary>repl-rdb-channel: the same as Redis 8 does.</summary>
    public bool RdbChannel { get; set; }

    /// <summary>replica-full-sync-buffer-limit, bytes of the stream held until the data set is loaded; 0 for the hard limit of replicas' output.</summary>
    public long FullSyncBufferLimitBytes { get; set; }

    /// <summary>replica-priority.</summary>
    public int ReplicaPriority { get; set; } = 100;

    /// <summary>replica-read-only.</summary>
    public bool ReplicaReadOnly { get; set; } = true;

    /// <summary>replica-announced.</summary>
    public bool ReplicaAnnounced { get; set; } = true;

    /// <summary>replica-max-staleness-ms: reads are refused when the data may be older; 0 for off.</summary>
    public long MaxStalenessMs { get; set; }

    /// <summary>replica-freshness-period-ms: how often a replica asks for its primary's offset; 0 for as often as <see cref="MaxStalenessMs"/> needs.</summary>
    public long FreshnessPeriodMs { get; set; }

    /// <summary>
    /// Microseconds between two such questions, 0 for never: a quarter of the staleness that is allowed, so that a question may be lost or late, but at least
    /// 10 ms.
    /// </summary>
    public long FreshnessPeriod
    {
        get
        {
            const long questionsPerBound = 4;
            const long periodMinMs = 10;
            if (MaxStalenessMs == 0) return FreshnessPeriodMs * 1000;
            var needed = Math.Max(periodMinMs, MaxStalenessMs / questionsPerBound);
            return Math.Min(needed, FreshnessPeriodMs == 0 ? 1000 : FreshnessPeriodMs) * 1000;
        }
    }
}
