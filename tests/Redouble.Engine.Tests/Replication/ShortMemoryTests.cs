using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>A replica that has not the memory of its primary says so, and serves what it has.</summary>
public sealed class ShortMemoryTests
{
#if GUARDED
    private const int Limit = 64 << 20; // what was freed is kept for a while
#else
    private const int Limit = 32 << 20;
#endif

    /// <summary>It once ended the process.</summary>
    [Fact]
    public void A_full_sync_that_finds_no_room_is_given_up_and_asked_for_again()
    {
        using var node = new FollowingNode(Limit);
        node.FullSync(FollowingNode.IdA, LargeRdb());
        Assert.False(node.Link.IsUp);
        Assert.Contains("the system gives no more memory for the data set; ", node.Info()["master_link_last_error"], StringComparison.Ordinal);
        Assert.Equal(":0|", node.Do("DBSIZE"));
        Empty(node);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(10));
        Assert.True(node.Link.IsUp);
        Assert.Equal(":10|", node.Do("DBSIZE"));
    }

    /// <summary>What a primary writes cannot be refused: it stays there.</summary>
    [Fact]
    public void The_stream_is_not_read_while_there_is_no_room()
    {
        using var node = new FollowingNode(Limit);
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Hear(EngineNode.Encode("SELECT", "0"));
        var value = new string('v', 1000);
        var keys = 0;
        while (node.Link.WantsRead)
        {
            node.Hear(EngineNode.Encode("SET", $"new:{keys++}", value));
            node.Engine.Node.FeedReplicas();
            Assert.InRange(keys, 0, 60_000);
        }

        Assert.True(node.Link.IsUp);
        Assert.Equal($":{keys + 1}|", node.Do("DBSIZE"));
        Assert.Equal($"$1000|{value}|", node.Do($"GET new:{keys - 1}"));
        Assert.Single(node.Engine.LogLines, line => line.StartsWith("The system gives no more memory: ", StringComparison.Ordinal));
        for (var i = 0; i < 100; i++) node.Turn(1000);
        Assert.True(node.Link.IsUp); // its silence is of our making
        node.Engine.Node.FlushAll();
        Empty(node);
        node.Engine.Node.FeedReplicas();
        Assert.True(node.Link.WantsRead);
    }

    // Much smaller than what it holds.
    private static byte[] LargeRdb()
    {
        using var primary = new EngineNode();
        for (var i = 0; i < 500; i++) primary.Do($"SETRANGE key:{i} 199999 x");
        Assert.Equal("+OK|", primary.Do("SAVE"));
        return primary.Files.Files["/data/dump.rdb"];
    }

    private static void Empty(FollowingNode node)
    {
        while (node.Engine.Node.Keyspace.FreeSlice(int.MaxValue))
        {
            // in one go
        }

        node.Engine.Node.Heap.Purge(0);
    }
}
