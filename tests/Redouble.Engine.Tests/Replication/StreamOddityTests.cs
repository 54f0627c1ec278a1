using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>What a primary does not say, and may be said nevertheless.</summary>
public sealed class StreamOddityTests
{
    /// <summary>A container without its subcommand, in a transaction and outside, is an error that is counted, and no end of the process or the link.</summary>
    [Theory]
    [InlineData("*1\r\n$6\r\nXGROUP\r\n")]
    [InlineData("*1\r\n$5\r\nMULTI\r\n*1\r\n$6\r\nXGROUP\r\n*1\r\n$4\r\nEXEC\r\n")]
    [InlineData("*1\r\n$5\r\nMULTI\r\n*1\r\n$6\r\nCONFIG\r\n*1\r\n$4\r\nEXEC\r\n")]
    public void A_bare_container_is_an_error(string stream)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Hear(stream + "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
        Assert.True(node.Link.IsUp);
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.Contains("unexpected_error_replies:1|", node.Do("INFO stats"), StringComparison.Ordinal);
    }

    /// <summary>A replica may not know the database that its primary's stream is in, and tells its own replica so: nothing is applied to a guess.</summary>
    [Theory]
    [InlineData(null, "$1|1|")] // a primary that has said none begins with 0
    [InlineData("0", "$1|1|")]
    [InlineData("-1", "$-1|")]
    [InlineData("16", "$-1|")]
    public void A_stream_in_a_database_that_is_not_known_has_to_say_another_one(string? told, string reply)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        var aux = told == null ? "" : $"\u00FA\u000Erepl-stream-db{(char)told.Length}{told}";
        node.FullSync(FollowingNode.IdA, System.Text.Encoding.Latin1.GetBytes($"REDIS0010{aux}\u00FF\0\0\0\0\0\0\0\0"));
        Assert.True(node.Link.IsUp);
        node.Hear("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
        var isUnknown = node.Engine.LogLines.Contains("It is not known which database the stream is in: it has to say another one before the next write");
        Assert.Equal(told == "-1", isUnknown);
        Assert.Equal((reply, reply != "$-1|"), (node.Do("GET a"), node.Link.IsUp));
    }

    /// <summary>What a transaction has written before it demotes its node is in the log: a sync finds it, and a divergence report saves it.</summary>
    [Fact]
    public void What_was_written_before_REPLICAOF_in_a_transaction_is_in_the_log()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        foreach (var command in (string[])["MULTI", "SET only-here 1", "REPLICAOF other 6379", "EXEC"]) node.Do(command);
        Assert.Equal("SELECT 0 | SET only-here 1", tap.Take());
        Assert.True(node.Node.Replication.IsReplica);
    }
}
