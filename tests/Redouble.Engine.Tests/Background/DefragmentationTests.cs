using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Engine.Tests.Harness;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Tests.Background;

public sealed class DefragmentationTests
{
    [Fact]
    public void A_data_set_of_all_types_is_moved_together_and_stays_what_it_is()
    {
        using var node = Prepared();
        var digest = node.Do("DEBUG DIGEST");
        node.Clock.Advance(500); // the next second would be another access time
        node.Node.Heap.Purge(0); // a guarded build frees late
        var before = node.Node.Heap.ActiveBytes;
        Assert.InRange(before, node.Node.Heap.UsedBytes * 1.25, node.Node.Heap.UsedBytes * 2.2);
        Assert.Equal("+OK|", node.Do("CONFIG SET activedefrag yes"));
        Defragment(node);
        node.Node.Heap.Purge(0);
        Assert.InRange(node.Node.Heap.ActiveBytes, 0, before - (1 << 20)); // what is left are slabs of the many sizes that have room
        Assert.Equal(digest, node.Do("DEBUG DIGEST"));
        Assert.InRange(Number(node, "active_defrag_hits"), 5_000, 60_000);
        Assert.InRange(Number(node, "active_defrag_key_hits"), 1_000, 40_000);
        Assert.Equal(0, Number(node, "active_defrag_running"));
        Assert.Contains(node.LogLines, line => line.StartsWith("Starting active defrag, frag=", StringComparison.Ordinal));
        Assert.Contains(node.LogLines, line => line.StartsWith("Active defrag done in ", StringComparison.Ordinal));
        foreach (var type in (string[])["hash", "zset", "set", "list", "stream"]) Assert.Equal(":1|", node.Do($"DEL {type}"));
    }

    [Fact]
    public void It_takes_the_share_of_a_core_that_it_was_given()
    {
        using var node = Prepared("active-defrag-cycle-min 2", "active-defrag-cycle-max 2", "activedefrag yes");
        node.Clock.MicrosecondsPerRead = 10;
        node.Node.Timer();
        Assert.Equal(2, node.Node.Defragmentation.RunningPercent);
        long worked = 0;
        for (var i = 0; i < 1_000_000 && node.Node.Defragmentation.HasWork; i++)
        {
            var started = node.Clock.MonotonicMicroseconds;
            node.Node.Defragmentation.Slice(started + 50);
            worked += node.Clock.MonotonicMicroseconds - started;
        }

        Assert.InRange(worked, 2_000, 3_200); // 2 percent of the tenth of a second between two ticks, and what looking at the clock takes here
        Assert.True(node.Node.Defragmentation.RunningPercent > 0);
    }

    /// <summary>A walk through a hash has a place in the order of hashes, one through a list counts elements: it sought beyond the end of the list.</summary>
    [Fact]
    public void A_value_of_another_type_may_come_under_the_key_that_is_walked()
    {
        using var node = new EngineNode("hash-max-listpack-entries 4", "list-max-listpack-size 2");
        for (var i = 0; i < 2_000; i++) node.Do($"HSET a f{i} {i}");
        for (var i = 0; i < 2_000; i++) node.Do($"RPUSH b {i}");
        var digest = node.Do("DEBUG DIGEST");
        var exchanges = 0;
        for (var steps = 0; steps < 60; steps++)
        {
            for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++) node.Node.Heap.EvacuateAll(sizeClass);
            var walk = new Relocation(node.Node.Keyspace, partsAtOnceMax: 10);
            var isUnderWay = true;
            for (var i = 0; i < steps && isUnderWay; i++) isUnderWay = walk.Step(64);
            if (isUnderWay)
            {
                foreach (var rename in (string[])["RENAME a t", "RENAME b a", "RENAME t b"]) Assert.Equal("+OK|", node.Do(rename));
                exchanges++;
            }

            while (walk.Step(64))
            {
            }

            node.Node.Heap.EndEvacuation(int.MaxValue);
        }

        Assert.InRange(exchanges, 10, 60);
        if (exchanges % 2 != 0)
        {
            foreach (var rename in (string[])["RENAME a t", "RENAME b a", "RENAME t b"]) node.Do(rename);
        }

