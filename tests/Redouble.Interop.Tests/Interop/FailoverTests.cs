using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>FAILOVER between every pair of kinds: nothing acknowledged is lost, nobody needs a full sync, and what it says is what Redis says.</summary>
public sealed class FailoverTests
{
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void RolesAreExchangedUnderLoadAndNothingIsLost(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        DataSet.Fill(s.Connect(primary), seed: 31, 2000);
        Attach(primary, replica);
        using var load = new WriteLoad(primary, seed: 32);
        using var counter = new Counter(primary);
        load.WaitForMore(500);
        Assert.Equal("+OK", primary.Once("FAILOVER", "TO", "127.0.0.1", replica.Port.ToString(), "TIMEOUT", "20000").ToString());
        WaitForRoles(replica, primary);
        counter.Stop();
        load.Stop();
        Link.WaitEqual(replica, primary);
        Assert.StartsWith("-READONLY", counter.End);
        Assert.Equal(counter.Acknowledged.ToString(), replica.Once("GET", "acknowledged").String);
        Assert.Equal(0, Link.Stat(replica, "sync_full"));
        Assert.Equal(1, Link.Stat(replica, "sync_partial_ok"));
        Assert.Equal("no-failover", primary.Info("replication")["master_failover_state"]);
        primary.WaitForLog($"FAILOVER requested to 127.0.0.1:{replica.Port}.");
        primary.WaitForLog($"Failover target 127.0.0.1:{replica.Port} is synced, failing over.");
        replica.WaitForLog("MASTER MODE enabled (failover request from 'id=");

        // And back, to whichever replica is in sync.
        Assert.Equal("+OK", replica.Once("FAILOVER").ToString());
        WaitForRoles(primary, replica);
        primary.Once("SET", "after", "both");
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
        replica.WaitForLog("FAILOVER requested to any replica.");
    });

    [PairTheory]
    [InlineData("Redouble", "Redouble", "Redis")]
    [InlineData("Redouble", "Redis", "Redouble")]
    [InlineData("Redis", "Redouble", "Redouble")]
    public void SiblingsAndSubReplicasGoOnPartially(string primaryKind, string targetKind, string otherKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess target = s.Start(Kind(targetKind), "target");
        ServerProcess sibling = s.Start(Kind(otherKind), "sibling");
        ServerProcess below = s.Start(Kind(otherKind), "below");
        Attach(primary, target);
        Attach(primary, sibling);
        Attach(target, below);
        using (var load = new WriteLoad(primary, seed: 33))
        {
            load.WaitForMore(500);
        }

        Link.WaitEqual(primary, target, sibling, below);
        Assert.Equal("+OK", primary.Once("FAILOVER", "TO", "127.0.0.1", target.Port.ToString()).ToString());
        WaitForRoles(target, primary);
        RespClient client = s.Connect(target);
        client.Must("SELECT", "7");
        client.Must("SET", "in", "seven");
        Link.WaitEqual(target, primary, below);
        Link.WaitEqual(target, sibling); // through the old primary
        sibling.Follow(target.Port);
        Poll.Until("the sibling to have turned", () => target.Info("replication")["connected_slaves"] == "3");
        client.Must("SET", "in", "all");
        Link.WaitEqual(target, primary, sibling, below);
        Assert.Equal(1, Link.Stat(target, "sync_full"));
        Assert.Equal(2, Link.Stat(primary, "sync_full"));
    });

    [RedoubleFact]
    public void AReplicaThatIsLateIsWaitedForAndGivenUp() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Subject("replica");
        Attach(primary, replica);
        RespClient client = s.Connect(primary);
        client.Must("SET", "short-lived", "1", "PX", "100");
        replica.Signal("STOP");
        client.Must("SET", "not", "acknowledged");
        client.Must("FAILOVER", "TO", "127.0.0.1", replica.Port.ToString());
        long offset = Link.Offset(primary);
        Assert.Equal("waiting-for-sync", primary.Info("replication")["master_failover_state"]);
        Assert.Equal("-ERR FAILOVER already in progress.", client.Call("FAILOVER").ToString());
        Assert.Equal("-ERR REPLICAOF not allowed while failing over.", client.Call("REPLICAOF", "NO", "ONE").ToString());
        Assert.Equal("-NOMASTERLINK Can't SYNC while failing over", Ask(primary, "PSYNC ? -1"));
        using var writer = new PausedWrite(primary);
        Thread.Sleep(1500);
        Assert.True(client.Must("GET", "short-lived").IsNull);
        client.Must("CLIENT", "UNPAUSE");
        Assert.Equal(offset, Link.Offset(primary)); // no PING, no DEL, no write
        Assert.False(writer.IsAnswered);
        client.Must("FAILOVER", "ABORT");
        Assert.Equal("+OK", writer.Wait());
        Assert.Equal("no-failover", primary.Info("replication")["master_failover_state"]);
        primary.WaitForLog($"FAILOVER to 127.0.0.1:{replica.Port} aborted: Failover manually aborted");
        client.Must("FAILOVER", "TIMEOUT", "200");
        primary.WaitForLog("FAILOVER to any replica aborted: Replica never caught up before timeout");
        client.Must("SET", "writes", "again");
        replica.Signal("CONT");
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    /// <summary>A Redouble saves what it gives up: nothing was said to be lost where another replica had it, which gives it up, too.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ForceTakesAReplicaThatIsLate(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Once("CONFIG", "SET", "repl-timeout", "3600");
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        ServerProcess sibling = s.Start(Kind(replicaKind), "sibling");
        Attach(primary, sibling);
        primary.Once("SET", "both", "have it");
        Link.WaitEqual(primary, replica, sibling);
        proxy.BlackHole = true;
        primary.Once("SET", "only", "here");
        Link.WaitEqual(primary, sibling);
        primary.Once("FAILOVER", "TO", "127.0.0.1", replica.Port.ToString(), "TIMEOUT", "300", "FORCE");
        WaitForRoles(replica, primary);
        primary.WaitForLog($"FAILOVER to 127.0.0.1:{replica.Port} time out exceeded, failing over.");
        Link.WaitEqual(replica, primary);
        Link.WaitEqual(replica, sibling);
        Assert.Equal(0, primary.Once("EXISTS", "only").Integer);
        bool saves = primaryKind == "Redouble" && !Peers.SelfTest;
        Assert.Equal(saves ? 2 : 1, Link.Stat(replica, "sync_full")); // it asks a second time, for where they part
        if (!saves)
        {
            return;
        }

        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal("1", info["redouble_divergence_reports"]);
        Assert.Equal("1", info["redouble_divergence_last_parting_known"]);
        Assert.Equal("1", info["redouble_divergence_last_commands"]);
        Assert.Equal("0", info["redouble_divergence_last_missing_bytes"]);
    });

    [PairFact]
    public void ATargetThatRefusesLeavesThePrimaryAsItWas() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Redis("replica");
        Attach(primary, replica);
        primary.Once("SET", "a", "1");
        string replid = primary.Info("replication")["master_replid"];
        replica.Once("ACL", "SETUSER", "default", "-psync");
        primary.Once("FAILOVER", "TO", "127.0.0.1", replica.Port.ToString());
        primary.WaitForLog($"FAILOVER to 127.0.0.1:{replica.Port} aborted: Failover target rejected psync request");
        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal("master", info["role"]);
        Assert.Equal("no-failover", info["master_failover_state"]);
        Assert.Equal(replid, info["master_replid2"]);
        Poll.Until("the replica to go on", () => Link.Stat(primary, "sync_partial_ok") == 1);
        primary.Once("SET", "b", "2");
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [PairFact]
    public void ErrorsAreRedisOwn() => Scenario.Run(s =>
    {
        ServerProcess[] primaries = [s.Redis("oracle"), s.Subject("subject")];
        ServerProcess[] replicas = [s.Redis("oracle-replica"), s.Subject("subject-replica")];
        string[] programs =
        [
            "FAILOVER", "FAILOVER ABORT", "FAILOVER FOO", "FAILOVER TO x", "FAILOVER TO x y", "FAILOVER TIMEOUT 0", "FAILOVER TIMEOUT -1",
            "FAILOVER TIMEOUT x", "FAILOVER TIMEOUT", "FAILOVER FORCE FORCE", "FAILOVER ABORT ABORT", "FAILOVER FORCE TO 127.0.0.1 1 TIMEOUT 5 TIMEOUT 6",
            "FAILOVER TO 127.0.0.1 1 TO 127.0.0.1 2", "FAILOVER FORCE TIMEOUT 100", "FAILOVER TO 127.0.0.1 1 FORCE", "FAILOVER TO 127.0.0.1 70000",
            "FAILOVER TO nobody 1 TIMEOUT 100", "FAILOVER ABORT FORCE",
        ];
        string[] AskAll(ServerProcess server, IEnumerable<string> lines) => [.. lines.Select(line => $"{line}: {Ask(server, line)}")];
        Assert.Equal(AskAll(primaries[0], programs), AskAll(primaries[1], programs));
        Attach(primaries[0], replicas[0]);
        Attach(primaries[1], replicas[1]);
        Assert.Equal(AskAll(replicas[0], programs), AskAll(replicas[1], programs));
        Assert.Equal(AskAll(primaries[0], programs.Skip(1)), AskAll(primaries[1], programs.Skip(1)));
        Assert.Equal(Ask(replicas[0], "PSYNC ? -1 FAILOVER"), Ask(replicas[1], "PSYNC ? -1 FAILOVER"));
        Assert.Equal(Ask(primaries[0], "PSYNC ? -1 FAILOVER"), Ask(primaries[1], "PSYNC ? -1 FAILOVER"));
    });

    private static string Ask(ServerProcess server, string line)
    {
        using RespClient client = server.Connect();
        return client.Call(line.Split(' ')).ToString();
    }

    private static void Attach(ServerProcess primary, ServerProcess replica)
    {
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        string online = $"port={replica.Port},state=online";
        Poll.Until("the replica to be online", () => primary.Info("replication").Values.Any(v => v.Contains(online, StringComparison.Ordinal)));
    }

    private static void WaitForRoles(ServerProcess primary, ServerProcess replica)
    {
        Poll.Until(
            $"{primary.Name} to be the primary of {replica.Name}",
            () => primary.Info("replication")["role"] == "master" && replica.Info("replication")["role"] == "slave",
            20_000, () => primary.LogTail() + replica.LogTail());
        Link.WaitUp(replica);
    }

    /// <summary>Counts INCRs that were acknowledged, one at a time, until one is refused.</summary>
    private sealed class Counter : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;

        public Counter(ServerProcess server)
        {
            int port = server.Port;
            _thread = new Thread(() => Run(port)) { IsBackground = true, Name = "counter" };
            _thread.Start();
        }

        public long Acknowledged { get; private set; }

        public string End { get; private set; } = "";

        public void Stop()
        {
            _thread.Join(10_000);
            _stop = true;
        }

        public void Dispose() => _stop = true;

        private void Run(int port)
        {
            using var client = new RespClient(port);
            while (!_stop)
            {
                Reply reply = client.Call("INCR", "acknowledged");
                if (reply.IsError)
                {
                    End = reply.ToString();
                    return;
                }

                Acknowledged++;
            }
        }
    }

    /// <summary>One SET on a connection of its own, which is to wait.</summary>
    private sealed class PausedWrite : IDisposable
    {
        private readonly Thread _thread;
        private volatile string? _answer;

        public PausedWrite(ServerProcess server)
        {
            _thread = new Thread(() =>
            {
                using RespClient client = server.Connect(20_000);
                _answer = client.Call("SET", "paused", "1").ToString();
            })
            { IsBackground = true };
            _thread.Start();
        }

        public bool IsAnswered => _answer != null;

        public string? Wait()
        {
            _thread.Join(10_000);
            return _answer;
        }

        public void Dispose() => _thread.Join(1000);
    }
}
