using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>A machine: a disk, a wall clock of its own, a place in the network, and at most one process.</summary>
internal sealed class Machine(Cluster cluster, int number)
{
    private const int FirstPort = 7000;
    private const long RestartMax = 2_000_000;

    public Cluster Cluster { get; } = cluster;

    public int Number { get; } = number;

    public int Port => FirstPort + Number;

    public SimulatedDisk Disk { get; } = new(cluster.World);

    /// <summary>Microseconds by which its wall clock is ahead: up to an hour.</summary>
    public long WallOffset { get; private set; } = cluster.World.Dice.Chance(0.3) ? 0 : cluster.World.Dice.Between(-3_600_000_000, 3_600_000_000);

    /// <summary>Whom it is configured to follow; a restart reads this again.</summary>
    public Machine? Primary { get; private set; }

    public Process? Process { get; private set; }

    /// <summary>Processes that it has had.</summary>
    public int Starts { get; private set; }

    public override string ToString() => $"node {Number}.{Starts}";

    public void Start()
    {
        if (Process != null) return;
        Starts++;
        Process = new Process(this);
        Process.Start();
    }

    /// <summary>kill -9, or a loss of power: peers of a machine without power are not told.</summary>
    public void Crash(bool powerLoss)
    {
        if (Process is not { } process) return;
        Cluster.World.Trace(() => $"{this} {(powerLoss ? "loses power" : "is killed")}");
        Process = null;
        Cluster.Checker.Kept.OnEnd(process);
        process.End(tellPeers: !powerLoss);
        if (!powerLoss) return;
        Disk.PowerLoss();
        Cluster.Checker.Kept.OnFilesChanged(this);
    }

    /// <summary>The process has ended by itself.</summary>
    public void OnExit()
    {
        Cluster.World.Trace(() => $"{this} has ended");
        var process = Process!;
        Process = null;
        Cluster.Checker.Kept.OnEnd(process);
        process.End(tellPeers: true);
        Cluster.World.After(Cluster.World.Dice.Between(0, RestartMax), Start);
    }

    /// <summary>The run is over, perhaps in the middle of something: only gives memory back.</summary>
    public void Discard()
    {
        Process?.Discard();
        Process = null;
    }

    public void JumpClock(long by)
    {
        WallOffset += by;
        if (Process is { } process) process.Clock.WallOffset = WallOffset;
    }

    /// <summary>The operator makes it follow another machine, or nobody, now and after each restart.</summary>
    public void Follow(Machine? primary)
    {
        Primary = primary;
        if (Process is not { } process) return;
        Cluster.World.Trace(() => $"{this} is told to follow {primary?.ToString() ?? "no one"}");
        process.Follow();
    }

    /// <summary>What to follow as the process starts.</summary>
    public void SetPrimary(Machine? primary) => Primary = primary;
}
