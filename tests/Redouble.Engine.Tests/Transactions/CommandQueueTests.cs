using System.Text;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Transactions;

public sealed class CommandQueueTests
{
    [Fact]
    public void Commands_of_any_size_come_back_in_order()
    {
        using var node = new EngineNode();
        var client = node.Connect();
        var random = new SeededRandom(3);
        var expected = new StringBuilder();
        Assert.Equal("+OK|", node.Do("MULTI", client));
        const int commands = 2000;
        for (var i = 0; i < commands; i++)
        {
            var text = $"{i}:{new string('x', (int)(random.NextUInt64() % 100 == 0 ? random.NextUInt64() % 60_000 : random.NextUInt64() % 40))}";
            var (request, reply) = (random.NextUInt64() % 3) switch
            {
                // An inline one: its quotes are gone when it is queued.
                0 when text.Length < 1000 => (Encoding.ASCII.GetBytes($"echo \"\\x3c{text}>\"\r\n"), $"${text.Length + 2}|<{text}>|"),
                1 => (EngineNode.Encode("MSET", text, "v", "b", "w"), "+OK|"),
                _ => (EngineNode.Encode("ECHO", $"<{text}>"), $"${text.Length + 2}|<{text}>|"),
            };
            Assert.Equal("+QUEUED|", node.Send(request, client));
            expected.Append(reply);
        }

        Assert.Equal($"*{commands}|{expected}", node.Do("EXEC", client));
        Assert.Equal(0, SessionMemory.QueuedBytes(client));
        node.Do("MULTI", client);
        Assert.Equal("*0|", node.Do("EXEC", client));
    }

    /// <summary>The reply is that of any other; a client that has not read the error goes on, and what it sends costs nothing.</summary>
    [Theory]
    [InlineData(false, "-EXECABORT Transaction discarded because of previous errors.|")]
    [InlineData(true, "*-1|")]
    public void Nothing_of_a_transaction_that_will_not_run_is_kept(bool isWatched, string end)
    {
        using var node = new EngineNode();
        var client = node.Connect();
        if (isWatched) node.Do("WATCH k", client);
        node.Do("MULTI", client);
        node.Do("GET k", client);
        var bytes = SessionMemory.QueuedBytes(client);
        if (isWatched) node.Do("SET k w");
        else node.Do("GET", client);
        Assert.Equal("+QUEUED|", node.Do("SET k u", client));
        Assert.Equal(bytes, SessionMemory.QueuedBytes(client));
        Assert.Contains(" multi=1 ", node.Do("CLIENT LIST"), StringComparison.Ordinal);
        node.Do("CONFIG SET maxmemory 1");
        Assert.Equal(end, node.Do("EXEC", client)); // memory that no SET will take is no reason
        Assert.Equal(0, SessionMemory.QueuedBytes(client));
    }

    /// <summary>All of it is counted: places of arguments were once in the collected heap, ten times as much as a PING is long.</summary>
    [Fact]
    public void Its_memory_is_counted_and_given_back()
    {
        using var node = new EngineNode();
        var client = node.Connect();
        var lent = node.Node.Blocks.LentBytes;
        node.Do("MULTI", client);
        var pings = new byte[100_000 * 14];
        for (var i = 0; i < 100_000; i++) "*1\r\n$4\r\nPING\r\n"u8.CopyTo(pings.AsSpan(i * 14));
        node.Feed(client, pings);
        node.Take(client);
        Assert.InRange(SessionMemory.QueuedBytes(client), 100_000 * 14, 100_000 * 64);
        Assert.Equal(SessionMemory.QueuedBytes(client), node.Node.Blocks.LentBytes - lent);
        Assert.Contains("multi=100000 ", node.Do("CLIENT LIST"), StringComparison.Ordinal);
        Assert.Equal("+OK|", node.Do("DISCARD", client));
        Assert.Equal((0, lent), (SessionMemory.QueuedBytes(client), node.Node.Blocks.LentBytes));
    }

    [Fact]
    public void What_is_watched_is_counted_once_and_given_back()
    {
        using var node = new EngineNode();
        var sessions = Enumerable.Range(0, 5).Select(_ => node.Connect()).ToList();
        foreach (var session in sessions) node.Do("WATCH shared", session);
        node.Do("WATCH own:1 own:2 shared own:1 shared", sessions[0]);
        node.Do("WATCH " + string.Join(' ', Enumerable.Range(0, 500).Select(i => $"many:{i}")), sessions[1]);
        node.Do("WATCH many:7 shared many:8", sessions[1]);
        node.Do("SELECT 1", sessions[1]);
        node.Do("WATCH many:7 many:7", sessions[1]);
        Assert.Equal(5 + 2 + 500 + 1, node.Node.Transactions.WatchedCount);
        Assert.InRange(SessionMemory.TotalBytes(sessions[1]) - SessionMemory.TotalBytes(sessions[2]), 500 * 200, 500 * 500);
        node.Do("SET many:8 v");
        node.Do("MULTI", sessions[1]);
        Assert.Equal("*-1|", node.Do("EXEC", sessions[1]));
        foreach (var session in sessions) node.Do("UNWATCH", session);
        Assert.Equal(0, node.Node.Transactions.WatchedCount);
        Assert.All(sessions, session => Assert.Equal(0, session.HeldBytes));
    }
}
