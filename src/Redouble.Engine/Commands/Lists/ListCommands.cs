using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LLEN, LRANGE, LINDEX.</summary>
internal static class ListCommands
{
    [Command("llen", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RO @1", Group = CommandGroup.List,
        Since = "1.0.0", Summary = "Returns the number of elements of a list.", Complexity = "O(1)", Syntax = "key")]
    public static void LLen(CommandContext c)
    {
        if (Lookups.TryRead(c, 1, ValueType.List, out var record)) c.Reply.Integer(new ListReader(c.Keyspace, record).Count);
    }

    [Command("lrange", Arity = 4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.List, Keys = "RO access @1", Group = CommandGroup.List, Since = "1.0.0",
        Summary = "Returns the elements between two indexes.",
        Complexity = "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; "
            + "and N is the number of elements in the specified range.",
        Syntax = "key start:integer stop:integer")]
    public static void LRange(CommandContext c)
    {
        if (!c.TryInteger(2, out var start) || !c.TryInteger(3, out var stop)) return;
        if (!Lookups.TryRead(c, 1, ValueType.List, out var record)) return;
        var list = new ListReader(c.Keyspace, record);
        var count = Clamp(list.Count, ref start, stop);
        if (count == 0) c.Reply.ArrayHeader(0);
        else ListPops.WriteRange(c, list.Seek(start), count, backwards: false);
    }

    [Command("lindex", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.List, Keys = "RO access @1", Group = CommandGroup.List, Since = "1.0.0",
        Summary = "Returns the element at an index.",
        Complexity = "O(N) where N is the number of elements to traverse to get to the element at index. "
            + "This makes asking for the first or the last element of the list O(1).",
        Syntax = "key index:integer")]
    public static void LIndex(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Null();
            return;
        }

        if (!c.TryInteger(2, out var index)) return;
        var cursor = new ListReader(c.Keyspace, record).Seek(index);
        if (cursor.AtEnd) c.Reply.Null();
        else c.Reply.Bulk(cursor.Value);
    }

    /// <summary>Elements between two indexes, of which negative ones count from the tail; makes the first one an index from the head.</summary>
    public static long Clamp(long length, ref long start, long stop)
    {
        if (start < 0) start = Math.Max(0, start + length);
        if (stop < 0) stop += length;
        return start > stop || start >= length ? 0 : Math.Min(stop, length - 1) - start + 1;
    }
}
