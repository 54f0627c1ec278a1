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
/// Others are sent what they got once per group of clients, not after each batch: a pipeline of a hundred PUBLISHs is one system call per subscriber.
/// </summary>
public sealed class PushQueue
{
    private const int LendMin = 4096;

    private readonly Node _node;
    private readonly List<Session> _waiting = []; // for the end of the running request
    private readonly List<Session> _told = [];    // to be sent what they were told

    internal PushQueue(Node node) => _node = node;

    /// <summary>Whether nothing waits for the end of the running request.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Whether anyone was told something since the last <see cref="Release"/>.</summary>
    public bool HasUnsent => _told.Count > 0;

    /// <summary>Where to write the next push to a session, one whole push at a time.</summary>
    public ReplyWriter Open(Session session)
    {
        if (!_node.Executor.MustDeferPushes(session))
        {
            Mark(session);
            return session.Reply;
        }

        var pushes = session.Pushes ??= _node.Clients.NewPushes();
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

    /// <summary>All of a group of clients have been served: what others were told meanwhile is to be sent.</summary>
    public void Release()
    {
        foreach (var session in _told)
        {
            session.HasPendingPushes = false;
            if (!session.Output.IsEmpty) _node.MarkOutput(session); // with a reply of its own it may have been sent already
        }

        _told.Clear();
    }

    /// <summary>The session goes.</summary>
    public void Forget(Session session)
    {
        session.Pushes?.Buffer.Clear();
        _waiting.Remove(session);
        _told.Remove(session);
    }

    private void Mark(Session session)
    {
        if (session.HasPendingPushes || session.HasPendingOutput) return;
        session.HasPendingPushes = true;
        _told.Add(session);
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
