using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class ObjectCommandsTests
{
    [Theory]
    [InlineData("12345", "int")]
    [InlineData("-9223372036854775808", "int")]
    [InlineData("9223372036854775808", "embstr")]
    [InlineData("012", "embstr")]
    [InlineData("12345678901234567890123456789012345678901234", "embstr")]
    [InlineData("123456789012345678901234567890123456789012345", "raw")]
    public void Encoding(string value, string encoding)
    {
        using var node = new EngineNode();
        node.Do($"SET k {value}");
        Assert.Equal($"${encoding.Length}|{encoding}|", node.Do("OBJECT ENCODING k"));
    }

    [Theory]
    [InlineData("OBJECT ENCODING nosuch", "$-1|")]
    [InlineData("OBJECT FREQ nosuch", "$-1|")]
    [InlineData("OBJECT IDLETIME nosuch", "$-1|")]
    [InlineData("OBJECT REFCOUNT k", ":1|")]
    [InlineData("OBJECT REFCOUNT small", ":2147483647|")]
    [InlineData("OBJECT foo k", "-ERR unknown subcommand 'foo'. Try OBJECT HELP.|")]
    [InlineData("OBJECT ENCODING", "-ERR wrong number of arguments for 'object|encoding' command|")]
    public void Edges(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("MSET k v small 9999");
        Assert.Equal(reply, node.Do(command));
    }

    [Fact]
    public void Idle_time_grows_until_a_command_asks_for_the_value()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        node.Clock.Advance(10_000);
        node.Do("TYPE k");
        node.Do("TTL k");
        node.Do("EXISTS k");
        node.Do("OBJECT ENCODING k");
        Assert.Equal(":10|", node.Do("OBJECT IDLETIME k"));
        node.Do("GET k");
        Assert.Equal(":0|", node.Do("OBJECT IDLETIME k"));
        node.Clock.Advance(10_000);
        node.Do("TOUCH k");
        Assert.Equal(":0|", node.Do("OBJECT IDLETIME k"));
    }
}
