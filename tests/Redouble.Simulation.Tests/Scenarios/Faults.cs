using System.Globalization;
using Redouble.Replication.Primary;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Scenarios;

/// <summary>What happens to the nodes of a run: faults of network, machines and disks, and the doings of an operator.</summary>
internal sealed class Faults(Cluster cluster)
{
    private const long Second = 1_000_000;
    private const long Hour = 3600 * Second;

    private World World => cluster.World;

    private Dice Dice => cluster.World.Dice;

    /// <summary>Lets something happen again and again.</summary>
    public void StartUntil(long end)
    {
        var gap = Dice.Between(20_000, Second);
        void Again()
        {
            if (World.Now >= end) return;
            Happen();
            World.After(Dice.Between(0, 2 * gap), Again);
        }

        World.After(Dice.Between(0, Second / 2), Again);
        if (World.Seed % 4 == 2) PromoteForMomentsUntil(end); // the other runs are left as they are
    }

    // A replica is promoted, has nothing but messages to tell, in some databases, and follows its primary again, which may have written nothing meanwhile.
    private void PromoteForMomentsUntil(long end)
    {
        const int databases = 3;
        World.After(Dice.Between(0, Second / 2), () =>
        {
            if (World.Now >= end) return;
            if (Dice.PickOf(cluster.Machines) is { Process: { } process, Primary: { } primary } machine)
            {
                machine.Follow(null);
                for (var left = Dice.Next(databases + 1); left > 0; left--)
                {
                    process.Operate("SELECT", Dice.Next(databases).ToString(CultureInfo.InvariantCulture));
                    process.Operate("PUBLISH", "news", "none");
                }

                process.Operate("SELECT", "0");
                World.After(Dice.Between(0, Second / 20), () =>
                {
                    if (World.FaultsAreOn && machine.Primary == null) machine.Follow(primary);
                });
            }

            PromoteForMomentsUntil(end);
        });
    }

    /// <summary>Whether a failover was begun by hand.</summary>
    public bool PlayedFailover { get; private set; }

    /// <summary>No more faults: network and disks are well, and all machines run.</summary>
    public void Heal()
    {
        cluster.Heal();
        foreach (var machine in cluster.Machines)
        {
            machine.Disk.IsBroken = false;
            machine.Start();
        }
    }

    /// <summary>
    /// Whether a failover goes on. One that is under way when the operator gives other orders wins over them, here as in Redis: REPLICAOF is refused by who
    /// fails over, and its target is promoted whatever it was told meanwhile. So who wants to know what comes of the orders waits for the end.
    /// </summary>
    public bool IsFailingOver => cluster.Machines.Exists(static machine => machine.Process?.Node.Replication.Failover.IsActive == true);

