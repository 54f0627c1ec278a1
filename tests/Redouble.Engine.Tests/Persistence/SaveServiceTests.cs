using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

public sealed class SaveServiceTests
{
    /// <summary>Found by seed 980 of the simulator: the file was empty at an offset at which the data set is not.</summary>
    [Fact]
    public void FLUSHALL_saves_a_file_that_stands_behind_it()
    {
        using var node = new EngineNode("save 3600 1");
        var tap = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("FLUSHALL");
        Assert.Equal("SELECT 0 | SET a 1 | FLUSHALL", tap.Take());
        Assert.Equal(node.Node.Replication.Protocol.Log.EndOffset, SavedNode.PlaceInFile(node).Offset);
    }

    [Fact]
    public void A_file_saved_within_a_transaction_names_no_place()
    {
        using var node = new EngineNode("save 3600 1");
        _ = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("MULTI");
        node.Do("INCR a");
        node.Do("FLUSHALL");
        node.Do("INCR a");
        Assert.Equal("*3|:2|+OK|:1|", node.Do("EXEC"));
        Assert.Equal((null, -1), SavedNode.PlaceInFile(node));
    }

    /// <summary>Found by seed 828 of the simulator: a replica's offset is behind its data while a batch of the stream is applied.</summary>
    [Fact]
    public void A_replica_that_is_flushed_saves_later()
    {
        using var node = new EngineNode("save 3600 1", "replica-read-only no");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("FLUSHALL");
        Assert.False(node.Files.Exists("/data/dump.rdb"));
        Assert.True(node.Node.Saves.IsScheduled);
        node.Node.Timer();
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.True(node.Files.Exists("/data/dump.rdb"));
    }

    /// <summary>Found by seed 1779 of the simulator: an empty file, of a replica whose load had failed, told the place from before.</summary>
    [Fact]
    public void A_data_set_that_is_not_that_of_its_offset_is_saved_without_a_place()
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("SAVE");
        Assert.NotNull(SavedNode.PlaceInFile(node).Id);
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Node.Replication.Protocol.History.Invalidate();
        node.Do("SAVE");
        Assert.Null(SavedNode.PlaceInFile(node).Id);
    }

    [Fact]
    public void A_failing_SAVE_does_not_refuse_writes_but_a_failing_BGSAVE_does()
    {
        using var node = new EngineNode("save 3600 1");
        node.Files.IsFull = true;
        Assert.Equal("-ERR|", node.Do("SAVE"));
        Assert.Equal("+OK|", node.Do("SET a 1"));
        Assert.Equal("+OK|", node.Do("FLUSHALL"));
        Assert.Equal("+OK|", node.Do("SET a 1"));
        node.Do("BGSAVE");
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.StartsWith("-MISCONF", node.Do("SET a 1"), StringComparison.Ordinal);
    }
}
