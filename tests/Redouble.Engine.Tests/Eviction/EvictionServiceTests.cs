using System.Globalization;
using Redouble.Engine.Eviction;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Eviction;

public sealed class EvictionServiceTests
{
    /// <summary>Limits from 2^63 on were taken for negative ones: everything was evicted, or writes refused.</summary>
    [Theory]
    [InlineData("noeviction", "9223372036854775808")]
    [InlineData("allkeys-lru", "18446744073709551615")]
    public void A_limit_that_no_memory_reaches_is_none(string policy, string limit)
    {
        using var node = new EvictingNode(policy);
        node.Fill("k", 0, 10);
        Assert.Equal("+OK|", node.Do($"CONFIG SET maxmemory {limit}"));
        node.Fill("l", 0, 10);
        Assert.Equal((0, ":20|"), (node.Evicted, node.Do("DBSIZE")));
        Assert.DoesNotContain(node.Engine.LogLines, static line => line.Contains("maxmemory", StringComparison.Ordinal));
        Assert.Contains($"maxmemory {limit}\n", node.Node.Config.Rewrite("", writeAll: false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("allkeys-lfu")]
    [InlineData("allkeys-random")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-lfu")]
    [InlineData("volatile-random")]
    [InlineData("volatile-ttl")]
    public void Writes_go_on_and_memory_stays_below_the_limit(string policy)
    {
        using var node = new EvictingNode(policy);
        node.Fill("kept", 0, 100);
        node.LimitAbove(200_000);
        node.Fill("k", 0, 5000, suffix: policy.StartsWith("volatile", StringComparison.Ordinal) ? " EX 1000" : "");
        Assert.InRange(node.Evicted, 3000, 5000);
        Assert.InRange(node.Counted, node.Limit - 40_000, node.Limit);
        Assert.Equal($":{5100 - node.Evicted}|", node.Do("DBSIZE"));
        Assert.Equal(node.Evicted.ToString(CultureInfo.InvariantCulture), node.Info("evicted_keys"));
        if (policy.StartsWith("volatile", StringComparison.Ordinal)) Assert.Equal(100, node.Present("kept", 0, 100));
    }

    [Theory]
    [InlineData("noeviction")]
    [InlineData("volatile-lru")]
    [InlineData("volatile-random")]
    [InlineData("volatile-ttl")]
    public void Without_a_key_that_may_go_writes_are_refused_and_reads_and_deletions_are_not(string policy)
    {
        using var node = new EvictingNode(policy);
        node.Fill("k", 0, 1000);
        node.LimitAbove(-50_000);
        Assert.Equal(EvictingNode.Oom, node.Do("SET k 1"));
        node.Engine.Clock.Advance(70);
        Assert.Equal(EvictingNode.Oom, node.Do("APPEND k0 1"));
        Assert.StartsWith("$100|", node.Do("GET k1"), StringComparison.Ordinal);
        Assert.Equal("70", node.Info("current_eviction_exceeded_time"));
        Assert.Equal(":1000|", node.Do("DBSIZE"));
        for (var i = 0; i < 500; i++) Assert.Equal(":1|", node.Do($"DEL k{i}"));
        Assert.Equal("+OK|", node.Do("SET k 1"));
        Assert.Equal("0", node.Info("current_eviction_exceeded_time"));
        Assert.Equal("70", node.Info("total_eviction_exceeded_time"));
        node.Do("CONFIG RESETSTAT");
        Assert.Equal("0", node.Info("total_eviction_exceeded_time"));
    }

    /// <summary>The messages took more memory than the keys had, so more keys went, and none was left in the end.</summary>
    [Fact]
    public void What_clients_that_track_are_told_of_evicted_keys_evicts_no_more()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-eviction-tenacity 100");
        var clients = Enumerable.Range(0, 10).Select(_ => node.Engine.Connect()).ToArray();
        foreach (var client in clients)
        {
            node.Engine.Do("HELLO 3", client);
            node.Engine.Do("CLIENT TRACKING ON", client);
        }

        for (var i = 0; i < 300; i++)
        {
            var key = i.ToString("D1000", CultureInfo.InvariantCulture);
            node.Do($"SET {key} x");
            foreach (var client in clients) node.Engine.Do($"GET {key}", client);
        }

        node.LimitIdleAbove(-40_000);
        node.Node.EndTurn();
        Assert.InRange(node.Evicted, 10, 50);
        foreach (var client in clients) Assert.StartsWith(">2|$10|invalidate|*1|$1000|", node.Engine.Take(client), StringComparison.Ordinal);
    }

    /// <summary>Without a limit of time one attempt may evict millions of keys, whose names were kept until its end.</summary>
    [Fact]
    public void What_broadcasting_clients_are_told_of_evicted_keys_is_told_in_parts()
    {
        using var node = new EvictingNode("allkeys-random", "maxmemory-eviction-tenacity 100");
        var client = node.Engine.Connect();
        var prefix = new string('k', 10_000);
        for (var i = 0; i < 300; i++) node.Do($"SET {prefix}{i} x");
        node.Engine.Do("HELLO 3", client);
        node.Engine.Do("CLIENT TRACKING ON BCAST", client);
        node.LimitIdleAbove(-2_500_000);
        node.Node.EndTurn();
        node.Do("CONFIG SET maxmemory 0");
        node.Node.EndTurn();
        Assert.InRange(node.Evicted, 220, 299);
        var told = node.Engine.Take(client);
        Assert.Equal(3, told.Split("|$10|invalidate|").Length - 1);
        Assert.Equal(node.Evicted, told.Split(prefix).Length - 1);
    }

    /// <summary>They were dropped with the reply of the command before which the key went.</summary>
    [Theory]
    [InlineData("OFF")]
    [InlineData("SKIP")]
    public void A_silenced_client_is_told_of_what_its_command_evicts(string mode)
    {
        using var node = NodeWithOldKey(out var client);
        node.LimitIdleAbove(-1000);
        node.Engine.Do($"CLIENT REPLY {mode}", client);
        Assert.Equal(ToldOfOld, node.Engine.Do("SET new x", client));
        Assert.Equal("$1|x|", node.Do("GET new"));
        Assert.Equal(1, node.Evicted);
    }

    /// <summary>The same where the command had to wait, and runs again.</summary>
    [Fact]
    public void A_silenced_client_is_told_of_what_is_evicted_when_its_wait_ends()
    {
        using var node = NodeWithOldKey(out var client);
        node.Engine.Do("CLIENT REPLY SKIP", client);
        Assert.Equal("", node.Engine.Do("BLMOVE from to LEFT LEFT 0", client));
        node.Do("MULTI");
        node.Do(string.Create(CultureInfo.InvariantCulture, $"CONFIG SET maxmemory {node.Counted - 1000}"));
        node.Do("LPUSH from x");
        Assert.Equal("*2|+OK|:1|", node.Do("EXEC"));
        Assert.Equal(ToldOfOld, node.Engine.Take(client));
        Assert.Equal("*1|$1|x|", node.Do("LRANGE to 0 -1"));
        Assert.Equal(1, node.Evicted);
    }

    [Fact]
    public void Who_was_idle_for_longest_goes_first()
    {
        using var node = new EvictingNode("allkeys-lru");
        node.Fill("k", 0, 2000);
        for (var i = 0; i < 2000; i++)
        {
            if (i % 20 == 0) node.Engine.Clock.Advance(1000);
            node.Do($"GET k{i}");
        }

        node.LimitAbove(0);
        node.Fill("n", 0, 1000);
        Assert.InRange(node.Evicted, 900, 1100);
        // A list of all keys would leave none of the first half and all of the second; sampling does nearly so.
        Assert.InRange(node.Present("k", 0, 800), 0, 80);
        Assert.InRange(node.Present("k", 1200, 2000), 780, 800);
    }

    [Fact]
    public void Who_is_used_often_stays_however_long_ago()
    {
        using var node = new EvictingNode("allkeys-lfu", "lfu-log-factor 1", "lfu-decay-time 0");
        node.Fill("k", 0, 1000);
        for (var round = 0; round < 30; round++)
        {
            for (var i = 0; i < 300; i++) node.Do($"GET k{i}");
        }

        node.Engine.Clock.Advance(10_000);
        for (var i = 300; i < 1000; i++) node.Do($"GET k{i}");
        node.LimitAbove(0);
        node.Fill("n", 0, 500);
        Assert.InRange(node.Evicted, 450, 550);
        Assert.InRange(node.Present("k", 0, 300), 298, 300);
    }

    [Fact]
    public void Who_expires_soonest_goes_first()
    {
        using var node = new EvictingNode("volatile-ttl");
        for (var i = 0; i < 1000; i++) node.Fill("k", i, i + 1, suffix: $" EX {1000 + i}");
        node.LimitAbove(0);
        node.Fill("n", 0, 500);
        Assert.InRange(node.Evicted, 450, 550);
        Assert.InRange(node.Present("k", 0, 400), 0, 40);
        Assert.InRange(node.Present("k", 600, 1000), 390, 400);
    }

    /// <summary>A candidate that has been used since it was looked at has not been idle; Redis evicts it all the same.</summary>
    [Fact]
    public void A_candidate_that_is_used_meanwhile_stays()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-samples 64");
        node.Fill("k", 0, 40);
        node.Engine.Clock.Advance(50_000);
        node.Fill("x", 0, 1);
        node.Engine.Clock.Advance(50_000);
        EvictOne(node);
        Assert.Equal(39, node.Present("k", 0, 40)); // the pool now knows sixteen more of the idle ones
        for (var i = 0; i < 40; i++) node.Do($"GET k{i}");
        EvictOne(node);
        Assert.Equal((39, 0), (node.Present("k", 0, 40), node.Present("x", 0, 1)));
    }

    private static void EvictOne(EvictingNode node)
    {
        var before = node.Evicted;
        node.LimitIdleAbove(-1);
        node.Node.EndTurn();
        Assert.Equal(before + 1, node.Evicted);
        node.LimitIdleAbove(1 << 20);
    }

    [Theory]
    [InlineData("no", "DEL")]
    [InlineData("yes", "UNLINK")]
    public void Replicas_and_listeners_hear_of_each_evicted_key(string lazy, string word)
    {
        using var node = new EvictingNode("allkeys-random", $"lazyfree-lazy-eviction {lazy}", "notify-keyspace-events Ke");
        node.Fill("k", 0, 100);
        var tap = new StreamTap(node.Engine);
        var listener = node.Engine.Connect();
        node.Engine.Do("PSUBSCRIBE __keyspace@*", listener);
        node.Engine.Take(listener);
        var tracker = node.Engine.Connect();
        node.Engine.Do("HELLO 3", tracker);
        node.Engine.Do("CLIENT TRACKING ON BCAST", tracker);
        node.LimitIdleAbove(-1);
        node.Node.Eviction.Perform();
        var gone = Enumerable.Range(0, 100).Single(i => node.Present("k", i, i + 1) == 0);
        Assert.Equal($"SELECT 0 | {word} k{gone}", tap.Take());
        var channel = $"__keyspace@0__:k{gone}";
        Assert.Equal($"*4|$8|pmessage|$12|__keyspace@*|${channel.Length}|{channel}|$7|evicted|", node.Engine.Take(listener));
        node.Node.Tracking.EndTurn();
        Assert.Contains($"k{gone}|", node.Engine.Take(tracker), StringComparison.Ordinal);
        Assert.Equal(1, node.Evicted);
    }

    [Fact]
    public void A_command_that_evicts_is_a_unit_of_its_own()
    {
        using var node = new EvictingNode("allkeys-random");
        node.Fill("k", 0, 1);
        var tap = new StreamTap(node.Engine);
        node.LimitAbove(-1);
        Assert.Equal("+OK|", node.Do("SET n 1"));
        Assert.Equal("SELECT 0 | DEL k0 | SET n 1", tap.Take());
    }

    [Fact]
    public void While_writes_are_paused_nothing_is_evicted_and_nothing_refused_for_memory()
    {
        using var node = new EvictingNode("allkeys-lru");
        node.Fill("k", 0, 100);
        node.Do("CLIENT PAUSE 1000 WRITE");
        node.LimitIdleAbove(-5000);
        node.Node.EndTurn();
        Assert.StartsWith("$100|", node.Do("GET k1"), StringComparison.Ordinal);
        Assert.Equal(":100|", node.Do("DBSIZE"));
        node.Engine.Clock.Advance(1001);
        node.Node.BeginTurn(node.Engine.Clock.MonotonicMicroseconds);
        node.Node.EndTurn();
        Assert.InRange(node.Evicted, 20, 60);
    }

    [Theory]
    [InlineData("yes", false)]
    [InlineData("no", true)]
    public void A_replica_evicts_when_it_was_told_to(string ignores, bool evicts)
    {
        using var node = new EvictingNode("allkeys-lru", $"replica-ignore-maxmemory {ignores}", "replica-read-only no");
        node.Fill("k", 0, 100);
        node.Node.Replication.ReplicaOf("127.0.0.1", 1);
        node.LimitAbove(-5000);
        Assert.Equal("+OK|", node.Do("SET n 1"));
        Assert.Equal(evicts, node.Evicted > 0);
    }

    [Fact]
    public void A_lower_limit_takes_effect_without_a_command()
    {
        using var node = new EvictingNode("allkeys-lru");
        node.Fill("k", 0, 1000);
        node.LimitIdleAbove(-50_000);
        Assert.Contains(node.Engine.LogLines, line => line.StartsWith("WARNING: the new maxmemory value set via CONFIG SET (", StringComparison.Ordinal));
        Assert.True(node.Node.HasBackgroundWork);
        node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
        Assert.False(node.Node.HasBackgroundWork);
        Assert.InRange(node.Counted, 0, node.Limit);
        Assert.InRange(node.Evicted, 300, 500);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 50)]
    [InlineData(10, 500)]
    [InlineData(11, 575)]
    [InlineData(50, 133_931)]
    [InlineData(99, 126_206_000)]
    [InlineData(100, long.MaxValue)]
    public void The_time_for_an_attempt_is_Redis(long tenacity, long microseconds) =>
        Assert.InRange(EvictionService.TimeLimit(tenacity), microseconds - (microseconds / 100), microseconds);

