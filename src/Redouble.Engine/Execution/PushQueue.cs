using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Execution;

/// <summary>
/// What a client is told outside the order of its replies. Who is not executing gets it at once; for the session whose command is running
/// it waits until the reply is complete.
/// </summary>
public sealed class PushQueue
{
    private readonly Node _node;
    private readonly List<Session> _waiting = [];

    internal PushQueue(Node node) => _node = node;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Where to write the next push to a session, one whole push at a time.</summary>
    public ReplyWriter Open(Session session)
    {
        if (_node.Executor.Current != session)
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
            var from = session.Pushes!.Buffer;
            while (from.TryPeek(out var segment))
            {
                session.Output.Write(segment.Bytes);
                from.Advance(segment.Length);
            }

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
}
