using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Lists;

/// <summary>LPUSH, RPUSH, LPUSHX, RPUSHX.</summary>
internal static class PushCommands
{
    [Command("lpush", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW insert @1",
        Group = CommandGroup.List, Since = "1.0.0", Summary = "Adds elements at the head of a list, which is created when there is none.",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        Syntax = "key element...", History = "2.4.0 Accepts multiple `element` arguments.")]
    public static void LPush(CommandContext c) => Push(c, atHead: true, mustExist: false);

    [Command("rpush", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW insert @1",
        Group = CommandGroup.List, Since = "1.0.0", Summary = "Adds elements at the tail of a list, which is created when there is none.",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        Syntax = "key element...", History = "2.4.0 Accepts multiple `element` arguments.")]
    public static void RPush(CommandContext c) => Push(c, atHead: false, mustExist: false);

    [Command("lpushx", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW insert @1",
        Group = CommandGroup.List, Since = "2.2.0", Summary = "Adds elements at the head of a list that exists.",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        Syntax = "key element...", History = "4.0.0 Accepts multiple `element` arguments.")]
    public static void LPushX(CommandContext c) => Push(c, atHead: true, mustExist: true);

    [Command("rpushx", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.List, Keys = "RW insert @1",
        Group = CommandGroup.List, Since = "2.2.0", Summary = "Adds elements at the tail of a list that exists.",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
        Syntax = "key element...", History = "4.0.0 Accepts multiple `element` arguments.")]
    public static void RPushX(CommandContext c) => Push(c, atHead: false, mustExist: true);

    private static void Push(CommandContext c, bool atHead, bool mustExist)
    {
        if (!Lookups.TryFind(c, 1, ValueType.List, out var record)) return;
        if (record.IsMissing)
        {
            if (mustExist) c.Reply.Integer(0);
            else PushToNew(c, atHead);
            return;
        }

        var list = new ListWriter(c.Database.Open(record, c.Hash(1)));
        PushAll(c, ref list, atHead);
    }

    private static void PushToNew(CommandContext c, bool atHead)
    {
        if (c.Count == 3 && c[2].Length <= ListWriter.ShortElementMax)
        {
            ListWriter.Create(c.Database, c[1], c.Hash(1), c[2]);
            Finish(c, atHead, 1);
            return;
        }

        var list = ListWriter.Create(c.Database, c[1], c.Hash(1));
        PushAll(c, ref list, atHead);
    }

    private static void PushAll(CommandContext c, ref ListWriter list, bool atHead)
    {
        long bytes = 0;
        for (var i = 2; i < c.Count; i++) bytes += c[i].Length;
        list.PrepareFor(bytes, c.Count - 2);
        for (var i = 2; i < c.Count; i++) list.Push(c[i], atHead);
        Finish(c, atHead, list.Count);
    }

    private static void Finish(CommandContext c, bool atHead, long count)
    {
        c.Reply.Integer(count);
        c.Changed(c.Count - 2);
        c.Notify(KeyspaceEvents.List, atHead ? "lpush"u8 : "rpush"u8, c[1]);
    }
}
