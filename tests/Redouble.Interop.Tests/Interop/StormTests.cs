using System.Diagnostics;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>More is written than a replica can take: it stays, its limit holds, and what one replica suffers the others do not notice.</summary>
public sealed class StormTests
{
    private const int Megabyte = 1 << 20;
    private static readonly string[] Tight = ["--client-output-buffer-limit", "replica 8mb 0 0", "--repl-backlog-size", "1mb"];

    // Writers with deep pipelines of 500 bytes each, until they are disposed.
    private sealed class Storm : IDisposable
    {
        private readonly Thread[] _threads;
        private volatile bool _stop;
        private long _writes;
        private volatile string? _trouble;

        public Storm(ServerProcess primary, int writers = 8)
        {
            string value = new('v', 500);
            _threads = [.. Enumerable.Range(0, writers).Select(w => new Thread(() => Write(primary, w, value)) { IsBackground = true })];
            foreach (Thread thread in _threads) thread.Start();
        }

        public long Writes => Interlocked.Read(ref _writes);

        public void Dispose()
        {
            _stop = true;
            foreach (Thread thread in _threads) thread.Join(20_000);
            Assert.Null(_trouble);
        }

        private void Write(ServerProcess primary, int writer, string value)
        {
            string[][] batch = [.. Enumerable.Range(0, 50).Select(i => (string[])["SET", $"storm:{writer}:{i}", value])];
            try
            {
                using RespClient client = primary.Connect(30_000);
                while (!_stop)
                {
                    foreach (Reply reply in client.Pipeline(batch))
                    {
                        if (reply.IsError) _trouble ??= reply.Text;
                    }

                    Interlocked.Add(ref _writes, batch.Length);
                }
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                _trouble ??= e.Message;
            }
        }
    }

    private static Dictionary<string, string> Replica(ServerProcess primary, int number = 0) =>
        primary.Info("replication")[$"redouble_replica{number}"].Split(',').ToDictionary(v => v[..v.IndexOf('=')], v => v[(v.IndexOf('=') + 1)..]);

    // INFO has a field for it since Redis 7.4; the log always told.
    private static int Drops(ServerProcess primary) => primary.Log().Split("for overcoming of output buffer limits").Length - 1;

    private static long Field(ServerProcess primary, string name) => long.Parse(primary.Info("replication")[name]);

