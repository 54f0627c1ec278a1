using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Execution;

/// <summary>
/// What a client is told outside the order of its replies. Whoever is not executing gets it at once. For the client whose command is running, it waits
/// until the reply is complete, also that of EXEC, and is not lost where the reply is (CLIENT REPLY OFF).
/// <code>
///   another session's ────────────────────────────► its output
///   own, in the middle of a command ─► its pushes ─► (end of the request) its output, behind the reply
///   own, the reply of SUBSCRIBE and its like ──────► its output: pushes are what they answer with
/// </code>
/// </summary>
public sealed class PushQueue
{
    private const int LendMin = 4096;

    private readonly Node _node;
    private readonly List<Session> _waiting = [];

    internal PushQueue(Node node) => _node = node;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Where to write the next push to a session, one whole push at a time.</summary>
    public ReplyWriter Open(Session session)
    {
        if (!_node.Executor.MustDeferPushes(session))
        {
            _node.MarkOutput(session);
            return session.Reply;
        }

        var pushes = session.Pushes ??= new ReplyWriter(new ReplyBuffer(_node.Blocks));
        if (pushes.Buffer.IsEmpty) _waiting.Add(session);
        pushes.Version = session.Reply.Version;
        return pushes;
    }

    /// <summary>A request has been answered: what waited for that follows.</summary>
    public void Flush()
    {
        foreach (var session in _waiting)
        {
            Move(session.Pushes!.Buffer, session.Output);
            _node.MarkOutput(session);
        }

        _waiting.Clear();
    }

    /// <summary>The session goes.</summary>
    public void Forget(Session session)
    {
        session.Pushes?.Buffer.Clear();
        _waiting.Remove(session);
    }

    private static void Move(ReplyBuffer from, ReplyBuffer to)
    {
        while (from.TryPeek(out var segment))
        {
            if (segment.Length >= LendMin) to.Lend(segment.Block, segment.Offset, segment.Length);
            else to.Write(segment.Bytes);
            from.Advance(segment.Length);
        }
    }
}
