using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Clients;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Scenarios;

/// <summary>
/// One run: nodes come up as a primary and replicas, clients write, and everything that a network, a machine and an operator can do to
/// them happens at random; then it stops, and all must come together with equal data.
/// </summary>
internal sealed class Run
{
    private const long Second = 1_000_000;

    // A disk that takes 0.3 s for each operation, with `always` and a rewrite at each tenth of growth, lets a node whose clock costs it 0.6 ms a reading apply
    // 120 bytes of the stream a second: 8 KB take it more than a minute.
    private const long TogetherMax = 120 * Second;

    private readonly List<Client> _clients = [];

    private Run(int seed, PlantedBug bug, Rules rules, bool trace, bool appendOnly)
    {
        World = new World(seed) { Traces = trace };
        if (Cluster.Limits(World)) rules &= ~Rules.WholeTransactions; // one of two keys may be evicted
        if (appendOnly && Cluster.WritesToReplicas(World)) rules &= ~Rules.OfEqualCopies;
        Cluster = new Cluster(World, bug, rules) { HasAppendOnlyFiles = appendOnly };
    }

    public World World { get; }

    public Cluster Cluster { get; }

    /// <summary>Full syncs that were loaded.</summary>
    public long FullSyncs => Cluster.FullSyncs;

    /// <summary>Links that went on.</summary>
    public long PartialSyncs => Cluster.PartialSyncs;

    /// <summary>Replicas that were promoted.</summary>
    public long Promotions => Cluster.Promotions;

    /// <summary>Snapshots that were lost while they were taken.</summary>
    public long LostSnapshots => Cluster.LostSnapshots;

    public long Slices => Cluster.Slices;

    /// <summary>Payloads that broke off.</summary>
    public long BrokenPayloads => Cluster.BrokenPayloads;

    /// <summary>Replies that clients got.</summary>
    public long Replies => _clients.Sum(client => client.Replies);

    /// <summary>Plays the seed to its end.</summary>
    /// <exception cref="SimulationException">A rule did not hold.</exception>
    public static Run Play(int seed, PlantedBug bug = PlantedBug.None, Rules rules = Rules.All, bool trace = false, bool appendOnly = false)
    {
        var run = new Run(seed, bug, rules, trace, appendOnly);
        try
        {
            run.Play();
        }
        catch (SimulationException failure) when (trace)
        {
            throw new SimulationException(failure.Rule, $"{run.World.TraceText}\n{failure.Message}", failure.InnerException);
        }
        finally
        {
            foreach (var machine in run.Cluster.Machines) machine.Discard();
        }

        return run;
    }

    private void Play()
    {
        StartNodes();
        StartClients();
        var faults = new Faults(Cluster);
        var duration = World.Dice.Between(Second / 2, 4 * Second);
        faults.StartUntil(duration);
        if (Cluster.HasLimits) new MemoryLimits(Cluster).StartUntil(duration);
        World.RunUntil(duration);
        World.FaultsAreOn = false;
        faults.Heal();
        if (faults.PlayedFailover) AwaitFailovers(faults);
        faults.MakeTree();
        foreach (var client in _clients) client.GapMax *= 4;
        World.RunUntil(World.Now + World.Dice.Between(0, Second));
        foreach (var client in _clients) client.IsStopped = true;
        ComeTogether();
        foreach (var machine in Cluster.Machines) machine.Crash(powerLoss: false);
    }

    private void StartNodes()
    {
        var count = (int)World.Dice.Between(2, 5);
        for (var i = 0; i < count; i++) Cluster.Machines.Add(new Machine(Cluster, i));
        foreach (var machine in Cluster.Machines)
        {
            if (machine.Number > 0) machine.SetPrimary(Cluster.Machines[World.Dice.Chance(0.7) ? 0 : (int)World.Dice.Between(0, machine.Number - 1)]);
            World.After(World.Dice.Between(0, Second / 10), machine.Start);
        }
    }

    private void StartClients()
    {
        var mix = new CommandMix(new Vocabulary(World, isFat: World.Dice.Chance(0.3), isLarge: World.Dice.Chance(0.2)));
        var count = World.Dice.Between(1, 3);
        var gap = World.Dice.Pick(2_000L, 8_000L, 50_000L);
        for (var i = 0; i < count; i++)
        {
            var client = new Client(Cluster, i, mix) { GapMax = gap };
            _clients.Add(client);
            client.ActLater();
        }
    }

    // Progress: in a healthy network a failover ends by itself, this way or that. Requests of one that was taken back may arrive late and still promote.
    private void AwaitFailovers(Faults faults)
    {
        const long endMax = 20 * Second;
        const long lateMax = 3 * Second;
        var limit = World.Now + endMax;
        do // an order may have waited for a turn, on a slow disk
        {
            while (faults.IsFailingOver && World.Now < limit) World.RunUntil(World.Now + (Second / 20));
            Cluster.Checker.Require(World.Now < limit, Rules.Progress, () => "A failover does not end");
            World.RunUntil(World.Now + lateMax);
        }
        while (faults.IsFailingOver && World.Now < limit);
    }

    private void ComeTogether()
    {
        const long step = Second / 20;
        var limit = World.Now + TogetherMax;
        string? obstacle = null;
        for (var calm = 0; calm < 2;)
        {
            World.RunUntil(World.Now + step);
            obstacle = TogetherCheck.Obstacle(Cluster);
            calm = obstacle == null ? calm + 1 : 0;
            if (obstacle != null && World.Now >= limit) Cluster.Checker.Require(false, Rules.Progress, () => obstacle);
            if (World.Now >= limit) return;
        }
    }
}
