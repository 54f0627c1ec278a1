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

    /// <summary>Whoever replaces large values faster than the background frees them took all memory: 600 MB in seven seconds, for one set of 8 MB.</summary>
    [Theory]
    [InlineData(1, 40)]
    [InlineData(50, 40)] // a payment of 15 ms
    [InlineData(0, 200)]
    public void Who_makes_more_than_is_freed_pays_for_it(int microsecondsPerRead, long mostMegabytes)
    {
        using var node = new EngineNode();
        for (var i = 0; i < 20_000; i += 100) node.Do($"SADD s {string.Join(' ', Enumerable.Range(i, 100).Select(n => $"member:{n}"))}");
        node.Clock.MicrosecondsPerRead = microsecondsPerRead;
        var client = node.Connect();
        long most = 0;
        for (var i = 0; i < 100; i++)
        {
            node.Clock.Advance(microsecondsPerRead * 10); // as long as a copy takes
            node.Feed(client, EngineNode.Encode("COPY", "s", $"d{i % 3}", "REPLACE"));
            most = Math.Max(most, node.Node.Keyspace.PendingFreeBytes);
        }

        Assert.InRange(most, microsecondsPerRead > 0 ? 0 : 40 << 20, mostMegabytes << 20); // where the clock stands still nobody pays
    }

    /// <summary>Behind FLUSHALL ASYNC of millions of keys, a slow command that has nothing to do with it was held back for as long as it had taken.</summary>
    [Theory]
    [InlineData("DEBUG SLEEP 0.4")]
    [InlineData("MULTI|DEL set|DEBUG SLEEP 0.4|EXEC")]
    [InlineData("SET k v|FLUSHALL ASYNC|DEBUG SLEEP 0.4")]
    public void Who_makes_little_to_free_is_not_held_back(string commands)
    {
        const int microsecondsPerSlice = 500;
        using var node = new EngineNode("enable-debug-command yes");
        var value = new string('v', 8000);
        for (var i = 0; i < 4000; i++) node.DoWords("SET", $"k{i}", value);
        Assert.Equal("+OK|", node.Do("FLUSHALL ASYNC"));
        node.Do($"SADD set {string.Join(' ', Enumerable.Range(0, 200).Select(n => $"member:{n}"))}");
        var pending = node.Node.Keyspace.PendingFreeBytes;
        Assert.InRange(pending, 30 << 20, 60 << 20);
        node.Clock.MicrosecondsPerRead = microsecondsPerSlice;
        var slow = commands.Split('|')[^1];
        foreach (var command in commands.Split('|')[..^1]) node.Do(command);
        var started = node.Clock.MonotonicMicroseconds;
        node.Do(slow);
        Assert.InRange(node.Clock.MonotonicMicroseconds - started, 400_000, 410_000);
        Assert.InRange(node.Node.Keyspace.PendingFreeBytes, 1 << 20, pending - (1 << 19));
    }
}
