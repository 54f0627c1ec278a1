using System.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>CONFIG GET and CONFIG SET against a real redis-server: names, defaults, replies, and the value afterwards.</summary>
public sealed class ConfigGetSetTests
{
    private const string Start = "port {port}\nbind 127.0.0.1\ndir {dir}\nenable-protected-configs yes\nsave \"\"\n";

    // New in 7.2, or our own.
    private static readonly string[] OnlyOurs =
    [
        "set-max-listpack-entries", "set-max-listpack-value", "locale-collate", "cluster-announce-human-nodename", "snapshot-buffer-limit", "rehearsal",
        "repl-backlog-seconds", "repl-backlog-size-max", "replica-max-staleness-ms", "replica-freshness-period-ms", "replica-refuse-empty-primary",
        "repl-verify-period", "repl-writer-throttle", "repl-backlog-persist", "repl-backlog-sole-copy-size", "replica-divergence-report",
        "dual-channel-replication-enabled", "replica-full-sync-buffer-limit", "repl-oldest-redis-replica",
    ];

    // Hidden, and none of Redis 7's.
    private static readonly string[] OnlyOursHidden = ["cluster-ping-interval", "repl-rdb-channel"];

    // Hidden since 7.2.
    private static readonly string[] OnlyTheirs = ["aof-disable-auto-gc"];

    // What depends on the machine or on what is built, would cut the connection off, or has another set of words since 7.2.
    private static readonly string[] NotCompared =
    [
        "port", "bind", "maxclients", "maxmemory-clients", "appendonly", "activedefrag", "tls-port", "tls-cluster", "tls-replication", "loglevel",
        "oom-score-adj", "watchdog-period", "jemalloc-bg-thread", "requirepass", "timeout",
    ];

    private static readonly string[] Values =
    [
        "", "yes", "NO", "@@bad", "0", "1", "2", "-1", "-2", "-0", "+1", "01", " 1", "1 ", "10", "99", "100", "101", "1000", "1024", "65535", "65536",
        "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "1k", "64mb", "1Gb",
        "1.5mb", "10%", "1 1", "a/b", "a b", "everysec", "ALLKEYS-lru", "swapdb", "local", "now force", "K", "{title}",
    ];

