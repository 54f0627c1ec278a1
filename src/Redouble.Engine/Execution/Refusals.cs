using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Eviction;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Execution;

/// <summary>
/// The checks before a command, in Redis' order. Runs only when the one-mask test hit, the name is unknown or the count is wrong; says
/// whether the command may run (or be queued), and otherwise has replied.
/// </summary>
internal static class Refusals
{
    /// <summary>Not maxmemory: the system gives no more, or not as much as a command asks for.</summary>
    public const string NoMemoryText = "OOM command not allowed: the system gives no more memory.";

    public const string ReadOnlyText = "READONLY You can't write against a read only replica.";

    public const string LoadingText = "LOADING Redis is loading the dataset in memory";

    public static bool Pass(Node node, Session session, CommandInfo? info, int container, in CommandArguments arguments)
    {
        if (info == null && container < 0 && ClientCare.IsHttp(arguments[0]))
        {
            node.Clients.RefuseHttp(session);
            return false;
        }

        var reason = Reason(node, session, info, container, arguments);
        if (reason == null) return !node.Pauses.Postpones(node, session, info!) && !node.HeldWriters.Holds(session, info!);
        Refuse(node, session, info, reason);
        return false;
    }

    /// <summary>The commands of a transaction count as the command that runs them.</summary>
    public static CommandFlags EffectiveFlags(Session session, CommandInfo info) =>
        info.Id == CommandId.Exec && session.Queue != null ? info.Flags | session.Queue.Flags : info.Flags;

    private static void Refuse(Node node, Session session, CommandInfo? info, string reason)
    {
        if (session.Has(SessionFlags.Multi)) session.Flags |= SessionFlags.DirtyExec;
        node.Stats.CountRejected(info);
        node.MarkOutput(session);
        if (info?.Id != CommandId.Exec)
        {
            session.Reply.Error(reason);
            return;
        }

        // EXEC itself refused: the transaction is gone, and its reply says so.
        node.Transactions.Discard(session);
        session.Reply.Error($"EXECABORT Transaction discarded because of: {reason[(reason.StartsWith("ERR ", StringComparison.Ordinal) ? 4 : 0)..]}");
    }

    private static string? Reason(Node node, Session session, CommandInfo? info, int container, in CommandArguments arguments)
    {
        if (info == null) return container >= 0 ? UnknownSubcommand(container, arguments) : UnknownCommand(arguments);
        if (!info.AcceptsCount(arguments.Count)) return $"ERR wrong number of arguments for '{info.FullName}' command";
        var flags = EffectiveFlags(session, info);
        if (IsTakeover(info, arguments)) flags &= ~CommandFlags.NotStale;
        if ((flags & CommandFlags.Protected) != 0 && node.RefuseProtected(session, info) is { } refused) return refused;
        if ((flags & CommandFlags.NeedsAuth) != 0 && !session.IsAuthenticated) return "NOAUTH Authentication required.";
        if ((flags & CommandFlags.NoMulti) != 0 && session.Has(SessionFlags.Multi)) return "ERR Command not allowed inside a transaction";
        return session.Has(SessionFlags.Primary) ? null : StateReason(node, session, info, flags);
    }

    private static string? StateReason(Node node, Session session, CommandInfo info, CommandFlags flags)
    {
        var state = node.RefuseMask;
        var writes = (flags & CommandFlags.Write) != 0;
        var needsMemory = (flags & CommandFlags.DenyOom) != 0 || MayQueue(session, info);
        if (node.Eviction.Perform() == EvictionResult.Failed && needsMemory) return "OOM command not allowed when used memory > 'maxmemory'.";
        if ((needsMemory || info.Id == CommandId.Watch) && node.Heap.IsShort) return NoMemoryText;
        node.Tracking.EnforceLimit(session);
        if ((writes || (flags & CommandFlags.ReportsDiskError) != 0) && node.DiskError is { } error) return error;
        if (writes && node.LacksGoodReplicas) return "NOREPLICAS Not enough good replicas to write.";
        if (writes && node.IsReadOnlyReplica) return ReadOnlyText;
        if (session.Has(SessionFlags.PubSub) && (flags & CommandFlags.NotWhileSubscribed) != 0 && session.Reply.Version == Redouble.Protocol.Replies.RespVersion.Resp2)
        {
            return $"ERR Can't execute '{info.FullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
        }

        if ((flags & state & CommandFlags.NotStale) != 0)
        {
            return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
        }

        if ((flags & state & (CommandFlags.NotLoading | CommandFlags.NoAsyncLoading)) != 0) return LoadingText;
        if ((flags & (CommandFlags.ReadOnly | CommandFlags.Write)) != 0 && node.Replication.StalenessError() is { } stale)
        {
            node.Replication.StaleReadsRefused++;
            return stale;
        }

        return session.Has(SessionFlags.Replica | SessionFlags.Monitor) && (flags & Session.Keyspace) != 0
            ? "ERR Replica can't interact with the keyspace" : null;
    }

    /// <summary>
    /// PSYNC id offset FAILOVER ends what makes a replica's data stale. In Redis a target whose link has broken refuses it, and nobody is a primary.
    /// </summary>
    private static bool IsTakeover(CommandInfo info, in CommandArguments arguments) =>
        info.Id == CommandId.Psync && arguments.Count > 3 && Ascii.EqualsIgnoreCase(arguments[3], "failover"u8);

    /// <summary>A queue grows without end: out of memory, a transaction takes nothing but what ends it.</summary>
    private static bool MayQueue(Session session, CommandInfo info) =>
        session.Has(SessionFlags.Multi) && info.Id is not (CommandId.Exec or CommandId.Discard or CommandId.Quit or CommandId.Reset);

    private static string UnknownCommand(in CommandArguments arguments)
    {
        var text = new StringBuilder();
        const int shownMax = 128;
        for (var i = 1; i < arguments.Count && text.Length < shownMax; i++)
        {
            var room = shownMax - text.Length;
            text.Append('\'').Append(ErrorText.Shown(arguments[i], room)).Append("' ");
        }

        return $"ERR unknown command '{ErrorText.Shown(arguments[0], ErrorText.NameMax)}', with args beginning with: {text}";
    }

    private static string UnknownSubcommand(int container, in CommandArguments arguments)
    {
        var name = CommandTable.Infos[container].FullName.ToUpperInvariant();
        return $"ERR unknown subcommand '{ErrorText.Shown(arguments[1], ErrorText.NameMax)}'. Try {name} HELP.";
    }
}
