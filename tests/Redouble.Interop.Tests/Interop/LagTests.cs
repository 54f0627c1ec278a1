using System.Diagnostics;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Lag that means something: what a Redouble primary and a Redouble replica tell of a real link, healthy and frozen.</summary>
[Collection(Lanes.Failovers)]
public sealed class LagTests
{
    private static Dictionary<string, string> Replica(ServerProcess primary) =>
        primary.Info("replication")["redouble_replica0"].Split(',').ToDictionary(v => v[..v.IndexOf('=')], v => v[(v.IndexOf('=') + 1)..]);

    private static long Of(Dictionary<string, string> values, string name) => long.Parse(values[name]);

    private static void WaitStreaming(ServerProcess primary) => Poll.Until(
        "the first acknowledgement",
        () => primary.Info("replication")["connected_slaves"] == "1" && Replica(primary) is { } r && r["phase"] == "streaming" && Of(r, "bytes_behind") >= 0,
        state: () => primary.Once("INFO", "replication").String);

    // Writes all the time until it is disposed.
    private sealed class Trickle : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;

        public Trickle(ServerProcess primary)
        {
            _thread = new Thread(() =>
            {
                using RespClient client = primary.Connect();
                while (!_stop)
                {
                    client.Must("SET", "trickle", new string('v', 100));
                    Thread.Sleep(5);
                }
            })
            { IsBackground = true };
            _thread.Start();
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join(10_000);
        }
    }

    [PairTheory]
    [InlineData("Redis", 1000)]
    [InlineData("Redouble", 100)]
    public void AFrozenReplicaFallsBehindInMillisecondsAndIsDroppedWhenThatWasSaid(string replicaKind, int grainMs) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Subject("primary", "--repl-timeout", "8");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        WaitStreaming(primary);
        using var trickle = new Trickle(primary);
        long worst = 0;
        for (int i = 0; i < 25; i++)
        {
            Thread.Sleep(100);
            Dictionary<string, string> healthy = Replica(primary);
            worst = Math.Max(worst, Of(healthy, "ms_behind"));
            Assert.Equal(grainMs, Of(healthy, "grain_ms"));
        }

        Assert.InRange(worst, grainMs == 1000 ? 300 : 0, grainMs + 20_000); // a Redis shows its grain; the rest is for a busy machine
        replica.Signal("STOP");
        var frozen = Stopwatch.StartNew();
        Poll.Until("three seconds behind", () => Of(Replica(primary), "ms_behind") > 3000);
        Dictionary<string, string> told = Replica(primary);
        long saidAt = frozen.ElapsedMilliseconds;
        Assert.Equal("timeout", told["drop_cause"]);
        Assert.InRange(Of(told, "ack_age_ms"), 2000, 60_000);
        Assert.InRange(Of(told, "bytes_behind"), 1000, 10_000_000);
        Assert.Equal("-1", told["catch_up_ms"]);
        Poll.Until("the frozen replica to be dropped", () => primary.Info("replication")["connected_slaves"] == "0");
        Assert.InRange(frozen.ElapsedMilliseconds - saidAt, Of(told, "drop_in_ms") - 500, Of(told, "drop_in_ms") + 20_000); // looked after once a second
        replica.Signal("CONT");
        Poll.Until("the replica to come back", () => primary.Info("replication")["connected_slaves"] == "1");
        WaitStreaming(primary);
        Assert.Equal("none", Replica(primary)["drop_cause"]);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaKnowsItsAgeAndAFrozenPrimaryMakesItOld(string primaryKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Subject("replica", "--replica-max-staleness-ms", "800");
        primary.Once("SET", "k", "v");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(replica);
        Poll.Until("fresh data", () => client.Call("GET", "k").Equals(Reply.Bulk("v")), state: () => client.Must("INFO", "replication").String);
        Assert.InRange(long.Parse(client.Info("replication")["redouble_staleness_ms"]), 0, 60_000);
        Assert.Contains("name=redouble-freshness ", primary.Once("CLIENT", "LIST").String);

        primary.Signal("STOP");
        Poll.Until("reads to be refused", () => client.Call("GET", "k").IsError);
        string refused = client.Call("GET", "k").ToString();
        Assert.Matches(@"^-MASTERDOWN This replica's data is \d+ ms old, and 'replica-max-staleness-ms' is set to 800\.$", refused);
        Assert.Equal("up", client.Info("replication")["master_link_status"]); // nothing else has noticed yet
        Assert.Equal("+PONG", client.Call("PING").ToString());
        Assert.Equal("800", client.Must("CONFIG", "GET", "replica-max-staleness-ms")[1].String);
        long first = long.Parse(client.Info("replication")["redouble_staleness_ms"]);
        Thread.Sleep(500);
        Assert.InRange(long.Parse(client.Info("replication")["redouble_staleness_ms"]) - first, 400, 60_000);
        primary.Signal("CONT");
        Poll.Until("fresh data again", () => client.Call("GET", "k").Equals(Reply.Bulk("v")));
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AtTheEndOfAChainTheHeadCounts(string middleKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess head = s.Subject("head");
        ServerProcess middle = s.Start(Kind(middleKind), "middle");
        ServerProcess last = s.Subject("last", "--replica-max-staleness-ms", "1000");
        head.Once("SET", "k", "v");
        middle.Follow(head.Port);
        Link.WaitUp(middle);
        last.Follow(middle.Port);
        Link.WaitUp(last);
        RespClient client = s.Connect(last);
        Poll.Until("fresh data", () => client.Call("GET", "k").Equals(Reply.Bulk("v")), state: () => client.Must("INFO", "replication").String);
        Assert.Contains("name=redouble-freshness ", head.Once("CLIENT", "LIST").String);
        head.Signal("STOP");
        Poll.Until("reads to be refused", () => client.Call("GET", "k").IsError);
        Assert.Equal("up", client.Info("replication")["master_link_status"]);
        head.Signal("CONT");
        Poll.Until("fresh data again", () => client.Call("GET", "k").Equals(Reply.Bulk("v")));
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AUserWhoMayOnlyReplicateLeavesTheAgeUnknownAndSaysWhy(string primaryKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest || primaryKind == "Redouble")
        {
            return; // it has no ACL users yet
        }

        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        primary.Once("ACL", "SETUSER", "copier", "on", ">secret", "+psync", "+replconf", "+ping");
        ServerProcess replica = s.Subject("replica", "--masteruser", "copier", "--masterauth", "secret", "--replica-freshness-period-ms", "100");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Poll.Until("the reason", () => replica.Info("replication")["redouble_staleness_error"].StartsWith("INFO: NOPERM", StringComparison.Ordinal));
        Assert.Equal("-1", replica.Info("replication")["redouble_staleness_ms"]);
        Thread.Sleep(1000);
        Assert.Equal("1", primary.Info("stats").GetValueOrDefault("acl_access_denied_cmd", "1"));
        Reply log = primary.Once("ACL", "LOG");
        Assert.InRange(log.Items.Length, 1, 2); // CLIENT SETNAME and INFO, once
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ABacklogOfSecondsCoversAnOutageThatItsSizeWouldNot(string replicaKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        string[] options = ["--repl-backlog-size", "16kb", "--repl-backlog-seconds", "60", "--repl-backlog-sole-copy-size", "0"];
        ServerProcess primary = s.Subject("primary", options);
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        void Outage(int writes)
        {
            proxy.Refuse = true;
            proxy.CutNow();
            for (int i = 0; i < writes; i++)
            {
                client.Must("SET", $"key:{i % 10}", new string('v', 10_000));
            }

            proxy.Refuse = false;
            Link.WaitEqual(primary, replica);
        }

        Outage(200);
        Assert.Equal((1, 1), (Link.Stat(primary, "sync_full"), Link.Stat(primary, "sync_partial_ok")));
        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal("16384", info["repl_backlog_size"]);
        Assert.InRange(long.Parse(info["repl_backlog_histlen"]), 2_000_000, 3_000_000);
        Assert.InRange(long.Parse(info["redouble_backlog_covers_ms"]), 1, 60_000);
        client.Must("CONFIG", "SET", "repl-backlog-size-max", "100kb");
        Poll.Until("the bound to hold", () => long.Parse(primary.Info("replication")["repl_backlog_histlen"]) < 150_000);
        Outage(200);
        Assert.Equal(2, Link.Stat(primary, "sync_full"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void TheHistoryOfSyncsTellsKindCauseAndBytes(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest || replicaKind == "Redis")
        {
            return;
        }

        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Subject("replica", "--replica-freshness-period-ms", "50");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        primary.Once("SET", "big", new string('v', 100_000));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        string Entry(int number) => replica.Info("replication").GetValueOrDefault($"redouble_sync_history{number}", "");
        Assert.Matches(@"^kind=full,result=ok,asked_offset=1,ago_ms=\d+,duration_ms=\d+,bytes=\d+,times=1,cause=REPLICAOF,error=$", Entry(0));
        proxy.Refuse = true;
        proxy.CutNow();
        Link.WaitDown(replica);
        primary.Once("SET", "missed", new string('v', 50_000));
        proxy.Refuse = false;
        Link.WaitUp(replica);
        Poll.Until("the gap", () => !Entry(0).Contains("bytes=-1", StringComparison.Ordinal), state: () => Entry(0));
        Assert.Matches(@"^kind=partial,result=ok,asked_offset=\d+,ago_ms=\d+,duration_ms=\d+,bytes=5\d{4},times=1,cause=.*(closed|reset).*,error=$", Entry(0));
        Assert.StartsWith("kind=full", Entry(1), StringComparison.Ordinal);
        Assert.Equal(("1", "1"), (replica.Info("replication")["redouble_full_syncs"], replica.Info("replication")["redouble_partial_syncs"]));
    });
}
