using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// Promotions, demotions and switches of primary, in every order. After each step all data sets and offsets are equal, and nobody has needed a full sync
/// where Redis would have done without one. A Redouble does without in more cases: see <c>ResumePoint</c>.
/// </summary>
public sealed class RoleChangeTests
{
    public static TheoryData<string, string, string, string> Fleets() => new()
    {
        { "Redouble", "Redouble", "Redouble", "1" },
        { "Redouble", "Redis", "Redouble", "3600" },
        { "Redis", "Redouble", "Redis", "3600" },
    };

    [PairTheory]
    [MemberData(nameof(Fleets))]
    public void AnyoneMayLeadInAnyOrder(string firstKind, string secondKind, string thirdKind, string pingPeriod) => Scenario.Run(s =>
    {
        string[] options = ["--repl-ping-replica-period", pingPeriod];
        ServerProcess[] nodes =
        [
            s.Start(Kind(firstKind), "first", options), s.Start(Kind(secondKind), "second", options), s.Start(Kind(thirdKind), "third", options),
        ];
        var dice = new Dice(41);
        DataSet.Fill(s.Connect(nodes[0]), seed: 42, 1000);
        nodes[1].Follow(nodes[0].Port);
        nodes[2].Follow(nodes[0].Port);
        Link.WaitEqual(nodes[0], nodes[1], nodes[2]);
        long fullSyncs = nodes.Sum(n => Link.Stat(n, "sync_full"));
        int primary = 0;
        for (int step = 0; step < 10; step++)
        {
            using (var load = new WriteLoad(nodes[primary], seed: 43 + step))
            {
                load.WaitForMore(200);
            }

            // Or keys that expire meanwhile would be deleted by the old primary when its successor has stopped listening. (The look before ends its own pause.)
            ServerProcess old = nodes[primary];
            Link.WaitEqual(old, Others(nodes, primary));
            old.Once("CLIENT", "PAUSE", "60000", "WRITE");
            Poll.Until("the last deletions to be everywhere", () => Others(nodes, primary).All(other => Link.Offset(other) == Link.Offset(old)));
            int next = (primary + dice.Between(1, 2)) % 3;
            int last = 3 - primary - next;
            bool isChain = dice.Chance(50);
            nodes[next].Once("REPLICAOF", "NO", "ONE");
            nodes[primary].Follow(nodes[next].Port);
            nodes[primary].Once("CLIENT", "UNPAUSE");
            nodes[last].Follow(nodes[isChain ? primary : next].Port);
            primary = next;
            Link.WaitEqual(nodes[primary], Others(nodes, primary));
            Assert.True(
                fullSyncs == nodes.Sum(n => Link.Stat(n, "sync_full")),
                $"step {step}: a full sync after {nodes[next].Name} was promoted, {nodes[last].Name} {(isChain ? "in a chain" : "beside")}");
        }
    });

