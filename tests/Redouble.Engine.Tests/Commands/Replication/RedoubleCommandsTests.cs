using System.Text;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;
using Redouble.Protocol.Replies;
using Redouble.Replication.Conversations;

namespace Redouble.Engine.Tests.Commands.Replication;

public sealed class RedoubleCommandsTests
{
    [Fact]
    public void TESTLINK_answers_when_it_is_over_and_holds_nobody_up()
    {
        using var node = new EngineNode();
        var waiting = node.Connect();
        Assert.Equal("", node.Do("REDOUBLE TESTLINK no.such.name 6379", waiting));
        Assert.Equal("+PONG|", node.Do("PING"));
        var test = Assert.Single(node.Conversations);
        Assert.Equal(("no.such.name", 6379), (test.Host, test.Port));
        node.Node.EndTurn();
        Assert.Equal("", node.Take(waiting));
        test.OnFailed("the name does not resolve", node.Clock.MonotonicMicroseconds + 5000);
        node.Node.EndTurn();
        Assert.Equal("*1|*4|$7|resolve|$6|failed|$25|the name does not resolve|:5000|", node.Take(waiting));
        Assert.Equal("+PONG|", node.Do("PING", waiting));
        Assert.True(test.IsOver);
    }

    [Fact]
    public void TESTLINK_ends_by_itself_and_by_CLIENT_UNBLOCK_and_with_its_client()
    {
        using var node = new EngineNode();
        var waiting = node.Connect();
        node.Do("REDOUBLE TESTLINK 10.0.0.1 6379", waiting);
        node.Clock.Advance(5001);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.EndTurn();
        Assert.EndsWith("$7|connect|$6|failed|$24|no answer within 5000 ms|:5001000|", node.Take(waiting), StringComparison.Ordinal);

        node.Do("REDOUBLE TESTLINK 10.0.0.1 6379", waiting);
        Assert.Equal(":1|", node.Do($"CLIENT UNBLOCK {waiting.Id}"));
        Assert.Equal("*-1|", node.Take(waiting));
        node.Node.EndTurn();
        Assert.True(node.Conversations[1].IsOver);

        node.Do("REDOUBLE TESTLINK 10.0.0.1 6379", waiting);
        node.Node.RemoveSession(waiting);
        node.Node.EndTurn();
        Assert.True(node.Conversations[2].IsOver);
    }

    [Fact]
    public void Only_eight_tests_are_under_way_at_a_time()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 8; i++) Assert.Equal("", node.Do("REDOUBLE TESTLINK 10.0.0.1 6379", node.Connect()));
        Assert.Equal("-ERR 8 link tests are under way already|", node.Do("REDOUBLE TESTLINK 10.0.0.1 6379"));
    }

    [Fact]
    public void Bad_arguments_and_places_are_refused()
    {
        using var node = new EngineNode();
        Assert.Equal("-ERR Invalid port|", node.Do("REDOUBLE TESTLINK h 0"));
        Assert.Equal("-ERR Invalid port|", node.Do("REDOUBLE TESTLINK h 65536"));
        Assert.Equal("-ERR Invalid port|", node.Do("REDOUBLE TESTLINK h x"));
        Assert.Equal("-ERR wrong number of arguments for 'redouble|testlink' command|", node.Do("REDOUBLE TESTLINK h"));
        Assert.Equal("-ERR unknown subcommand 'nope'. Try REDOUBLE HELP.|", node.Do("REDOUBLE nope"));
        node.Do("MULTI");
        Assert.Equal("-ERR Command not allowed inside a transaction|", node.Do("REDOUBLE TESTLINK h 1"));
        node.Do("DISCARD");
        Assert.StartsWith("*11|+REDOUBLE <subcommand>", node.Do("REDOUBLE HELP"), StringComparison.Ordinal);
        Assert.Empty(node.Conversations);
    }

    [Fact]
    public void TRYPSYNC_tells_what_PSYNC_would_do_and_does_nothing()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Hear("*1\r\n$4\r\nPING\r\n");
        Assert.Equal("$55|partial resynchronization, 14 bytes from offset 1001 on|", node.Do($"REDOUBLE TRYPSYNC {FollowingNode.IdA} 1001"));
        Assert.Contains(
            "full resynchronization: Partial resynchronization not accepted: Replication ID mismatch", node.Do($"REDOUBLE TRYPSYNC {FollowingNode.IdB} 1001"),
            StringComparison.Ordinal);
        Assert.Equal("-ERR value is not an integer or out of range|", node.Do("REDOUBLE TRYPSYNC x y"));
        Assert.Equal("0", node.Info()["connected_slaves"]);
        Assert.Contains("sync_full:0|sync_partial_ok:0|sync_partial_err:0|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "cut");
        Assert.Equal("-NOMASTERLINK Can't SYNC while not connected with my master|", node.Do($"REDOUBLE TRYPSYNC {FollowingNode.IdA} 1001"));
    }

    /// <summary>What one node asks and the other answers fit together. (Two nodes of this harness have the same run_id, so one gets another here.)</summary>
    [Fact]
    public void Two_nodes_test_their_link_to_the_end()
    {
        using var peer = new EngineNode();
        using var node = new EngineNode();
        var other = peer.Connect();
        var protocol = node.Node.Replication.Protocol;
        var test = new LinkTest(node.Node.Blocks, protocol.Settings, protocol.Replicas, new string('f', 40), "10.0.0.1", 6379, 0);
        test.OnConnected(0);
        var segments = new OutputSegment[8];
        for (var i = 0; i < 10 && !test.IsOver; i++)
        {
            var count = test.PeekSend(segments);
            var asked = new List<byte>();
            for (var s = 0; s < count; s++) asked.AddRange(segments[s].Bytes);
            test.OnSent(asked.Count);
            test.OnReceived(Encoding.Latin1.GetBytes(peer.Send(asked.ToArray(), other).Replace("|", "\r\n", StringComparison.Ordinal)), 0);
        }

        Assert.Equal(["skipped", "ok", "skipped", "ok", "ok", "ok"], test.Steps.Select(step => step.Status));
        Assert.Equal("a Redouble", test.Steps[4].Detail);
        Assert.StartsWith(
            "dry run: full resynchronization: Unable to partial resync with replica that asks for lack of backlog", test.Steps[5].Detail,
            StringComparison.Ordinal);
        Assert.Contains("role:master|connected_slaves:0|", peer.Do("INFO replication"), StringComparison.Ordinal);
    }
}
