using System.Globalization;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class MemoryCommandsTests
{
    /// <summary>Found by seed 15025 of the random programs: what a key takes, it takes until it is gone.</summary>
    [Fact]
    public void USAGE_knows_expired_keys_and_counts_no_hits()
    {
        using var node = new EngineNode();
        node.Do("DEBUG SET-ACTIVE-EXPIRE 0");
        node.Do("SET k v PX 5");
        var before = node.Do("MEMORY USAGE k");
        node.Clock.Advance(10);
        Assert.Equal(before, node.Do("MEMORY USAGE k"));
        Assert.StartsWith(":", before, StringComparison.Ordinal);
        Assert.Equal("$-1|", node.Do("MEMORY USAGE none"));
        Assert.Contains("keyspace_hits:0|keyspace_misses:0|", node.Do("INFO stats"), StringComparison.Ordinal);
        Assert.Equal("$-1|", node.Do("GET k"));
        Assert.Equal("$-1|", node.Do("MEMORY USAGE k"));
    }

    [Fact]
    public void STATS_add_up()
    {
        using var node = new EngineNode();
        node.Do("SET a 1");
        node.Do("SET b 1 EX 100");
        var stats = node.Do("MEMORY STATS");
        Assert.Equal(2, Number(stats, "keys.count"));
        Assert.Equal(Number(stats, "total.allocated"), Number(stats, "dataset.bytes") + Number(stats, "overhead.total"));
        Assert.Equal((Number(stats, "total.allocated") - Number(stats, "startup.allocated")) / 2, Number(stats, "keys.bytes-per-key"));
        Assert.InRange(Number(stats, "peak.allocated"), Number(stats, "total.allocated"), long.MaxValue);
        Assert.InRange(Number(stats, "overhead.hashtable.main"), 1, Number(stats, "overhead.total"));
        Assert.InRange(Number(stats, "overhead.hashtable.expires"), 1, Number(stats, "overhead.total"));
    }

    [Fact]
    public void PURGE_gives_free_memory_back_at_once()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 64; i++) node.DoWords("SET", $"k{i}", new string('v', 1 << 20));
        node.Do("FLUSHALL SYNC");
        while (node.Node.HasBackgroundWork) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        var held = node.Node.Heap.HeldBytes;
        Assert.Equal("+OK|", node.Do("MEMORY PURGE"));
        Assert.InRange(node.Node.Heap.HeldBytes, 1, held / 4);
        Assert.Contains($"held      {node.Node.Heap.HeldBytes} bytes", node.Do("MEMORY MALLOC-STATS"), StringComparison.Ordinal);
    }

    [Fact]
    public void DOCTOR_says_what_stands_out()
    {
        using var node = new EngineNode();
        Assert.Contains("very little memory", node.Do("MEMORY DOCTOR"), StringComparison.Ordinal);
        for (var i = 0; i < 40; i++) node.DoWords("SET", $"k{i}", new string('v', 1 << 20));
        Assert.DoesNotContain("* Peak memory", node.Do("MEMORY DOCTOR"), StringComparison.Ordinal);
        for (var i = 0; i < 30; i++) node.Do($"DEL k{i}");
        Assert.Contains("* Peak memory: at its peak it used ", node.Do("MEMORY DOCTOR"), StringComparison.Ordinal);
    }

    /// <summary>Keys of a flushed database, and large values; what is small is freed where it is deleted.</summary>
    [Fact]
    public void INFO_counts_what_waits_to_be_freed_and_what_was()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 1000; i++) node.Do($"SADD large m{i}");
        for (var i = 0; i < 50; i++) node.Do($"SET k{i} v");
        node.Do("UNLINK k0");
        Assert.Equal((0, 0), Frees(node));
        node.Do("UNLINK large");
        Assert.Equal((1, 0), Frees(node));
        node.Do("FLUSHALL ASYNC");
        Assert.Equal((50, 0), Frees(node)); // k0 was freed where it was deleted
        while (node.Node.HasBackgroundWork) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal((0, 50), Frees(node));
        node.Do("CONFIG RESETSTAT");
        Assert.Equal((0, 0), Frees(node));
    }

    [Fact]
    public void STATS_tells_the_buffer_of_the_append_only_file()
    {
        using var node = new AofNode("appendfsync everysec");
        node.Do("SET a 1");
        Assert.InRange(Number(node.Do("MEMORY STATS"), "aof.buffer"), 27, 200);
        Assert.Equal(node.File.BufferedBytes, Number(node.Do("MEMORY STATS"), "aof.buffer"));
    }

    private static (long Pending, long Done) Frees(EngineNode node)
    {
        var lines = node.Do("INFO memory").Split('|');
        return (Field("lazyfree_pending_objects:"), Field("lazyfreed_objects:"));

        long Field(string name) =>
            long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], CultureInfo.InvariantCulture);
    }

    // The integer behind a name.
    private static long Number(string reply, string name)
    {
        var at = reply.IndexOf($"|{name}|:", StringComparison.Ordinal) + name.Length + 3;
        return long.Parse(reply[at..reply.IndexOf('|', at)], CultureInfo.InvariantCulture);
    }
}
