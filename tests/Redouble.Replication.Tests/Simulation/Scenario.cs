namespace Redouble.Replication.Tests.Simulation;

/// <summary>
/// One run: nodes come up as a primary and replicas, clients write, and everything that a network, a machine and an operator can do to them is
/// done at random; then it stops, and all must come together with equal data.
/// </summary>
internal static class Scenario
{
    private const long Second = 1_000_000;

    public static World Run(int seed, PlantedBug bug = PlantedBug.None, bool trace = false)
    {
        var world = new World(seed, bug) { Keeps = trace };
        try
        {
            Play(world);
        }
        catch (SimulationException e) when (trace)
        {
            throw new SimulationException($"{e.Message}\n{world.TraceText}");
        }

        return world;
    }

    private static void Play(World world)
    {
        var count = (int)world.Between(2, 5);
        for (var i = 0; i < count; i++) _ = new SimulatedNode(world, i);
        foreach (var node in world.Nodes)
        {
            if (node.Number > 0) node.ReplicaOf(world.Nodes[world.Chance(0.8) ? 0 : (int)world.Between(0, node.Number - 1)]);
            node.Start();
        }

        var writes = 0;
        var duration = world.Between(2, 12) * Second;
        var writeGap = world.Between(2_000, 60_000);
        var faultGap = world.Between(30_000, 2 * Second);
        void WriteOften()
        {
            world.Nodes[(int)world.Between(0, count - 1)].Write(writes++);
            if (world.Now < duration) world.After(world.Between(0, 2 * writeGap), WriteOften);
        }

        void BreakOften()
        {
            if (world.Now >= duration) return;
            Break(world);
            world.After(world.Between(0, 2 * faultGap), BreakOften);
        }

        world.After(0, WriteOften);
        world.After(world.Between(0, Second), BreakOften);
        world.RunUntil(duration + (3 * Second));
        Heal(world);
        world.RunUntil(world.Now + (40 * Second));
        CheckTogether(world);
        foreach (var node in world.Nodes) node.Crash();
    }

    private static void Break(World world)
    {
        var node = world.Nodes[(int)world.Between(0, world.Nodes.Count - 1)];
        var other = world.Nodes[(int)world.Between(0, world.Nodes.Count - 1)];
        switch (world.Random.Next(12))
        {
            case 0 or 1 or 2 when world.Connections.Count > 0:
                world.Connections[(int)world.Between(0, world.Connections.Count - 1)].Cut(silently: world.Chance(0.3));
                break;
            case 3 when world.Partitions.Count < 3:
                var pair = (Math.Min(node.Number, other.Number), Math.Max(node.Number, other.Number));
                world.Partitions.Add(pair);
                foreach (var connection in world.Connections.Where(c => IsBetween(c, pair)).ToArray()) connection.Cut(silently: world.Chance(0.5));
                world.After(world.Between(0, 4_000_000), () => world.Partitions.Remove(pair));
                break;
            case 4 or 5:
                Restart(world, node);
                break;
            case 6 or 7:
                node.Save();
                break;
            case 8:
                Promote(world, node);
                break;
            case 9 when node != other:
                node.ReplicaOf(other);
                break;
            case 10:
                if (node.IsUp) node.Replication.Log.BacklogSize = world.Between(100, 5000);
                break;
        }
    }

    private static void Restart(World world, SimulatedNode node)
    {
        if (!node.IsUp) return;
        if (world.Chance(0.3)) node.Save();
        node.Crash();
        world.After(world.Between(0, 3_000_000), () =>
        {
            if (!node.IsUp) node.Start();
        });
    }

    // A failover: one goes ahead, the others are told one after the other, some of them to follow a follower.
    private static void Promote(World world, SimulatedNode node)
    {
        node.ReplicaOf(null);
        foreach (var other in world.Nodes)
        {
            if (other == node || !world.Chance(0.8)) continue;
            var target = world.Chance(0.8) ? node : world.Nodes[(int)world.Between(0, world.Nodes.Count - 1)];
            world.After(world.Between(0, 1_000_000), () =>
            {
                if (target != other) other.ReplicaOf(target);
            });
        }
    }

    private static void Heal(World world)
    {
        world.FaultsAreOn = false;
        world.Partitions.Clear();
        var primary = world.Nodes[(int)world.Between(0, world.Nodes.Count - 1)];
        foreach (var node in world.Nodes)
        {
            if (!node.IsUp) node.Start();
        }

        primary.ReplicaOf(null);
        var tree = new List<SimulatedNode> { primary };
        foreach (var node in world.Nodes)
        {
            if (node == primary) continue;
            node.ReplicaOf(tree[(int)world.Between(0, tree.Count - 1)]);
            tree.Add(node);
        }

        for (var i = 0; i < 20; i++) world.After(world.Between(0, 30 * Second), () => primary.Write(1_000_000 + (int)world.Between(0, 1000)));
    }

    private static void CheckTogether(World world)
    {
        var primary = world.Nodes.Single(node => !node.Replication.IsReplica);
        foreach (var node in world.Nodes)
        {
            var (own, theirs) = (node.Replication, primary.Replication);
            if (node != primary && !own.Primary.IsUp) world.Fail($"{node} has no link: {own.Primary.State}, {own.Primary.LastError}");
            if (own.History.Identity.Id != theirs.History.Identity.Id) world.Fail($"{node} is in another history than {primary}");
            if (node.Data.Digest != primary.Data.Digest && own.Log.EndOffset == theirs.Log.EndOffset) world.Fail($"{node} differs from {primary}");
            if (theirs.Log.EndOffset - own.Log.EndOffset > 200) world.Fail($"{node} stays behind {primary}");
        }
    }

    private static bool IsBetween(Connection connection, (int, int) pair)
    {
        var (client, server) = (connection.Client.Node.Number, connection.Server.Node.Number);
        return (Math.Min(client, server), Math.Max(client, server)) == pair;
    }
}
