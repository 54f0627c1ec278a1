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
}
