using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

/// <summary>
/// A writable replica, and a key whose time has passed while its primary has not said DEL: what each command replies, and whether the key is
/// still there. As redis-server 7.0.15 does it, seen with a primary that was stopped.
/// </summary>
public sealed class ExpiredOnReplicaTests
{
    [Theory]
    [InlineData("GET k", "$-1|", 1)]
    [InlineData("TOUCH k", ":0|", 1)]
    [InlineData("GETEX k", "$-1|", 1)]
    [InlineData("GETEX k PERSIST", "$-1|", 1)]
    [InlineData("GETEX k EX 100", "$-1|", 1)]
    [InlineData("COPY k y", ":0|", 1)]
    [InlineData("COPY k y REPLACE", ":0|", 1)]
    [InlineData("COPY nokey k", ":0|", 1)]
    [InlineData("RENAME nokey k", "-ERR no such key|", 1)]
    public void Readers_leave_it(string command, string reply, int left) => Check(command, reply, left);

    [Theory]
    [InlineData("EXPIRE k 100", ":0|", 0)]
    [InlineData("EXPIRE k 100 XX", ":0|", 0)]
    [InlineData("PERSIST k", ":0|", 0)]
    [InlineData("GETDEL k", "$-1|", 0)]
    [InlineData("SET k y XX", "$-1|", 0)]
    [InlineData("SET k y XX GET", "$-1|", 0)]
    [InlineData("RENAME k z", "-ERR no such key|", 0)]
    [InlineData("RENAMENX k z", "-ERR no such key|", 0)]
    [InlineData("MOVE k 1", ":0|", 0)]
    [InlineData("SETRANGE k 0 ", ":0|", 0)]
    [InlineData("DEL k", ":1|", 0)]
    [InlineData("UNLINK k", ":1|", 0)]
    [InlineData("RESTORE k 0 xx", "-ERR DUMP payload version or checksum are wrong|", 0)]
    [InlineData("RESTORE k 0 xx REPLACE", "-ERR DUMP payload version or checksum are wrong|", 1)]
    [InlineData("GETSET k n", "$-1|", 1)]
    [InlineData("APPEND k x", ":1|", 1)]
    [InlineData("INCR k", ":1|", 1)]
    [InlineData("INCRBYFLOAT k 1", "$1|1|", 1)]
    [InlineData("SETNX k y", ":1|", 1)]
    [InlineData("SET k y NX", "+OK|", 1)]
    [InlineData("SET k y GET", "$-1|", 1)]
    [InlineData("SETEX k 100 v", "+OK|", 1)]
    [InlineData("MSET k v", "+OK|", 1)]
    [InlineData("MSETNX k a j b", ":1|", 2)]
    public void Writers_remove_it_first(string command, string reply, int left) => Check(command, reply, left);

    /// <summary>Redis gives up, and names a key that does not exist, only where all keys have a time. Here one of 2000 has none.</summary>
    [Fact]
    public void RANDOMKEY_finds_the_one_key_that_is_left()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 2000; i++) node.Do($"SET expired:{i} v PX 60");
        node.Do("SET stays v");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Clock.Advance(100);
        for (var i = 0; i < 10; i++) Assert.Equal("$5|stays|", node.Do("RANDOMKEY"));
        Assert.Equal(":2001|", node.Do("DBSIZE"));
    }

    [Fact]
    public void RANDOMKEY_names_an_expired_key_where_all_have_a_time()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 20; i++) node.Do($"SET expired:{i} v PX 60");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Clock.Advance(100);
        Assert.Contains("|expired:", node.Do("RANDOMKEY"), StringComparison.Ordinal);
        Assert.Equal(":20|", node.Do("DBSIZE"));
    }

    private static void Check(string command, string reply, int left)
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("SET k v PX 60");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Clock.Advance(100);
        Assert.Equal(":1|", node.Do("DBSIZE"));
        Assert.Equal(reply, node.Do(command));
        Assert.Equal($":{left}|", node.Do("DBSIZE"));
    }
}
