using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Streams;

public sealed class StreamCommandsTests
{
    /// <summary>What replicas are told needs neither their clock nor their nodes.</summary>
    [Theory]
    [InlineData("XADD s * f v", "XADD s 1700000000000-0 f v")]
    [InlineData("XADD s 5-* f v", "XADD s 5-0 f v")]
    [InlineData("XADD s 5-1 f v", "XADD s 5-1 f v")]
    [InlineData("XADD s MAXLEN ~ 0 5-1 f v", "XADD s MAXLEN = 0 5-1 f v")]
    [InlineData("XADD s MAXLEN ~ 5 LIMIT 7 * f v", "XADD s MAXLEN = 1 LIMIT 7 1700000000000-0 f v")]
    [InlineData("XADD s MINID ~ 1 5-1 f v", "XADD s MINID = 5-1 5-1 f v")]
    [InlineData("XADD s NOMKSTREAM * f v", "")]
    public void Additions_are_told_with_id_and_exact_cut(string command, string stream)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do(command);
        Assert.Equal(stream.Length == 0 ? "" : "SELECT 0 | " + stream, tap.Take());
    }

    [Fact]
    public void A_cut_about_a_length_is_told_exactly()
    {
        using var node = new EngineNode("stream-node-max-entries 2");
        for (var i = 1; i <= 5; i++) node.Do($"XADD s {i}-0 f v");
        var tap = new StreamTap(node);
        Assert.Equal(":2|", node.Do("XTRIM s MAXLEN ~ 2"));
        Assert.Equal(":0|", node.Do("XTRIM s MAXLEN ~ 2"));
        Assert.Equal("SELECT 0 | XTRIM s MAXLEN = 3", tap.Take());
        Assert.Equal(":2|", node.Do("XTRIM s MINID ~ 5"));
        Assert.Equal("XTRIM s MINID = 5-0", tap.Take());
    }

    [Fact]
    public void A_replica_whose_clock_is_behind_counts_what_was_read_and_when()
    {
        using var replica = new EngineNode();
        foreach (var command in (string[])["XADD s 1-0 f v", "XADD s 2-0 f v", "XGROUP CREATE s g 0 ENTRIESREAD 0"]) replica.Do(command);
        var primary = replica.Connect();
        primary.Flags |= SessionFlags.Primary;
        var later = replica.Clock.UnixMicroseconds / 1000 + 3_600_000;
        replica.Do($"XCLAIM s g alice 0 1-0 TIME {later} RETRYCOUNT 1 FORCE JUSTID LASTID 1-0", primary);
        Assert.Contains("$12|entries-read|:1|$3|lag|:1|", replica.Do("XINFO GROUPS s"), StringComparison.Ordinal);
        replica.Clock.Advance(3_600_005);
        Assert.Equal("*1|*4|$3|1-0|$5|alice|:5|:1|", replica.Do("XPENDING s g - + 10"));

        // A client's claim is none of a reader, and cannot come from the future.
        replica.Do($"XCLAIM s g bob 0 2-0 TIME {later + 60_000} RETRYCOUNT 1 FORCE JUSTID LASTID 2-0");
        Assert.Contains("$12|entries-read|:1|", replica.Do("XINFO GROUPS s"), StringComparison.Ordinal);
        replica.Clock.Advance(7);
        Assert.EndsWith("*4|$3|2-0|$3|bob|:7|:1|", replica.Do("XPENDING s g - + 10"), StringComparison.Ordinal);
    }

    /// <summary>Nine million entries were two gigabytes of claims: no replica could take them, and no start read them from the append-only file.</summary>
    [Theory]
    [InlineData("XREADGROUP GROUP @ alice STREAMS s >")]
    [InlineData("XAUTOCLAIM s @ bob 0 0 COUNT 100")]
    public void No_more_is_delivered_at_once_than_a_unit_may_tell(string command)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        var group = new string('g', 1_000_000);
        for (var i = 1; i <= 20; i++) node.Do($"XADD s {i}-0 f v");
        node.DoWords("XGROUP", "CREATE", "s", group, "0");
        if (command.StartsWith("XAUTO", StringComparison.Ordinal)) node.DoWords("XREADGROUP", "GROUP", group, "alice", "STREAMS", "s", ">");
        tap.Take();
        node.Node.Propagation.UnitBytesMax = 8 << 20;
        for (var delivered = 0; delivered < 20;)
        {
            node.DoWords([.. command.Split(' ').Select(word => word == "@" ? group : word)]);
            var told = tap.Take();
            Assert.InRange(told.Length, group.Length, 8 << 20);
            delivered += told.Split("XCLAIM").Length - 1;
        }
    }

    [Fact]
    public void Deliveries_are_told_as_claims()
    {
        using var node = new EngineNode();
        node.Do("XADD s 1-0 f v");
        node.Do("XADD s 2-0 f v");
        node.Do("XGROUP CREATE s g 0");
        var tap = new StreamTap(node);
        Assert.Equal("*1|*2|$1|s|*1|*2|$3|1-0|*2|$1|f|$1|v|", node.Do("XREADGROUP GROUP g alice COUNT 1 STREAMS s >"));
        Assert.Equal("SELECT 0 | XCLAIM s g alice 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0", tap.Take());
        node.Do("XREADGROUP GROUP g bob NOACK STREAMS s >");
        Assert.Equal("MULTI | XGROUP CREATECONSUMER s g bob | XGROUP SETID s g 2-0 ENTRIESREAD 2 | EXEC", tap.Take());
        node.Do("XREADGROUP GROUP g alice STREAMS s 0");
        Assert.Equal("", tap.Take());
        node.Do("XCLAIM s g bob 0 1-0");
        Assert.Equal("XCLAIM s g bob 0 1-0 TIME 1700000000000 RETRYCOUNT 3 FORCE JUSTID LASTID 2-0", tap.Take());
        node.Do("XDEL s 1-0");
        tap.Take();
        Assert.Equal("*3|$3|0-0|*0|*1|$3|1-0|", node.Do("XAUTOCLAIM s g alice 0 0"));
        Assert.Equal("XCLAIM s g bob 0 1-0 TIME 1700000000000 RETRYCOUNT 3 FORCE JUSTID LASTID 2-0", tap.Take());
        Assert.Equal("*4|:0|$-1|$-1|*-1|", node.Do("XPENDING s g"));
    }

    /// <summary>
    /// A client's claim that moves the group reads nothing, and was told in the words in which a delivery is: replicas counted an entry as read.
    /// </summary>
    [Fact]
    public void A_claim_that_moves_the_group_does_not_pass_for_a_delivery()
    {
        using var node = new EngineNode();
        node.Do("XADD s 5-0 f v");
        node.Do("XGROUP CREATE s g 0 ENTRIESREAD 0");
        var tap = new StreamTap(node);
        Assert.Equal("*1|$3|5-0|", node.Do("XCLAIM s g c 0 5-0 RETRYCOUNT 1 FORCE JUSTID LASTID 5-0"));
        Assert.Equal(
            "MULTI | SELECT 0 | XGROUP SETID s g 5-0 ENTRIESREAD 0 | XCLAIM s g c 0 5-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 5-0 | EXEC",
            tap.Take());
        node.Do("XADD s 6-0 f v");
        tap.Take();
        Assert.Equal("*1|$3|6-0|", node.Do("XCLAIM s g c 0 6-0 RETRYCOUNT 2 FORCE JUSTID LASTID 6-0"));
        Assert.Equal("XCLAIM s g c 0 6-0 TIME 1700000000000 RETRYCOUNT 2 FORCE JUSTID LASTID 6-0", tap.Take());
    }

    [Fact]
    public void Nor_does_one_of_an_entry_that_is_no_more()
    {
        using var node = new EngineNode();
        node.Do("XADD s 5-0 f v");
        node.Do("XGROUP CREATE s g 0 ENTRIESREAD 0");
        node.Do("XREADGROUP GROUP g c STREAMS s >");
        node.Do("XGROUP SETID s g 0 ENTRIESREAD 0");
        node.Do("XDEL s 5-0");
        var tap = new StreamTap(node);
        Assert.Equal("*0|", node.Do("XCLAIM s g c 0 5-0 LASTID 5-0"));
        Assert.Equal(
            "MULTI | SELECT 0 | XGROUP SETID s g 5-0 ENTRIESREAD 0 | XCLAIM s g c 0 5-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 5-0 | EXEC",
            tap.Take());
    }

    [Fact]
    public void XAUTOCLAIM_misses_the_key_before_it_looks_at_its_options()
    {
        using var node = new EngineNode();
        Assert.Equal("-ERR COUNT must be > 0|", node.Do("XAUTOCLAIM none g c 0 - COUNT 0"));
        Assert.Equal(1, node.Node.Stats.KeyspaceMisses);
    }

    /// <summary>7.2: a consumer that got nothing is there all the same, and has never been active.</summary>
    [Fact]
    public void A_consumer_that_gets_nothing_is_created()
    {
        using var node = new EngineNode();
        node.Do("XGROUP CREATE s g $ MKSTREAM");
        var tap = new StreamTap(node);
        Assert.Equal("*-1|", node.Do("XREADGROUP GROUP g alice STREAMS s >"));
        Assert.Equal("", tap.Take());
        node.Clock.Advance(5);
        Assert.Equal("*1|*8|$4|name|$5|alice|$7|pending|:0|$4|idle|:5|$8|inactive|:-1|", node.Do("XINFO CONSUMERS s g"));
    }

    [Fact]
    public void XREAD_waits_for_what_comes_after_the_last_entry_of_now()
    {
        using var node = new EngineNode();
        node.Do("XADD s 1-0 f v");
        var waiting = node.Connect();
        Assert.Equal("", node.Do("XREAD BLOCK 0 STREAMS s $", waiting));
        Assert.True(waiting.Has(SessionFlags.Blocked));
        node.Do("MULTI");
        node.Do("XADD s 2-0 f a");
        node.Do("XADD s 3-0 f b");
        node.Do("EXEC");
        Assert.Equal("*1|*2|$1|s|*2|*2|$3|2-0|*2|$1|f|$1|a|*2|$3|3-0|*2|$1|f|$1|b|", node.Take(waiting));
    }

    [Fact]
    public void A_group_that_is_destroyed_wakes_who_waits_for_its_news()
    {
        using var node = new EngineNode();
        node.Do("XGROUP CREATE s g $ MKSTREAM");
        var waiting = node.Connect();
        Assert.Equal("", node.Do("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", waiting));
        node.Do("XGROUP DESTROY s g");
        Assert.Equal("-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option|", node.Take(waiting));
    }

    [Fact]
    public void Watchers_are_told_of_entries_and_not_of_groups()
    {
        using var node = new EngineNode();
        node.Do("XADD s 1-0 f v");
        node.Do("WATCH s");
        node.Do("XGROUP CREATE s g 0", node.Connect());
        node.Do("XREADGROUP GROUP g alice STREAMS s >", node.Connect());
        node.Do("XDEL s 7-0", node.Connect());
        node.Do("MULTI");
        Assert.Equal("*0|", node.Do("EXEC"));
        node.Do("WATCH s");
        node.Do("XDEL s 1-0", node.Connect());
        node.Do("MULTI");
        Assert.Equal("*-1|", node.Do("EXEC"));
    }

    [Fact]
    public void A_copy_has_entries_and_groups_of_its_own()
    {
        using var node = new EngineNode();
        node.Do("XADD s 1-0 f v");
        node.Do("XGROUP CREATE s g 0");
        node.Do("XREADGROUP GROUP g alice STREAMS s >");
        Assert.Equal(":1|", node.Do("COPY s t"));
        Assert.Equal(":1|", node.Do("XACK s g 1-0"));
        node.Do("XDEL s 1-0");
        Assert.Equal("*4|:1|$3|1-0|$3|1-0|*1|*2|$5|alice|$1|1|", node.Do("XPENDING t g"));
        Assert.Equal("*1|*2|$3|1-0|*2|$1|f|$1|v|", node.Do("XRANGE t - +"));
    }

    [Fact]
    public void A_saved_stream_is_loaded_with_its_groups()
    {
        using var node = new EngineNode("stream-node-max-entries 2", "enable-debug-command yes");
        for (var i = 1; i <= 9; i++) node.Do($"XADD s {i}-0 f v{i}");
        node.Do("XDEL s 3-0");
        node.Do("XGROUP CREATE s g 0");
        node.Do("XREADGROUP GROUP g alice COUNT 4 STREAMS s >");
        node.Do("XREADGROUP GROUP g bob COUNT 2 STREAMS s >");
        node.Do("XGROUP CREATE empty g 0 MKSTREAM");
        var before = State(node);
        Assert.Equal("+OK|", node.Do("DEBUG RELOAD"));
        Assert.Equal(before, State(node));
    }

    private static string State(EngineNode node) =>
        node.Do("XRANGE s - +") + node.Do("XPENDING s g - + 100") + node.Do("XINFO GROUPS s") + node.Do("XINFO STREAM s") + node.Do("XINFO GROUPS empty");
}
