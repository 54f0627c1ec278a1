using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.SortedSets;

public sealed class SortedSetCommandsTests
{
    [Fact]
    public void Scores_are_doubles_in_RESP3_and_pairs_where_Redis_has_them()
    {
        using var node = new EngineNode();
        Assert.Equal(":2|", node.Do("ZADD k 1 a 0.1 b"));
        Assert.Equal("*4|$1|b|$3|0.1|$1|a|$1|1|", node.Do("ZRANGE k 0 -1 WITHSCORES"));
        node.Do("HELLO 3");
        Assert.Equal("*2|*2|$1|b|,0.1|*2|$1|a|,1|", node.Do("ZRANGE k 0 -1 WITHSCORES"));
        Assert.Equal(",0.1|", node.Do("ZSCORE k b"));
        Assert.Equal("*2|:0|,0.1|", node.Do("ZRANK k b WITHSCORE"));
        Assert.Equal("_|", node.Do("ZRANK k x WITHSCORE"));
        Assert.Equal("*1|*2|$1|b|,0.1|", node.Do("ZPOPMIN k 1"));
        Assert.Equal("*2|$1|a|,1|", node.Do("ZPOPMIN k")); // without a count there is no pair around it
        Assert.Equal("*0|", node.Do("ZPOPMIN k"));
    }

    [Theory]
    [InlineData("ZRANK k a WITHSCORE", "*2|:0|$1|1|")]
    [InlineData("ZRANK k x WITHSCORE", "*-1|")]
    [InlineData("ZREVRANK none a WITHSCORE", "*-1|")]
    [InlineData("ZRANK k x", "$-1|")]
    [InlineData("ZRANK k a WITHSCORES", "-ERR syntax error|")]
    [InlineData("ZRANK k a WITHSCORE x", "-ERR wrong number of arguments for 'zrank' command|")]
    [InlineData("ZREVRANK k a WITHSCORE x", "-ERR wrong number of arguments for 'zrevrank' command|")]
    public void Ranks_with_scores_are_those_of_7_2(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("ZADD k 1 a 2 b");
        Assert.Equal(reply, node.Do(command));
    }

    [Fact]
    public void Ranges_by_member_among_different_scores_are_told_by_rank()
    {
        using var node = new EngineNode();
        node.Do("ZADD same 1 a 1 b 1 c");
        node.Do("ZADD mixed 1 c 2 b 3 a 4 d");
        var tap = new StreamTap(node);
        node.Do("ZREMRANGEBYLEX same [b [b");
        Assert.Equal("SELECT 0 | ZREMRANGEBYLEX same [b [b", tap.Take());
        node.Do("ZRANGESTORE d same - + BYLEX");
        Assert.Equal("ZRANGESTORE d same - + BYLEX", tap.Take());
        node.Do("ZRANGESTORE d mixed [b + BYLEX");
        Assert.Equal("ZRANGESTORE d mixed 0 3", tap.Take());
        node.Do("ZRANGESTORE d mixed (d + BYLEX");
        Assert.Equal("ZRANGESTORE d mixed 1 0", tap.Take());
        node.Do("ZRANGESTORE d mixed (d + BYLEX"); // there is nothing to be deleted
        Assert.Equal("", tap.Take());
        node.Do("ZREMRANGEBYLEX mixed - (d");
        Assert.Equal("ZREMRANGEBYRANK mixed 0 2", tap.Take());
        Assert.Equal("*1|$1|d|", node.Do("ZRANGE mixed 0 -1"));
    }

    [Fact]
    public void Many_pairs_make_a_skiplist_at_once_and_only_a_store_makes_a_listpack_of_it()
    {
        using var node = new EngineNode("zset-max-listpack-entries 3");
        node.Do("ZADD k 1 a 1 a 1 a 1 a");
        Assert.Equal("$8|skiplist|", node.Do("OBJECT ENCODING k"));
        node.Do("ZADD l 1 a 2 b 3 c");
        Assert.Equal("$8|listpack|", node.Do("OBJECT ENCODING l"));
        node.Do("ZADD l 4 d");
        Assert.Equal("$8|skiplist|", node.Do("OBJECT ENCODING l"));
        node.Do("ZREM l d");
        Assert.Equal("$8|skiplist|", node.Do("OBJECT ENCODING l"));
        foreach (var store in (string[])["ZUNIONSTORE d 1 l", "ZINTERSTORE d 1 l", "ZDIFFSTORE d 1 l", "ZRANGESTORE d l -inf inf BYSCORE"])
        {
            Assert.Equal(":3|", node.Do(store));
            Assert.Equal("$8|listpack|", node.Do("OBJECT ENCODING d"));
        }
    }

