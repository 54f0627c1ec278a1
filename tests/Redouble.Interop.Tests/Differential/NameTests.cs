using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Names and their order that clients and tools parse: INFO fields, CLIENT LIST fields, directives, and what COMMAND says about each
/// command.</summary>
public sealed class NameTests(ServerPair pair) : IClassFixture<ServerPair>
{
    /// <summary>What 7.2 has beyond 7.0, and 7.4 with the expiry of fields: the field behind which a new one stands, and the new one.</summary>
    private static readonly Dictionary<string, (string After, string[] New)[]> NewFields = new()
    {
        ["server"] = [("io_threads_active", ["listener0"])],
        ["clients"] = [("clients_in_timeout_table", ["total_blocking_keys", "total_blocking_keys_on_nokey"])],
        ["stats"] = [("sync_partial_err", ["expired_subkeys"]), ("reply_buffer_expands",
        [
            "eventloop_cycles", "eventloop_duration_sum", "eventloop_duration_cmd_sum", "instantaneous_eventloop_cycles_per_sec",
                "instantaneous_eventloop_duration_usec",
            "acl_access_denied_auth", "acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel",
        ])],
    };

    /// <summary>Values that say where and when a server runs, or that its build decides.</summary>
    private static readonly string[] OwnValues = ["port", "dir", "pidfile", "logfile", "bind", "tls-port", "oom-score-adj-values"];

    /// <summary>The commands that this version of Redouble has; COMMAND INFO must agree on each.</summary>
    private static readonly string[] Commands =
    [
        "append", "decr", "decrby", "get", "getdel", "getex", "getrange", "getset", "incr", "incrby", "incrbyfloat", "lcs", "mget", "mset", "msetnx",
            "psetex", "set", "setex", "setnx",
        "setrange", "strlen", "substr",
        "copy", "del", "dump", "exists", "expire", "expireat", "expiretime", "keys", "move", "object", "persist", "pexpire", "pexpireat", "pexpiretime",
            "pttl", "randomkey", "rename",
        "renamenx", "restore", "scan", "touch", "ttl", "type", "unlink", "select", "swapdb", "dbsize", "flushdb", "flushall",
        "auth", "echo", "hello", "ping", "quit", "reset", "multi", "exec", "discard", "watch", "unwatch",
        "config", "info", "lastsave", "save", "bgsave", "shutdown", "time", "role", "monitor", "slowlog", "latency", "lolwut", "module", "debug", "replicaof",
            "slaveof", "replconf",
        "psync", "sync", "wait",
        "setbit", "getbit", "bitcount", "bitpos", "bitop", "bitfield", "bitfield_ro", "pfadd", "pfcount", "pfmerge", "pfdebug", "pfselftest",
        "zadd", "zincrby", "zrem", "zscore", "zmscore", "zcard", "zcount", "zlexcount", "zrank", "zrevrank", "zscan", "zrandmember", "zrange", "zrangebyscore",
            "zrangebylex", "zrevrange", "zrevrangebyscore", "zrevrangebylex", "zrangestore", "zremrangebyrank", "zremrangebyscore", "zremrangebylex",
        "zpopmin", "zpopmax", "zmpop", "bzpopmin", "bzpopmax", "bzmpop", "zunion", "zinter", "zdiff", "zunionstore", "zinterstore", "zdiffstore", "zintercard",
        "lpush", "rpush", "lpushx", "rpushx", "lpop", "rpop", "llen", "lindex", "lset", "linsert", "lrange", "ltrim", "lrem", "lpos", "lmove", "rpoplpush",
            "lmpop", "blpop", "brpop", "blmove", "brpoplpush", "blmpop",
        "sadd", "srem", "sismember", "smismember", "scard", "smembers", "smove", "spop", "srandmember", "sscan", "sinter", "sunion", "sdiff", "sinterstore",
            "sunionstore", "sdiffstore", "sintercard",
        "hset", "hsetnx", "hmset", "hget", "hmget", "hgetall", "hkeys", "hvals", "hlen", "hstrlen", "hexists", "hdel", "hincrby", "hincrbyfloat",
            "hrandfield", "hscan",
        "xadd", "xlen", "xdel", "xtrim", "xrange", "xrevrange", "xread", "xreadgroup", "xack", "xclaim", "xautoclaim", "xpending", "xgroup", "xinfo", "xsetid",
        "sort", "sort_ro", "memory", "publish", "subscribe", "unsubscribe", "psubscribe", "punsubscribe", "spublish", "ssubscribe", "sunsubscribe", "pubsub",
        "geoadd", "geodist", "geohash", "geopos", "georadius", "georadius_ro", "georadiusbymember", "georadiusbymember_ro", "geosearch", "geosearchstore",
    ];

