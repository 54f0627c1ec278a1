using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Replication;

public sealed class ReplicationCommandsTests
{
    /// <summary>redis-server 7.0.15 begins to connect within REPLICAOF, so that a pipelined ROLE says so.</summary>
    [Fact]
    public void ROLE_behind_REPLICAOF_in_a_pipeline_is_connecting()
    {
        using var node = new EngineNode();
        byte[] pipeline = [.. EngineNode.Encode("REPLICAOF", "127.0.0.1", "28301"), .. EngineNode.Encode("ROLE")];
        Assert.Equal("+OK|*5|$5|slave|$9|127.0.0.1|:28301|$10|connecting|:-1|", node.Send(pipeline));
        Assert.Equal("+OK|*5|$5|slave|$9|127.0.0.1|:1|$10|connecting|:-1|",
            node.Send([.. EngineNode.Encode("REPLICAOF", "127.0.0.1", "1"), .. EngineNode.Encode("ROLE")]));
        Assert.Equal("*3|$6|master|:0|*0|", node.Send([.. EngineNode.Encode("REPLICAOF", "NO", "ONE"), .. EngineNode.Encode("ROLE")])["+OK|".Length..]);
    }

    /// <summary>repl-disable-tcp-nodelay is about its socket.</summary>
    [Fact]
    public void The_process_hears_of_a_connection_that_becomes_a_replicas()
    {
        using var node = new EngineNode();
        var replica = node.Connect();
        Assert.Equal("+OK|", node.Do("REPLCONF capa eof", replica));
        Assert.Empty(node.Attached);
        node.Feed(replica, EngineNode.Encode("PSYNC", "?", "-1"));
        Assert.Same(replica, Assert.Single(node.Attached));
        node.Feed(replica, EngineNode.Encode("REPLCONF", "ACK", "0"));
        Assert.Same(replica, Assert.Single(node.Attached));
    }
}
