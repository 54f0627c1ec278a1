using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: requests that make a primary of this node, REPLICAOF NO ONE or the EXEC of one, and PSYNC … FAILOVER. The former primary may be gone, and this
/// the only copy, or it forces the failover, and gives up what is not here: what had come of its stream is applied first, in slices as ever, while other
/// clients are served.
/// <code>
///   request ──► is something left? ──no──► runs
///                 │ yes       ▲
///                 ▼           │ at the end of each turn
///               postponed, its input stays as it is
/// </code>
/// Waited for is what needs nothing but time, in the socket, too. What it does need more for (memory, the disk, the end of a pause or of a command) may
/// never come, and what comes later is another's. Whoever has asked need not stay: a Sentinel closes a connection on which its PINGs wait. Its session does,
/// without the connection, and so all that it has sent is done: of its EXEC CONFIG REWRITE and CLIENT KILL, too. Who wants to follow another meanwhile waits
/// for its turn: the last word counts. A primary that fails over does have to stay: where it has gone it asks again, or has taken the failover back.
/// </summary>
internal sealed class Promotions(Node node)
{
    private readonly List<(SessionHandle Session, bool MayGo, bool HasGone)> _waiting = [];
    private long _end = -1; // offset of what had come at the first request that waits

    /// <summary>Whether a command is REPLICAOF NO ONE, or PSYNC … FAILOVER.</summary>
    public static bool IsPromotion(CommandInfo info, in CommandArguments arguments) =>
        IsReplicaOf(info) ? Ascii.EqualsIgnoreCase(arguments[1], "no"u8) && Ascii.EqualsIgnoreCase(arguments[2], "one"u8) : IsFailover(info, arguments);

    /// <summary>Whether a command is REPLICAOF, whatever it says, or PSYNC … FAILOVER.</summary>
    public static bool IsRoleChange(CommandInfo info, in CommandArguments arguments) => IsReplicaOf(info) || IsFailover(info, arguments);

    /// <summary>Whether the request of a replica's client has to wait; if so the session's input stays as it is.</summary>
    public bool Postpones(Session session, CommandInfo info, in CommandArguments arguments)
    {
        var queue = WillRun(session, info) ? session.Queue : null;
        var waits = _waiting.Count > 0 ? queue?.ChangesRole ?? IsRoleChange(info, arguments) : (queue?.Promotes ?? IsPromotion(info, arguments)) && MustWait();
        if (!waits) return false;
        session.Flags |= SessionFlags.Postponed | SessionFlags.Blocked;
        _waiting.Add((session.Handle, !IsFailover(info, arguments), false));
        return true;
    }

    /// <summary>A session's connection has gone: whether it stays until what it waits with is done. Asked again, it does not.</summary>
    public bool Keeps(Session session)
    {
        var place = _waiting.IndexOf((session.Handle, true, false));
        if (place >= 0) _waiting[place] = (session.Handle, true, true);
        return place >= 0;
    }

    /// <summary>Lets those go on, in their order, who need not wait any more.</summary>
    public void EndTurn()
    {
        if (node.Shutdown.HasEnded) return; // behind the final save nothing is done for anybody
        if (_waiting.Count == 0)
        {
            _end = -1;
            return;
        }

        if (MustWait()) return;
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var (handle, _, hasGone) in waiting)
        {
            if (node.Sessions.Find(handle) is not { } session) continue;
            var closes = session.Flags & (SessionFlags.CloseAsap | SessionFlags.CloseAfterReply); // it asked before
            session.Flags &= ~(SessionFlags.Postponed | SessionFlags.Blocked | closes);
            node.Executor.ProcessInput(session);
            session.Flags |= closes;
            if (hasGone) node.RemoveSession(session);
        }
    }

    private static bool IsReplicaOf(CommandInfo info) => info.Id is CommandId.Replicaof or CommandId.Slaveof;

    private static bool IsFailover(CommandInfo info, in CommandArguments arguments) =>
        info.Id == CommandId.Psync && arguments.Count > 3 && Ascii.EqualsIgnoreCase(arguments[3], "failover"u8);

    // Not an EXEC that is to be refused.
    private static bool WillRun(Session session, CommandInfo info) => info.Id == CommandId.Exec && !session.Has(SessionFlags.DirtyExec | SessionFlags.DirtyCas);

    private bool MustWait()
    {
        var (link, end) = (node.Replication.Protocol.Primary, node.Replication.Protocol.Log.EndOffset);
        if (!link.IsUp || link.IsPaused) return false;
        var unread = link.WantsRead ? node.Parts.Host.UnreadStreamBytes : 0;
        if (!link.HasWork && unread == 0) return false;
        if (_end < 0)
        {
            _end = end + link.UnappliedBytes + unread;
            node.Parts.Host.Log(ConfigLogLevel.Notice, $"Becoming a primary waits until {_end - end} bytes that have come from the present one are applied");
        }

        return end < _end;
    }
}
