using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.Sentinel;

/// <summary>
/// A primary with two replicas under three Sentinels, each with a configuration file. The heir has the better priority: which replica Sentinel promotes is
/// known beforehand.
/// </summary>
internal sealed class SupervisedFleet
{
    private const int Sentinels = 3;
    private const int Quorum = 2;

    public SupervisedFleet(Scenario s, ServerKind primary, ServerKind heir, ServerKind other)
    {
        Primary = s.CreateWithFile(primary, "primary", "# of the operator", "replica-priority 100").Start();
        string following = $"replicaof 127.0.0.1 {Primary.Port}";
        Heir = s.CreateWithFile(heir, "heir", "# of the operator", "replica-priority 1", following).Start();
        Other = s.CreateWithFile(other, "other", "# of the operator", "replica-priority 100", following).Start();
        Link.WaitUp(Heir);
        Link.WaitUp(Other);
        Watchers = [.. Enumerable.Range(1, Sentinels).Select(number => SentinelProcess.Start(s, $"sentinel{number}", Primary.Port, Quorum))];
        WaitUntilKnown();
    }

    public ServerProcess Primary { get; }

    public ServerProcess Heir { get; }

    public ServerProcess Other { get; }

    public SentinelProcess[] Watchers { get; }

    /// <summary>
    /// Waits until all Sentinels know each other and have seen each node in its role. One that has not yet seen a former primary as a replica would make it
    /// one again, as soon as it is the primary once more.
    /// </summary>
    public void WaitUntilKnown() => Poll.Until("the Sentinels to know the fleet and each other", () => Watchers.All(KnowsAll), 40_000);

    /// <summary>Waits until all Sentinels take this node for the primary and are done with the failover, and it is one.</summary>
    public void WaitForPrimary(ServerProcess node)
    {
        Poll.Until($"the Sentinels to take {node.Name} for the primary", () => Watchers.All(sentinel => IsSettled(sentinel, node)), 40_000);
        Assert.Equal("master", node.Info("replication")["role"]);
    }

    /// <summary>Waits until a replica has been told to follow this node, and does.</summary>
    public static void WaitUntilFollowing(ServerProcess replica, ServerProcess primary)
    {
        bool Follows() => replica.Info("replication").GetValueOrDefault("master_port") == primary.Port.ToString();
        Poll.Until($"{replica.Name} to follow {primary.Name}", Follows, 40_000, () => Latin1.Quote(replica.Once("INFO", "replication").String));
        Link.WaitUp(replica);
    }

    /// <summary>While a failover is under way the new address is told already, and the primary is still the old one.</summary>
    private static bool IsSettled(SentinelProcess sentinel, ServerProcess primary) =>
        sentinel.Primary() is var known && known["port"] == primary.Port.ToString() && known["flags"] == "master" && known["num-slaves"] == "2";

    private static bool KnowsAll(SentinelProcess sentinel)
    {
        Dictionary<string, string> primary = sentinel.Primary();
        return primary["flags"] == "master" && primary["num-slaves"] == "2" && primary["num-other-sentinels"] == $"{Sentinels - 1}"
            && sentinel.Replicas().Values.All(one => one["flags"] == "slave" && one["role-reported"] == "slave" && one["master-link-status"] == "ok");
    }
}
