using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Strings;

public sealed class RangeCommandsTests
{
    [Theory]
    [InlineData("0 -1", "This is a string")]
    [InlineData("0 3", "This")]
    [InlineData("-3 -1", "ing")]
    [InlineData("10 100", "string")]
    [InlineData("-100 3", "This")]
    [InlineData("5 3", "")]
    [InlineData("-1 -3", "")]
    [InlineData("-1 -100", "")]
    [InlineData("16 20", "")]
    [InlineData("0 -100", "T")]
    [InlineData("-9223372036854775808 9223372036854775807", "This is a string")]
    public void GetRange(string range, string part)
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", "This is a string");
        Assert.Equal($"${part.Length}|{part}|", node.Do($"GETRANGE k {range}"));
        Assert.Equal($"${part.Length}|{part}|", node.Do($"SUBSTR k {range}"));
        Assert.Equal("$0||", node.Do($"GETRANGE nosuch {range}"));
    }

    [Fact]
    public void A_part_of_a_large_value_is_lent()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", "x" + new string('y', 40_000) + "z");
        Assert.Equal($"$40000|{new string('y', 40_000)}|", node.Do("GETRANGE k 1 40000"));
    }

    [Fact]
    public void SetRange_fills_the_gap_with_zeros_whatever_was_there_before()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", new string('x', 100));
        node.Do("SET k ab");
        Assert.Equal(":8|", node.Do("SETRANGE k 5 xyz"));
        Assert.Equal("$8|ab\0\0\0xyz|", node.Do("GET k"));
        Assert.Equal(":4|", node.Do("SETRANGE l 3 x"));
        Assert.Equal("$4|\0\0\0x|", node.Do("GET l"));
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING l"));
        Assert.Equal(":20003|", node.Do("SETRANGE k 20000 end"));
        Assert.Equal($"$20003|ab\0\0\0xyz{new string('\0', 19_992)}end|", node.Do("GET k"));
    }

    [Theory]
    [InlineData("SETRANGE k -1 x", "-ERR offset is out of range|")]
    [InlineData("SETRANGE k abc x", "-ERR value is not an integer or out of range|")]
    [InlineData("SETRANGE k 536870912 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)|")]
    [InlineData("SETRANGE k 9223372036854775807 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)|")]
    public void SetRange_refuses(string command, string reply)
    {
        using var node = new EngineNode();
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(":0|", node.Do("EXISTS k"));
    }

    [Fact]
    public void SetRange_of_nothing_creates_and_changes_nothing()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        Assert.Equal(":0|", node.DoWords("SETRANGE", "k", "10", ""));
        Assert.Equal(":0|", node.Do("EXISTS k"));
        Assert.Equal("", tap.Take());
    }

    [Fact]
    public void Append_keeps_the_expiry_and_makes_the_value_raw()
    {
        using var node = new EngineNode();
        Assert.Equal(":2|", node.Do("APPEND k 12"));
        Assert.Equal("$3|int|", node.Do("OBJECT ENCODING k"));
        node.Do("PEXPIRE k 1000");
        Assert.Equal(":3|", node.Do("APPEND k 3"));
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING k"));
        Assert.Equal(":1000|", node.Do("PTTL k"));
        Assert.Equal(":4|", node.Do("APPEND k 4"));
        Assert.Equal(":1235|", node.Do("INCR k"));
        Assert.Equal("$3|int|", node.Do("OBJECT ENCODING k"));
    }

    [Fact]
    public void Appending_grows_through_every_size()
    {
        using var node = new EngineNode();
        var expected = "";
        for (var i = 0; i < 400; i++)
        {
            var piece = new string((char)('a' + i % 26), i);
            expected += piece;
            Assert.Equal($":{expected.Length}|", node.DoWords("APPEND", "k", piece));
        }

        Assert.Equal($"${expected.Length}|{expected}|", node.Do("GET k"));
    }
}
