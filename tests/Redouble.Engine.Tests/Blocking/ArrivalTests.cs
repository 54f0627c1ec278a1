using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;

namespace Redouble.Engine.Tests.Blocking;

/// <summary>Replica side: a full sync brings what somebody waits for.</summary>
public sealed class ArrivalTests
{
    /// <summary>Who waited once slept on where the data set was not exchanged but replaced in place, until the next write to its stream.</summary>
    [Theory]
    [InlineData("disabled")]
    [InlineData("on-empty-db")]
    [InlineData("swapdb")]
    public void Who_waits_wakes_when_a_full_sync_brings_the_key(string load)
    {
        using var primary = new EngineNode();
        primary.Do("XADD s 1-1 f v");
        primary.Do("SELECT 3");
        primary.Do("XADD s 1-1 f w");
        Assert.Equal("+OK|", primary.Do("SAVE"));
        using var node = new FollowingNode("replica-freshness-period-ms 0", $"repl-diskless-load {load}");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        Assert.True(node.Link.IsUp);
        var (waiting, other, late) = (node.Engine.Connect(), node.Engine.Connect(), node.Engine.Connect());
        node.Engine.Do("SELECT 3", other);
        Assert.Equal("", node.Engine.Do("XREAD BLOCK 0 STREAMS s 0", waiting));
        Assert.Equal("", node.Engine.Do("XREAD BLOCK 0 STREAMS s 0", other));
        Assert.Equal("", node.Engine.Do("XREAD BLOCK 0 STREAMS s 1-1", late));
        node.Turn(2000);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "connection closed by the primary");
        node.FullSync(FollowingNode.IdB, primary.Files.Files["/data/dump.rdb"]);
        Assert.True(node.Link.IsUp);
        node.Engine.Node.ResumeUnblocked();
        Assert.EndsWith("|$3|1-1|*2|$1|f|$1|v|", node.Engine.Take(waiting), StringComparison.Ordinal);
        Assert.EndsWith("|$3|1-1|*2|$1|f|$1|w|", node.Engine.Take(other), StringComparison.Ordinal);
        Assert.Equal("", node.Engine.Take(late));
        node.Hear([.. EngineNode.Encode("SELECT", "0"), .. EngineNode.Encode("XADD", "s", "2-1", "f", "x")]);
        node.Turn();
        Assert.EndsWith("|$3|2-1|*2|$1|f|$1|x|", node.Engine.Take(late), StringComparison.Ordinal);
    }
}
