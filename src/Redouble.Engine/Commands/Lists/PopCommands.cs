using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
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
        if (!PopRequest.TryParse(c, 1, "left"u8, "right"u8, out var pop) || !pop.TryFind(c, ValueType.List, out var key, out var record)) return;
        if (key < 0) c.Reply.NullArray();
        else PopNested(c, key, record, pop);
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
        if (!PopRequest.TryParse(c, 2, "left"u8, "right"u8, out var pop) || !Timeouts.TrySeconds(c, 1, out var deadlineMs)) return;
        if (!pop.TryFind(c, ValueType.List, out var key, out var record)) return;
        if (key < 0) pop.Wait(c, ValueType.List, deadlineMs);
        else PopNested(c, key, record, pop);
    }

    private static void Pop(CommandContext c, bool atHead)
    {
        if (c.Count > 3)
        {
            c.Reply.Error(atHead ? "ERR wrong number of arguments for 'lpop' command"u8 : "ERR wrong number of arguments for 'rpop' command"u8);
            return;
        }

        long count = -1;
        if (c.Count == 3 && !c.TryCount(2, out count)) return;
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
        var pop = new PopRequest(1, c.Count - 2, 1, FromFirst: atHead);
        if (!Timeouts.TrySeconds(c, c.Count - 1, out var deadlineMs) || !pop.TryFind(c, ValueType.List, out var key, out var record)) return;
        if (key < 0)
        {
            pop.Wait(c, ValueType.List, deadlineMs);
            return;
        }

        c.Reply.ArrayHeader(2);
        c.Reply.Bulk(c[key]);
        ListPops.PopOne(c, key, record, atHead);
        c.Propagation.Add(c.Session.Database, NameOf(atHead), c[key]);
        c.Propagation.Replaced = true;
    }

    private static void PopNested(CommandContext c, int key, ReadRecord record, PopRequest pop)
    {
        c.Reply.ArrayHeader(2);
        c.Reply.Bulk(c[key]);
        var popped = ListPops.PopMany(c, key, record, pop.Count, pop.FromFirst);
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(3);
        c.Propagation.Argument(NameOf(pop.FromFirst));
        c.Propagation.Argument(c[key]);
        c.Propagation.Argument(popped);
        c.Propagation.End(c.Session.Database);
    }

    private static ReadOnlySpan<byte> NameOf(bool atHead) => atHead ? "LPOP"u8 : "RPOP"u8;
}
