namespace Redouble.Engine.Tests.Replication;

/// <summary>The payload of a full sync becomes the RDB file of who received it.</summary>
public sealed class ReceivedFileTests
{
    /// <summary>The rename may fail before the load is through, or after it.</summary>
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "rename")]
    [InlineData(true, "rename")]
    [InlineData(false, "sync")]
    [InlineData(true, "sync")]
    public void One_that_does_not_get_its_name_leaves_the_data_set_unsaved(bool helperIsFirst, string failsAt)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.Engine.Files.FailsAt = failsAt;
        var rdb = FollowingNode.Rdb(3);
        node.Do("REPLICAOF primary 6379");
        node.Link.OnConnected(node.Engine.Clock.MonotonicMicroseconds);
        node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        node.Hear($"+FULLRESYNC {FollowingNode.IdA} 1000\r\n${rdb.Length}\r\n");
        node.Hear(rdb);
        while (helperIsFirst && node.Engine.Background.Step())
        {
        }

        Assert.True(node.Engine.Node.IsLoading);
        node.Settle();
        Assert.True(node.Link.IsUp);
        Assert.Equal(":3|", node.Do("DBSIZE"));
        var isSaved = failsAt.Length == 0;
        Assert.Equal(isSaved, node.Do("INFO persistence").Contains("|rdb_changes_since_last_save:0|", StringComparison.Ordinal));
        Assert.Equal(isSaved ? ["/data/dump.rdb"] : [], node.Engine.Files.Files.Keys); // nor is a temporary file left
        const string said = "Failed trying to rename the temp DB into dump.rdb in MASTER <-> REPLICA synchronization: Permission denied";
        Assert.Equal(!isSaved, node.Engine.LogLines.Contains(said));
    }
}
