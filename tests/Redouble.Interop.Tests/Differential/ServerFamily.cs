namespace Redouble.Interop.Tests.Differential;

/// <summary>Commands about the server: CONFIG, COMMAND, DEBUG, SLOWLOG, LATENCY and the errors of those that would end or change it.</summary>
internal static class ServerFamily
{
    private static readonly (string Name, string[] Values)[] Directives =
    [
        ("maxmemory", ["0", "100gb", "107374182400", "1tb", "-1", "abc", "1.5gb", "10%"]),
        ("maxmemory-policy", ["noeviction", "allkeys-lru", "VOLATILE-TTL", "foo", ""]),
        ("maxmemory-samples", ["5", "1", "64", "0", "65", "abc"]),
        ("timeout", ["0", "1000", "-1", "abc", "2147483648"]),
        ("hz", ["10", "100", "500", "501", "0", "-1"]),
        ("dynamic-hz", ["yes", "no", "YES", "true", "1"]),
        ("slowlog-log-slower-than", ["-1", "10000000", "abc"]),
        ("slowlog-max-len", ["128", "0", "-1"]),
        ("latency-monitor-threshold", ["0", "100000", "-1"]),
        ("lazyfree-lazy-user-flush", ["yes", "no", "maybe"]),
        ("lazyfree-lazy-expire", ["yes", "no"]),
        ("save", ["", "900 1", "3600 1 300 100", "abc", "1", "900 -1", "0 1", "900 1 x"]),
        ("client-output-buffer-limit", ["normal 0 0 0", "slave 256mb 64mb 60", "replica 1gb 1gb 60 pubsub 32mb 8mb 60", "foo 0 0 0", "normal 0 0",
            "normal abc 0 0", "master 0 0 0"]),
        ("client-query-buffer-limit", ["1gb", "1mb", "1", "abc"]),
        ("proto-max-bulk-len", ["512mb", "1mb", "1", "abc"]),
        ("repl-timeout", ["60", "3600", "0", "abc"]),
        ("repl-backlog-ttl", ["3600", "0", "-1"]),
        ("replica-priority", ["100", "0", "-1"]),
        ("slave-priority", ["50"]),
        ("min-replicas-max-lag", ["10", "-1"]),
        ("notify-keyspace-events", ["", "KEA", "Kg", "xyz", "AKE", "Elg"]),
        ("hash-max-listpack-entries", ["128", "0", "-1"]),
        ("hash-max-ziplist-value", ["64", "99"]),
        ("list-max-listpack-size", ["-2", "-5", "-6", "100"]),
        ("loglevel", ["notice", "WARNING", "foo"]),
        ("tcp-keepalive", ["300", "0", "-1"]),
        ("stop-writes-on-bgsave-error", ["yes", "no"]),
        ("rdbcompression", ["yes", "no", "on"]),
        ("active-expire-effort", ["1", "10", "11", "0"]),
        ("databases", ["16"]),
        ("daemonize", ["yes"]),
        ("rdbchecksum", ["no"]),
        ("sanitize-dump-payload", ["no", "yes", "clients", "foo"]),
        ("replica-serve-stale-data", ["yes", "no"]),
        ("appendfsync", ["everysec", "always", "foo"]),
        ("oom-score-adj-values", ["0 200 800", "0 200", "0 200 800 1", "0 a 800"]),
        ("maxmemory-clients", ["0", "10%", "101%", "1gb", "-5"]),
        ("nosuch", ["1"]),
        ("", [""]),
    ];

