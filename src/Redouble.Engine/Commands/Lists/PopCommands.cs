using Redouble.Core.Text;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LPOP, RPOP, LMPOP, BLPOP, BRPOP, BLMPOP. Replicas are told what was popped: LPOP or RPOP of a key.</summary>
internal static class PopCommands
{
    [Command("lpop", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW access delete @1",
        Group = CommandGroup.List, Since = "1.0.0", Summary = "Removes and returns the first elements of a list.",
        Complexity = "O(N) where N is the number of elements returned",
        Syntax = "key [count^6.2.0]", History = "6.2.0 Added the `count` argument.")]
    public static void LPop(CommandContext c) => Pop(c, atHead: true);

    [Command("rpop", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW access delete @1",
        Group = CommandGroup.List, Since = "1.0.0", Summary = "Removes and returns the last elements of a list.",
        Complexity = "O(N) where N is the number of elements returned",
        Syntax = "key [count^6.2.0]", History = "6.2.0 Added the `count` argument.")]
    public static void RPop(CommandContext c) => Pop(c, atHead: false);

    [Command("lmpop", Arity = -4, Flags = CommandFlags.Write, Acl = AclCategory.List, Keys = "RW access delete @1#", Group = CommandGroup.List, Since = "7.0.0",
        Summary = "Removes and returns elements of the first of several lists that has any.",
        Complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Syntax = "numkeys key... where=(LEFT|RIGHT) [COUNT count]")]
    public static void LMPop(CommandContext c)
    {
        if (!TryParse(c, 1, out var keys, out var count, out var atHead)) return;
        if (!TryPopAny(c, 2, keys, count, atHead)) c.Reply.NullArray();
    }

    [Command("blpop", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Blocking, Acl = AclCategory.List, Keys = "RW access delete @1..-2",
        Group = CommandGroup.List, Since = "2.0.0",
        Summary = "Removes and returns the first element of the first of several lists that has any, or waits for one.",
        Complexity = "O(N) where N is the number of provided keys.", Syntax = "key... timeout:double",
        History = "6.0.0 `timeout` is interpreted as a double instead of an integer.")]
    public static void BLPop(CommandContext c) => BlockingPop(c, atHead: true);

    [Command("brpop", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Blocking, Acl = AclCategory.List, Keys = "RW access delete @1..-2",
        Group = CommandGroup.List, Since = "2.0.0",
        Summary = "Removes and returns the last element of the first of several lists that has any, or waits for one.",
        Complexity = "O(N) where N is the number of provided keys.", Syntax = "key... timeout:double",
        History = "6.0.0 `timeout` is interpreted as a double instead of an integer.")]
    public static void BRPop(CommandContext c) => BlockingPop(c, atHead: false);

    [Command("blmpop", Arity = -5, Flags = CommandFlags.Write | CommandFlags.Blocking, Acl = AclCategory.List, Keys = "RW access delete @2#",
        Group = CommandGroup.List, Since = "7.0.0", Summary = "Removes and returns elements of the first of several lists that has any, or waits for one.",
        Complexity = "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Syntax = "timeout:double numkeys key... where=(LEFT|RIGHT) [COUNT count]")]
    public static void BLMPop(CommandContext c)
    {
        if (!TryParse(c, 2, out var keys, out var count, out var atHead)) return;
        if (!Timeouts.TrySeconds(c, 1, out var deadlineMs)) return;
        if (!TryPopAny(c, 3, keys, count, atHead)) Block(c, 3, keys, deadlineMs);
    }

    private static void Pop(CommandContext c, bool atHead)
    {
        if (c.Count > 3)
        {
            c.Reply.Error(atHead ? "ERR wrong number of arguments for 'lpop' command"u8 : "ERR wrong number of arguments for 'rpop' command"u8);
            return;
        }

        long count = -1;
        if (c.Count == 3 && (!Integers.TryParse(c[2], out count) || count < 0))
        {
            c.Reply.Error("ERR value is out of range, must be positive"u8);
            return;
        }

        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            if (count < 0) c.Reply.Null();
            else c.Reply.NullArray();
            return;
        }

        if (count < 0) ListPops.PopOne(c, 1, record, atHead);
        else if (count == 0) c.Reply.ArrayHeader(0);
        else ListPops.PopMany(c, 1, record, count, atHead);
    }

    private static void BlockingPop(CommandContext c, bool atHead)
    {
        if (!Timeouts.TrySeconds(c, c.Count - 1, out var deadlineMs)) return;
        for (var key = 1; key < c.Count - 1; key++)
        {
            if (!Lookups.TryFind(c, key, ValueType.List, out var record)) return;
            if (record.IsMissing) continue;
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk(c[key]);
            ListPops.PopOne(c, key, record, atHead);
            c.Propagation.Add(c.Session.Database, NameOf(atHead), c[key]);
            c.Propagation.Replaced = true;
            return;
        }

        Block(c, 1, c.Count - 2, deadlineMs);
    }

    // True when a reply was written.
    private static bool TryPopAny(CommandContext c, int firstKey, int keys, long count, bool atHead)
    {
        for (var key = firstKey; key < firstKey + keys; key++)
        {
            if (!Lookups.TryFind(c, key, ValueType.List, out var record)) return true;
            if (record.IsMissing) continue;
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk(c[key]);
            var popped = ListPops.PopMany(c, key, record, count, atHead);
            c.Propagation.Replaced = true;
            if (!c.Propagation.IsActive) return true;
            c.Propagation.Begin(3);
            c.Propagation.Argument(NameOf(atHead));
            c.Propagation.Argument(c[key]);
            c.Propagation.Argument(popped);
            c.Propagation.End(c.Session.Database);
            return true;
        }

        return false;
    }

    private static void Block(CommandContext c, int firstKey, int keys, long deadlineMs)
    {
        if (c.CanBlock) c.BlockOnKeys(ValueType.List, firstKey, keys, deadlineMs);
        else c.Reply.NullArray();
    }

    private static ReadOnlySpan<byte> NameOf(bool atHead) => atHead ? "LPOP"u8 : "RPOP"u8;

    private static bool TryParse(CommandContext c, int countOfKeys, out int keys, out long count, out bool atHead)
    {
        keys = 0;
        count = -1;
        atHead = false;
        if (!TryPositive(c, countOfKeys, "ERR numkeys should be greater than 0"u8, out var numberOfKeys)) return false;
        if (numberOfKeys >= c.Count - countOfKeys - 1)
        {
            c.SyntaxError();
            return false;
        }

        keys = (int)numberOfKeys;
        var end = countOfKeys + keys + 1;
        if (!ListPops.TryEnd(c, end, out atHead)) return false;
        for (var i = end + 1; i < c.Count; i += 2)
        {
            if (count >= 0 || i + 1 >= c.Count || !c.Is(i, "count"u8))
            {
                c.SyntaxError();
                return false;
            }

            if (!TryPositive(c, i + 1, "ERR count should be greater than 0"u8, out count)) return false;
        }

        if (count < 0) count = 1;
        return true;
    }

    private static bool TryPositive(CommandContext c, int index, ReadOnlySpan<byte> error, out long value)
    {
        if (Integers.TryParse(c[index], out value) && value > 0) return true;
        c.Reply.Error(error);
        return false;
    }
}
