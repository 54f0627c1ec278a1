using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Lifecycle;

public sealed class ShutdownServiceTests
{
    /// <summary>Found by seed 141 of the simulator: the end of the old save deleted the temporary file of the new one.</summary>
    [Fact]
    public void A_background_save_makes_room_for_the_final_one()
    {
        using var node = new EngineNode();
        node.Do("SET a 1");
        node.Do("BGSAVE");
        node.Do("SET b 1");
        node.Do("SHUTDOWN SAVE");
        node.Background.Drain();
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
        var (second, _) = Persistence.SavedNode.Restart(node, laterMs: 0);
        using (second) Assert.Equal(":2|", second.Do("DBSIZE"));
    }

    /// <summary>Found by seed 358 of the simulator: the final save was started beside the snapshot, which ended the process without it.</summary>
    [Fact]
    public void A_snapshot_for_replicas_makes_room_for_the_final_save()
    {
        using var node = new EngineNode("repl-diskless-sync-delay 0");
        node.Do("SET a 1");
        var replica = node.Connect();
        node.Do("REPLCONF capa eof capa psync2", replica);
        node.Do("PSYNC ? -1", replica);
        node.Node.FeedReplicas();
        Assert.True(node.Node.Snapshots.IsRunning);
        node.Do("SHUTDOWN SAVE NOW");
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
    }
}
