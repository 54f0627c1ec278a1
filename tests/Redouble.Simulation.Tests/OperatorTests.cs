using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests;

/// <summary>The operator of the simulation: what it ordered happens in the end.</summary>
public sealed class OperatorTests
{
    private const long Second = 1_000_000;

    // Put off by a pause, REPLICAOF gets its answer when nobody looks any more; and that may be a refusal.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnOrderThatIsRefusedAfterAPauseIsGivenAgain(int seed)
    {
        var world = new World(seed) { FaultsAreOn = false };
        var cluster = new Cluster(world, PlantedBug.None, Rules.All);
        for (var i = 0; i < 3; i++) cluster.Machines.Add(new Machine(cluster, i));
        var (primary, replica, other) = (cluster.Machines[0], cluster.Machines[1], cluster.Machines[2]);
        replica.SetPrimary(primary);
        foreach (var machine in cluster.Machines) machine.Start();
        world.RunUntil(5 * Second);
        Assert.True(replica.Process!.Node.Replication.Protocol.Primary.IsUp);
        var process = primary.Process!;

        process.Operate("SET", "key", "value");
        process.Operate("FAILOVER", "TIMEOUT", "600");
        cluster.Part(primary, replica); // so that it lasts
        process.Operate("CLIENT", "PAUSE", "300", "ALL");
        process.Operate("CONFIG", "SET", "save", "");
        primary.Follow(other);
        world.RunUntil(world.Now + (Second / 2));
        Assert.False(process.Node.Pauses.All);
        Assert.True(process.Node.Replication.Failover.IsActive && !process.Node.IsReplica);

        world.RunUntil(world.Now + Second);
        Assert.True(process.Node.IsReplica);
        Assert.Equal(other.Port, process.Node.Replication.Protocol.Primary.Port);
        foreach (var machine in cluster.Machines) machine.Crash(powerLoss: false);
    }
}
