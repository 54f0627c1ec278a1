using Redouble.Engine.Commands.Table;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Execution;

/// <summary>CLIENT PAUSE: requests that have to wait until its end.</summary>
public sealed class Pauses
{
    private readonly List<SessionHandle> _postponed = [];

    /// <summary>Unix time in milliseconds at which the pause ends; 0 without one.</summary>
    public long EndsMs { get; private set; }

    /// <summary>Whether all commands wait, not only those that may write.</summary>
    public bool All { get; private set; }

    /// <summary>Whether a pause is in force.</summary>
    public bool IsActive => EndsMs != 0;

    /// <summary>Starts or extends a pause: the later end and the stricter kind win.</summary>
    public void Begin(Node node, long endsMs, bool all)
    {
        EndsMs = Math.Max(EndsMs, endsMs);
        All |= all;
        node.UpdateRefuseMask();
    }

    /// <summary>Ends the pause; the postponed requests run in their order.</summary>
    public void End(Node node)
    {
        EndsMs = 0;
        All = false;
        node.UpdateRefuseMask();
        foreach (var handle in _postponed)
        {
            if (node.Sessions.Find(handle) is not { } session || !session.Has(SessionFlags.Postponed)) continue;
            session.Flags &= ~(SessionFlags.Postponed | SessionFlags.Blocked);
            node.Unblocked(session);
        }

        _postponed.Clear();
    }

    /// <summary>Ends it when its time has come.</summary>
    public void Check(Node node, long nowMs)
    {
        if (EndsMs != 0 && nowMs >= EndsMs) End(node);
    }

    /// <summary>Sessions whose request waits.</summary>
    public int PostponedCount => _postponed.Count;

    /// <summary>Whether the command has to wait; if so the session's input stays as it is.</summary>
    internal bool Postpones(Node node, Session session, CommandInfo info)
    {
        if (EndsMs == 0 || session.Has(SessionFlags.Primary | SessionFlags.Replica)) return false;
        var flags = Refusals.EffectiveFlags(session, info);
        if (!All && (flags & (CommandFlags.Write | CommandFlags.MayReplicate)) == 0) return false;
        session.Flags |= SessionFlags.Postponed | SessionFlags.Blocked;
        _postponed.Add(session.Handle);
        return true;
    }
}