    // Slower than the writers, for certain: nothing gets to it while the proxy holds it back.
    private static LinkProxy Follow(Scenario s, ServerProcess replica, ServerProcess primary)
    {
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        return proxy;
    }

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaThatGetsOnStaysLinkedUnderAStormAndItsLimitHolds(string replicaKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject(
            "primary", "--client-output-buffer-limit", "replica 48mb 0 0", "--repl-backlog-size", "1mb", "--repl-writer-throttle", "99");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = Follow(s, replica, primary);
        proxy.DelayMs = 1; // 16 KB each time: some 12 MB a second, behind buffers of the kernel that take ten megabytes and drain by the megabyte
        long most = 0;
        using (var storm = new Storm(primary))
        {
            var time = Stopwatch.StartNew();
            while (time.Elapsed.TotalSeconds < 6)
            {
                most = Math.Max(most, long.Parse(Replica(primary)["buffered_bytes"]));
                Thread.Sleep(20);
            }

            Assert.Equal("1", primary.Info("replication")["redouble_writer_throttle_active"]);
            Assert.True(storm.Writes > 0);
        }

        proxy.DelayMs = 0;
        Assert.Equal(0, Drops(primary));
        Assert.Equal(("1", "0"), (primary.Info("stats")["sync_full"], primary.Info("stats")["sync_partial_ok"]));
        Assert.InRange(most, 30 * Megabyte, 50 * Megabyte);
        Assert.True(Field(primary, "redouble_writer_throttle_ms") > 1000);
        Assert.EndsWith($":{replica.Port}", primary.Info("replication")["redouble_writer_throttle_replica"]);
        Assert.Contains($"Writers are slowed, by at most 99 percent, for replica 127.0.0.1:{replica.Port}: ", primary.Log());
        Link.WaitEqual(primary, replica);
        primary.WaitForLog($"Writers are not slowed for replica 127.0.0.1:{replica.Port} any more: ");
    });

    [PairFact]
    public void SwitchedOffTheReplicaIsDroppedAsARedisDropsIt() => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", [.. Tight, "--repl-writer-throttle", "0"]);
        ServerProcess replica = s.Subject("replica");
        LinkProxy proxy = Follow(s, replica, primary);
        proxy.DelayMs = 4; // 16 KB each time: 4 MB a second
        using (new Storm(primary))
        {
            Poll.Until("the replica to be dropped", () => Drops(primary) > 0);
        }

        primary.WaitForLog("scheduled to be closed ASAP for overcoming of output buffer limits");
        Assert.Equal(0, Field(primary, "redouble_writer_throttle_ms"));
        proxy.DelayMs = 0;
        Link.WaitEqual(primary, replica);
        Assert.True(Link.Stat(primary, "sync_full") + Link.Stat(primary, "sync_partial_ok") > 1); // it came back
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AFrozenReplicaIsDroppedAtItsLimitAndCostsTheOthersNothing(string replicaKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", Tight);
        ServerProcess frozen = s.Start(Kind(replicaKind), "frozen");
        ServerProcess sibling = s.Start(Kind(replicaKind), "sibling");
        foreach (ServerProcess replica in (ServerProcess[])[frozen, sibling])
        {
            replica.Follow(primary.Port);
            Link.WaitUp(replica);
        }

        frozen.Signal("STOP");
        using RespClient client = primary.Connect();
        string[][] batch = [.. Enumerable.Range(0, 50).Select(i => (string[])["SET", $"k:{i}", new string('v', 2000)])];
        var time = Stopwatch.StartNew();
        while (Drops(primary) == 0)
        {
            Assert.True(time.Elapsed.TotalSeconds < 120, "the frozen replica was not dropped");
            Assert.DoesNotContain(client.Pipeline(batch), reply => reply.IsError);
            Thread.Sleep(10); // ten megabytes a second: half a second of silence, and more, before anything is full
        }

        Assert.InRange(Field(primary, "redouble_writer_throttle_ms"), 0, 1000);
        Assert.Equal("1", primary.Info("replication")["connected_slaves"]);
        Link.WaitEqual(primary, sibling);
        Assert.Equal("2", primary.Info("stats")["sync_full"]);
        frozen.Signal("CONT");
        Link.WaitEqual(primary, sibling, frozen);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaThatDiesInAFullSyncTakesNobodyAlong(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--repl-diskless-sync-delay", "1", "--rdb-key-save-delay", "1000", "--rdbcompression", "no");
        primary.Once("DEBUG", "POPULATE", "2000", "key", "1000");
        ServerProcess[] replicas = [.. Enumerable.Range(0, 3).Select(i => s.Start(Kind(replicaKind), $"replica{i}"))];
        foreach (ServerProcess replica in replicas) replica.Follow(primary.Port);
        // Two seconds of snapshot, by the delay; the first one dies in the middle of it.
        Poll.Until("the payload to come", () => long.Parse(replicas[0].Info("replication").GetValueOrDefault("master_sync_read_bytes", "0")) > 100_000);
        replicas[0].Kill();
        Poll.Until("it to be gone", () => primary.Info("replication")["connected_slaves"] == "2");
        Link.WaitEqual(primary, replicas[1], replicas[2]);
        Assert.Equal("3", primary.Info("stats")["sync_full"]); // each asked once
        Assert.All(replicas[1..], replica => Assert.DoesNotContain("Failed trying to load the MASTER synchronization DB", replica.Log()));
    });
}
