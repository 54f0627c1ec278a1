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
/// never come, and what comes later is another's. Whoever has asked need not stay: a Sentinel closes a connection on which its PINGs wait.
/// </summary>
internal sealed class Promotions(Node node)
{
    private readonly List<SessionHandle> _waiting = [];
    private long _end = -1; // offset of what had come at the first request that waits

    /// <summary>Whether a command is REPLICAOF NO ONE.</summary>
    public static bool IsPromotion(CommandInfo info, in CommandArguments arguments) =>
        info.Id is CommandId.Replicaof or CommandId.Slaveof && Ascii.EqualsIgnoreCase(arguments[1], "no"u8) && Ascii.EqualsIgnoreCase(arguments[2], "one"u8);

    /// <summary>Whether the request of a replica's client has to wait; if so the session's input stays as it is.</summary>
    public bool Postpones(Session session, CommandInfo info, in CommandArguments arguments)
    {
        var promotes = info.Id == CommandId.Exec ? session.Queue is { Promotes: true } : IsPromotion(info, arguments);
        if (!promotes || !MustWait()) return false;
        session.Flags |= SessionFlags.Postponed | SessionFlags.Blocked;
        _waiting.Add(session.Handle);
        return true;
    }

    /// <summary>Another primary is followed: who has not stayed does not ask for anything else any more.</summary>
    public void OnFollow() => _waiting.RemoveAll(handle => node.Sessions.Find(handle) is not { CanBeTold: true });

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
        foreach (var handle in _waiting)
        {
            var session = node.Sessions.Find(handle);
            isAbandoned |= session is not { CanBeTold: true }; // who is to be closed is served no more
            if (session == null) continue;
            session.Flags &= ~(SessionFlags.Postponed | SessionFlags.Blocked);
            node.Unblocked(session);
        }

        _waiting.Clear();
        if (isAbandoned) node.Replication.ReplicaOfNoOne("user request from a client that has gone");
    }

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