    /// <summary>The old primary went on with PINGs that the promoted replica never got: redis #4819 and its kin.</summary>
    [PairTheory]
    [InlineData("Redouble")]
    [InlineData("Redis")]
    public void ADemotedPrimaryGivesUpKeepalivesThatNobodyElseHas(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        ServerProcess below = s.Subject("below");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        below.Follow(primary.Port);
        RespClient client = s.Connect(primary);
        client.Must("SELECT", "5");
        client.Must("SET", "k", "v");
        Link.WaitEqual(primary, replica, below);
        proxy.BlackHole = true;
        long offset = Link.Offset(replica);
        Poll.Until("some PINGs", () => Link.Offset(primary) >= offset + 28);
        replica.Once("REPLICAOF", "NO", "ONE");
        primary.Follow(replica.Port);
        Link.WaitUp(primary);
        RespClient other = s.Connect(replica);
        other.Must("SELECT", "5");
        other.Must("APPEND", "k", "w");
        Link.WaitEqual(replica, primary, below);
        Assert.Equal(0, Link.Stat(replica, "sync_full"));
        Assert.Equal(1, Link.Stat(replica, "sync_partial_ok"));
        Assert.Equal("vw", Value(below, "5", "k"));
        Assert.Equal(Peers.SelfTest ? 3 : 2, Link.Stat(primary, "sync_full")); // who was below the old primary has its keepalives, and gives them up as well
        primary.WaitForLog("bytes here are no data, and the primary has not got them");
    });

    /// <summary>
    /// Who publishes on a replica that is a primary for a moment (a Sentinel does) moves its stream to another database. The message is given up when it
    /// follows its primary again, and the stream went on in that database, with equal offsets and no error.
    /// </summary>
    [PairTheory]
    [InlineData("Redouble")]
    [InlineData("Redis")]
    public void APromotionOfAMomentLeavesTheStreamInItsDatabase(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-ping-replica-period", "3600");
        ServerProcess replica = s.Subject("replica", "--appendonly", "yes");
        ServerProcess below = s.Subject("below");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        below.Follow(replica.Port);
        Link.WaitUp(below);
        RespClient client = s.Connect(primary);
        client.Must("SELECT", "3");
        client.Must("SET", "k", "v");
        Link.WaitEqual(primary, replica, below);
        replica.Once("REPLICAOF", "NO", "ONE");
        replica.Once("PUBLISH", "news", "none");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        client.Must("APPEND", "k", "w");
        Link.WaitEqual(primary, replica, below);
        Assert.Equal("vw", Value(replica, "3", "k"));
        Assert.Equal("vw", Value(below, "3", "k"));
        Assert.Equal(Peers.SelfTest ? 2 : 1, Link.Stat(primary, "sync_full"));
        replica.Terminate();
        replica.StartLoaded();
        Assert.Equal("vw", Value(replica, "3", "k"));
    });

    /// <summary>Writes that nobody else has are another matter: they go, into a file, and that takes a full sync.</summary>
    [PairTheory]
    [InlineData("Redouble")]
    [InlineData("Redis")]
    public void ADemotedPrimaryWithWritesOfItsOwnTakesAFullSync(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "k", "v");
        Link.WaitEqual(primary, replica);
        proxy.BlackHole = true;
        primary.Once("SET", "lost", "1");
        replica.Once("REPLICAOF", "NO", "ONE");
        primary.Follow(replica.Port);
        Link.WaitUp(primary);
        Link.WaitEqual(replica, primary);
        Assert.Equal(1, Link.Stat(replica, "sync_full"));
        Assert.Equal(0, primary.Once("EXISTS", "lost").Integer);
        if (!Peers.SelfTest)
        {
            Assert.Equal("1", primary.Info("replication")["redouble_divergence_last_commands"]);
        }
    });

    [PairTheory]
    [MemberData(nameof(Pairs.Chains), MemberType = typeof(Pairs))]
    public void AReplicaTurnsToItsGrandparentAndBackUnderLoad(string firstKind, string middleKind, string lastKind) => Scenario.Run(s =>
    {
        ServerProcess first = s.Start(Kind(firstKind), "first", "--repl-backlog-size", "16mb");
        ServerProcess middle = s.Start(Kind(middleKind), "middle", "--repl-backlog-size", "16mb");
        ServerProcess last = s.Start(Kind(lastKind), "last");
        middle.Follow(first.Port);
        Link.WaitUp(middle);
        last.Follow(middle.Port);
        Link.WaitUp(last);
        using (var load = new WriteLoad(first, seed: 51, pauseMs: 1))
        {
            load.WaitForMore(300);
            last.Follow(first.Port);
            Link.WaitUp(last);
            load.WaitForMore(300);
        }

        Link.WaitEqual(first, middle, last);
        Assert.Equal(1, Link.Stat(first, "sync_full"));
        last.Follow(middle.Port);
        Link.WaitUp(last);
        first.Once("SET", "end", "1");
        Link.WaitEqual(first, middle, last);
        Assert.Equal(1, Link.Stat(middle, "sync_full"));
    });

    /// <summary>A replica that is ahead of the one it turns to waits for it, where Redis would take a full sync.</summary>
    [PairTheory]
    [InlineData("Redouble", "Redouble")]
    [InlineData("Redis", "Redouble")]
    [InlineData("Redouble", "Redis")]
    public void AReplicaTurnsToASiblingThatIsBehind(string primaryKind, string siblingKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-backlog-size", "16mb");
        ServerProcess sibling = s.Start(Kind(siblingKind), "sibling", "--repl-backlog-size", "16mb");
        ServerProcess replica = s.Subject("replica");
        LinkProxy slow = s.Own(new LinkProxy(primary.Port));
        sibling.Follow(slow.Port);
        Link.WaitUp(sibling);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        slow.DelayMs = 400;
        using (var load = new WriteLoad(primary, seed: 52, pauseMs: 1))
        {
            load.WaitForMore(300);
            replica.Follow(sibling.Port);
            replica.WaitForLog("the primary is a replica itself and has not got the last");
            slow.DelayMs = 0;
            Link.WaitUp(replica);
            load.WaitForMore(300);
        }

        Link.WaitEqual(primary, sibling, replica);
        Assert.Equal(0, Link.Stat(sibling, "sync_full"));
    });

    /// <summary>redis #9847: a primary that was restarted, its successor promoted meanwhile, has lost nothing and needs no full sync.</summary>
    [PairTheory]
    [InlineData("Redouble")]
    [InlineData("Redis")]
    public void ARestartedPrimaryFollowsItsSuccessorPartially(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        DataSet.Fill(s.Connect(primary), seed: 53, 1000);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "k", "v");
        Link.WaitEqual(primary, replica);
        using (RespClient client = primary.Connect())
        {
            client.Send("SHUTDOWN", "SAVE");
        }

        primary.WaitForExit();
        replica.Once("REPLICAOF", "NO", "ONE");
        replica.Once("SET", "k", "w");
        primary.StartLoaded();
        primary.Follow(replica.Port);
        Link.WaitUp(primary);
        Link.WaitEqual(replica, primary);
        Assert.Equal(0, Link.Stat(replica, "sync_full"));
        Assert.Equal(1, Link.Stat(replica, "sync_partial_ok"));
    });

    /// <summary>Five in a row: the top is lost, the second leads, all below go on, with one offset in all of them.</summary>
    [PairFact]
    public void ALongChainLosesItsTop() => Scenario.Run(s =>
    {
        ServerProcess[] chain =
        [
            s.Subject("zero"), s.Subject("one"), s.Redis("two"), s.Subject("three"), s.Subject("four"),
        ];
        for (int i = 1; i < chain.Length; i++)
        {
            chain[i].Follow(chain[i - 1].Port);
            Link.WaitUp(chain[i]);
        }

        RespClient client = s.Connect(chain[0]);
        client.Must("SELECT", "9");
        client.Must("SET", "k", "v");
        Link.WaitEqual(chain[0], chain[1..]);
        chain[0].Kill();
        chain[1].Once("REPLICAOF", "NO", "ONE");
        client = s.Connect(chain[1]);
        client.Must("SELECT", "9");
        client.Must("APPEND", "k", "w");
        Link.WaitEqual(chain[1], chain[2..]);
        Assert.Equal("vw", Value(chain[4], "9", "k"));
        Assert.All(chain[1..4], node => Assert.Equal(1, Link.Stat(node, "sync_full")));
        string replid = chain[1].Info("replication")["master_replid"];
        Assert.All(chain[2..], node => Assert.Equal(replid, node.Info("replication")["master_replid"]));
    });

    private static ServerProcess[] Others(ServerProcess[] nodes, int but) => [.. nodes.Where((_, i) => i != but)];

    private static string Value(ServerProcess server, string database, string key)
    {
        using RespClient client = server.Connect();
        client.Must("SELECT", database);
        return client.Must("GET", key).String;
    }
}
