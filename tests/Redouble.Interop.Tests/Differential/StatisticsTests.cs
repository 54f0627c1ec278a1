using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>The counters that INFO shows must have moved alike after the same programs.</summary>
public sealed class StatisticsTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private static readonly string[] Counters =
    [
        "keyspace_hits", "keyspace_misses", "expired_keys", "evicted_keys", "total_error_replies", "sync_full", "sync_partial_ok", "sync_partial_err",
            "pubsub_channels",
        "tracking_total_keys", "rejected_connections", "total_forks", "unexpected_error_replies", "dump_payload_sanitizations", "total_commands_processed",
    ];

    public static TheoryData<string> FamilyNames() => ["strings", "keys", "connection", "transactions"];

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void CountersAgree(string family)
    {
        Family generator = Families.Named(family);
        using var runner = new Runner(pair, generator.Reset) { AtEnd = Compare };
        for (int seed = 5001; seed <= 5010; seed++)
        {
            Report.FailOnMismatch(runner, generator.Program(seed), pair);
        }
    }

    /// <summary>
    /// One read for each request that comes alone, and one that finds the end. Large requests take as many as each server's buffers make them.
    /// </summary>
    [PairFact]
    public void ReadsAgree()
    {
        using var control = new Couple(pair);
        control.Both("CONFIG", "RESETSTAT");
        using (var client = new Couple(pair))
        {
            client.Both("PING");
            client.Both("SET", "k", "v");
        }

        long reads = 0;
        Poll.Until("the oracle to read the end", () => (reads += 1) > 0 && Reads(control.Oracle) == 3 + reads);
        reads = 0;
        Poll.Until("the subject to read the end", () => (reads += 1) > 0 && Reads(control.Subject) == 3 + reads);
    }

    /// <summary>What CONFIG RESETSTAT sets to zero there is zero here.</summary>
    [PairFact]
    public void ResetStatLeavesAsLittle()
    {
        using var couple = new Couple(pair);
        string[] programs =
        [
            "SET k v", "GET k", "GET none", "SET gone v PX 1", "NONE", "SUBSCRIBE c", "UNSUBSCRIBE c", "DUMP k", "RESTORE r 0 x", "SAVE", "GET gone", "FLUSHALL ASYNC",
            "CONFIG SET maxmemory-policy allkeys-lru", "SET a v", "CONFIG SET maxmemory 1", "GET a", "CONFIG SET maxmemory 0", "BGREWRITEAOF",
        ];
        foreach (string line in programs)
        {
            couple.Exchange(line.Split(' '), line.Split(' '));
        }

        foreach (RespClient client in (RespClient[])[couple.Oracle, couple.Subject])
        {
            Poll.Until("the rewrite to end", () => client.Info("persistence") is var now
                && now["aof_rewrite_in_progress"] == "0" && now["aof_rewrite_scheduled"] == "0" && now["aof_rewrites"] != "0");
        }

        Dictionary<string, string> before = Numbers(couple.Oracle);
        couple.Both("CONFIG", "RESETSTAT");
        Dictionary<string, string> after = Numbers(couple.Oracle);
        Dictionary<string, string> ours = Numbers(couple.Subject);
        string[] reset = [.. before.Keys.Where(name => before[name] != "0" && after[name] == "0").Order(StringComparer.Ordinal)];
        Assert.Superset(
            new HashSet<string>(["aof_rewrites", "evicted_keys", "expired_keys", "keyspace_hits", "keyspace_misses", "lazyfreed_objects", "rdb_saves", "total_forks"]),
            reset.ToHashSet());
        Assert.Equal([], reset.Where(name => ours[name] != "0"));
        couple.Both("CONFIG", "SET", "maxmemory-policy", "noeviction");
    }

    private static Dictionary<string, string> Numbers(RespClient client) =>
        client.Info("stats").Concat(client.Info("persistence")).Concat(client.Info("memory")).ToDictionary(field => field.Key, field => field.Value);

    private static long Reads(RespClient client) => long.Parse(client.Info("stats")["total_reads_processed"], CultureInfo.InvariantCulture);

    private static Mismatch? Compare(Couple control)
    {
        foreach (string section in (string[])["commandstats", "errorstats"])
        {
            string expected = Lines(control.Oracle, section);
            string actual = Lines(control.Subject, section);
            if (expected != actual)
            {
                return new Mismatch($"INFO {section}", expected, actual);
            }
        }

        Dictionary<string, string> left = control.Oracle.Info("stats");
        Dictionary<string, string> right = control.Subject.Info("stats");
        string[] different = [.. Counters.Where(c => left.ContainsKey(c) && left[c] != right.GetValueOrDefault(c))];
        return different.Length == 0 ? null : new Mismatch(
            "INFO stats",
            string.Join(", ", different.Select(c => $"{c}:{left[c]}")),
            string.Join(", ", different.Select(c => $"{c}:{right.GetValueOrDefault(c)}")));
    }

    /// <summary>One sorted line per command or error, without the times.</summary>
    private static string Lines(RespClient client, string section) => string.Join('\n', client.Info(section)
        .Select(p => $"{p.Key}:{string.Join(',', p.Value.Split(',').Where(f => !f.StartsWith("usec", StringComparison.Ordinal)))}")
        .Order(StringComparer.Ordinal));
}
