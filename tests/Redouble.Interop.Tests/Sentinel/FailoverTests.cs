using System.Globalization;
using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Sentinel;

/// <summary>Real Sentinels supervise three nodes: all Redoubles, and with a real Redis in each of the places.</summary>
[Collection(Lanes.Failovers)]
public sealed class FailoverTests
{
    private const string Redis = nameof(ServerKind.Redis);
    private const string Redouble = nameof(ServerKind.Redouble);

    [PairTheory]
    [InlineData(Redouble, Redouble, Redouble)]
    [InlineData(Redis, Redouble, Redouble)]
    [InlineData(Redouble, Redis, Redouble)]
    [InlineData(Redouble, Redouble, Redis)]
    public void A_primary_that_is_killed_is_replaced_and_returns_as_a_replica(string primary, string heir, string other) => Scenario.Run(s =>
    {
        SupervisedFleet fleet = new(s, Kind(primary), Kind(heir), Kind(other));
        using (var load = new WriteLoad(fleet.Primary, seed: 41, pauseMs: 1))
        {
            load.WaitForMore(1000);
            RespClient client = s.Connect(fleet.Primary);
            client.Must("SET", "acknowledged", "by both");
            Assert.Equal(2, client.Must("WAIT", "2", "10000").Integer);
            fleet.Primary.Kill();
        }

        bool heirIsAhead = IsAhead(fleet.Heir, fleet.Other);
        fleet.WaitForPrimary(fleet.Heir);
        SupervisedFleet.WaitUntilFollowing(fleet.Other, fleet.Heir);
        Assert.Equal("by both", fleet.Heir.Once("GET", "acknowledged").String);
        Assert.Equal("by both", fleet.Other.Once("GET", "acknowledged").String);

        // The siblings go on from one history: nothing is copied again, unless the one has read more of the dead primary's stream than the heir.
        if (heirIsAhead) Assert.Equal((0, 1), (Link.Stat(fleet.Heir, "sync_full"), Link.Stat(fleet.Heir, "sync_partial_ok")));
        Assert.Equal(["# of the operator", "replica-priority 1"], ConfigLines(fleet.Heir));
        Assert.Equal(["# of the operator", "replica-priority 100", $"replicaof 127.0.0.1 {fleet.Heir.Port}"], ConfigLines(fleet.Other));

        using (var load = new WriteLoad(fleet.Heir, seed: 42, pauseMs: 1))
        {
            load.WaitForMore(500);
            fleet.Primary.Start();
            SupervisedFleet.WaitUntilFollowing(fleet.Primary, fleet.Heir);
            load.WaitForMore(500);
        }

        Link.WaitCopies(fleet.Heir, fleet.Primary, fleet.Other);
        Assert.Equal(["# of the operator", "replica-priority 100", $"replicaof 127.0.0.1 {fleet.Heir.Port}"], ConfigLines(fleet.Primary));
        Dictionary<int, Dictionary<string, string>> known = fleet.Watchers[0].Replicas();
        Assert.Equal(new[] { fleet.Primary.Port, fleet.Other.Port }.Order(), known.Keys.Order());
    });

    [PairTheory]
    [InlineData(Redouble, Redouble, Redouble)]
    [InlineData(Redis, Redouble, Redouble)]
    [InlineData(Redouble, Redis, Redouble)]
    [InlineData(Redouble, Redouble, Redis)]
    public void A_failover_by_hand_swaps_the_roles(string primary, string heir, string other) => Scenario.Run(s =>
    {
        SupervisedFleet fleet = new(s, Kind(primary), Kind(heir), Kind(other));
        DataSet.Fill(s.Connect(fleet.Primary), seed: 43, 1000);
        fleet.Primary.Once("SET", "kept", "through both");
        Link.WaitCopies(fleet.Primary, fleet.Heir, fleet.Other);
        Assert.Equal("OK", fleet.Watchers[0].Once("SENTINEL", "FAILOVER", SentinelProcess.Fleet).String);
        fleet.WaitForPrimary(fleet.Heir);
        SupervisedFleet.WaitUntilFollowing(fleet.Other, fleet.Heir);
        SupervisedFleet.WaitUntilFollowing(fleet.Primary, fleet.Heir);
        Link.WaitCopies(fleet.Heir, fleet.Primary, fleet.Other);

        // The old primary was one for another second or two, with the PINGs and the Sentinels' messages in its stream that its successor never got. A Redouble
        // gives them up, whoever its new primary is; only a Redis may need a full sync.
        Assert.InRange(Link.FullSyncs(fleet.Heir), 0, new[] { primary, other }.Count(kind => kind == Redis));

        // And back again, once Sentinel has finished the first one.
        fleet.Heir.Once("CONFIG", "SET", "replica-priority", "100");
        fleet.Primary.Once("CONFIG", "SET", "replica-priority", "1");
        fleet.WaitUntilKnown();
        Poll.Until("the Sentinel to know the new priorities", () => fleet.Watchers[0].Replicas()[fleet.Primary.Port]["slave-priority"] == "1");
        Assert.Equal("OK", fleet.Watchers[0].Once("SENTINEL", "FAILOVER", SentinelProcess.Fleet).String);
        fleet.WaitForPrimary(fleet.Primary);
        SupervisedFleet.WaitUntilFollowing(fleet.Heir, fleet.Primary);
        SupervisedFleet.WaitUntilFollowing(fleet.Other, fleet.Primary);
        Link.WaitCopies(fleet.Primary, fleet.Heir, fleet.Other);
        Assert.Equal("through both", fleet.Other.Once("GET", "kept").String);
        Assert.InRange(Link.FullSyncs(fleet.Primary), 2, 2 + new[] { heir, other }.Count(kind => kind == Redis));
    });

    /// <summary>
    /// Whether the heir of a primary that is gone has at least as much of its stream as the other. False, too, when that can't be told any more: the
    /// Sentinels may be faster than who asks.
    /// </summary>
    private static bool IsAhead(ServerProcess heir, ServerProcess other)
    {
        while (State(heir, out long offset) is { } state && state != "primary")
        {
            if (state == "down" && State(other, out long otherOffset) == "down" && State(heir, out _) == "down") return offset >= otherOffset;
            Thread.Sleep(20);
        }

        return false;
    }

    private static string State(ServerProcess server, out long offset)
    {
        using RespClient client = server.Connect();
        Dictionary<string, string> info = client.Info("replication");
        offset = info["role"] == "slave" ? long.Parse(info["slave_repl_offset"], CultureInfo.InvariantCulture) : 0;
        return info["role"] == "slave" ? info["master_link_status"] : "primary";
    }

    /// <summary>What of the configuration files of these tests matters here: without what the harness sets on the command line.</summary>
    private static string[] ConfigLines(ServerProcess server)
    {
        string[] kept = ["# of", "replicaof", "replica-priority"];
        return [.. File.ReadAllLines(server.ConfigPath).Where(line => kept.Any(word => line.StartsWith(word, StringComparison.Ordinal)))];
    }
}
