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

    [Fact]
    public void An_answer_is_expected_soon_while_replicas_have_been_quick()
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        var history = node.Node.Replication.Protocol;
        var replica = node.Connect();
        node.Do($"PSYNC {history.History.Identity.Id} {history.Log.EndOffset + 1}", replica);
        var waiting = node.Connect();
        Assert.Equal(0, node.Node.Waits.AnswerDue);
        var due = Wait(microseconds: 100);
        Assert.Equal(250, due);
        for (var i = 0; i < 10; i++) Wait(microseconds: 2000);
        Assert.Equal(0, Wait(microseconds: 2000));
        for (var i = 0; i < 50; i++) Wait(microseconds: 100);
        Assert.Equal(250, Wait(microseconds: 100));

        // Until when from now the loop should look for an answer, which then comes after that time.
        long Wait(long microseconds)
        {
            node.Do("SET a 1", waiting);
            node.Do("WAIT 1 0", waiting);
            Assert.Equal(1, node.Node.Waits.Count);
            var until = node.Node.Waits.AnswerDue;
            var expected = until == 0 ? 0 : until - node.Clock.MonotonicMicroseconds;
            node.Clock.MonotonicMicroseconds += microseconds;
            node.Do($"REPLCONF ACK {history.Log.EndOffset}", replica);
            Assert.Equal(0, node.Node.Waits.Count);
            Assert.Equal(0, node.Node.Waits.AnswerDue);
            return expected;
        }
    }
}
