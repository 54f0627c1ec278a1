using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>The machines of a run, the network between them, and who watches over them.</summary>
internal sealed class Cluster(World world, PlantedBug bug, Rules rules)
{
    public World World { get; } = world;

    public PlantedBug Bug { get; } = bug;

    public List<Machine> Machines { get; } = [];

    /// <summary>Whether nodes may have append-only files, and somebody lays hands on them.</summary>
    public bool HasAppendOnlyFiles { get; init; }

    /// <summary>Whether clients may write to replicas, whose data are not those of their primaries then.</summary>
    public bool HasWritableReplicas => HasAppendOnlyFiles && WritesToReplicas(World);

    /// <summary>Whether memory is limited now and then.</summary>
    public bool HasLimits => Limits(World);

    /// <summary>Starts from append-only files.</summary>
    public long AppendOnlyLoads { get; set; }

    /// <summary>Those of them after which a full sync was needed.</summary>
    public long PlacesDoubted { get; set; }

    /// <summary>Pairs of machines that cannot connect to each other.</summary>
    public HashSet<(int, int)> Partitions { get; } = [];

    /// <summary>Connections between nodes that are not known to be broken.</summary>
    public List<Connection> Links { get; } = [];

    /// <summary>Data sets that replicas have loaded.</summary>
    public long FullSyncs { get; set; }

    /// <summary>Of these, those that were loaded beside the old one.</summary>
    public long Exchanges { get; set; }

    /// <summary>Of these, those that came over two channels.</summary>
    public long ChannelSyncs { get; set; }

    /// <summary>Links that went on where they had stopped.</summary>
    public long PartialSyncs { get; set; }

    /// <summary>Replicas that became primaries.</summary>
    public long Promotions { get; set; }

    /// <summary>Snapshots that were aborted while they were taken.</summary>
    public long LostSnapshots { get; set; }

    /// <summary>Turns that have left something of a primary's stream to the next one.</summary>
    public long Slices { get; set; }

    /// <summary>Keys that primaries had no memory for.</summary>
    public long Evictions { get; set; }

    /// <summary>Payloads that ended before their end.</summary>
    public long BrokenPayloads { get; set; }

    /// <summary>hll-sparse-max-bytes of all nodes: a HyperLogLog is a string, and its encoding a part of that.</summary>
    public string SparseMax { get; } = world.Dice.Pick("0", "60", "3000");

    /// <summary>Names of commands that clients have got a reply to, and no error (in MULTI: that were queued).</summary>
    public HashSet<string> Answered { get; } = [];

    public Checker Checker { get; } = new(world, rules);

    /// <summary>Whether a run with append-only files has writable replicas.</summary>
    public static bool WritesToReplicas(World world) => world.Seed % 8 == 7;

    /// <summary>Whether a run has limits of memory.</summary>
    public static bool Limits(World world) => world.Seed % 8 == 5;

    public Machine? Find(int port) => Machines.Find(machine => machine.Port == port);

    public bool CanReach(Machine from, Machine to) => to.Process != null && !Partitions.Contains(Pair(from, to));

    public static (int, int) Pair(Machine a, Machine b) => (Math.Min(a.Number, b.Number), Math.Max(a.Number, b.Number));

    /// <summary>Cuts them off from each other, for a while or until <see cref="Heal"/>.</summary>
    public void Part(Machine a, Machine b)
    {
        var pair = Pair(a, b);
        Partitions.Add(pair);
        foreach (var link in Links.ToArray())
        {
            if (link.Client.Owner is Process client && link.Server.Owner is Process server && Pair(client.Machine, server.Machine) == pair) Cut(link);
        }
    }

    public void Cut(Connection link)
    {
        link.Cut(silently: World.Dice.Chance(0.4));
        Links.Remove(link);
    }

    /// <summary>Cuts a link while it carries something.</summary>
    public void CutSending(Connection link)
    {
        const int bytesMax = 400; // a few commands
        link.CutAfter((int)World.Dice.Between(0, bytesMax));
    }

    public void Heal() => Partitions.Clear();
}
