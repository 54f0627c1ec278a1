using Redouble.Engine.Tests.Persistence;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Replication;

/// <summary>min-replicas-to-write and min-replicas-max-lag.</summary>
public sealed class GoodReplicasTests
{
    private const string Refused = "-NOREPLICAS Not enough good replicas to write.|";

    /// <summary>The count of the second before was what decided, for up to a second after CONFIG SET.</summary>
    [Fact]
    public void A_change_of_the_lag_that_is_allowed_counts_at_once()
    {
        using var node = new LimitedNode(0, "min-replicas-to-write 1", "min-replicas-max-lag 2");
        var replica = node.AddReplica(7001);
        for (var i = 0; i < 100 && replica.State != ReplicaLinkState.Online; i++)
        {
            Pass(100);
            node.RunSnapshotTo(replica);
            node.EndTurn();
            node.Receive(replica);
        }

        Assert.Equal(ReplicaLinkState.Online, replica.State);
        Pass(1000);
        Assert.Equal("+OK|", node.Engine.Do("SET k 1"));
        for (var i = 0; i < 4; i++) Pass(1000);
        Assert.Equal(Refused, node.Engine.Do("SET k 2"));
        Assert.Equal("0", node.Info("min_slaves_good_slaves"));

        Assert.Equal("+OK|", node.Engine.Do("CONFIG SET min-replicas-max-lag 10"));
        Assert.Equal("1", node.Info("min_slaves_good_slaves"));
        Assert.Equal("+OK|", node.Engine.Do("SET k 3"));
        Assert.Equal("+OK|", node.Engine.Do("CONFIG SET min-replicas-max-lag 2"));
        Assert.Equal(Refused, node.Engine.Do("SET k 4"));
        Assert.Equal("+OK|", node.Engine.Do("CONFIG SET min-replicas-to-write 0"));
        Assert.Equal("+OK|", node.Engine.Do("SET k 5"));

        void Pass(long milliseconds)
        {
            node.Engine.Clock.Advance(milliseconds);
            node.Node.BeginTurn(node.Engine.Clock.MonotonicMicroseconds);
            node.Node.Timer();
        }
    }
}
