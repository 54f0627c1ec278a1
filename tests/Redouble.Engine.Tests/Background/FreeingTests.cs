using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Background;

/// <summary>What is freed in slices.</summary>
public sealed class FreeingTests
{
    // Found by reading: a small collection that went was freed at once, and all that waited with it: a stall.
    [Fact]
    public void A_small_collection_that_goes_frees_nothing_that_waits()
    {
        using var node = new EngineNode("list-max-listpack-size 1", "set-max-listpack-entries 1");
        for (var i = 0; i < 500; i++) node.Do($"RPUSH list a{i} b c d");
        node.Do("SADD set a b c");
        node.Do("LTRIM list 0 0");
        Assert.True(node.Node.Keyspace.CanFree);
        node.Do("DEL set");
        Assert.True(node.Node.Keyspace.CanFree);
        while (node.Node.Keyspace.FreeSlice(100))
        {
        }

        Assert.False(node.Node.Keyspace.CanFree);
    }

    // Found by reading: the sum of the times to live got negative.
    [Fact]
    public void Keys_that_live_nearly_for_ever_have_an_average_time_to_live()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 10; i++) node.Do($"SET k{i} v PXAT {long.MaxValue - 1}");
        for (var i = 0; i < 100; i++)
        {
            node.Clock.Advance(100);
            node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
            node.Node.EndTurn();
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        }

        Assert.Matches(@"avg_ttl=[1-9]", node.Do("INFO keyspace"));
    }
}
