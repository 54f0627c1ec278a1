using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

public sealed class RefusalsTests
{
    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("Host: localhost\r\nPING\r\n")]
    [InlineData("hOST: localhost\r\nPING\r\n")]
    public void Whoever_speaks_HTTP_is_closed_without_a_word(string bytes)
    {
        using var node = new EngineNode();
        var session = node.Connect();
        Assert.Equal("", node.Send(System.Text.Encoding.ASCII.GetBytes(bytes), session));
        Assert.True(session.Has(SessionFlags.CloseAsap));
        Assert.Contains("Possible SECURITY ATTACK detected", Assert.Single(node.LogLines), StringComparison.Ordinal);
    }

    [Fact]
    public void HTTP_is_logged_once_a_minute()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 4; i++)
        {
            node.Do("POST /", node.Connect());
            node.Clock.Advance(31_000);
        }

        Assert.Equal(2, node.LogLines.Count);
    }

    [Fact]
    public void Words_are_shown_up_to_their_first_zero_byte()
    {
        using var node = new EngineNode();
        Assert.Equal("-ERR unknown command 'a', with args beginning with: 'b' '' 'c' |", node.DoWords("a\0x", "b\0x", "\0", "c"));
        Assert.Equal("-ERR unknown subcommand 'a'. Try CLIENT HELP.|", node.DoWords("CLIENT", "a\0x"));
    }

    [Fact]
    public void Out_of_memory_a_transaction_takes_only_what_ends_it()
    {
        const string oom = "-OOM command not allowed when used memory > 'maxmemory'.|";
        using var node = new EngineNode("maxmemory 1");
        Assert.Equal("$-1|", node.Do("GET k"));
        node.Do("MULTI");
        Assert.Equal(oom, node.Do("GET k"));
        Assert.Equal(oom, node.Do("MULTI"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.|", node.Do("EXEC"));
        node.Do("MULTI");
        Assert.Equal("+OK|", node.Do("DISCARD"));
    }

    /// <summary>Found against redis-server 7.0.15: what was queued while the link was up must not run when it is down.</summary>
    [Fact]
    public void A_transaction_is_refused_for_what_it_holds()
    {
        const string down = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
        using var node = new EngineNode("replica-serve-stale-data no");
        node.Do("MULTI");
        Assert.Equal("+QUEUED|", node.Do("GET k"));
        node.Node.Replication.ReplicaOf("127.0.0.1", 1);
        Assert.Equal($"-EXECABORT Transaction discarded because of: {down}|", node.Do("EXEC"));
        Assert.Equal("-ERR EXEC without MULTI|", node.Do("EXEC"));
        node.Node.Replication.ReplicaOfNoOne();
        node.Do("MULTI");
        node.Do("GET k");
        node.Node.IsLoading = true;
        Assert.Equal("-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory|", node.Do("EXEC"));
        node.Node.IsLoading = false;
        foreach (var (command, runs) in new[] { ("GET k", true), ("REPLICAOF NO ONE", false), ("BGSAVE", false) })
        {
            node.Do("MULTI");
            node.Do(command);
            node.Node.IsLoading = node.Node.IsAsyncLoading = true; // beside the data that clients see
            Assert.Equal(
                runs ? "*1|$-1|" : "-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory|", node.Do("EXEC"));
            node.Node.IsLoading = node.Node.IsAsyncLoading = false;
        }
    }

    [Fact]
    public void A_pause_holds_a_write_back_that_would_be_queued()
    {
        using var node = new EngineNode();
        var other = node.Connect();
        node.Do("CLIENT PAUSE 1000 WRITE");
        Assert.Equal("+OK|", node.Do("MULTI", other));
        Assert.Equal("+QUEUED|", node.Do("GET k", other));
        Assert.Equal("", node.Do("SET k v", other));
        Assert.Equal("+OK|", node.Do("CLIENT UNPAUSE"));
        node.Node.ResumeUnblocked();
        Assert.Equal("+QUEUED|", node.Take(other));
    }
}
