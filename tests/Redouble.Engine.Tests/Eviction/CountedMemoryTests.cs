using System.Globalization;
using Redouble.Engine.Eviction;
using Redouble.Engine.Tests.Persistence;
using Redouble.Engine.Tests.Verification;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Eviction;

/// <summary>What is in use and must not cost keys.</summary>
public sealed class CountedMemoryTests
{
    [Fact]
    public void What_FLUSHALL_has_not_freed_yet_does_not_count()
    {
        using var node = new EvictingNode("allkeys-lru");
        var empty = node.Counted;
        node.Fill("k", 0, 5000);
        var used = node.Node.UsedMemory;
        node.LimitAbove(0);
        node.Do("FLUSHALL");
        Assert.InRange(node.Node.UsedMemory, used - 10_000, long.MaxValue); // nothing is free yet
        Assert.InRange(node.Counted, empty - 5000, empty + 25_000);
        node.Fill("n", 0, 1000);
        Assert.Equal(0, node.Evicted);
        while (node.Node.Keyspace.FreeSlice(64)) Assert.InRange(node.Node.Keyspace.PendingFreeBytes, 0, used);
        Assert.Equal(0, node.Node.Keyspace.PendingFreeBytes);
        Assert.Equal(1000, node.Present("n", 0, 1000));
    }

    [Theory]
    [InlineData("HSET big f{0} v{0}")]
    [InlineData("ZADD big {0} m{0}")]
    [InlineData("SADD big m{0}")]
    [InlineData("RPUSH big a-longer-element-of-the-list-{0}")]
    [InlineData("XADD big * field value-{0}")]
    public void A_large_value_that_is_freed_in_slices_counts_no_more(string command)
    {
        using var node = new EvictingNode("allkeys-lru");
        node.Fill("k", 0, 100);
        var before = node.Counted;
        for (var i = 0; i < 20_000; i++) node.Do(string.Format(CultureInfo.InvariantCulture, command, i));
        var size = node.Counted - before;
        node.Do("UNLINK big");
        Assert.InRange(node.Counted - before, -size / 10, size / 10);
        Assert.InRange(node.Node.UsedMemory, before + (size / 2), long.MaxValue);
        while (node.Node.Keyspace.FreeSlice(64))
        {
        }

        Assert.Equal(0, node.Node.Keyspace.PendingFreeBytes);
        Assert.InRange(node.Counted - before, -5000, 5000);
    }

    [Theory]
    [InlineData("RPUSH big a-longer-element-of-the-list-{0}", "LTRIM big 0 0", false)]
    [InlineData("XADD big * field value-{0}", "XTRIM big MAXLEN 1", false)]
    [InlineData("XADD big * field value-{0}", "XGROUP DESTROY big group", false)]
    [InlineData("XADD big * field value-{0}", "XGROUP DESTROY big group", true)]
    public void What_is_taken_off_a_large_value_and_freed_in_slices_counts_no_more(string command, string removal, bool duringSnapshot)
    {
        using var node = new EvictingNode("allkeys-lru");
        node.Fill("k", 0, 100);
        var before = node.Counted;
        for (var i = 0; i < 20_000; i++) node.Do(string.Format(CultureInfo.InvariantCulture, command, i));
        if (removal.StartsWith("XGROUP", StringComparison.Ordinal))
        {
            before = node.Counted;
            node.Do("XGROUP CREATE big group 0");
            node.Do("XREADGROUP GROUP group me STREAMS big >");
            if (duringSnapshot) node.Do("BGSAVE");
        }

        var size = node.Counted - before;
        node.Do(removal);
        Assert.InRange(node.Counted - before, -size / 50, size / 50);
        Assert.InRange(node.Node.Keyspace.PendingFreeBytes, size / 10, size);
        while (node.Node.Snapshots.IsRunning)
        {
            node.Node.FeedReplicas();
            node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
            node.Engine.Background.Drain();
        }

        while (node.Node.Keyspace.FreeSlice(64)) Assert.InRange(node.Counted - before, -size / 50, size / 50);
        Assert.Equal(0, node.Node.Keyspace.PendingFreeBytes);
        Assert.InRange(node.Counted - before, -size / 50, size / 50);
    }

