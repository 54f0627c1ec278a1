using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Strings;

public sealed class GetCommandsTests
{
    [Theory]
    [InlineData("GETDEL k", "DEL k")]
    [InlineData("GETEX k", "")]
    [InlineData("GETEX k PERSIST", "PERSIST k")]
    [InlineData("GETEX k EX 10", "PEXPIREAT k 1700000010000")]
    [InlineData("GETEX k px 10", "PEXPIREAT k 1700000000010")]
    [InlineData("GETEX k EXAT 1700000010", "PEXPIREAT k 1700000010000")]
    [InlineData("GETEX k PXAT 1700000000010", "PEXPIREAT k 1700000000010")]
    [InlineData("GETEX k PXAT 1", "DEL k")]
    [InlineData("GETEX k EXAT 1", "DEL k")]
    public void The_value_is_returned_and_replicas_are_told_the_effect(string command, string stream)
    {
        using var node = new EngineNode();
        node.Do("SET k v PX 100000");
        var tap = new StreamTap(node);
        Assert.Equal("$1|v|", node.Do(command));
        Assert.Equal(stream.Length == 0 ? "" : "SELECT 0 | " + stream, tap.Take());
    }

    [Theory]
    [InlineData("GETEX k EX", "-ERR syntax error|")]
    [InlineData("GETEX k EX 1 PERSIST", "-ERR syntax error|")]
    [InlineData("GETEX k KEEPTTL", "-ERR syntax error|")]
    [InlineData("GETEX k EX 0", "-ERR invalid expire time in 'getex' command|")]
    [InlineData("GETEX k PX abc", "-ERR value is not an integer or out of range|")]
    [InlineData("GETEX nosuch EX 0", "$-1|")]
    [InlineData("GETDEL nosuch", "$-1|")]
    [InlineData("STRLEN nosuch", ":0|")]
    [InlineData("STRLEN k", ":1|")]
    public void Edges(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(":1|", node.Do("EXISTS k"));
    }

    [Fact]
    public void A_large_value_is_answered_whole_though_the_next_command_changes_it()
    {
        using var node = new EngineNode();
        var value = new string('a', 20_000);
        node.DoWords("SET", "k", value);
        var pipeline = EngineNode.Encode("GET", "k").Concat(EngineNode.Encode("SETRANGE", "k", "0", "b")).Concat(EngineNode.Encode("GETSET", "k", "c"))
            .Concat(EngineNode.Encode("GETDEL", "k")).ToArray();
        Assert.Equal($"$20000|{value}|:20000|$20000|b{value[1..]}|$1|c|", node.Send(pipeline));
    }

    [Fact]
    public void Looking_for_keys_counts_hits_and_misses()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        node.Do("MGET k nosuch k");
        node.Do("STRLEN nosuch");
        node.Do("INCR n");
        node.Do("SETNX k 1");
        Assert.Equal((2, 2), (node.Node.Stats.KeyspaceHits, node.Node.Stats.KeyspaceMisses));
    }
}