    public static TheoryData<string> Sections() =>
        ["server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules", "errorstats", "cluster", "keyspace", "commandstats",
            "latencystats", "default", "all", "everything"];

    public static TheoryData<string> CommandNames() => [.. Commands];

    [PairTheory]
    [MemberData(nameof(Sections))]
    public void InfoFields(string section)
    {
        string[] expected = [.. Lines(pair.Oracle.Once("INFO", section).String)];
        string[] actual = [.. Lines(pair.Subject.Once("INFO", section).String).Where(f => !FieldNames.IsBeyondRedis(f))];
        if (pair.Translates)
        {
            expected = [.. expected.SelectMany(WithNew)];
        }

        Assert.Equal(string.Join('\n', expected), string.Join('\n', actual));
    }

    [PairFact]
    public void InfoDebugSection()
    {
        string text = pair.Subject.Once("INFO", "debug").String;
        string[] expected = pair.Translates
            ? ["# Debug", "eventloop_duration_aof_sum", "eventloop_duration_cron_sum", "eventloop_duration_max", "eventloop_cmd_per_cycle_max"]
            : [.. Lines(pair.Oracle.Once("INFO", "debug").String)];
        Assert.Equal(expected, Lines(text));
    }

    [PairFact]
    public void ClientListFields()
    {
        static string[] Fields(string line) => [.. line.TrimEnd().Split(' ').Select(f => f.Split('=')[0])];
        string[] expected = Fields(pair.Oracle.Once("CLIENT", "INFO").String);
        string[] actual = Fields(pair.Subject.Once("CLIENT", "INFO").String);
        Assert.Equal(pair.Translates ? [.. expected, "lib-name", "lib-ver"] : expected, actual);
    }

    [PairFact]
    public void DirectivesAndTheirDefaults()
    {
        Dictionary<string, string> expected = Directives(pair.Oracle);
        Dictionary<string, string> actual = Directives(pair.Subject);
        string[] names = pair.Translates ? [.. expected.Keys.Union(DirectiveChanges.New).Except(DirectiveChanges.Hidden).Order(StringComparer.Ordinal)]
            : [.. expected.Keys.Order(StringComparer.Ordinal)];
        string[] missing = [.. names.Except(actual.Keys)];
        string[] unknown = [.. actual.Keys.Except(names).Where(n => !DirectiveChanges.IsOurs(n)).Order(StringComparer.Ordinal)];
        string[] different = [.. names.Where(n => expected.ContainsKey(n) && actual.ContainsKey(n) && !OwnValues.Contains(n) && expected[n] != actual[n])
            .Select(n => $"{n}: expected \"{expected[n]}\", got \"{actual[n]}\"")];
        Assert.Equal("missing: \nunknown: \ndifferent: ",
            $"missing: {string.Join(' ', missing)}\nunknown: {string.Join(' ', unknown)}\ndifferent: {string.Join("\n  ", different)}");
    }

    [PairTheory]
    [MemberData(nameof(CommandNames))]
    public void CommandInfo(string command)
    {
        Reply expected = pair.Oracle.Once("COMMAND", "INFO", command);
        Reply actual = pair.Subject.Once("COMMAND", "INFO", command);
        Assert.Equal(Describe(expected, pair.Translates), Describe(actual, translate: false));
    }

    [PairTheory]
    [MemberData(nameof(CommandNames))]
    public void CommandDocsShape(string command)
    {
        Reply expected = pair.Oracle.Once("COMMAND", "DOCS", command);
        Reply actual = pair.Subject.Once("COMMAND", "DOCS", command);
        string fields = DocFields(expected);
        Assert.Equal(pair.Translates ? CommandChanges.Documentation(command, fields) : fields, DocFields(actual));
    }