    public static Family Make() => new(
        "server",
        (12, ConfigSet),
        (8, d => ["CONFIG", "GET", .. Enumerable.Range(0, d.Between(1, 3))
            .Select(_ => d.Chance(60) ? d.Pick(Directives).Name : d.Pick("max*", "*lru*", "nosuch*", "repl-*", "SAVE", "slave-*", "h?", "[a-c]*"))]),
        (1, d => ["CONFIG", "RESETSTAT"]),
        (2, d => ["CONFIG", d.Pick("foo", "GET", "SET", "REWRITE", ""), .. d.Pick((string[])[], ["maxmemory"])]),
        (2, d => ["COMMAND", "INFO", d.Pick("get", "SET", "nosuch", "config|get", "mget", "append", "expire", "watch")]),
        (2, d => ["COMMAND", "GETKEYS", .. d.Pick((string[])["GET", "k"], ["MSET", "a", "1", "b", "2"], ["nosuch", "x"], ["MGET", "a", "b"],
            ["COPY", "a", "b"], ["DEL", "a"], ["SET", "k"], ["RENAME", "a", "b"])]),
        (2, d => ["COMMAND", "GETKEYSANDFLAGS", .. d.Pick((string[])["GET", "k"], ["SET", "k", "v"], ["SET", "k", "v", "GET"], ["MGET", "a", "b"],
            ["COPY", "a", "b"], ["GETEX", "k"], ["DEL", "a"])]),
        (1, d => ["COMMAND", "LIST", "FILTERBY", d.Pick("PATTERN", "ACLCAT", "MODULE", "foo"), d.Pick("exp*", "nosuchcat", "conf*")]),
        (1, d => ["COMMAND", d.Pick("foo", "COUNT", "LIST"), "x"]),
        (1, d => ["LASTSAVE"]),
        (1, d => ["TIME"]),
        (4, d => ["SET", d.Key(), d.Value()]),
        (2, d => ["DEBUG", .. d.Pick((string[])["SLEEP", "0"], ["SLEEP", "abc"], ["DIGEST"], ["foo"], ["SET-ACTIVE-EXPIRE", "0"], ["OBJECT", "nosuch"],
            ["DIGEST-VALUE"], ["DIGEST-VALUE", "a", "b"], ["OBJECT"], ["ERROR", "MYERR text"], ["STRINGMATCH-LEN"])]),
        (1, d => ["DEBUG", "POPULATE", d.Pick("10", "0", "abc"), .. d.Pick((string[])[], ["p"], ["p", "20"], ["p", "x"], ["p", "2"])]),
        (1, d => ["DEBUG", "PROTOCOL", d.Pick("string", "integer", "double", "null", "array", "set", "map", "verbatim", "true", "false", "bignum", "attrib",
            "foo")]),
        (2, d => ["SLOWLOG", .. d.Pick((string[])["LEN"], ["RESET"], ["foo"], ["GET", "abc"], ["GET", "-2"], ["GET", "1", "2"], ["LEN", "x"])]),
        (2, d => ["LATENCY", .. d.Pick((string[])["LATEST"], ["HISTORY", "command"], ["HISTORY"], ["RESET", "foo"], ["foo"], ["GRAPH", "command"],
            ["HISTOGRAM", "nosuch"], ["DOCTOR"])]),
        (1, d => ["LOLWUT", "VERSION", d.Pick("1", "99", "abc")]),
        (1, d => ["MODULE", d.Pick("LIST", "foo")]),
        (1, d => ["SHUTDOWN", .. d.Pick((string[])["foo"], ["SAVE", "NOSAVE"], ["ABORT"], ["ABORT", "NOW"], ["NOW", "foo"])]),
        (1, d => ["REPLICAOF", .. d.Pick((string[])["NO", "ONE"], ["127.0.0.1"], ["127.0.0.1", "abc"], ["127.0.0.1", "-1"], ["127.0.0.1", "65536"],
            ["no", "one", "x"])]),
        (1, d => ["SAVE", "x"]),
        (1, d => ["BGSAVE", d.Pick("foo", "SCHEDULE x")]),
        (2, d => ["WAIT", .. d.Pick((string[])["0", "0"], ["0", "abc"], ["abc", "0"], ["0", "-1"], ["0"], ["-1", "10"])]),
        (1, d => ["ROLE", "x"]),
        (1, d => ["REPLCONF", .. d.Pick((string[])["foo", "bar"], ["listening-port"], ["listening-port", "abc"], ["capa", "eof"], ["rdb-only", "x"])]),
        (1, d => ["OBJECT", "FREQ", d.Key()]),
        (1, d => ["SWAPDB", d.Db(), d.Db()]),
        (1, d => ["INFO", d.Pick("server", "nosuch", "keyspace", "all", "everything", "default")]))
    {
        HasEvents = false,
        Reset = [.. Defaults().Select(p => (string[])["CONFIG", "SET", p.Name, p.Value])],
    };

    private static string[] ConfigSet(Dice d)
    {
        List<string> args = ["CONFIG", d.Word("set")];
        do
        {
            (string name, string[] values) = d.Pick(Directives);
            args.Add(d.Chance(90) ? name : name.ToUpperInvariant());
            args.Add(d.Pick(values));
        }
        while (d.Chance(25));

        return [.. args];
    }

    private static (string Name, string Value)[] Defaults() =>
    [
        ("maxmemory", "0"), ("maxmemory-policy", "noeviction"), ("maxmemory-samples", "5"), ("timeout", "0"), ("hz", "10"), ("dynamic-hz", "yes"),
            ("slowlog-log-slower-than", "10000000"),
        ("slowlog-max-len", "128"), ("latency-monitor-threshold", "0"), ("lazyfree-lazy-user-flush", "no"), ("lazyfree-lazy-expire", "no"), ("save", ""),
        ("client-output-buffer-limit", "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60"), ("client-query-buffer-limit", "1gb"),
            ("proto-max-bulk-len", "512mb"), ("repl-timeout", "60"),
        ("repl-backlog-ttl", "3600"), ("replica-priority", "100"), ("min-replicas-max-lag", "10"), ("notify-keyspace-events", ""),
            ("hash-max-listpack-entries", "512"),
        ("hash-max-listpack-value", "64"), ("list-max-listpack-size", "-2"), ("loglevel", "notice"), ("tcp-keepalive", "300"),
            ("stop-writes-on-bgsave-error", "yes"), ("rdbcompression", "yes"),
        ("active-expire-effort", "1"), ("sanitize-dump-payload", "no"), ("replica-serve-stale-data", "yes"), ("appendfsync", "everysec"),
            ("oom-score-adj-values", "0 200 800"),
        ("maxmemory-clients", "0"),
    ];
}
