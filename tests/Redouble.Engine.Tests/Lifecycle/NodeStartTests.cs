using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Lifecycle;

public sealed class NodeStartTests
{
    /// <summary>CONFIG REWRITE in that time wrote <c>replicaof  0</c>, with which the next start failed.</summary>
    [Fact]
    public void A_replica_that_loads_its_file_knows_whom_it_will_follow()
    {
        using var saved = new EngineNode();
        saved.Do("SET k v");
        saved.Do("SAVE");
        using var node = new EngineNode("replicaof 10.0.0.9 6400");
        node.Files.Files["/data/dump.rdb"] = saved.Files.Files["/data/dump.rdb"];
        node.Node.LoadAtStart();
        Assert.True(node.Node.IsLoading);
        Assert.Equal("*2|$9|replicaof|$13|10.0.0.9 6400|", node.Do("CONFIG GET replicaof"));
        var rewritten = node.Node.Config.Rewrite("port 6379\nreplicaof 10.0.0.9 6400\n", writeAll: false);
        Assert.Contains("\nreplicaof 10.0.0.9 6400\n", rewritten, StringComparison.Ordinal);
        Assert.Equal("*5|$5|slave|$8|10.0.0.9|:6400|$7|connect|:-1|", node.Do("ROLE"));
        Assert.Contains("|master_host:10.0.0.9|master_port:6400|master_link_status:down|", node.Do("INFO replication"), StringComparison.Ordinal);

        while (node.Node.IsLoading) node.Node.EndTurn();
        Assert.Equal("*5|$5|slave|$8|10.0.0.9|:6400|$10|connecting|:-1|", node.Do("ROLE"));
        Assert.Equal("$1|v|", node.Do("GET k"));
    }
}
