using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Tracking.TrackingNode;

namespace Redouble.Engine.Tests.Tracking;

/// <summary>Broadcasting mode: prefixes, and one message per prefix and turn.</summary>
public sealed class BroadcastTests
{
    [Fact]
    public void A_turn_is_one_message_with_each_key_once_in_order()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("BCAST");
        node.Do("MSET b 1 a 1 c 1");
        node.Do("SET a 2");
        node.Do("DEL c");
        Assert.Equal(Invalid("a", "b", "c"), node.Told(reader));
        Assert.Equal("", node.Told(reader));
        node.Do("SET b 2");
        Assert.Equal(Invalid("b"), node.Told(reader));
        Assert.Equal(0, node.Node.Tracking.KeyCount);
    }

    [Fact]
    public void Each_prefix_gets_its_part()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("BCAST PREFIX b PREFIX ax");
        var other = node.Tracker("BCAST PREFIX a");
        node.Do("MSET b2 1 a 1 ax2 1 b 1 ax1 1 c 1");
        Assert.Equal(Invalid("ax1", "ax2") + Invalid("b", "b2"), node.Told(reader));
        Assert.Equal(Invalid("a", "ax1", "ax2"), node.Told(other));
        Assert.Equal(3, node.Node.Tracking.PrefixCount);
        node.Do("CLIENT TRACKING OFF", reader);
        Assert.Equal(1, node.Node.Tracking.PrefixCount);
        node.Do("MSET b 1 ax 1");
        Assert.Equal("", node.Told(reader));
        Assert.Equal(Invalid("ax"), node.Told(other));
        node.Node.RemoveSession(other);
        Assert.Equal(0, node.Node.Tracking.PrefixCount);
        node.Do("SET a 1");
        node.Node.EndTurn();
    }

    [Fact]
    public void NOLOOP_goes_by_who_changed_the_key_last()
    {
        using var node = new TrackingNode();
        var quiet = node.Tracker("BCAST NOLOOP");
        node.Do("SET a 1", quiet);
        Assert.Equal("", node.Told(quiet));
        node.Do("MSET a 1 b 1", quiet);
        node.Do("SET b 2");
        node.Do("SET c 1");
        node.Do("SET c 2", quiet);
        Assert.Equal(Invalid("b"), node.Told(quiet));
    }

    [Fact]
    public void NOLOOP_does_not_hide_a_key_that_has_expired()
    {
        using var node = new TrackingNode();
        node.Do("SET k 1 PX 10");
        var quiet = node.Tracker("BCAST NOLOOP");
        node.Engine.Clock.Advance(20);
        Assert.Equal("_|", node.Do("GET k", quiet));
        Assert.Equal(Invalid("k"), node.Told(quiet));
        node.Do("SET k 1", quiet);
        Assert.Equal("", node.Told(quiet));
    }

    /// <summary>A reader that made one expire was once taken for who had changed the hash.</summary>
    [Theory]
    [InlineData("HGET h a", "_|")]
    [InlineData("HGET h a", "_|", "b")]
    [InlineData("HEXISTS h a", ":0|")]
    [InlineData("HMGET h a", "*1|_|")]
    [InlineData("HMGET h a", "*1|_|", "b")]
    [InlineData("HMGET h a c", "*2|_|_|")]
    [InlineData("HMGET h a c", "*2|_|_|", "b")]
    [InlineData("HRANDFIELD h", "_|")]
    [InlineData("HRANDFIELD h", "$1|b|", "b")]
    [InlineData("SORT list BY *->a", "*1|$1|h|")]
    public void NOLOOP_does_not_hide_a_hash_of_which_a_field_has_expired(string command, string reply, string? left = null)
    {
        using var node = new TrackingNode("enable-debug-command yes");
        node.Do("DEBUG SET-ACTIVE-EXPIRE 0");
        node.Do("RPUSH list h");
        node.Do(command.Contains(" c", StringComparison.Ordinal) ? "HSET h a 1 c 1" : "HSET h a 1");
        node.Do("HPEXPIRE h 10 FIELDS 1 a");
        node.Do("HPEXPIRE h 10 FIELDS 1 c");
        if (left != null) node.Do($"HSET h {left} 1");
        node.Node.EndTurn();
        var quiet = node.Tracker("BCAST NOLOOP");
        node.Engine.Clock.Advance(20);
        Assert.Equal(reply, node.Do(command, quiet));
        Assert.Equal(Invalid("h"), node.Told(quiet));
        node.Do("HSET h a 1", quiet);
        Assert.Equal("", node.Told(quiet));
    }

    /// <summary>Its own change came after that.</summary>
    [Fact]
    public void NOLOOP_hides_a_hash_of_which_the_writer_has_set_the_field_that_had_expired()
    {
        using var node = new TrackingNode();
        node.Do("HSET h a 1 b 1");
        node.Do("HPEXPIRE h 10 FIELDS 1 a");
        node.Node.EndTurn();
        var quiet = node.Tracker("BCAST NOLOOP");
        node.Engine.Clock.Advance(20);
        Assert.Equal(":7|", node.Do("HINCRBY h a 7", quiet));
        Assert.Equal("", node.Told(quiet));
    }

    [Fact]
    public void A_new_prefix_hears_only_of_what_comes_after_it()
    {
        using var node = new TrackingNode();
        var first = node.Tracker("BCAST PREFIX a");
        node.Do("MSET a1 1 a2 1 ab1 1");
        var late = node.Tracker("BCAST PREFIX ab");
        var joins = node.Tracker("BCAST PREFIX a");
        Assert.Equal("", node.Told(late));
        Assert.Equal(Invalid("a1", "a2", "ab1"), node.Told(first));
        Assert.Equal(Invalid("a1", "a2", "ab1"), node.Told(joins)); // the prefix was there
        node.Do("SET ab1 2");
        var later = node.Tracker("BCAST PREFIX ab1");
        node.Do("SET ab1 3");
        Assert.Equal(Invalid("ab1"), node.Told(later));
        Assert.Equal(Invalid("ab1"), node.Told(late));
    }

    [Fact]
    public void The_writer_hears_behind_all_its_replies()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("BCAST");
        node.Engine.Feed(reader, [.. EngineNode.Encode("SET", "b", "1"), .. EngineNode.Encode("SET", "a", "1"), .. EngineNode.Encode("PING")]);
        Assert.Equal("+OK|+OK|+PONG|" + Invalid("a", "b"), node.Told(reader));
    }

    [Fact]
    public void A_long_pipeline_is_told_of_in_parts()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker("BCAST");
        var name = new string('k', 300_000);
        for (var i = 0; i < 4; i++) node.Do($"SET {i}{name} 1");
        var early = node.Engine.Take(reader);
        Assert.StartsWith(">2|$10|invalidate|*4|$300001|0kkk", early);
        Assert.Equal("", node.Told(reader));
    }

    /// <summary>Any keys, prefixes and writers against a model that does it key by key.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_changes_agree_with_a_model(int seed)
    {
        var random = new Random(seed);
        using var node = new TrackingNode();
        string[] prefixes = ["", "a", "ab", "b", "ba", "zz"];
        var readers = prefixes.Select(prefix => node.Tracker($"{(random.Next(2) == 0 ? "NOLOOP " : "")}BCAST PREFIX {prefix}")).ToArray();
        for (var turn = 0; turn < 200; turn++)
        {
            var last = new SortedDictionary<string, int>(StringComparer.Ordinal);
            for (var change = random.Next(12); change > 0; change--)
            {
                var key = string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abz"[random.Next(3)]));
                var writer = random.Next(readers.Length + 1);
                last[key] = writer;
                Assert.Equal("+OK|", node.Do($"SET {key} {change}", writer == readers.Length ? null : readers[writer]));
            }

            node.Node.EndTurn();
            for (var i = 0; i < readers.Length; i++)
            {
                var quiet = readers[i].Has(Sessions.SessionFlags.TrackingNoLoop);
                var keys = last.Where(change => change.Key.StartsWith(prefixes[i], StringComparison.Ordinal) && !(quiet && change.Value == i)).Select(change => change.Key);
                Assert.Equal(keys.Any() ? Invalid([.. keys]) : "", node.Engine.Take(readers[i]));
            }
        }
    }
}
