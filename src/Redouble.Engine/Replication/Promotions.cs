using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: requests that make a primary of this node, REPLICAOF NO ONE or the EXEC of one. The former primary may be gone, and this the only copy: what
/// had come of its stream is applied first, in slices as ever, while other clients are served.
/// <code>
///   request ──► is something left? ──no──► runs
///                 │ yes       ▲
///                 ▼           │ at the end of each turn
///               postponed, its input stays as it is
/// </code>
/// Waited for is what needs nothing but time, in the socket, too. What it does need more for (memory, the disk, the end of a pause or of a command) may
/// never come, and what comes later is another's. Whoever has asked need not stay: a Sentinel closes a connection on which its PINGs wait. Only of an EXEC that
/// depends on watched keys nobody can say then what it would have done: it is dropped with its client.
/// </summary>
internal sealed class Promotions(Node node)
{
    private readonly List<(SessionHandle Session, bool MayLeave)> _waiting = [];
    private long _end = -1; // offset of what had come at the first request that waits

    /// <summary>Whether a command is REPLICAOF NO ONE.</summary>
    public static bool IsPromotion(CommandInfo info, in CommandArguments arguments) =>
        info.Id is CommandId.Replicaof or CommandId.Slaveof && Ascii.EqualsIgnoreCase(arguments[1], "no"u8) && Ascii.EqualsIgnoreCase(arguments[2], "one"u8);

    /// <summary>Whether the request of a replica's client has to wait; if so the session's input stays as it is.</summary>
    public bool Postpones(Session session, CommandInfo info, in CommandArguments arguments)
    {
        var isExec = info.Id == CommandId.Exec;
        var promotes = isExec ? WillPromote(session) : IsPromotion(info, arguments);
        if (!promotes || !MustWait()) return false;
        session.Flags |= SessionFlags.Postponed | SessionFlags.Blocked;
        _waiting.Add((session.Handle, !isExec || session.Watched is not { Count: > 0 }));
        return true;
    }

    /// <summary>Another primary is followed: who has not stayed does not ask for anything else any more.</summary>
    public void OnFollow() => _waiting.RemoveAll(waiting => node.Sessions.Find(waiting.Session) is not { CanBeTold: true });

    /// <summary>Lets those go on who need not wait any more.</summary>
    public void EndTurn()
    {
        if (_waiting.Count == 0)
        {
            _end = -1;
            return;
        }

        if (MustWait()) return;
        var isAbandoned = false;
        foreach (var (handle, mayLeave) in _waiting)
        {
            var session = node.Sessions.Find(handle);
            isAbandoned |= mayLeave && session is not { CanBeTold: true }; // who is to be closed is served no more
            if (session == null) continue;
            session.Flags &= ~(SessionFlags.Postponed | SessionFlags.Blocked);
            node.Unblocked(session);
        }

        _waiting.Clear();
        if (isAbandoned) node.Replication.ReplicaOfNoOne("user request from a client that has gone");
    }

    // One that is to be refused does not.
    private static bool WillPromote(Session session) =>
        session.Queue is { Promotes: true } && (session.Flags & (SessionFlags.DirtyExec | SessionFlags.DirtyCas)) == 0;

    private bool MustWait()
    {
        var (link, end) = (node.Replication.Protocol.Primary, node.Replication.Protocol.Log.EndOffset);
        if (!link.IsUp || link.IsPaused) return false;
        var unread = link.WantsRead ? node.Parts.Host.UnreadStreamBytes : 0;
        if (!link.HasWork && unread == 0) return false;
        if (_end < 0)
        {
            _end = end + link.UnappliedBytes + unread;
            node.Parts.Host.Log(ConfigLogLevel.Notice, $"REPLICAOF NO ONE waits until {_end - end} bytes that have come from the primary are applied");
        }

        return end < _end;
    }
}
