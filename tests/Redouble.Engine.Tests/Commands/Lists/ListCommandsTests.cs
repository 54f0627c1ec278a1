using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Lists;

public sealed class ListCommandsTests
{
    [Theory]
    [InlineData("LRANGE l 0 -1", "*5|$1|a|$1|b|$1|c|$1|a|$1|7|")]
    [InlineData("LRANGE l -2 99", "*2|$1|a|$1|7|")]
    [InlineData("LRANGE l 3 1", "*0|")]
    [InlineData("LRANGE none 0 -1", "*0|")]
    [InlineData("LINDEX l -1", "$1|7|")]
    [InlineData("LINDEX l 5", "$-1|")]
    [InlineData("LPOS l a", ":0|")]
    [InlineData("LPOS l a RANK 2", ":3|")]
    [InlineData("LPOS l a RANK -1", ":3|")]
    [InlineData("LPOS l a COUNT 0", "*2|:0|:3|")]
    [InlineData("LPOS l a COUNT 0 MAXLEN 3", "*1|:0|")]
    [InlineData("LPOP l 2", "*2|$1|a|$1|b|")]
    [InlineData("RPOP l 2", "*2|$1|7|$1|a|")]
    [InlineData("LPOP none 2", "*-1|")]
    [InlineData("LPOP l -1", "-ERR value is out of range, must be positive|")]
    [InlineData("LSET l 9 x", "-ERR index out of range|")]
    [InlineData("LSET none 0 x", "-ERR no such key|")]
    [InlineData("LINSERT l BEFORE zz x", ":-1|")]
    [InlineData("LINSERT l BEFORE b x", ":6|")]
    [InlineData("LREM l 0 a", ":2|")]
    [InlineData("LPUSHX none x", ":0|")]
    [InlineData("LMPOP 2 none l RIGHT COUNT 2", "*2|$1|l|*2|$1|7|$1|a|")]
    [InlineData("LMPOP 1 none LEFT", "*-1|")]
    [InlineData("BLPOP none l 0", "*2|$1|l|$1|a|")]
    [InlineData("LMOVE l l LEFT RIGHT", "$1|a|")]
    [InlineData("LMOVE none l LEFT RIGHT", "$-1|")]
    public void Replies_are_the_same_over_both_shapes(string command, string reply)
    {
        foreach (var size in (string[])["-2", "2", "1"])
        {
            using var node = new EngineNode($"list-max-listpack-size {size}");
            node.Do("RPUSH l a b c a 7");
            Assert.Equal(size == "-2" ? "$8|listpack|" : "$9|quicklist|", node.Do("OBJECT ENCODING l"));
            Assert.Equal(reply, node.Do(command));
        }
    }

    [Fact]
    public void A_rank_of_zero_is_refused()
    {
        const string refusal = "RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
            + "or use negative to start from the end of the list";
        using var node = new EngineNode();
        Assert.Equal($"-ERR {refusal}|", node.Do("LPOS l a RANK 0"));
    }

    [Theory]
    [InlineData("BLPOP l 0", "LPOP l")]
    [InlineData("BRPOP none l 0", "RPOP l")]
    [InlineData("LMPOP 1 l LEFT COUNT 2", "LPOP l 2")]
    [InlineData("BLMPOP 0 1 l RIGHT COUNT 9", "RPOP l 3")]
    [InlineData("BLMOVE l d LEFT RIGHT 0", "LMOVE l d LEFT RIGHT")]
    [InlineData("BRPOPLPUSH l d 0", "RPOPLPUSH l d")]
    [InlineData("LMOVE l d LEFT LEFT", "LMOVE l d LEFT LEFT")]
    [InlineData("LTRIM l 1 1", "LTRIM l 1 1")]
    [InlineData("LTRIM l 0 -1", "")]
    [InlineData("LREM l 0 zz", "")]
    [InlineData("LPOP l 0", "")]
    [InlineData("LINSERT l AFTER zz x", "")]
    public void Replicas_are_told_what_was_taken(string command, string effect)
    {
        using var node = new EngineNode();
        node.Do("RPUSH l a b c");
        var stream = new StreamTap(node);
        node.Do(command);
        Assert.Equal(effect.Length == 0 ? "" : $"SELECT 0 | {effect}", stream.Take());
    }

