using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Links that break: the replica must come back with exactly the bytes that it has not applied.</summary>
public sealed class CutTests
{
    private const int Cuts = 5;

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void CutsAtRandomBytesAreResumedPartially(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-backlog-size", "32mb", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        DataSet.Fill(s.Connect(primary), seed: 21, 2000);
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        long refused = Link.Stat(primary, "sync_partial_err");

        var dice = new Dice(22);
        using var load = new WriteLoad(primary, seed: 23, pauseMs: 1);
        for (int cut = 1; cut <= Cuts; cut++)
        {
            int before = proxy.Cuts;
            proxy.CutAfter(dice.Between(1, 200_000));
            Poll.Until("the proxy to cut", () => proxy.Cuts > before);
            int wanted = cut;
            Poll.Until("a partial resync", () => Link.Stat(primary, "sync_partial_ok") >= wanted, state: () => $"cut {wanted}");
        }

        load.Stop();
        Assert.Null(load.Trouble);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
        Assert.Equal(refused, Link.Stat(primary, "sync_partial_err"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void CutsWithinAUnitNeverApplyHalfOfIt(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        RespClient client = s.Connect(primary);
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        client.Must("SET", "warm", "up");
        Link.WaitEqual(primary, replica);

        for (int cut = 3; cut < 130; cut += 21)
        {
            int before = proxy.Cuts;
            proxy.CutAfter(cut);
            client.Pipeline([["MULTI"], ["INCR", "left"], ["SET", "pad", new string('p', 40)], ["INCR", "right"], ["EXEC"]]);
            Poll.Until("the proxy to cut", () => proxy.Cuts > before);
            Reply both = replica.Once("MGET", "left", "right");
            Assert.Equal(both[0], both[1]);
            Link.WaitEqual(primary, replica);
        }

        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void BeyondTheBacklogTheReplicaTakesAFullSync(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        // A Redouble would keep more while nobody else has it, and so could go on.
        string[] asRedis = primaryKind == nameof(ServerKind.Redouble) && !Peers.SelfTest ? ["--repl-backlog-sole-copy-size", "0"] : [];
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", ["--repl-backlog-size", "16kb", .. asRedis]);
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        long refused = Link.Stat(primary, "sync_partial_err");
        RespClient client = s.Connect(primary);
        proxy.Refuse = true;
        proxy.CutNow();
        Poll.Until("the primary to see the cut", () => primary.Info("replication")["connected_slaves"] == "0");
        for (int i = 0; i < 200; i++)
        {
            client.Must("SET", $"k{i}", new string('x', 5000));
        }

        proxy.Refuse = false;
        Poll.Until("a second full sync", () => Link.Stat(primary, "sync_full") == 2);
        Link.WaitEqual(primary, replica);
        Assert.Equal(refused + 1, Link.Stat(primary, "sync_partial_err"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void CutDuringTheTransferStartsItAnew(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        DataSet.Fill(s.Connect(primary), seed: 24, 20_000);
        proxy.CutAfter(200_000);
        replica.Follow(proxy.Port);
        Poll.Until("the proxy to cut", () => proxy.Cuts == 1);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void AReplicaGivesUpASilentPrimary(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--repl-timeout", "2");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "k", "1");
        Link.WaitEqual(primary, replica);
        proxy.BlackHole = true;
        primary.Once("SET", "k", "2");
        Link.WaitDown(replica);
        proxy.CutNow();
        proxy.BlackHole = false;
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal("2", replica.Once("GET", "k").String);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void APrimaryGivesUpASilentReplica(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-timeout", "2", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "k", "1");
        Link.WaitEqual(primary, replica);
        proxy.BlackHole = true;
        primary.WaitForLog("Disconnecting timedout replica (streaming sync)");
        primary.Once("SET", "k", "2");
        proxy.BlackHole = false;
        proxy.CutNow();
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ARestartedReplicaResumesFromItsFile(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Create(Kind(replicaKind), "replica", "--replicaof", "127.0.0.1", primary.Port.ToString()).Start();
        DataSet.Fill(s.Connect(primary), seed: 25, 1000);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        using (RespClient client = replica.Connect())
        {
            client.Send("SHUTDOWN", "SAVE");
        }

        Assert.Equal(0, replica.WaitForExit());
        primary.Once("SET", "written", "meanwhile");
        replica.Start();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_partial_ok"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ARestartedPrimaryIsANewHistory(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Create(Kind(primaryKind), "primary").Start();
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        DataSet.Fill(s.Connect(primary), seed: 26, 300);
        primary.Once("SAVE");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "lost", "in the crash");
        Link.WaitEqual(primary, replica);
        string replid = primary.Info("replication")["master_replid"];
        primary.Kill();
        Link.WaitDown(replica);
        primary.Start();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(0, replica.Once("EXISTS", "lost").Integer);
        Assert.NotEqual(replid, primary.Info("replication")["master_replid"]);
    });
}
