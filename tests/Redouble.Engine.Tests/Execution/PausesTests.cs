using Redouble.Engine.Execution;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

public sealed class PausesTests
{
    [Fact]
    public void CLIENT_UNPAUSE_ends_no_other_pause()
    {
        using var node = new EngineNode();
        var writer = node.Connect();
        node.Node.Pauses.Begin(node.Node, PausePurpose.Failover, long.MaxValue, all: false);
        Assert.Equal("", node.Do("SET k 1", writer));
        Assert.Equal("+OK|", node.Do("CLIENT PAUSE 1000 ALL"));
        Assert.Equal("", node.Do("PING", node.Connect()));
        node.Clock.Advance(1001);
        Assert.Equal("$-1|", node.Do("GET k"));
        Assert.Equal("+OK|", node.Do("CLIENT UNPAUSE"));
        Assert.Equal("", node.Take(writer));
        node.Node.Pauses.End(node.Node, PausePurpose.Failover);
        node.Node.ResumeUnblocked();
        Assert.Equal("+OK|", node.Take(writer));
        Assert.Equal("$1|1|", node.Do("GET k"));
    }

    [Fact]
    public void CLIENT_PAUSE_outlives_the_end_of_another_one()
    {
        using var node = new EngineNode();
        var writer = node.Connect();
        node.Do("CLIENT PAUSE 1000 WRITE");
        node.Node.Pauses.Begin(node.Node, PausePurpose.Shutdown, long.MaxValue, all: false);
        Assert.Equal("", node.Do("SET k 1", writer));
        node.Node.Pauses.End(node.Node, PausePurpose.Shutdown);
        node.Node.ResumeUnblocked();
        Assert.Equal("", node.Take(writer));
        node.Clock.Advance(1000);
        node.Do("PING");
        Assert.Equal("+OK|", node.Take(writer));
    }

    /// <summary>A replica that shuts down waits for its own replicas: it goes on to be written to by nobody, its primary included.</summary>
    [Theory]
    [InlineData(PausePurpose.Client, true)]
    [InlineData(PausePurpose.Shutdown, true)]
    [InlineData(PausePurpose.Failover, false)]
    public void The_stream_of_a_primary_waits(PausePurpose purpose, bool waits)
    {
        using var node = new EngineNode();
        node.Node.Pauses.Begin(node.Node, purpose, long.MaxValue, all: false);
        Assert.Equal(waits, node.Node.Replication.Protocol.Primary.IsPaused);
        node.Node.Pauses.End(node.Node, purpose);
        Assert.False(node.Node.Replication.Protocol.Primary.IsPaused);
    }

    /// <summary>As in Redis: of one purpose the later end and the stricter kind win, and what is less strict lets waiting requests run again.</summary>
    [Fact]
    public void The_stricter_pause_wins_and_its_end_lets_readers_go()
    {
        using var node = new EngineNode();
        var reader = node.Connect();
        var writer = node.Connect();
        node.Node.Pauses.Begin(node.Node, PausePurpose.Failover, long.MaxValue, all: false);
        node.Node.Pauses.Begin(node.Node, PausePurpose.Client, node.Node.Keyspace.NowMs + 1000, all: true);
        node.Node.Pauses.Begin(node.Node, PausePurpose.Client, node.Node.Keyspace.NowMs + 500, all: false);
        Assert.True(node.Node.Pauses.All);
        Assert.Equal("", node.Do("GET k", reader));
        Assert.Equal("", node.Do("SET k 1", writer));
        Assert.Equal(2, node.Node.Pauses.PostponedCount);
        node.Clock.Advance(999);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        Assert.True(node.Node.Pauses.All);
        node.Clock.Advance(1);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.ResumeUnblocked();
        Assert.Equal("$-1|", node.Take(reader));
        Assert.Equal("", node.Take(writer));
        Assert.Equal(1, node.Node.Pauses.PostponedCount);
    }

    /// <summary>A wait whose key came while a pause began: what its client sent at its end ran first, and a further wait took its place for ever.</summary>
    [Theory]
    [InlineData("PING", "*2|$1|k|$1|v|+PONG|")]
    [InlineData("BLPOP l 0", "*2|$1|k|$1|v|")]
    public void A_wait_that_a_pause_put_off_is_not_overtaken(string next, string told)
    {
        using var node = new EngineNode();
        var lent = node.Node.Blocks.LentBytes;
        var waiting = node.Connect();
        Assert.Equal("", node.Do("BLPOP k 0", waiting));
        node.Do("MULTI");
        node.Do("LPUSH k v");
        node.Do("CLIENT PAUSE 100 WRITE");
        node.Do("EXEC");
        Assert.Equal("", node.Take(waiting));
        node.Clock.Advance(100);
        Assert.Equal(told, node.Do(next, waiting));
        Assert.Equal(":0|", node.Do("EXISTS k"));
        node.Do("LPUSH l w");
        if (next != "PING") Assert.Equal("*2|$1|l|$1|w|", node.Take(waiting));
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void A_wait_that_a_pause_put_off_goes_with_its_client()
    {
        using var node = new EngineNode();
        var lent = node.Node.Blocks.LentBytes;
        var waiting = node.Connect();
        node.Do("BLPOP k 0", waiting);
        node.Do("MULTI");
        node.Do("LPUSH k v");
        node.Do("CLIENT PAUSE 100 WRITE");
        node.Do("EXEC");
        node.Node.Blocking.Forget(waiting);
        node.Node.RemoveSession(waiting);
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
        node.Clock.Advance(100);
        Assert.Equal(":1|", node.Do("LLEN k"));
    }
}
