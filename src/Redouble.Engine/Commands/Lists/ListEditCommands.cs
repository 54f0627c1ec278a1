using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LSET, LINSERT, LREM, LTRIM.</summary>
internal static class ListEditCommands
{
    [Command("lset", Arity = 4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.List, Keys = "RW update @1",
        Group = CommandGroup.List, Since = "1.0.0", Summary = "Gives the element at an index another value.",
        Complexity = "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
        Syntax = "key index:integer element")]
    public static void LSet(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Error("ERR no such key"u8);
            return;
        }

        if (!c.TryInteger(2, out var index)) return;
        var count = new ListReader(c.Keyspace, record).Count;
        if (index < 0) index += count;
        if ((ulong)index >= (ulong)count)
        {
            PrepareOnly(c, record, c[3]);
            c.Reply.Error("ERR index out of range"u8);
            return;
        }

        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        list.PrepareFor(c[3].Length, 1);
        list.Set(index, c[3]);
        list.Shrink();
        c.Reply.Ok();
        c.Changed();
        c.Notify(KeyspaceEvents.List, "lset"u8, c[1]);
    }

    [Command("linsert", Arity = 5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.List, Keys = "RW insert @1",
        Group = CommandGroup.List, Since = "2.2.0", Summary = "Inserts an element before or behind another one.",
        Complexity = "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end "
            + "on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
        Syntax = "key where=(BEFORE|AFTER) pivot element")]
    public static void LInsert(CommandContext c)
    {
        var before = c.Is(2, "before"u8);
        if (!before && !c.Is(2, "after"u8))
        {
            c.SyntaxError();
            return;
        }

        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        if (!new ListReader(c.Keyspace, record).Contains(c[3]))
        {
            PrepareOnly(c, record, c[4]);
            c.Reply.Integer(-1);
            return;
        }

        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        list.PrepareFor(c[4].Length, 1);
        list.InsertBeside(c[3], c[4], before);
        c.Changed();
        c.Notify(KeyspaceEvents.List, "linsert"u8, c[1]);
        c.Reply.Integer(list.Count);
    }

    [Command("lrem", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.List, Keys = "RW delete @1", Group = CommandGroup.List, Since = "1.0.0",
        Summary = "Removes elements of a value, from either end.",
        Complexity = "O(N+M) where N is the length of the list and M is the number of elements removed.", Syntax = "key count element")]
    public static void LRem(CommandContext c)
    {
        if (!c.TryInteger(2, out var count)) return;
        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;

        // Where there is nothing to remove, nobody who watches the key is to hear of it.
        if (record.IsMissing || !new ListReader(c.Keyspace, record).Contains(c[3]))
        {
            c.Reply.Integer(0);
            return;
        }

        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        var most = count is 0 or long.MinValue ? long.MaxValue : Math.Abs(count);
        var removed = list.RemoveEqual(c[3], most, fromTail: count < 0);
        ListPops.Settle(c, 1, ref list, "lrem"u8);
        c.Changed((int)removed);
        c.Reply.Integer(removed);
    }

    [Command("ltrim", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.List, Keys = "RW delete @1", Group = CommandGroup.List, Since = "1.0.0",
        Summary = "Keeps the elements between two indexes and removes all others.",
        Complexity = "O(N) where N is the number of elements to be removed by the operation.",
        Syntax = "key start:integer stop:integer")]
    public static void LTrim(CommandContext c)
    {
        if (!c.TryInteger(2, out var start) || !c.TryInteger(3, out var stop)) return;
        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Ok();
            return;
        }

        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        var length = list.Count;
        var kept = ListCommands.Clamp(length, ref start, stop);
        if (kept == 0) start = length;
        list.RemoveRange(start + kept, length - start - kept);
        list.RemoveRange(0, start);
        ListPops.Settle(c, 1, ref list, "ltrim"u8);
        c.Changed((int)(length - kept));
        c.Reply.Ok();
    }

    // As in Redis a list becomes a large one for an element that then has no place in it. That is no change of the key.
    private static void PrepareOnly(CommandContext c, ReadRecord record, ReadOnlySpan<byte> element)
    {
        if (!new ListReader(c.Keyspace, record).IsTooSmallFor(element.Length)) return;
        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        list.PrepareFor(element.Length, 1);
    }
}
