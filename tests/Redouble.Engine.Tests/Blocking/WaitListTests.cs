using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Blocking;

public sealed class WaitListTests
{
    /// <summary>Found by the simulator, whose nodes took turn after turn: a deadline of nobody keeps the loop from waiting.</summary>
    [Theory]
    [InlineData("REPLICAOF 127.0.0.1 1")]
    [InlineData("CLIENT UNBLOCK 2")]
    public void Who_does_not_wait_any_more_leaves_no_deadline(string command)
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        var waiting = node.Connect();
        node.Do("SET a 1", waiting);
        node.Do("WAIT 1 100", waiting);
        Assert.NotEqual(long.MaxValue, node.Node.Blocking.NextDeadlineMs);
        node.Do(command);
        node.Clock.Advance(200);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        Assert.Equal(long.MaxValue, node.Node.Blocking.NextDeadlineMs);
    }
}
