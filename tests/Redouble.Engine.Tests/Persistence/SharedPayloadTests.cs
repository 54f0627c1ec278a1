using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>Replicas that share the payload of a full sync and take it at different paces.</summary>
public sealed class SharedPayloadTests
{
    private const int Keys = 2100; // of 16 KB, 34 MB in all: four times what a stream holds
    private const int TurnMs = 10;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(100_000, 50)]
    public void One_that_is_frozen_or_slow_gets_the_rest_from_a_file(int bytes, int everyTurns)
    {
        using var node = Filled();
        var slow = node.AddReplica(1);
        var fast = node.AddReplica(2);
        var (slowBytes, fastBytes) = (new List<byte>(), new List<byte>());
        for (var turn = 1; fast.State != ReplicaLinkState.Online; turn++)
        {
            Assert.True(turn * TurnMs < 10_000, "its sibling waits for it");
            Step(node);
            fastBytes.AddRange(node.Receive(fast));
            if (turn % everyTurns == 0) slowBytes.AddRange(node.Receive(slow, bytes));
            Assert.InRange(node.Node.Replication.Protocol.Replicas.SnapshotBytes, 0, 12 << 20); // the buffer, and blocks that are not full
        }

        Settle(node);
        Assert.False(node.Node.Snapshots.IsRunning);
        Assert.True(slow.IsReplica);
        Assert.Equal(1, node.Engine.Files.OpenSpools);
        Assert.InRange(long.Parse(node.Info("redouble_sync_spooled")), 8 << 20, 40 << 20);
        Assert.Contains(node.Engine.LogLines, line => line.Contains("so slowly that other replicas have to wait", StringComparison.Ordinal));
        while (slow.State != ReplicaLinkState.Online)
        {
            var part = node.Receive(slow, 1_000_000);
            Assert.NotEmpty(part);
            slowBytes.AddRange(part);
            Step(node);
        }

        Assert.True(slowBytes.SequenceEqual(fastBytes));
        Assert.Equal((0, "0", 0), (node.Engine.Files.OpenSpools, node.Info("redouble_sync_spooled"), node.Node.Replication.Protocol.Replicas.SnapshotBytes));
    }

    [Fact]
    public void Those_that_are_about_equal_stay_together()
    {
        using var node = Filled();
        var one = node.AddReplica(1);
        var other = node.AddReplica(2);
        while (node.Node.Snapshots.IsRunning)
        {
            Step(node);
            node.Receive(one, 60_000);
            node.Receive(other, 80_000);
            Assert.Equal(0, node.Engine.Files.OpenSpools);
        }
    }

    /// <summary>The encoder waits for one that is alone, until another replica waits for the next snapshot.</summary>
    [Fact]
    public void One_that_is_alone_keeps_nobody_from_the_next_snapshot()
    {
        using var node = Filled();
        var slow = node.AddReplica(1);
        for (var turn = 0; turn < 1000; turn++) Step(node);
        Assert.True(node.Node.Snapshots.IsRunning);
        Assert.Equal(0, node.Engine.Files.OpenSpools);
        node.Receive(slow, 1_000_000);
        var next = node.AddReplica(2);
        for (var turn = 1; next.State != ReplicaLinkState.Online; turn++)
        {
            Assert.True(turn * TurnMs < 15_000, "it waits");
            Step(node);
            node.Receive(next);
        }

        Assert.True(slow.IsReplica);
        Assert.Equal(1, node.Engine.Files.OpenSpools);
    }

    /// <summary>Where the file fails the slow one is dropped, and the next time it is not begun with a file that fails again: it is as in Redis then.</summary>
    [Fact]
    public void Without_a_file_it_is_dropped_once()
    {
        using var node = Filled();
        node.Engine.Files.SpoolMax = 3_000_000;
        var slow = node.AddReplica(1);
        var fast = node.AddReplica(2);
        for (var turn = 1; fast.State != ReplicaLinkState.Online; turn++)
        {
            Assert.True(turn * TurnMs < 10_000, "its sibling waits for it");
            Step(node);
            node.Receive(fast);
        }

        Assert.False(slow.IsReplica);
        Assert.Contains(
            node.Engine.LogLines, line => line.EndsWith("Spooling the rest of a payload for slow replicas: No space left on device", StringComparison.Ordinal));
        Settle(node);
        Assert.Equal(0, node.Engine.Files.OpenSpools);

        var again = node.AddReplica(3);
        var third = node.AddReplica(4);
        for (var turn = 0; turn < 1000; turn++)
        {
            Step(node);
            node.Receive(third);
        }

        Assert.True(again.IsReplica && third.IsReplica);
        Assert.True(node.Node.Snapshots.IsRunning);
        node.RemoveReplica(3);
        while (third.State != ReplicaLinkState.Online)
        {
            Step(node);
            node.Receive(third);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_goes_while_its_file_is_written_takes_that_along(bool atOnce)
    {
        using var node = Filled();
        var slow = node.AddReplica(1);
        var fast = node.AddReplica(2);
        for (var turns = 0; turns < (atOnce ? 1 : 2);)
        {
            node.Receive(fast);
            node.Engine.Clock.Advance(TurnMs);
            node.EndTurn();
            if (slow.IsOnFile) turns++; // the helper has the first of it to write, or has written that and has more
            if (turns < (atOnce ? 1 : 2)) node.Turn();
        }

        node.RemoveReplica(1);
        while (fast.State != ReplicaLinkState.Online)
        {
            Step(node);
            node.Receive(fast);
        }

        Settle(node);
        Assert.Equal((0, "0"), (node.Engine.Files.OpenSpools, node.Info("redouble_sync_spooled")));
    }

    /// <summary>Who has to know the length reads a file anyway, each at its own pace and with little memory.</summary>
    [Fact]
    public void Replicas_of_a_file_do_not_wait_for_each_other()
    {
        using var node = Filled();
        var frozen = node.AddReplica(1, "psync2");
        var fast = node.AddReplica(2, "psync2");
        node.RunSnapshot();
        var begun = node.Receive(frozen, 100_000);
        var all = node.Receive(fast);
        Assert.Equal((ReplicaLinkState.Online, ReplicaLinkState.SendBulk), (fast.State, frozen.State));
        Assert.InRange(node.Node.Replication.Protocol.Replicas.SnapshotBytes, 1, 140_000);
        Assert.Equal(1, node.Engine.Files.OpenSpools);
        var rest = node.Receive(frozen);
        Assert.True(begun.Concat(rest).SequenceEqual(all));
        Assert.Equal((0, 0), (node.Engine.Files.OpenSpools, node.Node.Replication.Protocol.Replicas.SnapshotBytes));
    }

    private static LimitedNode Filled()
    {
        var node = new LimitedNode(256 << 20, "repl-diskless-sync-delay 5", "repl-diskless-sync-max-replicas 2");
        for (var i = 0; i < Keys; i++) node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(16_000));
        return node;
    }

    private static void Step(LimitedNode node)
    {
        node.Engine.Clock.Advance(TurnMs);
        node.Turn();
    }

    private static void Settle(LimitedNode node)
    {
        for (var turn = 0; turn < 20; turn++) Step(node);
    }
}
