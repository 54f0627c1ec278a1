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
}
