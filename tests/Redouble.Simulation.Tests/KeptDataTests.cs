using Redouble.Engine.Persistence.Aof;
using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests;

/// <summary>What the checker expects of append-only files is what their last writer has left.</summary>
public sealed class KeptDataTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void FilesOfAProcessThatHasSwitchedThemOffAreNotThoseOfTheOneBefore()
    {
        var world = new World(seed: 1) { FaultsAreOn = false };
        var cluster = new Cluster(world, PlantedBug.None, Rules.All) { HasAppendOnlyFiles = true };
        var machine = new Machine(cluster, 0);
        cluster.Machines.Add(machine);
        machine.Start();
        world.RunUntil(5 * Second);
        var (process, kept) = (machine.Process!, cluster.Checker.Kept);
        Assert.Equal(AppendOnlyState.On, process.Node.AppendOnly.State);
        kept.OnEnd(process);
        const string loaded = "DB loaded from append only file: 0.000 seconds";
        kept.OnLog(process, loaded);
        Assert.Equal(1, kept.Looks);

        kept.OnEnd(process);
        process.Operate("SET", "key", "value");
        process.Operate("CONFIG", "SET", "appendonly", "no");
        world.RunUntil(world.Now + Second);
        Assert.Equal(AppendOnlyState.Off, process.Node.AppendOnly.State);
        kept.OnEnd(process);
        kept.OnLog(process, loaded);
        Assert.Equal(1, kept.Looks);
        machine.Crash(powerLoss: false);
    }
}