        Assert.Equal(digest, node.Do("DEBUG DIGEST"));
    }

    [Theory]
    [InlineData("active-defrag-ignore-bytes 100mb")]
    [InlineData("active-defrag-threshold-lower 300")]
    public void Below_its_thresholds_it_rests(string directive)
    {
        using var node = Prepared(directive, "activedefrag yes");
        node.Node.Timer();
        Assert.False(node.Node.Defragmentation.HasWork);
    }

    [Fact]
    public void Switched_off_it_leaves_no_slab_out_of_use()
    {
        using var node = Prepared("activedefrag yes");
        node.Clock.MicrosecondsPerRead = 10;
        node.Node.Timer();
        while (node.Node.Heap.EvacuatedSlabs == 0) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Do("CONFIG SET activedefrag no");
        node.Node.Timer();
        for (var i = 0; i < 10_000 && node.Node.Defragmentation.HasWork; i++) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(0, node.Node.Heap.EvacuatedSlabs);
        Assert.Equal(0, node.Node.Defragmentation.RunningPercent);
    }

    /// <summary>Seven hashes of a thousand fields in one bucket of the table were looked at in one step, as none of them was large.</summary>
    [Fact]
    public void A_step_looks_at_a_bounded_number_of_objects()
    {
        const int objects = 64;
        const int bucket = 150; // what is begun is finished: a bucket of keys, and one of a collection
        using var node = new EngineNode(["enable-debug-command yes"]);
        var fields = string.Concat(Enumerable.Range(0, 600).Select(i => $" field:{i} value"));
        for (var key = 0; key < 100; key++) node.Do($"HSET hash:{key}{fields}");
        var digest = node.Do("DEBUG DIGEST");
        for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++) node.Node.Heap.EvacuateAll(sizeClass);
        var walk = new Relocation(node.Node.Keyspace, partsAtOnceMax: 1000);
        long before = 0;
        while (walk.Step(objects))
        {
            Assert.InRange(walk.Moved + walk.Stayed - before, 1, objects + bucket);
            before = walk.Moved + walk.Stayed;
        }

        Assert.InRange(walk.Moved + walk.Stayed, 100 * 601, 100 * 601 * 2);
        node.Node.Heap.EndEvacuation(int.MaxValue);
        Assert.Equal(digest, node.Do("DEBUG DIGEST"));
    }

    // Large and small values of all types, of which every second element and key has gone; then others of another size.
    private static EngineNode Prepared(params string[] directives)
    {
        var node = new EngineNode(["enable-debug-command yes", "loglevel verbose", "active-defrag-ignore-bytes 1", "list-max-listpack-size 8", .. directives]);
        var value = new string('v', 60);
        for (var i = 0; i < 10_000; i++)
        {
            node.Do($"SET key:{i} {value}{value}{(i % 5 == 0 ? " EX 1000" : "")}");
            node.Do($"HSET hash field:{i} {value}");
            node.Do($"ZADD zset {i % 100} member:{i}:{value}");
            node.Do($"SADD set member:{i}:{value}:{value}");
            node.Do($"RPUSH list {i}:{value}");
            node.Do($"XADD stream {i + 1}-1 f {value}");
            if (i % 50 == 0) node.Do($"HPEXPIRE hash 10000000 FIELDS 1 field:{i}");
        }

        for (var i = 0; i < 10_000; i++)
        {
            if (i % 2 == 0) continue;
            node.Do($"DEL key:{i}");
            node.Do($"HDEL hash field:{i}");
            node.Do($"ZREM zset member:{i}:{value}");
            node.Do($"SREM set member:{i}:{value}:{value}");
            node.Do($"XDEL stream {i + 1}-1");
        }

        for (var i = 0; i < 10_000; i += 16) node.Do($"LREM list 1 {i}:{value}");
        for (var i = 0; i < 2_000; i++) node.Do($"SET other:{i} {value}{value}{value}");
        return node;
    }

    private static void Defragment(EngineNode node)
    {
        var turns = 0;
        do
        {
            Assert.True(++turns < 1_000, "It does not come to an end.");
            node.Clock.Advance(1);
            node.Node.Timer();
            for (var i = 0; i < 100_000 && node.Node.Defragmentation.HasWork; i++) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        }
        while (node.Node.Defragmentation.RunningPercent > 0);
    }

    private static long Number(EngineNode node, string field)
    {
        var line = node.Do("INFO everything").Split('|').Single(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line[(field.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