    /// <summary>The operator makes a tree of all nodes, under one of them.</summary>
    public void MakeTree()
    {
        var primary = Dice.PickOf(cluster.Machines);
        var tree = new List<Machine> { primary };
        foreach (var machine in cluster.Machines)
        {
            Machine? target = null;
            if (machine != primary)
            {
                target = Dice.PickOf(tree);
                tree.Add(machine);
            }

            machine.Follow(target);
            // Writes and even PINGs may be refused since a save failed, until the next one, which without writes may never be due.
            machine.Process?.Operate("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
        }
    }

    private void Happen()
    {
        var machine = Dice.PickOf(cluster.Machines);
        switch (Dice.Next(21))
        {
            case 0 or 1 or 2 when cluster.Links.Count > 0:
                if (Dice.Chance(0.5)) cluster.Cut(Dice.PickOf(cluster.Links));
                else cluster.CutSending(Dice.PickOf(cluster.Links));
                break;
            case 18 or 19:
                FailOver(Dice.Chance(0.9) && cluster.Machines.FindAll(CanHandOver) is { Count: > 0 } able ? Dice.PickOf(able) : machine);
                break;
            case 20:
                machine.Process?.Operate("REDOUBLE", "VERIFY");
                break;
            case 17 when cluster.Links.Count > 0:
                Dice.PickOf(cluster.Links).DelayUntil(World.Now + Dice.Between(0, 2 * Second));
                break;
            case 3:
                Part(machine);
                break;
            case 4 or 5:
                Crash(machine);
                break;
            case 6:
                ShutDown(machine);
                break;
            case 7 or 8 when cluster.HasAppendOnlyFiles && Dice.Chance(0.5):
                machine.Process?.Operate("BGREWRITEAOF");
                if (Dice.Chance(0.4)) World.After(Dice.Between(0, Second / 10), () => KillInRewrite(machine));
                break;
            case 7 or 8:
                machine.Process?.Operate(Dice.Chance(0.7) ? ["BGSAVE", "SCHEDULE"] : ["SAVE"]);
                break;
            case 9:
                Promote(machine);
                break;
            case 10:
                Demote(machine);
                break;
            case 11 when machine.Process is { } process && Dice.Chance(0.4):
                process.Node.Config.ReplBacklogSize = ProcessConfiguration.TinyBacklog(Dice);
                break;
            case 11:
                machine.Process?.Operate("CONFIG", "SET", "repl-backlog-size", Dice.Pick("16kb", "20kb", "100kb"));
                break;
            case 12:
                BreakDisk(machine);
                break;
            case 13:
                // Not back by an hour: a CLIENT PAUSE ends by the wall clock, and holds up the operator, too.
                machine.JumpClock(Dice.Chance(0.2) ? Dice.Between(0, Hour) : Dice.Between(-2 * Second, 2 * Second));
                break;
            case 14 when machine.Process is { Node.IsReplica: false } process && Dice.Chance(0.3):
                process.FlushAll();
                break;
            case 15:
                Configure(machine);
                break;
            case 16:
                machine.Process?.Operate("CLIENT", "KILL", "TYPE", Dice.Pick("replica", "master", "normal"));
                break;
        }
    }

    private void Part(Machine machine)
    {
        var other = Dice.PickOf(cluster.Machines);
        if (other == machine || cluster.Partitions.Count >= 3) return;
        cluster.Part(machine, other);
        World.After(Dice.Between(0, 2 * Second), () => cluster.Partitions.Remove(Cluster.Pair(machine, other)));
    }

    private void Crash(Machine machine)
    {
        if (machine.Process == null) return;
        machine.Crash(powerLoss: Dice.Chance(0.3));
        if (cluster.HasAppendOnlyFiles && Dice.Chance(0.4)) AppendOnlyEdits.Make(machine);
        World.After(Dice.Between(0, Second), machine.Start);
    }

    private void KillInRewrite(Machine machine)
    {
        if (!World.FaultsAreOn) return;
        machine.Crash(powerLoss: false);
        World.After(Dice.Between(0, Second), machine.Start);
    }

    private void ShutDown(Machine machine) => machine.Process?.Operate("SHUTDOWN", Dice.Pick("SAVE", "SAVE", "NOSAVE", "NOW"));

    // A failover: one goes ahead, the others are told one after the other, some of them to follow a follower.
    private void Promote(Machine machine)
    {
        machine.Follow(null);
        foreach (var other in cluster.Machines)
        {
            if (other == machine || !Dice.Chance(0.8)) continue;
            var target = Dice.Chance(0.8) ? machine : Dice.PickOf(cluster.Machines);
            World.After(Dice.Between(0, Second / 2), () =>
            {
                if (target != other && World.FaultsAreOn) other.Follow(target);
            });
        }
    }

    private static bool CanHandOver(Machine machine) => machine.Process is { Node.IsReplica: false } process
        && process.Node.Replication.Protocol.Replicas.Links.Any(static link => link.State == ReplicaLinkState.Online);

    // A primary hands over to a replica, mostly to one that it can be handed over to. Nobody tells the configurations: a restart finds the old ones.
    private void FailOver(Machine machine)
    {
        PlayedFailover = true;
        if (machine.Process is not { } process) return;
        var target = Dice.PickOf(cluster.Machines);
        foreach (var link in process.Node.Replication.Protocol.Replicas.Links)
        {
            if (link.State == ReplicaLinkState.Online && Dice.Chance(0.7)) target = cluster.Find((int)link.Options.ListeningPort) ?? target;
        }

        if (Dice.Chance(0.4)) Delay(process, target);
        World.After(Dice.Between(0, Second / 20), () =>
        {
            if (World.FaultsAreOn && process.IsAlive) OrderFailover(process, target);
        });
    }

    // The stream to a replica comes late, and what it says does not: it is behind when it is to take over.
    private void Delay(Process process, Machine target)
    {
        foreach (var link in cluster.Links)
        {
            if (link.Client.Owner == target.Process && link.Server.Owner == process) link.Client.LateUntil = World.Now + Dice.Between(0, Second);
        }
    }

    private void OrderFailover(Process process, Machine target)
    {
        string[] to = ["TO", $"10.0.0.{target.Number}", $"{target.Port}"];
        string[] timeout = ["TIMEOUT", Dice.Pick("100", "500", "3000")];
        process.Operate(["FAILOVER", .. Dice.Next(6) switch
        {
            0 => ["ABORT"],
            1 => timeout,
            2 => [.. to, "FORCE", .. timeout],
            _ => [.. to, .. timeout],
        }]);
        if (Dice.Chance(0.4)) World.After(Dice.Between(0, Second / 20), () => DisturbFailover(process.Machine, target));
    }

    // In the middle of a failover, which may take no longer than a few milliseconds.
    private void DisturbFailover(Machine machine, Machine target)
    {
        if (!World.FaultsAreOn) return;
        switch (Dice.Next(5))
        {
            case 0:
                Crash(target);
                break;
            case 1:
                Crash(machine);
                break;
            case 2 when machine != target && cluster.Partitions.Count < 3:
                cluster.Part(machine, target);
                World.After(Dice.Between(0, 5 * Second), () => cluster.Partitions.Remove(Cluster.Pair(machine, target)));
                break;
            case 3:
                machine.Process?.Operate("FAILOVER", "ABORT");
                break;
            default:
                foreach (var link in cluster.Links.ToArray()) cluster.CutSending(link);
                break;
        }
    }

    private void Demote(Machine machine)
    {
        var target = Dice.PickOf(cluster.Machines);
        if (target != machine) machine.Follow(target);
    }

    private void BreakDisk(Machine machine)
    {
        machine.Disk.IsBroken = true;
        World.After(Dice.Between(0, Second), () => machine.Disk.IsBroken = false);
    }

    private void Configure(Machine machine)
    {
        string[] setting = Dice.Next(10) switch
        {
            8 => ["repl-diskless-load", Dice.Pick("disabled", "on-empty-db", "swapdb")],
            9 => ["dual-channel-replication-enabled", Dice.Pick("yes", "no")],
            5 or 6 or 7 => ProcessConfiguration.Encoding(Dice),
            0 => ["repl-diskless-sync", Dice.Pick("yes", "no")],
            1 => ["repl-diskless-sync-delay", Dice.Pick("0", "1")],
            2 => ["min-replicas-to-write", Dice.Pick("0", "0", "1")],
            3 => ["save", Dice.Pick("", "1 1")],
            _ => ["repl-backlog-ttl", Dice.Next(4).ToString(CultureInfo.InvariantCulture)],
        };
        machine.Process?.Operate(["CONFIG", "SET", .. setting]);
    }
}