    [Fact]
    public void What_changes_nothing_is_not_propagated_and_wakes_no_watcher()
    {
        using var node = new EngineNode();
        node.Do("ZADD k 1 a 5 b");
        var tap = new StreamTap(node);
        foreach (var nothing in (string[])["ZADD k 1 a", "ZADD k NX 9 a", "ZADD k GT 0 a", "ZADD k XX 1 z", "ZREM k z", "ZREMRANGEBYSCORE k 7 8", "ZADD new XX 1 a"])
        {
            node.Do("WATCH k new");
            node.Do(nothing);
            node.Do("MULTI");
            Assert.Equal("*0|", node.Do("EXEC"));
        }

        Assert.Equal("", tap.Take());
    }

    [Fact]
    public void Replicas_are_told_what_was_popped()
    {
        using var node = new EngineNode();
        node.Do("ZADD k 1 a 2 b 3 c 4 d 5 e 6 f");
        var tap = new StreamTap(node);
        Assert.Equal("*3|$1|k|$1|a|$1|1|", node.Do("BZPOPMIN none k 0"));
        Assert.Equal("*2|$1|k|*2|*2|$1|f|$1|6|*2|$1|e|$1|5|", node.Do("ZMPOP 2 none k MAX COUNT 2"));
        node.Do("BZMPOP 0 1 k MIN COUNT 100");
        Assert.Equal(":0|", node.Do("EXISTS k"));
        Assert.Equal("SELECT 0 | ZPOPMIN k | ZPOPMAX k 2 | ZPOPMIN k 3", tap.Take());
    }

    [Fact]
    public void Who_waits_is_served_by_the_addition()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        var (first, second) = (node.Connect(), node.Connect());
        Assert.Equal("", node.Do("BZPOPMAX k 0", first));
        Assert.Equal("", node.Do("BZMPOP 0 2 x k MIN COUNT 5", second));
        node.Do("ZADD k 1 a 2 b 3 c");
        Assert.Equal("*3|$1|k|$1|c|$1|3|", node.Take(first));
        Assert.Equal("*2|$1|k|*2|*2|$1|a|$1|1|*2|$1|b|$1|2|", node.Take(second));
        Assert.False(first.Has(SessionFlags.Blocked) || second.Has(SessionFlags.Blocked));
        Assert.Equal("SELECT 0 | ZADD k 1 a 2 b 3 c | ZPOPMAX k | ZPOPMIN k 2", tap.Take());
        node.Do("MULTI");
        node.Do("BZPOPMIN k 0");
        Assert.Equal("*1|*-1|", node.Do("EXEC"));
    }

    [Fact]
    public void Weights_and_infinities_never_make_NaN()
    {
        using var node = new EngineNode();
        node.Do("ZADD a inf x 1 y");
        node.Do("ZADD b -inf x 2 y");
        Assert.Equal("*4|$1|x|$1|0|$1|y|$1|3|", node.Do("ZUNION 2 a b WITHSCORES"));
        Assert.Equal("*4|$1|x|$1|0|$1|y|$1|0|", node.Do("ZINTER 2 a b WEIGHTS 0 0 WITHSCORES"));
        Assert.Equal("-ERR resulting score is not a number (NaN)|", node.Do("ZINCRBY a -inf x"));
        Assert.Equal("$3|inf|", node.Do("ZSCORE a x"));
    }

    [Fact]
    public void A_source_that_has_expired_is_removed_before_the_others_are_read()
    {
        using var node = new EngineNode();
        node.Do("ZADD a 1 x");
        node.Do("ZADD b 1 x 2 y");
        node.Do("PEXPIRE b 10");
        node.Clock.Advance(20);
        Assert.Equal("*1|$1|x|", node.Do("ZUNION 2 a b"));
        Assert.Equal(":0|", node.Do("ZINTERSTORE d 2 a b"));
    }

    [Fact]
    public void Random_members_are_distinct_and_all_in_the_end()
    {
        using var node = new EngineNode("zset-max-listpack-entries 10");
        for (var i = 0; i < 100; i++) node.Do($"ZADD k {i} m{i}");
        foreach (var count in (int[])[1, 5, 50, 100, 200])
        {
            var members = node.Do($"ZRANDMEMBER k {count}").Split('|').Where(line => line.StartsWith('m')).ToArray();
            Assert.Equal(Math.Min(count, 100), members.Length);
            Assert.Equal(members.Length, members.Distinct().Count());
        }

        var seen = new HashSet<string>(node.Do("ZRANDMEMBER k -3000").Split('|').Where(line => line.StartsWith('m')));
        Assert.Equal(100, seen.Count);
    }
}