    [OracleFact]
    public void NamesAndDefaultsAreTheSame()
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        List<string> reply = redis.Call("config", "get", "*");
        SortedDictionary<string, string> theirs = new(StringComparer.Ordinal), ours = new(StringComparer.Ordinal);
        for (int i = 0; i < reply.Count; i += 2) theirs[reply[i]] = reply[i + 1];
        foreach ((string name, string value) in node.Config.Get(["*"])) ours[name] = value;
        foreach (string name in OnlyTheirs) Assert.True(theirs.Remove(name));
        foreach (string name in OnlyOurs) Assert.True(ours.Remove(name));
        Assert.Equal(theirs, ours);
    }

    [OracleFact]
    public void HiddenNamesHaveTheSameDefaults()
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        IEnumerable<string> hidden = DirectiveTable.All.Where(static directive => directive.Is(DirectiveFlags.Hidden))
            .Select(static directive => directive.Name);
        foreach (string name in hidden.Except(OnlyOursHidden)) Assert.Equal((name, redis.Get(name)), (name, node.Get(name)));
    }

    [OracleFact]
    public void EveryDirectiveTakesAndRefusesTheSameValues()
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        StringBuilder differences = new();
        foreach (Directive directive in DirectiveTable.All)
        {
            if (NotCompared.Contains(directive.Name) || OnlyOurs.Contains(directive.Name) || OnlyOursHidden.Contains(directive.Name)) continue;
            foreach (string? name in (string?[])[directive.Name, directive.Alias])
            {
                if (name is null) continue;
                foreach (string value in Values) Compare(redis, node, name, value, differences);
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    [OracleTheory]
    [InlineData("save", "60 1 30 2", "60", "0 1", "60 -1", "60  1", " 60 1", "60 1 ", "60 1x", "+60 01", "\"\"")]
    [InlineData("client-output-buffer-limit", "slave 10mb 5mb 60", "replica 1 2 3 normal 0 1k 5", "master 1 2 3", "foo 1 2 3", "normal x 2 3", "normal 1 2 -1",
        "normal 1 2", "NORMAL 1 2 3", "  ", "normal -1 2 3", "normal 1 2 3 normal 4 5 6", "pubsub 9 9 9 normal x 1 1")]
    [InlineData("oom-score-adj-values", "1 2", "1 2 3000", "1 2 x", "3 2 1", "-2000 0 2000", "-2001 0 2000", "1 2 3 4")]
    [InlineData("notify-keyspace-events", "KEA", "KEn", "gxE$lshzxetdm", "KEAmn", "q", "x", "AK g")]
    [InlineData("latency-tracking-info-percentiles", "50 100 99.99", "101", "-1", "x", "0 33.333333333", "50  99", "1e1", "nan", "0.00000049", "inf")]
    [InlineData("shutdown-on-sigint", "save now", "force nosave now", "save nosave", "default now", "now  force", "DEFAULT", "now now")]
    [InlineData("proc-title-template", "{x}", "{title} {port} ok", "a{b", "a}b", "{{x", "{}", "{tls-port}{unixsocket}{server-mode}{listen-addr}",
        "{config-file}", " ", "{title}{port}", "{title}-")]
    [InlineData("maxmemory-clients", "10%", "101%", "%", "x%", "-1%", "1gb%", "0%", "-5", "100%", "1gb", "0", "9223372036854775808")]
    [InlineData("hz", "1000", "0", "500", "501", "10")]
    [InlineData("dir", "/tmp", "/nonexistent", "/etc/passwd", "", "/tmp/", "/usr/../tmp")]
    [InlineData("dbfilename", "x.rdb", "a/b", "/", "")]
    [InlineData("cluster-announce-hostname", "a.b-c", "a_b", "-", "")]
    [InlineData("masterauth", "a b", "\u00ff\u0000x", "\"q\"", "")]
    public void DirectivesWithAGrammarOfTheirOwn(string name, params string[] values)
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        StringBuilder differences = new();
        foreach (string value in values) Compare(redis, node, name, value, differences);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [OracleFact]
    public void SeveralPairsAtOnce()
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        string[] calls =
        [
            "port", "port 1 bind", "nope 1", "nope 1 port x", "hz x nope 1", "hz 20 daemonize yes nope 1", "nope 1 daemonize yes", "PORT x", "Slave-Priority x",
            "slave-priority 5 replica-priority 6", "hz 1 hz 1", "hz 1 HZ x", "daemonize yes daemonize yes", "maxmemory 1mb save x hz 5",
            "maxmemory 1mb hz 30 lfu-decay-time 7",
        ];
        foreach (string call in calls)
        {
            string[] pairs = call.Split(' ');
            if (pairs.Length > 1) Assert.Equal($"{call}: {Assert.Single(redis.Call(["config", "set", .. pairs]))}", $"{call}: {node.Set(pairs)}");
            foreach (string name in (string[])["hz", "maxmemory", "save", "replica-priority", "slave-priority", "lfu-decay-time"])
                Assert.Equal((call, name, redis.Get(name)), (call, name, node.Get(name)));
        }
    }

    [OracleTheory]
    [InlineData("PORT")]
    [InlineData("Slave-Pri*")]
    [InlineData("watchdog-period")]
    [InlineData("watchdog*")]
    [InlineData("hz", "h[z]", "h?")]
    [InlineData("nope", "dynamic-hz")]
    [InlineData("repl-backlog-[st]*")]
    [InlineData("hz", "HZ")]
    [InlineData("h\\z")]
    public void PatternsFindTheSame(params string[] patterns)
    {
        using RedisServer redis = new(Start);
        OracleNode node = new(redis.Directory, redis.ConfigText);
        List<string> reply = redis.Call(["config", "get", .. patterns]);
        IEnumerable<string> theirs = reply.Chunk(2).Select(static pair => $"{pair[0]}={pair[1]}").Order(StringComparer.Ordinal);
        IEnumerable<string> ours = node.Config.Get(patterns).Where(static pair => !OnlyOurs.Contains(pair.Key))
            .Select(static pair => $"{pair.Key}={pair.Value}");
        Assert.Equal(theirs, ours.Order(StringComparer.Ordinal));
    }

    private static void Compare(RedisServer redis, OracleNode node, string name, string value, StringBuilder differences)
    {
        string reply = Assert.Single(redis.Call("config", "set", name, value));
        string ours = node.Set(name, value);
        if (reply != ours) differences.Append($"CONFIG SET {name} '{value}'\n  redis:    {reply}\n  redouble: {ours}\n");
        else if (redis.Get(name) != node.Get(name)) differences.Append($"CONFIG GET {name} after '{value}': {redis.Get(name)} | {node.Get(name)}\n");
    }
}
