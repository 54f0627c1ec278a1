using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LMOVE, RPOPLPUSH, BLMOVE, BRPOPLPUSH.</summary>
internal static class MoveCommands
{
    private enum Outcome { Moved, NoSource, Refused }

    [Command("lmove", Arity = 5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.List, Keys = "RW access delete @1; RW insert @2",
        Group = CommandGroup.List, Since = "6.2.0", Summary = "Takes an element from an end of a list, adds it at an end of another, and returns it.",
        Complexity = "O(1)", Syntax = "source:key destination:key#1 wherefrom=(LEFT|RIGHT) whereto=(LEFT|RIGHT)")]
    public static void LMove(CommandContext c)
    {
        if (!ListPops.TryEnd(c, 3, out var fromHead) || !ListPops.TryEnd(c, 4, out var toHead)) return;
        if (Move(c, fromHead, toHead) == Outcome.NoSource) c.Reply.Null();
    }

    [Command("rpoplpush", Arity = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.List, Keys = "RW access delete @1; RW insert @2",
        Group = CommandGroup.List, Since = "1.2.0", Summary = "Takes the last element of a list, adds it at the head of another, and returns it.",
        Complexity = "O(1)", Syntax = "source:key destination:key#1", Deprecated = "6.2.0", ReplacedBy = "`LMOVE` with the `RIGHT` and `LEFT` arguments")]
    public static void RPopLPush(CommandContext c)
    {
        if (Move(c, fromHead: false, toHead: true) == Outcome.NoSource) c.Reply.Null();
    }

    [Command("blmove", Arity = 6, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Blocking, Acl = AclCategory.List,
        Keys = "RW access delete @1; RW insert @2", Group = CommandGroup.List, Since = "6.2.0",
        Summary = "Takes an element from an end of a list, or waits for one, adds it at an end of another, and returns it.", Complexity = "O(1)",
        Syntax = "source:key destination:key#1 wherefrom=(LEFT|RIGHT) whereto=(LEFT|RIGHT) timeout:double")]
    public static void BLMove(CommandContext c)
    {
        if (!ListPops.TryEnd(c, 3, out var fromHead) || !ListPops.TryEnd(c, 4, out var toHead)) return;
        if (!Timeouts.TrySeconds(c, 5, out var deadlineMs)) return;
        if (!MoveOrBlock(c, fromHead, toHead, deadlineMs)) return;
        c.Propagation.Add(c.Session.Database, "LMOVE"u8, c[1], c[2], c[3], c[4]);
        c.Propagation.Replaced = true;
    }

    [Command("brpoplpush", Arity = 4, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Blocking, Acl = AclCategory.List,
        Keys = "RW access delete @1; RW insert @2", Group = CommandGroup.List, Since = "2.2.0",
        Summary = "Takes the last element of a list, or waits for one, adds it at the head of another, and returns it.", Complexity = "O(1)",
        Syntax = "source:key destination:key#1 timeout:double", Deprecated = "6.2.0", ReplacedBy = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
        History = "6.0.0 `timeout` is interpreted as a double instead of an integer.")]
    public static void BRPopLPush(CommandContext c)
    {
        if (!Timeouts.TrySeconds(c, 3, out var deadlineMs)) return;
        if (!MoveOrBlock(c, fromHead: false, toHead: true, deadlineMs)) return;
        c.Propagation.Add(c.Session.Database, "RPOPLPUSH"u8, c[1], c[2]);
        c.Propagation.Replaced = true;
    }

    // True when an element was moved.
    private static bool MoveOrBlock(CommandContext c, bool fromHead, bool toHead, long deadlineMs)
    {
        if (!Lookups.TryFind(c, 1, ValueType.List, out var source)) return false; // counts as a use of its own, as in Redis
        if (!source.IsMissing) return Move(c, fromHead, toHead) == Outcome.Moved;
        if (c.CanBlock) c.BlockOnKeys(ValueType.List, 1, 1, deadlineMs);
        else c.Reply.Null();
        return false;
    }

    // Without a source nothing is replied.
    private static Outcome Move(CommandContext c, bool fromHead, bool toHead)
    {
        if (!Lookups.TryFind(c, 1, ValueType.List, out var found)) return Outcome.Refused;
        if (found.IsMissing) return Outcome.NoSource;
        if (!Lookups.TryFind(c, 2, ValueType.List, out _)) return Outcome.Refused;

        var source = new ListWriter(c.Database.OpenForWrite(c[1], c.Hash(1)));
        var element = c.Keep(source.AtEdge(fromHead));
        // Removing it makes room, but not while a snapshot keeps it. What a primary has moved is moved in any case.
        if (!c.Session.Has(SessionFlags.Primary)) c.Keyspace.RequireRoom(element.Length);
        source.RemoveRange(fromHead ? 0 : source.Count - 1, 1);
        if (c[1].SequenceEqual(c[2]))
        {
            Push(c, ref source, element, toHead);
        }
        else
        {
            PushToOther(c, element, toHead);
            source = new ListWriter(c.Database.OpenForWrite(c[1], c.Hash(1)));
        }

        ListPops.Removed(c, 1, ref source, 1, fromHead);
        return Outcome.Moved;
    }

    private static void PushToOther(CommandContext c, ReadOnlySpan<byte> element, bool toHead)
    {
        var record = c.Database.OpenForWrite(c[2], c.Hash(2));
        var list = record.IsMissing ? ListWriter.Create(c.Database, c[2], c.Hash(2)) : new ListWriter(record);
        Push(c, ref list, element, toHead);
    }

    private static void Push(CommandContext c, ref ListWriter list, ReadOnlySpan<byte> element, bool toHead)
    {
        list.PrepareFor(element.Length, 1);
        list.Push(element, toHead);
        c.Notify(KeyspaceEvents.List, toHead ? "lpush"u8 : "rpush"u8, c[2]);
        c.Reply.Bulk(element);
    }
}