    [Fact]
    public void When_the_time_is_up_the_rest_is_evicted_in_the_background()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-eviction-tenacity 0");
        node.Fill("k", 0, 1000);
        node.Engine.Clock.MicrosecondsPerRead = 1;
        node.LimitAbove(-50_000);
        Assert.Equal("+OK|", node.Do("SET n 1"));
        Assert.Equal(16, node.Evicted);
        Assert.True(node.Node.Eviction.IsRunning);
        for (var turn = 0; node.Node.Eviction.IsRunning; turn++)
        {
            Assert.InRange(turn, 0, 100);
            node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
        }

        Assert.InRange(node.Counted, 0, node.Limit);
    }

    /// <summary>Else what writers save for it would pile up for as long as there is something to evict.</summary>
    [Fact]
    public void A_snapshot_gets_on_meanwhile()
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-eviction-tenacity 0");
        node.Fill("k", 0, 3000);
        node.Engine.Clock.MicrosecondsPerRead = 1;
        node.LimitAbove(-200_000);
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        Assert.True(node.Node.Eviction.IsRunning);
        node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
        Assert.True(node.Node.Eviction.IsRunning);
        Assert.InRange(node.Node.Snapshots.Progress.Done, 200, 3000);
    }

    [Fact]
    public void All_databases_give()
    {
        using var node = new EvictingNode("allkeys-lru");
        for (var database = 0; database < 4; database++)
        {
            node.Do($"SELECT {database}");
            node.Fill("k", 0, 300);
        }

        node.LimitIdleAbove(-60_000);
        node.Node.EndTurn();
        for (var database = 0; database < 4; database++) Assert.InRange(node.Node.Keyspace[database].Count, 100, 280);
    }

    [Fact]
    public void Blocked_clients_hear_that_their_stream_was_evicted()
    {
        using var node = new EvictingNode("allkeys-random");
        node.Do("XGROUP CREATE s g $ MKSTREAM");
        var reader = node.Engine.Connect();
        node.Engine.Do("XREADGROUP GROUP g me BLOCK 0 STREAMS s >", reader);
        node.LimitIdleAbove(-1);
        node.Node.EndTurn();
        node.Node.ResumeUnblocked();
        Assert.StartsWith("-NOGROUP No such key 's'", node.Engine.Take(reader), StringComparison.Ordinal);
    }

    private const string ToldOfOld = ">2|$10|invalidate|*1|$3|old|>3|$7|message|$22|__keyevent@0__:evicted|$3|old|";

    // A large key that has been idle for longest, and a client that is told when it goes, in two ways.
    private static EvictingNode NodeWithOldKey(out Session client)
    {
        var node = new EvictingNode("allkeys-lru", "maxmemory-samples 1000", "notify-keyspace-events Ee");
        node.Fill("old", 0, 1, 50_000);
        node.Do("RENAME old0 old");
        client = node.Engine.Connect();
        foreach (var command in new[] { "HELLO 3", "CLIENT TRACKING ON", "SUBSCRIBE __keyevent@0__:evicted", "GET old" }) node.Engine.Do(command, client);
        node.Engine.Clock.Advance(60_000);
        node.Fill("k", 0, 100);
        return node;
    }
}
