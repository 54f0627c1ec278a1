using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

/// <summary>DEL, UNLINK, EXISTS, TOUCH, TYPE, RENAME, RENAMENX, COPY, MOVE.</summary>
public sealed class KeyCommandsTests
{
    [Fact]
    public void Keys_are_counted_as_often_as_they_are_named_and_removed_once()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("MSET a 1 b 2");
        tap.Take();
        Assert.Equal(":3|", node.Do("EXISTS a a b c"));
        Assert.Equal(":3|", node.Do("TOUCH a a b c"));
        Assert.Equal(":1|", node.Do("DEL a a"));
        Assert.Equal(":1|", node.Do("UNLINK a b"));
        Assert.Equal(":0|", node.Do("DEL a b"));
        Assert.Equal("DEL a a | UNLINK a b", tap.Take());
    }

    [Fact]
    public void Rename_takes_value_and_expiry_along_and_replaces()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "a", new string('x', 20_000), "PX", "5000");
        node.Do("SET b 2");
        Assert.Equal("+OK|", node.Do("RENAME a b"));
        Assert.Equal(":20000|", node.Do("STRLEN b"));
        Assert.Equal(":5000|", node.Do("PTTL b"));
        Assert.Equal(":1|", node.Do("DBSIZE"));
        node.Clock.Advance(6000);
        Assert.Equal(":0|", node.Do("EXISTS b"));
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Theory]
    [InlineData("RENAME nosuch b", "-ERR no such key|")]
    [InlineData("RENAMENX nosuch b", "-ERR no such key|")]
    [InlineData("RENAME a a", "+OK|")]
    [InlineData("RENAMENX a a", ":0|")]
    [InlineData("RENAMENX a b", ":0|")]
    [InlineData("COPY a a", "-ERR source and destination objects are the same|")]
    [InlineData("COPY a b", ":0|")]
    [InlineData("COPY nosuch c", ":0|")]
    [InlineData("COPY a c DB 16", "-ERR DB index is out of range|")]
    [InlineData("COPY a c DB x", "-ERR value is not an integer or out of range|")]
    [InlineData("COPY a c DB", "-ERR syntax error|")]
    [InlineData("MOVE a 0", "-ERR source and destination objects are the same|")]
    [InlineData("MOVE a 16", "-ERR DB index is out of range|")]
    [InlineData("MOVE a 2147483648", "-ERR value is out of range, value must between -2147483648 and 2147483647|")]
    [InlineData("MOVE nosuch 1", ":0|")]
    [InlineData("TYPE nosuch", "+none|")]
    [InlineData("TYPE a", "+string|")]
    public void Nothing_changes(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("MSET a 1 b 2");
        var tap = new StreamTap(node);
        Assert.Equal(reply, node.Do(command));
        Assert.Equal("*2|$1|1|$1|2|", node.Do("MGET a b"));
        Assert.Equal("", tap.Take());
    }

    [Fact]
    public void Copies_are_apart_from_their_source()
    {
        using var node = new EngineNode();
        var value = new string('x', 20_000);
        node.DoWords("SET", "a", value, "PX", "5000");
        Assert.Equal(":1|", node.Do("COPY a b"));
        node.Do("SETRANGE a 0 y");
        Assert.Equal($"$20000|{value}|", node.Do("GET b"));
        Assert.Equal(":5000|", node.Do("PTTL b"));
        node.Do("PERSIST a");
        Assert.Equal(":1|", node.Do("COPY a b REPLACE"));
        Assert.Equal(":-1|", node.Do("PTTL b"));
        Assert.Equal(":1|", node.Do("COPY a a DB 3"));
        node.Do("SELECT 3");
        Assert.Equal(":20000|", node.Do("STRLEN a"));
    }

    [Fact]
    public void Move_goes_only_where_the_key_is_free()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("SET a 1 PX 5000");
        Assert.Equal(":1|", node.Do("MOVE a 1"));
        node.Do("SET a 2");
        Assert.Equal(":0|", node.Do("MOVE a 1"));
        node.Do("SELECT 1");
        Assert.Equal(":5000|", node.Do("PTTL a"));
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.Equal("SELECT 0 | SET a 1 PXAT 1700000005000 | MOVE a 1 | SET a 2", tap.Take());
    }
}
