using Redouble.Engine.Sessions;

namespace Redouble.Engine.Execution;

/// <summary>
/// CLIENT REPLY. The executor looks at one flag test per request; only a silenced session's replies are written and then taken back.
/// <code>
///   ON    replies are sent
///   OFF   none are, until ON
///   SKIP  the next command's is not: SkipNext ─► (next command) Skip ─► (its end) none
/// </code>
/// </summary>
internal static class ReplyMode
{
    /// <summary>The flags under which the next request is executed silently.</summary>
    public const SessionFlags Silenced = SessionFlags.ReplyOff | SessionFlags.ReplySkipNext;

    /// <summary>Start of a silenced session's command.</summary>
    public static void BeginCommand(Session session)
    {
        if (session.Has(SessionFlags.ReplySkipNext)) session.Flags = (session.Flags & ~SessionFlags.ReplySkipNext) | SessionFlags.ReplySkip;
    }

    /// <summary>End of it: whether its reply is to be dropped. CLIENT REPLY ON has cleared both flags by now.</summary>
    public static bool EndCommand(Session session)
    {
        var drops = session.Has(SessionFlags.ReplyOff | SessionFlags.ReplySkip);
        if (!session.Has(SessionFlags.ReplySkip)) return drops;
        session.Flags &= ~SessionFlags.ReplySkip;
        // A command that CLIENT PAUSE put off runs again later, and is still the one to be skipped.
        if (session.Has(SessionFlags.Postponed)) session.Flags |= SessionFlags.ReplySkipNext;
        return drops;
    }
}
