using Redouble.Engine.Configuration;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>The configuration that a process starts with: short times, small buffers, and a choice of everything that replication reads.</summary>
internal static class ProcessConfiguration
{
    public const int Databases = 4;

    /// <summary>repl-timeout of all nodes, seconds.</summary>
    public const int TimeoutSeconds = 3;

    // Sizes at which values change their encoding: copies are equal whatever theirs are.
    private static readonly string[][] Encodings =
    [
        ["hash-max-listpack-entries", "0", "3", "12", "512"],
        ["hash-max-listpack-value", "4", "64"],
        ["list-max-listpack-size", "1", "3", "16", "-2"],
        ["set-max-intset-entries", "0", "4", "512"],
        ["set-max-listpack-entries", "0", "5", "128"],
        ["zset-max-listpack-entries", "0", "3", "128"],
        ["zset-max-listpack-value", "2", "64"],
        ["stream-node-max-entries", "1", "3", "100"],
        ["stream-node-max-bytes", "40", "4096"],
        ["lazyfree-lazy-server-del", "yes", "no"],
        ["lazyfree-lazy-user-del", "yes", "no"],
    ];

    /// <summary>A directive about encodings with a new value, for CONFIG SET.</summary>
    public static string[] Encoding(Dice dice) => Pick(dice.Pick(Encodings), dice);

    public static ServerConfig Make(Machine machine, IDirectoryResolver directories)
    {
        var dice = machine.Cluster.World.Dice;
        var config = new ServerConfig("/data", directories);
        Load(config, "port", $"{machine.Port}");
        Load(config, "databases", $"{Databases}");
        Load(config, "repl-timeout", $"{TimeoutSeconds}");
        Load(config, "repl-ping-replica-period", "1");
        Load(config, "repl-diskless-sync", dice.Chance(0.7) ? "yes" : "no");
        Load(config, "repl-diskless-load", dice.Pick("disabled", "on-empty-db", "swapdb"));
        Load(config, "dual-channel-replication-enabled", dice.Chance(0.6) ? "yes" : "no");
        Load(config, "repl-rdb-channel", dice.Chance(0.3) ? "yes" : "no");
        Load(config, "replica-full-sync-buffer-limit", dice.Pick("0", "0", "500", "5000"));
        Load(config, "rdb-del-sync-files", dice.Chance(0.3) ? "yes" : "no");
        Load(config, "repl-diskless-sync-max-replicas", dice.Pick("0", "0", "1", "2"));
        Load(config, "replica-serve-stale-data", dice.Pick("yes", "no"));
        Load(config, "replica-ignore-disk-write-errors", "yes"); // disks fill up here, and a replica that ends for that is no finding
        Load(config, "replica-lazy-flush", dice.Pick("yes", "no"));
        Load(config, "repl-diskless-sync-delay", $"{dice.Between(0, 1)}");
        Load(config, "repl-backlog-size", $"{dice.Pick(16_384, 16_384, 65_536, 1 << 20)}");
        Load(config, "repl-backlog-ttl", dice.Chance(0.2) ? "2" : "3600");
        Load(config, "client-output-buffer-limit", "replica", dice.Chance(0.3) ? "40000" : "0", "20000", "1");
        Load(config, "rdbcompression", dice.Chance(0.5) ? "yes" : "no");
        Load(config, "lazyfree-lazy-expire", dice.Chance(0.3) ? "yes" : "no");
        Load(config, "shutdown-timeout", "1");
        if (dice.Chance(0.5)) Load(config, "save", "");
        else Load(config, "save", $"{dice.Between(1, 3)}", $"{dice.Between(1, 50)}");
        if (machine.Cluster.HasAppendOnlyFiles || dice.Chance(0.4)) WriteAppendOnly(config, dice);
        if (machine.Cluster.HasWritableReplicas) Load(config, "replica-read-only", dice.Pick("no", "no", "yes"));
        if (dice.Chance(0.1)) Load(config, "stop-writes-on-bgsave-error", "no");
        if (dice.Chance(0.3)) config.ReplBacklogSize = TinyBacklog(dice);
        Load(config, "repl-backlog-sole-copy-size", dice.Pick("0", "0", "20000", "1mb"));
        foreach (var directive in Encodings) Load(config, Pick(directive, dice));
        Load(config, "hll-sparse-max-bytes", machine.Cluster.SparseMax);
        if (machine.Primary is { } primary) Load(config, "replicaof", $"node{primary.Number}", $"{primary.Port}");
        return config;
    }

    /// <summary>Bytes of a backlog that a few commands fill, which no directive allows.</summary>
    public static long TinyBacklog(Dice dice) => dice.Between(100, 5000);

    private static void WriteAppendOnly(ServerConfig config, Dice dice)
    {
        Load(config, "appendonly", "yes");
        Load(config, "appendfsync", dice.Pick("always", "everysec", "everysec", "no"));
        Load(config, "aof-use-rdb-preamble", dice.Pick("yes", "no"));
        Load(config, "aof-timestamp-enabled", dice.Pick("yes", "no"));
        Load(config, "no-appendfsync-on-rewrite", dice.Pick("yes", "no"));
        Load(config, "auto-aof-rewrite-min-size", dice.Pick("1kb", "10kb", "1mb"));
        Load(config, "auto-aof-rewrite-percentage", dice.Pick("10", "100"));
        Load(config, "repl-backlog-persist", dice.Pick("yes", "no"));
    }

    private static string[] Pick(string[] directive, Dice dice) => [directive[0], directive[dice.Next(directive.Length - 1) + 1]];

    private static void Load(ServerConfig config, params string[] line)
    {
        if (!config.TryLoadLine(line, out var error)) throw new InvalidOperationException($"{string.Join(' ', line)}: {error}");
    }
}
