using Redouble.Engine.Blocking;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Conversations;

namespace Redouble.Engine.Replication;

/// <summary>REDOUBLE TESTLINK: the clients that wait for the end of a <see cref="LinkTest"/>.</summary>
public sealed class LinkTests
{
    /// <summary>Tests under way at a time.</summary>
    public const int RunningMax = 8;

    private readonly Node _node;
    private readonly List<(LinkTest Test, BlockedState Wait)> _running = [];

    internal LinkTests(Node node) => _node = node;

    /// <summary>When the first of them runs out of patience.</summary>
    internal long NextDeadline
    {
        get
        {
            var deadline = long.MaxValue;
            foreach (var (test, _) in _running) deadline = Math.Min(deadline, test.NextDeadline);
            return deadline;
        }
    }

    /// <summary>Begins a test whose steps are the session's reply; null when it has begun, or why not.</summary>
    public string? Begin(Session session, string host, int port)
    {
        if (_running.Count == RunningMax) return $"ERR {RunningMax} link tests are under way already";
        var replication = _node.Replication.Protocol;
        var now = _node.Parts.Clock.MonotonicMicroseconds;
        var test = new LinkTest(_node.Blocks, replication.Settings, replication.Replicas, _node.RunId, host, port, now);
        if (!_node.Parts.Host.TryOpen(test)) return "ERR no connection can be opened for a link test";
        _running.Add((test, _node.Blocking.BlockForLinkTest(session)));
        return null;
    }

    internal void OnTimer(long now)
    {
        foreach (var (test, _) in _running) test.OnTimer(now);
    }

    /// <summary>Once a turn: answers those whose test has ended, and ends the tests of those who have gone.</summary>
    internal void EndTurn()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            var (test, wait) = _running[i];
            var isAwaited = wait.Session.Blocked == wait;
            if (!test.IsOver && isAwaited) continue;
            _running.RemoveAt(i);
            test.End();
            if (isAwaited) _node.Blocking.Answer(wait, reply => Write(test, reply));
        }
    }

    private static void Write(LinkTest test, ReplyWriter reply)
    {
        reply.ArrayHeader(test.Steps.Count);
        foreach (var step in test.Steps)
        {
            reply.ArrayHeader(4);
            reply.Bulk(step.Name);
            reply.Bulk(step.Status);
            reply.Bulk(step.Detail);
            reply.Integer(step.Microseconds);
        }
    }
}
