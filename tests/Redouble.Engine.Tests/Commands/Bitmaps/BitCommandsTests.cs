using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Bitmaps;

public sealed class BitCommandsTests
{
    private const string BadOffset = "-ERR bit offset is not an integer or out of range|";

    [Fact]
    public void SetBit_creates_and_grows_with_zeros()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", new string('x', 50));
        node.Do("SET k a");
        Assert.Equal(":0|", node.Do("SETBIT k 31 1"));
        Assert.Equal("$4|a\0\0\u0001|", node.Do("GET k"));
        Assert.Equal(":1|", node.Do("SETBIT k 1 0"));
        Assert.Equal(":0|", node.Do("SETBIT new 7 0"));
        Assert.Equal("$1|\0|", node.Do("GET new"));
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING new"));
        Assert.Equal(":1|", node.Do("GETBIT k 31"));
        Assert.Equal(":0|", node.Do("GETBIT k 30"));
        Assert.Equal(":0|", node.Do("GETBIT k 32"));
        Assert.Equal(":0|", node.Do("GETBIT nosuch 4294967295"));
    }

    [Theory]
    [InlineData("SETBIT k -1 1", BadOffset)]
    [InlineData("SETBIT k 4294967296 1", BadOffset)]
    [InlineData("SETBIT k abc 1", BadOffset)]
    [InlineData("SETBIT k #1 1", BadOffset)]
    [InlineData("GETBIT k 4294967296", BadOffset)]
    [InlineData("SETBIT k 0 2", "-ERR bit is not an integer or out of range|")]
    [InlineData("SETBIT k 0 -1", "-ERR bit is not an integer or out of range|")]
    [InlineData("SETBIT k 0 x", "-ERR bit is not an integer or out of range|")]
    [InlineData("SETBIT k abc x", BadOffset)]
    public void Refuses(string command, string reply)
    {
        using var node = new EngineNode();
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(":0|", node.Do("EXISTS k"));
    }

    [Fact]
    public void The_limit_is_that_of_a_bulk()
    {
        using var node = new EngineNode("proto-max-bulk-len 1048576");
        Assert.Equal(BadOffset, node.Do("SETBIT k 8388608 1"));
        Assert.Equal(":0|", node.Do("SETBIT k 8388607 1"));
        Assert.Equal(":1048576|", node.Do("STRLEN k"));
        Assert.Equal("*1|:128|", node.Do("BITFIELD k INCRBY u8 8388607 0"));
        Assert.Equal(":1048577|", node.Do("STRLEN k"));
    }

    [Fact]
    public void A_bit_that_stays_is_no_change_but_the_string_is_raw()
    {
        using var node = new EngineNode();
        node.Do("SET k 1");
        var tap = new StreamTap(node);
        node.Do("WATCH k");
        Assert.Equal(":1|", node.Do("SETBIT k 2 1"));
        Assert.Equal("", tap.Take());
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING k"));
        Assert.Equal("$1|1|", node.Do("GET k"));
        node.Do("MULTI");
        node.Do("PING");
        Assert.Equal("*1|+PONG|", node.Do("EXEC"));
    }

    [Fact]
    public void A_changed_bit_is_told_to_watchers_and_replicas()
    {
        using var node = new EngineNode();
        node.Do("SET k 1");
        var tap = new StreamTap(node);
        node.Do("WATCH k");
        Assert.Equal(":1|", node.Do("setbit k 2 0"));
        Assert.Equal("SELECT 0 | setbit k 2 0", tap.Take());
        node.Do("MULTI");
        node.Do("PING");
        Assert.Equal("*-1|", node.Do("EXEC"));
    }

    [Fact]
    public void A_large_string_is_written_where_it_is()
    {
        using var node = new EngineNode();
        Assert.Equal(":0|", node.Do("SETBIT k 80000000 1"));
        var allocated = node.Node.Keyspace.DataBytes;
        for (var i = 0; i < 100; i++) Assert.Equal(":0|", node.Do($"SETBIT k {i * 80_000} 1"));
        Assert.Equal(allocated, node.Node.Keyspace.DataBytes);
        Assert.Equal(":101|", node.Do("BITCOUNT k"));
    }

    [Fact]
    public void Other_types_are_wrong()
    {
        using var node = new EngineNode();
        node.Do("SADD s 1");
        string[] commands =
        [
            "SETBIT s 0 1", "GETBIT s 0", "BITCOUNT s", "BITPOS s 1", "BITOP AND d s", "BITOP NOT d s", "BITFIELD s GET u8 0", "BITFIELD s SET u8 0 1",
            "BITFIELD_RO s GET u8 0", "PFADD s a", "PFCOUNT s", "PFCOUNT s s", "PFMERGE d s", "PFMERGE s", "PFDEBUG ENCODING s",
        ];
        foreach (var command in commands) Assert.Equal("-WRONGTYPE Operation against a key holding the wrong kind of value|", node.Do(command));
        Assert.Equal(":0|", node.Do("EXISTS d"));
        node.Do("SET k 1");
        Assert.Equal(":1|", node.Do("BITOP OR s k"));
        Assert.Equal("$1|1|", node.Do("GET s"));
        node.Do("DEL s");
        node.Do("SADD s 1");
        Assert.Equal(":0|", node.Do("BITOP OR s nosuch"));
        Assert.Equal(":0|", node.Do("EXISTS s"));
    }
}