    [Fact]
    public void Who_waits_is_served_in_turn_and_told_to_replicas()
    {
        using var node = new EngineNode();
        var stream = new StreamTap(node);
        var (first, second) = (node.Connect(), node.Connect());
        Assert.Equal("", node.Do("BLPOP l m 0", first));
        Assert.Equal("", node.Do("BLMOVE l d LEFT RIGHT 0", second));
        node.Do("RPUSH l a b c");
        Assert.Equal(("*2|$1|l|$1|a|", "$1|b|"), (node.Take(first), node.Take(second)));
        Assert.Equal("*1|$1|c|", node.Do("LRANGE l 0 -1"));
        Assert.Equal("*1|$1|b|", node.Do("LRANGE d 0 -1"));
        Assert.Equal("SELECT 0 | RPUSH l a b c | LPOP l | LMOVE l d LEFT RIGHT", stream.Take());
    }

    [Fact]
    public void An_element_that_is_moved_on_wakes_who_waits_for_it_there()
    {
        using var node = new EngineNode();
        var (mover, taker) = (node.Connect(), node.Connect());
        node.Do("BLMOVE a b RIGHT LEFT 0", mover);
        node.Do("BLPOP b 0", taker);
        node.Do("RPUSH a x");
        Assert.Equal(("$1|x|", "*2|$1|b|$1|x|"), (node.Take(mover), node.Take(taker)));
        Assert.Equal(":0|", node.Do("EXISTS a b"));
    }

    [Fact]
    public void In_a_transaction_nobody_waits()
    {
        using var node = new EngineNode();
        node.Do("MULTI");
        node.Do("BLPOP l 0");
        node.Do("BLMOVE l d LEFT LEFT 0");
        Assert.Equal("*2|*-1|$-1|", node.Do("EXEC"));
    }

    [Theory]
    [InlineData("LREM l 0 zz")]
    [InlineData("LINSERT l BEFORE zz x")]
    [InlineData("LSET l 99 x")]
    [InlineData("LPOP l 0")]
    [InlineData("LPUSHX none x")]
    public void Commands_without_effect_do_not_disturb_watchers(string command)
    {
        using var node = new EngineNode();
        var other = node.Connect();
        node.Do("RPUSH l a b");
        node.Do("WATCH l none");
        node.Do(command, other);
        node.Do("MULTI");
        Assert.Equal("*0|", node.Do("EXEC"));
    }

    [Fact]
    public void A_list_that_shrinks_to_half_is_packed_again()
    {
        using var node = new EngineNode("list-max-listpack-size 10");
        node.DoWords(["RPUSH", "l", .. Enumerable.Range(0, 11).Select(i => $"e{i}")]);
        Assert.Equal("$9|quicklist|", node.Do("OBJECT ENCODING l"));
        node.Do("RPOP l 5");
        Assert.Equal("$9|quicklist|", node.Do("OBJECT ENCODING l"));
        node.Do("RPOP l");
        Assert.Equal("$8|listpack|", node.Do("OBJECT ENCODING l"));
        Assert.Equal("*5|$2|e0|$2|e1|$2|e2|$2|e3|$2|e4|", node.Do("LRANGE l 0 -1"));
    }

    [Fact]
    public void Long_ranges_hold_elements_of_every_length()
    {
        foreach (var size in (string[])["-2", "7"])
        {
            using var node = new EngineNode($"list-max-listpack-size {size}");
            var expected = "*300|";
            for (var i = 0; i < 300; i++)
            {
                var element = i % 3 == 0 ? $"{i * 1_000_003}" : new string('x', i * i / 40);
                node.DoWords("RPUSH", "l", element);
                expected += $"${element.Length}|{element}|";
            }

            Assert.Equal(expected, node.Do("LRANGE l 0 -1"));
        }
    }

    [Fact]
    public void Empty_lists_are_deleted()
    {
        using var node = new EngineNode();
        foreach (var command in (string[])["LPOP l", "RPOP l 9", "LREM l 0 a", "LTRIM l 1 0", "RPOPLPUSH l d", "LMPOP 1 l LEFT", "BLPOP l 0"])
        {
            node.Do("RPUSH l a");
            node.Do(command);
            Assert.Equal(":0|", node.Do("EXISTS l"));
        }
    }
}
