using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Commands.Replication;

public sealed class FailoverCommandTests
{
    [Fact]
    public void Writes_wait_and_find_a_replica()
    {
        using var node = new EngineNode();
        var (replica, writer) = Attach(node);
        node.Do("SET a 1");
        var waiting = node.Connect();
        node.Do("WAIT 2 0", waiting);
        Assert.Equal("+OK|", node.Do("FAILOVER TO 127.0.0.1 7001"));
        Assert.Contains("master_failover_state:waiting-for-sync|", node.Do("INFO replication"), StringComparison.Ordinal);
        Assert.Equal("", node.Do("SET b 2", writer));
        Assert.Equal("-ERR REPLICAOF not allowed while failing over.|", node.Do("REPLICAOF NO ONE"));
        Assert.Equal("-NOMASTERLINK Can't SYNC while failing over|", node.Do("PSYNC ? -1", node.Connect()));
        var offset = node.Node.Replication.Protocol.Log.EndOffset;
        node.Node.EndTurn();
        Assert.False(node.Node.IsReplica);

        node.Do($"REPLCONF ACK {offset}", replica);
        node.Node.EndTurn();
        Assert.True(node.Node.IsReplica);
        Assert.Contains("master_failover_state:failover-in-progress|", node.Do("INFO replication"), StringComparison.Ordinal);
        Assert.Equal("-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)|", node.Take(waiting));
        Assert.Equal("", node.Take(writer));
        Assert.Equal(offset, node.Node.Replication.Protocol.Log.EndOffset);
        node.Node.Replication.Failover.OnAnswered(accepted: true);
        node.Node.ResumeUnblocked();
        Assert.Equal("-READONLY You can't write against a read only replica.|", node.Take(writer));
        Assert.Contains("master_failover_state:no-failover|", node.Do("INFO replication"), StringComparison.Ordinal);
    }

    [Fact]
    public void ABORT_lets_the_writes_run()
    {
        using var node = new EngineNode();
        var (_, writer) = Attach(node);
        node.Do("SET a 1");
        node.Do("FAILOVER TIMEOUT 60000");
        Assert.Equal("", node.Do("SET b 2", writer));
        Assert.Equal("+OK|", node.Do("FAILOVER ABORT"));
        Assert.Equal("+OK|", node.Take(writer));
        Assert.Equal("-ERR No failover in progress.|", node.Do("FAILOVER ABORT"));
    }

    [Fact]
    public void Nothing_but_the_pause_ends_while_the_time_runs()
    {
        using var node = new EngineNode();
        Attach(node);
        node.Do("SET a 1 PX 100");
        var offset = node.Node.Replication.Protocol.Log.EndOffset;
        node.Do("FAILOVER TIMEOUT 60000");
        node.Do("WAIT 2 0", node.Connect()); // would ask for offsets
        node.Clock.Advance(20_000);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.FeedReplicas();
        Assert.Equal("$-1|", node.Do("GET a"));
        node.Node.Timer();
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Node.EndTurn();
        Assert.Equal(offset, node.Node.Replication.Protocol.Log.EndOffset);
        Assert.Equal(":1|", node.Do("DBSIZE"));
        node.Clock.Advance(40_001);
        node.Node.EndTurn();
        Assert.Contains("FAILOVER to any replica aborted: Replica never caught up before timeout", node.LogLines);
        node.Node.FeedReplicas();
        Assert.Equal(offset + "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n".Length, node.Node.Replication.Protocol.Log.EndOffset);
    }

    /// <summary>Found by the simulator (seed 218): a replica whose link has broken waits for a primary while it is to become one.</summary>
    [Fact]
    public void A_stale_replica_is_promoted()
    {
        using var node = new EngineNode("replica-serve-stale-data no");
        Attach(node);
        node.Node.Replication.ReplicaOf("127.0.0.1", 1);
        var id = node.Node.Replication.Protocol.History.Identity.Id;
        const string down = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.|";
        Assert.Equal(down, node.Do("PING", node.Connect()));
        Assert.Equal(down, node.Do($"PSYNC {id} 1", node.Connect()));
        Assert.Equal("-ERR PSYNC FAILOVER replid must match my replid.|", node.Do("PSYNC ? -1 FAILOVER", node.Connect()));
        Assert.True(node.Node.IsReplica);
        node.Do($"PSYNC {id} 1 FAILOVER", node.Connect());
        Assert.False(node.Node.IsReplica);
        Assert.Equal(id, node.Node.Replication.Protocol.History.Identity.SecondId);
    }

    /// <summary>It would be a primary that asks nobody, and waits for the answer with all writes.</summary>
    [Fact]
    public void Who_fails_over_is_not_promoted()
    {
        using var node = new EngineNode();
        var (replica, _) = Attach(node);
        node.Do("FAILOVER");
        node.Do($"REPLCONF ACK {node.Node.Replication.Protocol.Log.EndOffset}", replica);
        node.Node.EndTurn();
        Assert.True(node.Node.IsReplica);
        var id = node.Node.Replication.Protocol.History.Identity.Id;
        Assert.Equal("-NOMASTERLINK Can't SYNC while failing over|", node.Do($"PSYNC {id} 1 FAILOVER", node.Connect()));
        Assert.True(node.Node.IsReplica);
    }

    /// <summary>A load that failed leaves nothing of the data, and the name as it was.</summary>
    [Fact]
    public void Who_has_lost_its_data_set_is_not_promoted()
    {
        using var node = new EngineNode();
        Attach(node);
        node.Node.Replication.ReplicaOf("127.0.0.1", 1);
        node.Node.Replication.Protocol.History.Invalidate();
        var id = node.Node.Replication.Protocol.History.Identity.Id;
        Assert.Equal("-ERR PSYNC FAILOVER replid must match my replid.|", node.Do($"PSYNC {id} 1 FAILOVER", node.Connect()));
        Assert.True(node.Node.IsReplica);
    }

    // A replica on port 7001 that is online and has acknowledged nothing, and a further client.
    private static (Session Replica, Session Client) Attach(EngineNode node)
    {
        _ = new StreamTap(node);
        var replica = node.Connect();
        node.Do("REPLCONF listening-port 7001 capa eof capa psync2", replica);
        node.Do($"PSYNC {node.Node.Replication.Protocol.History.Identity.Id} 1", replica);
        var link = (ReplicaLink)replica.ReplicaLink!;
        Assert.Equal(ReplicaLinkState.Online, link.State);
        var segments = new OutputSegment[8];
        for (var count = link.PeekSend(segments); count > 0; count = link.PeekSend(segments)) link.OnSent(segments[0].Bytes.Length, 0);
        return (replica, node.Connect());
    }
}