    [Fact]
    public void An_evicted_large_value_costs_no_further_keys()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-samples 1000");
        for (var i = 0; i < 20_000; i++) node.Do($"HSET big f{i} v{i}");
        node.Engine.Clock.Advance(60_000);
        node.Fill("k", 0, 200);
        node.LimitIdleAbove(-1000);
        node.Node.EndTurn();
        Assert.Equal(1, node.Evicted);
        Assert.Equal(200, node.Present("k", 0, 200));
    }

    /// <summary>
    /// While a snapshot has not emitted it, an evicted collection stays in memory, however small it is; and it must not wait, uncounted, behind a large one
    /// that is freed in slices: once nearly all keys went for some, and commands were refused then.
    /// </summary>
    [Theory]
    [InlineData("hash", true)]
    [InlineData("hash", false)]
    [InlineData("zset", true)]
    [InlineData("zset", false)]
    [InlineData("list", true)]
    [InlineData("list", false)]
    [InlineData("stream", true)]
    [InlineData("stream", false)]
    public void Evicted_collections_count_no_more_while_they_wait(string type, bool duringSnapshot)
    {
        using var node = new EvictingNode("allkeys-random");
        const int keys = 300, enough = 30;
        var text = new string('x', 5000);
        for (var i = 0; i < 20_000; i++) node.Do($"HSET big f{i} v{i}");
        if (duringSnapshot) node.Do("DEL big");
        while (duringSnapshot && node.Node.Keyspace.FreeSlice(64))
        {
        }

        var before = node.Counted;
        for (var i = 0; i < keys; i++)
        {
            node.Do(type switch
            {
                "hash" => $"HSET k{i} a {text} b {text} c d",
                "zset" => $"ZADD k{i} 1 a{text} 2 b{text} 3 c",
                "list" => $"RPUSH k{i} {text} {text} {text}",
                _ => $"XADD k{i} * a {text}",
            });
            if (type == "stream") node.Do($"XADD k{i} * a {text}");
        }

        var size = (node.Counted - before) / keys;
        if (duringSnapshot) Assert.StartsWith("+Background saving started", node.Do("BGSAVE"), StringComparison.Ordinal);
        else node.Do("UNLINK big");
        Assert.Equal(duringSnapshot, node.Node.Snapshots.IsRunning);
        Assert.Equal(!duringSnapshot, node.Node.Keyspace.CanFree);
        var counted = node.Counted;
        node.LimitIdleAbove(-enough * size);
        node.Node.EndTurn();
        Assert.InRange(node.Evicted, enough * 8 / 10, enough * 12 / 10);
        Assert.InRange(counted - node.Counted, enough * size, (enough + 2) * size);
        while (duringSnapshot && node.Node.Snapshots.IsRunning)
        {
            node.Node.FeedReplicas();
            node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
            node.Engine.Background.Drain();
        }

        while (node.Node.Keyspace.FreeSlice(64))
        {
        }

        Assert.Equal(0, node.Node.Keyspace.PendingFreeBytes);
        Assert.InRange(counted - node.Counted, (enough - 5) * size, (enough + 5) * size);
    }

    /// <summary>
    /// What a verification keeps of before counted once: keys that were evicted meanwhile freed nothing, and all the others went after them. A value is copied
    /// into a frame, given to one, or kept by a ticket.
    /// </summary>
    [Theory]
    [InlineData(5000)]
    [InlineData(100_000)]
    [InlineData(2_000_000)]
    [InlineData(20_000_000)]
    public void What_a_verification_keeps_does_not_count(int length)
    {
        using var pair = new LinkedPair(primary: ["maxmemory-policy allkeys-random"]);
        const int keys = 8;
        var primary = pair.Follow().Primary;
        var before = CountedMemory.Of(primary.Node);
        for (var i = 0; i < keys; i++) primary.Do($"SETRANGE k{i} {length - 1} x");
        pair.Turn(); // what they told the replica is not to be freed by eviction either
        var size = (CountedMemory.Of(primary.Node) - before) / keys;
        Assert.InRange(size, length, 2 * length);
        primary.Do("REDOUBLE VERIFY");
        primary.Node.FeedReplicas();
        Assert.True(primary.Node.Verification.Run!.IsMarked);

        primary.Do($"SETRANGE k0 {length / 2} y");
        primary.Do($"CONFIG SET maxmemory {CountedMemory.Of(primary.Node) - (size * 3 / 2)}");
        primary.Node.EndTurn();
        Assert.Equal(2, primary.Node.Eviction.EvictedKeys);
        pair.UntilVerified();
        Assert.Equal(0, primary.Node.Snapshots.MemoryBytes);
        Assert.InRange(CountedMemory.Of(primary.Node) - before, (keys - 3) * size, (keys - 1) * size);
    }

    /// <summary>
    /// What a list has replaced is the snapshot's; it once counted as a part of what a flush frees, too, and more was written than there is room for.
    /// </summary>
    [Fact]
    public void What_FLUSHALL_frees_and_a_snapshot_keeps_is_taken_off_once()
    {
        using var node = new EvictingNode("noeviction");
        node.Fill("k", 0, 100);
        var empty = node.Counted;
        var text = new string('x', 1000);
        for (var i = 0; i < 2000; i++) node.Do($"RPUSH list {text}");
        var size = node.Counted - empty;
        node.Do("BGSAVE");
        for (var i = 0; i < 2000; i += 2) node.Do($"LSET list {i} y{text}");
        Assert.InRange(node.Node.Keyspace.Snapshot!.Queue.LeafBytes, size / 2, size * 2);
        node.Do("FLUSHALL ASYNC");
        Assert.InRange(node.Counted - empty, -size / 20, size / 20);
    }

    /// <summary>There may be more pending entries than entries.</summary>
    [Fact]
    public void An_evicted_streams_pending_entries_count_no_more()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-samples 1000");
        var before = node.Counted;
        const int groups = 5, entries = 2000;
        for (var i = 1; i <= entries; i++) node.Do($"XADD big {i} f v");
        for (var i = 0; i < groups; i++)
        {
            node.Do($"XGROUP CREATE big g{i} 0");
            node.Do($"XREADGROUP GROUP g{i} me COUNT 1500 STREAMS big >");
            node.Do($"XREADGROUP GROUP g{i} you STREAMS big >");
        }

        var size = node.Counted - before;
        Assert.InRange(size, groups * entries * 60, groups * entries * 120);
        Assert.InRange(long.Parse(node.Do("MEMORY USAGE big")[1..^1], CultureInfo.InvariantCulture), size * 9 / 10, size * 11 / 10);
        node.Engine.Clock.Advance(60_000);
        node.Fill("k", 0, 200);
        node.LimitIdleAbove(-1000);
        node.Node.EndTurn();
        Assert.Equal(1, node.Evicted);
        Assert.InRange(node.Counted - before, 0, 60_000);
        Assert.Equal(200, node.Present("k", 0, 200));
    }

    /// <summary>
    /// The sync of a replica that takes nothing, under overwrites of everything: what the snapshot saves, what is encoded and what the log holds for the
    /// replica are more than there was room for.
    /// </summary>
    [Fact]
    public void A_full_sync_evicts_nothing()
    {
        using var limited = new LimitedNode(0, "maxmemory-policy allkeys-lru", "repl-backlog-size 16384");
        limited.Fill(3000);
        limited.Engine.Do("SELECT 0");
        limited.Engine.Do($"CONFIG SET maxmemory {CountedMemory.Of(limited.Node) + 200_000}");
        var used = limited.Node.UsedMemory;
        var replica = limited.AddReplica(7001);
        for (var i = 0; i < 100; i++)
        {
            limited.Engine.Clock.Advance(100);
            limited.Node.BeginTurn(limited.Engine.Clock.MonotonicMicroseconds);
            limited.Node.Timer();
            if (limited.Node.Snapshots.IsRunning) break;
        }

        Assert.True(limited.Node.Snapshots.IsRunning);
        for (var i = 0; i < 3000; i++)
        {
            limited.Engine.Do($"SELECT {i % 2}");
            limited.Engine.DoWords("SET", LimitedNode.Key(i), limited.Text(i % 20 == 0 ? 20_000 : 700));
            limited.EndTurn();
            limited.Node.EndTurn();
        }

        Assert.InRange(limited.Node.UsedMemory, used + 2_000_000, long.MaxValue); // more than there is room for
        Assert.Equal(0, limited.Node.Eviction.EvictedKeys);
        limited.RunSnapshotTo(replica);
        Assert.Equal(0, limited.Node.Eviction.EvictedKeys);
        Assert.Equal(3000, limited.Node.Keyspace.TotalCount());
    }

    /// <summary>At every step of one: the frames, the blocks that the helper encodes into, and what the replica has been given to read.</summary>
    [Fact]
    public void Nothing_that_a_full_sync_holds_counts()
    {
        using var limited = new LimitedNode(0, "repl-backlog-size 16384");
        for (var i = 0; i < 5000; i++) limited.Engine.DoWords("SET", LimitedNode.Key(i), limited.Text(200)); // many records are under way at a time
        var replica = limited.AddReplica(7001);
        limited.Engine.Clock.Advance(100);
        limited.Node.BeginTurn(limited.Engine.Clock.MonotonicMicroseconds);
        var before = CountedMemory.Of(limited.Node);
        limited.Node.Timer();
        Assert.True(limited.Node.Snapshots.IsRunning);
        var helpedMost = 0L;
        for (var turn = 0; limited.Node.Snapshots.IsRunning; turn++)
        {
            Assert.InRange(turn, 0, 20_000);
            limited.EndTurn();
            limited.Node.BackgroundSlice(limited.Engine.Clock.MonotonicMicroseconds, busy: false);
            Check();
            limited.Engine.Background.Drain();
            Check();
            limited.Receive(replica, 30_000);
        }

        Assert.InRange(helpedMost, 300_000, long.MaxValue);

        void Check()
        {
            helpedMost = Math.Max(helpedMost, limited.Node.UsedMemory - before);
            Assert.InRange(CountedMemory.Of(limited.Node) - before, -600_000, 40_000);
        }
    }

    /// <summary>Otherwise <c>used_memory</c> stays above <c>maxmemory</c>, and nobody can tell why.</summary>
    [Fact]
    public void Blocks_that_are_kept_for_reuse_are_not_in_use()
    {
        using var node = new EvictingNode("noeviction");
        node.Fill("k", 0, 100, bytes: 10_000);
        var before = node.Node.UsedMemory;
        Assert.InRange(node.Do("MGET " + string.Join(' ', Enumerable.Range(0, 100).Select(i => $"k{i}"))).Length, 1_000_000, long.MaxValue);
        Assert.InRange(node.Node.UsedMemory - before, -1000, 1000);
    }

    /// <summary>What a replica has not read of the log is its memory: in INFO and MEMORY STATS beyond the backlog, in CLIENT LIST all of it.</summary>
    [Fact]
    public void What_a_replica_has_not_read_is_its_memory()
    {
        using var limited = new LimitedNode(0, "repl-backlog-size 16384");
        var replica = limited.AddReplica(7001);
        for (var i = 0; i < 100 && replica.State != ReplicaLinkState.Online; i++)
        {
            limited.Engine.Clock.Advance(100);
            limited.Node.BeginTurn(limited.Engine.Clock.MonotonicMicroseconds);
            limited.Node.Timer();
            limited.RunSnapshotTo(replica);
            limited.EndTurn();
            limited.Receive(replica);
        }

        Assert.Equal(ReplicaLinkState.Online, replica.State);
        Assert.InRange(long.Parse(limited.Info("mem_clients_slaves"), CultureInfo.InvariantCulture), 0, 100_000);
        Assert.InRange(ReplicaField("omem"), 0, 100_000);
        for (var i = 0; i < 300; i++) limited.Engine.DoWords("SET", "key", limited.Text(10_000));
        limited.EndTurn();
        var beyond = long.Parse(limited.Info("mem_clients_slaves"), CultureInfo.InvariantCulture);
        Assert.InRange(beyond, 2_900_000, 4_000_000);
        Assert.InRange(ReplicaField("omem"), 3_000_000, 4_000_000);
        Assert.InRange(ReplicaField("tot-mem"), 3_000_000, 4_000_000);
        Assert.Contains($"|$14|clients.slaves|:{beyond}|", limited.Engine.Do("MEMORY STATS"), StringComparison.Ordinal);

        long ReplicaField(string name)
        {
            var line = limited.Engine.Do("CLIENT LIST TYPE replica").Split(' ').Single(field => field.StartsWith(name + "=", StringComparison.Ordinal));
            return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>INFO tells what does not count.</summary>
    [Fact]
    public void INFO_tells_what_does_not_count()
    {
        using var node = new EvictingNode("noeviction");
        node.Fill("k", 0, 1000);
        var before = long.Parse(node.Info("mem_not_counted_for_evict"), CultureInfo.InvariantCulture);
        node.Do("FLUSHALL");
        Assert.InRange(long.Parse(node.Info("mem_not_counted_for_evict"), CultureInfo.InvariantCulture) - before, 100_000, 250_000);
    }
}