    /// <summary>
    /// The fixed facts of the documentation: since, group, and the arguments. 7.2 words the summary anew; the complexity is in our own words, and our
    /// own, since FLUSHALL takes no time here.
    /// </summary>
    private static string DocFields(Reply docs)
    {
        Reply[] fields = docs[1].Items;
        return string.Join('\n', Pairs(fields).Select(f => f.Name switch
        {
            "since" or "group" => $"{f.Name}={f.Value}",
            "arguments" => $"arguments: {string.Join(' ', f.Value.Items.Select(ArgumentShape))}",
            "doc_flags" or "deprecated_since" or "replaced_by" or "summary" => "",
            _ => f.Name,
        }).Where(l => l.Length > 0));
    }

    /// <summary>What a client needs to complete and check an argument; 7.2 has other names for some, and a display text for most.</summary>
    private static string ArgumentShape(Reply argument) => $"({string.Join(' ', Pairs(argument.Items).Select(f => f.Name switch
    {
        "arguments" => string.Join(' ', f.Value.Items.Select(ArgumentShape)),
        "name" or "display_text" => "",
        "flags" => $"flags={string.Join('+', f.Value.Items.Select(i => i.String).Order(StringComparer.Ordinal))}",
        _ => $"{f.Name}={f.Value}",
    }).Where(l => l.Length > 0))})";

    private static IEnumerable<(string Name, Reply Value)> Pairs(Reply[] fields) => fields.Chunk(2).Select(p => (p[0].String, p[1]));

    private static IEnumerable<string> Lines(string info) => info.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(l => l[0] == '#' ? l : l.Split(':')[0])
        .Where(f => !f.StartsWith("cmdstat_", StringComparison.Ordinal) && !f.StartsWith("latency_percentiles_", StringComparison.Ordinal)
            && !f.StartsWith("errorstat_", StringComparison.Ordinal));

    private static IEnumerable<string> WithNew(string field)
    {
        string[] added = [.. NewFields.Values.SelectMany(section => section).Where(f => f.After == field).SelectMany(f => f.New)];
        return [field, .. added];
    }

    private static Dictionary<string, string> Directives(ServerProcess server) =>
        server.Once("CONFIG", "GET", "*").Items.Chunk(2).ToDictionary(p => p[0].String, p => p[1].String);

    /// <summary>One line per fact; the sets among them sorted; subcommands by name with their own facts.</summary>
    private static string Describe(Reply info, bool translate) => string.Join('\n', info.Items.SelectMany(c => DescribeOne(c, translate)));

    private static IEnumerable<string> DescribeOne(Reply command, bool translate)
    {
        if (!command.IsAggregate || command.Items.Length < 10)
        {
            return [command.ToString()];
        }

        string name = command[0].String;
        static string Set(Reply set) => string.Join(' ', set.Items.Select(i => i.ToString()).Order(StringComparer.Ordinal));
        bool lostNoScript = translate && (name is "wait" or "bzpopmin" or "bzpopmax" or "blpop" or "brpop" or "blmove" or "brpoplpush");
        IEnumerable<string> flags = command[2].Items.Select(f => f.Text!).Where(f => !(lostNoScript && f == "noscript"))
            .Order(StringComparer.Ordinal);
        string tips = translate ? CommandChanges.Tips(name, command[7]) : Set(command[7]);
        IEnumerable<Reply> subcommands = command[9].Items.Where(s => s.Items.Length > 0).OrderBy(s => s[0].Text, StringComparer.Ordinal);
        return
        [
            $"{name} arity {(translate ? CommandChanges.Arity(name, command[1].Integer) : command[1].Integer)} keys {command[3]} {command[4]} {command[5]}",
                $"{name} flags {string.Join(' ', flags)}",
            $"{name} categories {Set(command[6])}", $"{name} tips {tips}", $"{name} key specs {string.Join(' ', command[8].Items.Select(i => i.ToString()))}",
            .. subcommands.SelectMany(s => DescribeOne(s, translate)),
        ];
    }
}
