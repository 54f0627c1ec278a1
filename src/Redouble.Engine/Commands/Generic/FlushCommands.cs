using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>FLUSHDB, FLUSHALL, SWAPDB: whole databases.</summary>
internal static class FlushCommands
{
    private const string Syntax = "[flush-type=( ASYNC^4.0.0 | SYNC^6.2.0 )]";
    private const string Tips = "request_policy:all_shards response_policy:all_succeeded";
    private const string History = "4.0.0 Added the `ASYNC` flushing mode modifier.; 6.2.0 Added the `SYNC` flushing mode modifier.";

    [Command("flushdb", Arity = -1, Flags = CommandFlags.Write, Acl = AclCategory.Keyspace | AclCategory.Dangerous, Group = CommandGroup.Server,
        Since = "1.0.0",
        Summary = "Removes all keys of the database.", Complexity = "O(1); the keys are freed in the background.", Syntax = Syntax, Tips = Tips,
        History = History)]
    public static void FlushDb(CommandContext c)
    {
        if (!TryParse(c)) return;
        c.Node.Blocking.DatabaseGoes(c.Session.Database, replacedBy: -1);
        c.Node.Transactions.TouchDatabase(c.Session.Database, replacedBy: -1);
        c.Node.Tracking.KeysFlushed();
        c.Node.Dirty += c.Keyspace.Flush(c.Session.Database);
        PropagateAlways(c);
        c.Reply.Ok();
    }

    [Command("flushall", Arity = -1, Flags = CommandFlags.Write, Acl = AclCategory.Keyspace | AclCategory.Dangerous, Group = CommandGroup.Server,
        Since = "1.0.0",
        Summary = "Removes all keys of all databases.", Complexity = "O(1); the keys are freed in the background.", Syntax = Syntax, Tips = Tips,
        History = History)]
    public static void FlushAll(CommandContext c)
    {
        if (!TryParse(c)) return;
        c.Node.Dirty += c.Node.FlushAll();
        PropagateAlways(c); // before the save: the file's offset is to be behind the flush
        c.Node.Saves.DataSetFlushed();
        c.Reply.Ok();
    }

    [Command("swapdb", Arity = 3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Keyspace | AclCategory.Dangerous,
        Group = CommandGroup.Server,
        Since = "4.0.0", Summary = "Exchanges two databases.",
        Complexity = "O(N) where N is the count of clients watching or blocking on keys from both databases.",
        Syntax = "index1:integer index2:integer")]
    public static void SwapDb(CommandContext c)
    {
        if (!TryNumber(c, 1, "ERR invalid first DB index"u8, out var first) || !TryNumber(c, 2, "ERR invalid second DB index"u8, out var second)) return;
        if ((uint)first >= (uint)c.Keyspace.Databases.Length || (uint)second >= (uint)c.Keyspace.Databases.Length)
        {
            c.Reply.Error("ERR DB index is out of range"u8);
            return;
        }

        if (first != second)
        {
            c.Node.Transactions.TouchDatabase(first, second);
            c.Node.Transactions.TouchDatabase(second, first);
            c.Node.Blocking.DatabaseGoes(first, second);
            c.Node.Blocking.DatabaseGoes(second, first);
            c.Keyspace.Swap(first, second);
            c.Node.Blocking.DatabaseCame(first);
            c.Node.Blocking.DatabaseCame(second);
        }

        c.Changed();
        c.Reply.Ok();
    }

    /// <summary>
    /// ASYNC and SYNC differ in Redis by who frees. Here the keys always go at once and their memory in slices, so both are the same.
    /// </summary>
    private static bool TryParse(CommandContext c)
    {
        if (c.Count == 1 || (c.Count == 2 && (c.Is(1, "async"u8) || c.Is(1, "sync"u8)))) return true;
        c.SyntaxError();
        return false;
    }

    /// <summary>Replicas are told even when there was nothing to remove: it may be what makes them equal.</summary>
    private static void PropagateAlways(CommandContext c)
    {
        c.Propagation.Verbatim(c.Session.Database, c.Arguments, c.IsCanonical);
        c.Propagation.Replaced = true;
    }

    private static bool TryNumber(CommandContext c, int index, ReadOnlySpan<byte> error, out int number)
    {
        number = 0;
        if (!Redouble.Core.Text.Integers.TryParse(c[index], out var value) || value is < int.MinValue or > int.MaxValue)
        {
            c.Reply.Error(error);
            return false;
        }

        number = (int)value;
        return true;
    }
}
