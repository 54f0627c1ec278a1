using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Engine.Transactions;

namespace Redouble.Engine.Commands.Transactions;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH.</summary>
internal static class TransactionCommands
{
    private const CommandFlags Always = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.AllowBusy;

    [Command("multi", Arity = 1, Flags = Always | CommandFlags.RunsInMulti, Acl = AclCategory.Transaction, Group = CommandGroup.Transactions,
        Since = "1.2.0", Summary = "Starts queueing commands for a transaction.", Complexity = "O(1)")]
    public static void Multi(CommandContext c)
    {
        if (c.Session.Has(SessionFlags.Multi))
        {
            c.Reply.Error("ERR MULTI calls can not be nested"u8);
            return;
        }

        c.Node.Transactions.Begin(c.Session);
        c.Reply.Ok();
    }

    [Command("discard", Arity = 1, Flags = Always | CommandFlags.RunsInMulti, Acl = AclCategory.Transaction, Group = CommandGroup.Transactions,
        Since = "2.0.0", Summary = "Drops the queued commands and ends the transaction.", Complexity = "O(N), when N is the number of queued commands")]
    public static void Discard(CommandContext c)
    {
        if (!c.Session.Has(SessionFlags.Multi))
        {
            c.Reply.Error("ERR DISCARD without MULTI"u8);
            return;
        }

        c.Node.Transactions.Discard(c.Session);
        c.Reply.Ok();
    }

    [Command("watch", Arity = -2, Flags = Always | CommandFlags.RunsInMulti, Acl = AclCategory.Transaction, Keys = "RO @1..-1",
        Group = CommandGroup.Transactions,
        Since = "2.2.0", Summary = "Lets the next transaction fail when one of the keys changes before it.", Complexity = "O(1) for every key.",
        Syntax = "key...")]
    public static void Watch(CommandContext c)
    {
        if (c.Session.Has(SessionFlags.Multi))
        {
            c.Reply.Error("ERR WATCH inside MULTI is not allowed"u8);
            return;
        }

        // No point in watching when the transaction is bound to fail.
        for (var i = 1; i < c.Count && !c.Session.Has(SessionFlags.DirtyCas); i++) c.Node.Transactions.Watch(c.Session, c[i]);
        c.Reply.Ok();
    }

    [Command("unwatch", Arity = 1, Flags = Always, Acl = AclCategory.Transaction, Group = CommandGroup.Transactions,
        Since = "2.2.0", Summary = "Forgets all watched keys.", Complexity = "O(1)")]
    public static void Unwatch(CommandContext c)
    {
        c.Node.Transactions.Unwatch(c.Session);
        c.Reply.Ok();
    }

    [Command("exec", Arity = 1, Flags = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.SkipSlowlog | CommandFlags.RunsInMulti,
        Acl = AclCategory.Transaction, Group = CommandGroup.Transactions, Since = "1.2.0", Summary = "Runs the queued commands as one transaction.",
        Complexity = "Depends on commands in the transaction")]
    public static void Exec(CommandContext c)
    {
        var session = c.Session;
        if (!session.Has(SessionFlags.Multi))
        {
            c.Reply.Error("ERR EXEC without MULTI"u8);
            return;
        }

        if (c.Node.Transactions.HasExpiredWatch(session)) session.Flags |= SessionFlags.DirtyCas;
        if (session.Has(SessionFlags.DirtyExec))
        {
            c.Node.Transactions.Discard(session);
            c.Reply.Error("EXECABORT Transaction discarded because of previous errors."u8);
            return;
        }

        if (session.Has(SessionFlags.DirtyCas))
        {
            c.Node.Transactions.Discard(session);
            c.Reply.NullArray();
            return;
        }

        Run(c, session);
    }

    private static void Run(CommandContext c, Session session)
    {
        var queue = session.Queue!;
        if (Refusal(c, queue) is { } why)
        {
            c.Node.Transactions.Discard(session);
            c.Reply.Error($"EXECABORT Transaction discarded because of: {why}");
            return;
        }

        // The commands run as ordinary ones; whoever watches a key this transaction writes is not this session.
        c.Node.Transactions.Unwatch(session);
        c.Reply.ArrayHeader(queue.Count);
        var place = default(QueuePlace);
        while (queue.TryTake(ref place, out var command))
        {
            if (c.Node.IsReadOnlyReplica && (command.Info.Flags & CommandFlags.Write) != 0 && !session.Has(SessionFlags.Primary))
            {
                c.Reply.Error(Refusals.ReadOnlyText); // by a REPLICAOF in front of it, which Redis overlooks: what it wrote would be here and nowhere else
                continue;
            }

            c.Node.Executor.Call(session, command.Info, command.Arguments, command.IsCanonical, inTransaction: true);
        }

        c.Propagation.Replaced = true;
        c.Propagation.AppendStaged(); // it refers to what is queued
        c.Node.Transactions.Discard(session);
        session.Flags &= ~SessionFlags.TrackingCaching; // CLIENT CACHING among them is not about what comes after
    }

    // All of them together go into the log when all of them have been done, and what they store may take as much. What a primary has done is not refused.
    private static string? Refusal(CommandContext c, CommandQueue queue)
    {
        if ((queue.Flags & (CommandFlags.Write | CommandFlags.MayReplicate)) == 0 || c.Session.Has(SessionFlags.Primary)) return null;
        if (!c.Propagation.MayTell(queue.MemoryBytes)) return "ERR it is too long to be replicated, or read again, as a whole";
        var times = (c.Propagation.IsActive ? 1 : 0) + ((queue.Flags & CommandFlags.DenyOom) != 0 ? 1 : 0);
        return c.Node.Heap.HasRoom(times * queue.MemoryBytes) ? null : Refusals.NoMemoryText;
    }
}
