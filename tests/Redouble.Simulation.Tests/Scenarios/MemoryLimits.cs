using System.Globalization;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Scenarios;

/// <summary>An operator who limits the memory of one node after the other, about to what it uses, and changes his mind.</summary>
internal sealed class MemoryLimits(Cluster cluster)
{
    private const long GapMax = 400_000;

    private World World => cluster.World;

    private Dice Dice => cluster.World.Dice;

    public void StartUntil(long end) => World.After(Dice.Between(0, GapMax), () =>
    {
        if (World.Now >= end) return;
        var primary = cluster.Machines.Find(static machine => machine.Process?.Node.IsReplica == false);
        if ((Dice.Chance(0.7) ? primary : Dice.PickOf(cluster.Machines))?.Process is { } process) Limit(process);
        StartUntil(end);
    });

    private void Limit(Process process)
    {
        const long less = 30_000, more = 10_000;
        var limit = Dice.Chance(0.2) ? 0 : Math.Max(1, process.Node.UsedMemory + Dice.Between(-less, more));
        var policy = Dice.Pick(
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "noeviction");
        process.Operate(
            "CONFIG", "SET", "maxmemory", limit.ToString(CultureInfo.InvariantCulture), "maxmemory-policy", policy,
            "lazyfree-lazy-eviction", Dice.Pick("yes", "no"), "maxmemory-eviction-tenacity", Dice.Pick("0", "10", "100"));
    }
}
