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

    [Fact]
    public void Under_an_lfu_policy_accesses_are_counted()
    {
        using var node = new EngineNode("maxmemory-policy allkeys-lfu", "lfu-log-factor 0");
        node.Do("SET k v");
        node.Do("TYPE k");
        Assert.Equal(":5|", node.Do("OBJECT FREQ k"));
        node.Do("GET k");
        node.DoWords("SET k and a value that does not fit in its place".Split(' ', 3));
        Assert.Equal(":7|", node.Do("OBJECT FREQ k"));
        node.Clock.Advance(2 * 60_000);
        Assert.Equal(":5|", node.Do("OBJECT FREQ k"));
        node.Do("COPY k copy");
        Assert.Equal(":5|", node.Do("OBJECT FREQ copy"));
    }

    [Fact]
    public void A_client_that_does_not_touch_keeps_what_is_known_of_a_key_that_it_overwrites()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        node.Do("CLIENT NO-TOUCH on");
        node.Clock.Advance(10_000);
        node.DoWords("SET", "k", new string('x', 1000));
        Assert.Equal(":10|", node.Do("OBJECT IDLETIME k"));
        node.Do("SET new v");
        Assert.Equal(":0|", node.Do("OBJECT IDLETIME new"));
    }
}
