using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Strings;

public sealed class SetCommandsTests
{
    private const long NowMs = 1_700_000_000_000;

    [Theory]
    [InlineData("SET k v", "SET k v")]
    [InlineData("set k v", "set k v")]
    [InlineData("SET k v NX", "SET k v NX")]
    [InlineData("SET k v EX 10", "SET k v PXAT 1700000010000")]
    [InlineData("SET k v px 10 nx", "SET k v PXAT 1700000000010")]
    [InlineData("SET k v EXAT 1700000010", "SET k v PXAT 1700000010000")]
    [InlineData("SET k v PXAT 1700000010000 GET", "SET k v PXAT 1700000010000 GET")]
    [InlineData("SET k v nx GET get", "SET k v nx")]
    [InlineData("SET k v GET KEEPTTL", "SET k v KEEPTTL")]
    [InlineData("SET k v XX", "")]
    [InlineData("SETEX k 10 v", "SET k v PXAT 1700000010000")]
    [InlineData("PSETEX k 10 v", "SET k v PXAT 1700000000010")]
    [InlineData("SETNX k v", "SETNX k v")]
    [InlineData("MSET k v l w", "MSET k v l w")]
    [InlineData("MSETNX k v l w", "MSETNX k v l w")]
    [InlineData("GETSET k v", "SET k v")]
    public void Replicas_are_told(string command, string stream)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do(command);
        Assert.Equal(stream.Length == 0 ? "" : "SELECT 0 | " + stream, tap.Take());
    }

    [Theory]
    [InlineData("SET k v EX", "-ERR syntax error|")]
    [InlineData("SET k v EX 1 PX 1", "-ERR syntax error|")]
    [InlineData("SET k v EX 1 KEEPTTL", "-ERR syntax error|")]
    [InlineData("SET k v PERSIST", "-ERR syntax error|")]
    [InlineData("SET k v EX abc", "-ERR value is not an integer or out of range|")]
    [InlineData("SET k v PX -1", "-ERR invalid expire time in 'set' command|")]
    [InlineData("SET k v EX 9223372036854775807", "-ERR invalid expire time in 'set' command|")]
    [InlineData("SETEX k 0 v", "-ERR invalid expire time in 'setex' command|")]
    [InlineData("PSETEX k 9223372036854775807 v", "-ERR invalid expire time in 'psetex' command|")]
    [InlineData("MSET k v l", "-ERR wrong number of arguments for 'mset' command|")]
    [InlineData("MSETNX k v l", "-ERR wrong number of arguments for 'msetnx' command|")]
    public void Bad_arguments_are_refused_and_change_nothing(string command, string reply)
    {
        using var node = new EngineNode();
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void Conditions_and_the_old_value_go_together()
    {
        using var node = new EngineNode();
        Assert.Equal("$-1|", node.Do("SET k a NX GET"));
        Assert.Equal("$1|a|", node.Do("SET k b NX GET"));
        Assert.Equal("$1|a|", node.Do("GET k"));
        Assert.Equal("$1|a|", node.Do("SET k c XX GET"));
        Assert.Equal("$-1|", node.Do("SET k d NX"));
        Assert.Equal(":0|", node.Do("SETNX k e"));
        Assert.Equal("$1|c|", node.Do("GETSET k f"));
        Assert.Equal(":0|", node.Do("MSETNX l 1 k 2"));
        Assert.Equal("*2|$1|f|$-1|", node.Do("MGET k l"));
        Assert.Equal("+OK|", node.Do("MSET k 1 k 2"));
        Assert.Equal("$1|2|", node.Do("GET k"));
    }

    [Fact]
    public void An_expiry_is_kept_only_when_asked()
    {
        using var node = new EngineNode();
        node.Do("SET k a PX 5000");
        node.Do("SET k b KEEPTTL");
        Assert.Equal($":{NowMs + 5000}|", node.Do("PEXPIRETIME k"));
        node.Do("SET k c");
        Assert.Equal(":-1|", node.Do("PTTL k"));
    }

    /// <summary>A replica hides an expired key from readers; a client that may write to it finds none there, and no time to live to be kept.</summary>
    [Theory]
    [InlineData("SET k new KEEPTTL", "+OK|", "$3|new|")]
    [InlineData("INCR k", ":1|", "$1|1|")]
    [InlineData("APPEND k x", ":1|", "$1|x|")]
    [InlineData("RENAME other k", "+OK|", "$5|other|")]
    [InlineData("COPY other k", ":1|", "$5|other|")]
    [InlineData("DEL k", ":1|", "$-1|")]
    [InlineData("GETDEL k", "$-1|", "$-1|")]
    public void On_a_writable_replica_a_hidden_key_is_gone_for_writers(string command, string reply, string value)
    {
        using var node = new EngineNode();
        node.Do("SET k 77 PX 10");
        node.Do("SET other other");
        node.Do("CONFIG SET replica-read-only no");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Clock.Advance(1000);
        Assert.Equal("$-1|", node.Do("GET k"));
        Assert.Equal(":2|", node.Do("DBSIZE"));
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(value, node.Do("GET k"));
        Assert.Equal(value == "$-1|" ? ":-2|" : ":-1|", node.Do("TTL k"));
    }
}
