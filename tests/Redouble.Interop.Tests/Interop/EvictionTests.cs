using System.Globalization;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A primary that evicts, and its replicas, which do as they are told and nothing of their own.</summary>
public sealed class EvictionTests
{
    private const int Megabyte = 1 << 20;

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void WhatThePrimaryEvictsGoesFromTheReplica(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--maxmemory-policy", "allkeys-lru", "--repl-backlog-size", "64kb");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--maxmemory", "1mb", "--maxmemory-policy", "allkeys-lru");
        Link.Attach(replica, primary);
        Limit(primary, 2 * Megabyte);
        using RespClient client = primary.Connect();
        Write(client, 0, 30_000);
        Link.WaitEqual(primary, replica);
        Assert.InRange(Link.Stat(primary, "evicted_keys"), 10_000, 30_000);
        Assert.Equal(0, Link.Stat(replica, "evicted_keys"));
        Assert.Equal(1, Link.FullSyncs(primary));
        Assert.InRange(Used(primary), 0, long.Parse(primary.Once("CONFIG", "GET", "maxmemory")[1].String, CultureInfo.InvariantCulture) + (Megabyte / 2));
    });

    /// <summary>Under overwrites, with memory at its limit: what the sync itself takes must cost no keys.</summary>
    [PairFact]
    public void AFullSyncAtTheLimitEvictsNothing() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--maxmemory-policy", "allkeys-lru", "--repl-backlog-size", "64kb", "--rdb-key-save-delay", "20");
        ServerProcess replica = s.Subject("replica");
        using RespClient client = primary.Connect();
        Write(client, 0, 20_000);
        Limit(primary, 200_000);
        replica.Follow(primary.Port);
        Poll.Until("the snapshot to begin", () => primary.Info("persistence")["rdb_bgsave_in_progress"] == "1");
        Write(client, 0, 20_000); // the same keys: everything is saved before it is overwritten, and stays in the log
        Write(client, 0, 20_000);
        Assert.Equal("1", primary.Info("persistence")["rdb_bgsave_in_progress"]);
        Assert.InRange(Number(primary, "mem_not_counted_for_evict"), Megabyte, long.MaxValue);
        Link.WaitEqual(primary, replica);
        Assert.Equal(0, Link.Stat(primary, "evicted_keys"));
        Assert.Equal(20_000, client.Must("DBSIZE").Integer);
    });

    private static void Limit(ServerProcess server, int bytesAbove)
    {
        long counted = Used(server) - Number(server, "mem_not_counted_for_evict");
        server.Once("CONFIG", "SET", "maxmemory", (counted + bytesAbove).ToString(CultureInfo.InvariantCulture));
    }

    private static long Used(ServerProcess server) => Number(server, "used_memory");

    private static long Number(ServerProcess server, string field) => long.Parse(server.Info("memory")[field], CultureInfo.InvariantCulture);

    private static void Write(RespClient client, int from, int to)
    {
        const int batch = 200;
        string value = new('v', 200);
        for (int first = from; first < to; first += batch)
        {
            foreach (Reply reply in client.Pipeline([.. Enumerable.Range(first, batch).Select(i => (string[])["SET", $"key:{i}", value])]))
            {
                Assert.Equal("+OK", reply.ToString());
            }
        }
    }
}
