using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>The system gives no more memory: whoever asks for it hears of it, and the others are served.</summary>
public sealed class ShortMemoryTests
{
    private const string Oom = "-OOM command not allowed: the system gives no more memory.|";
    private const int Limit = 32 << 20;
#if GUARDED
    private const int Room = 120 << 20; // what was freed is kept for a while
#else
    private const int Room = 96 << 20;
#endif

    [Fact]
    public void Writes_are_refused_until_enough_has_been_deleted()
    {
        using var node = new EngineNode(Limit);
        var value = new string('v', 1000);
        var keys = 0;
        while (Set(node, keys, value) == "+OK|") Assert.InRange(++keys, 0, 60_000);
        Assert.InRange(keys, 15_000, 60_000);
        Assert.Equal(Oom, Set(node, keys, value));
        Assert.Equal(Oom, node.Do("LPUSH list a"));
        node.Do("MULTI");
        Assert.Equal(Oom, node.Do("SET a b"));
        node.Do("DISCARD");
        Assert.Equal($"$1000|{value}|", node.Do($"GET key:{keys / 2}"));
        Assert.Equal($":{keys}|", node.Do("DBSIZE"));
        for (var i = 0; i < keys / 2; i++) Assert.Equal(":1|", node.Do($"DEL key:{i}"));
        node.Node.Heap.Purge(0);
        Assert.Equal("+OK|", Set(node, 0, value));
        Assert.Equal($":{keys - (keys / 2) + 1}|", node.Do("DBSIZE"));
    }

    [Theory]
    [InlineData("SETRANGE big 100000000 x")]
    [InlineData("SETBIT big 800000000 1")]
    [InlineData("SETRANGE other 100000000 x")]
    [InlineData("BITOP NOT other huge")]
    public void A_value_that_finds_no_room_is_refused_and_nothing_has_changed(string command)
    {
        using var node = new EngineNode(Room, "enable-debug-command yes");
        Assert.Equal("+OK|", node.DoWords("SET", "large", new string('v', 13_000_000)));
        Assert.Equal("+OK|", node.DoWords("SET", "big", new string('v', 9_000_000)));
        Assert.Equal(":40000000|", node.Do("SETRANGE huge 39999999 x"));
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        Assert.Equal("+PONG|", node.Do("PING"));
        Assert.Equal(":1|", node.Do("DEL large"));
    }

    [Fact]
    public void A_request_that_finds_no_room_ends_its_connection_and_no_other()
    {
        using var node = new EngineNode(Limit);
        var sender = node.Connect();
        node.Feed(sender, System.Text.Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$90000000\r\n"));
        var part = new byte[1 << 20];
        for (var i = 0; i < 89 && !sender.Has(SessionFlags.CloseAfterReply); i++) node.Feed(sender, part);
        Assert.True(sender.Has(SessionFlags.CloseAfterReply));
        Assert.Equal(Oom, node.Take(sender));
        Assert.Equal("+OK|", node.Do("SET k v"));
    }

    private static string Set(EngineNode node, int number, string value) => node.Do($"SET key:{number} {value}");
}
