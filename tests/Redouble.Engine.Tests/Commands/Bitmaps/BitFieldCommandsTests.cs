using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Bitmaps;

public sealed class BitFieldCommandsTests
{
    [Fact]
    public void Steps_see_what_those_before_them_wrote()
    {
        using var node = new EngineNode();
        Assert.Equal("*4|:0|:255|:0|:-1|", node.Do("BITFIELD k SET u8 0 255 GET u8 0 SET i8 8 -1 GET i8 #1"));
        Assert.Equal("*2|:255|:255|", node.Do("BITFIELD_RO k GET u8 0 get u8 #1"));
        Assert.Equal("*0|", node.Do("BITFIELD k"));
        Assert.Equal("*0|", node.Do("BITFIELD_RO nosuch"));
        Assert.Equal("*1|:0|", node.Do("BITFIELD nosuch GET i64 100"));
        Assert.Equal(":0|", node.Do("EXISTS nosuch"));
    }

    [Fact]
    public void Overflow_holds_for_the_steps_behind_it()
    {
        using var node = new EngineNode();
        Assert.Equal("*2|:1|:1|", node.Do("BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1"));
        Assert.Equal("*2|:2|:2|", node.Do("BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1"));
        Assert.Equal("*2|:3|:3|", node.Do("BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1"));
        Assert.Equal("*2|:0|:3|", node.Do("BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1"));
        Assert.Equal("*2|$-1|:0|", node.Do("BITFIELD k OVERFLOW FAIL INCRBY u2 102 1 OVERFLOW WRAP INCRBY u2 102 1"));
    }

    [Theory]
    [InlineData("BITFIELD k GET u64 0", "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")]
    [InlineData("BITFIELD k SET u8 -1 1", "bit offset is not an integer or out of range")]
    [InlineData("BITFIELD k SET u8 #-1 1", "bit offset is not an integer or out of range")]
    [InlineData("BITFIELD k SET u8 0 x", "value is not an integer or out of range")]
    [InlineData("BITFIELD k OVERFLOW x", "Invalid OVERFLOW type specified")]
    [InlineData("BITFIELD k OVERFLOW", "syntax error")]
    [InlineData("BITFIELD k SET u8 0", "syntax error")]
    [InlineData("BITFIELD k SET u8 0 1 x", "syntax error")]
    [InlineData("BITFIELD_RO k SET u8 0 1", "BITFIELD_RO only supports the GET subcommand")]
    [InlineData("BITFIELD_RO k GET u8 0 INCRBY u8 0 x", "value is not an integer or out of range")]
    public void Refuses(string command, string error)
    {
        using var node = new EngineNode();
        Assert.Equal($"-ERR {error}|", node.Do(command));
        Assert.Equal(":0|", node.Do("EXISTS k"));
    }

    [Fact]
    public void What_changes_nothing_is_no_change()
    {
        using var node = new EngineNode();
        node.Do("SET k 1");
        var tap = new StreamTap(node);
        node.Do("WATCH k");
        Assert.Equal("*3|:49|:49|$-1|", node.Do("BITFIELD k SET u8 0 49 INCRBY u8 0 0 OVERFLOW FAIL INCRBY u8 0 255"));
        Assert.Equal("", tap.Take());
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING k"));
        node.Do("MULTI");
        Assert.Equal("+QUEUED|", node.Do("BITFIELD k SET u8 0 50 SET u8 0 49"));
        Assert.Equal("*1|*2|:49|:50|", node.Do("EXEC"));
        Assert.Equal("SELECT 0 | BITFIELD k SET u8 0 50 SET u8 0 49", tap.Take());
    }

    [Fact]
    public void A_string_that_has_grown_reaches_the_replicas_even_if_no_field_was_written()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        Assert.Equal("*1|$-1|", node.Do("BITFIELD k OVERFLOW FAIL INCRBY u2 0 9"));
        Assert.Equal("$1|\0|", node.Do("GET k"));
        Assert.Equal("SELECT 0 | BITFIELD k OVERFLOW FAIL INCRBY u2 0 9", tap.Take());
    }
}
