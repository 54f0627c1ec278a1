using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Sets;

/// <summary>SADD, SREM, SMOVE, SCARD, SISMEMBER, SMISMEMBER, SMEMBERS, SSCAN.</summary>
internal static class SetCommands
{
    [Command("sadd", Arity = -3, Element = 2, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.Set,
        Keys = "RW insert @1",
        Group = CommandGroup.Set,
        Since = "1.0.0", Summary = "Adds members to a set, which is created when there is none.",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.", Syntax = "key member...",
        History = "2.4.0 Accepts multiple `member` arguments.")]
    public static void SAdd(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Set, out var record)) return;
        c.Keyspace.RequireRoomToGrow(record, c.RequestLength);
        var set = SetWriter.OpenOrCreate(c.Database, c[1], c.Hash(1), c[2], c.Count - 2);
        var added = 0;
        foreach (var i in c.Elements(2))
        {
            if (set.Add(c[i])) added++;
        }

        if (added > 0)
        {
            c.Changed(added);
            c.Notify(KeyspaceEvents.Set, "sadd"u8, c[1]);
        }

        c.Reply.Integer(added);
    }

    [Command("srem", Arity = -3, Element = 2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Set,
        Keys = "RW delete @1", Group = CommandGroup.Set,
        Since = "1.0.0",
        Summary = "Removes members of a set, and the set with the last of them.", Complexity = "O(N) where N is the number of members to be removed.",
        Syntax = "key member...", History = "2.4.0 Accepts multiple `member` arguments.")]
    public static void SRem(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Set, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        var set = new SetWriter(c.Database.Open(record, c.Hash(1)));
        var removed = 0;
        foreach (var i in c.Elements(2))
        {
            if (set.Count == 0) break;
            if (set.Remove(c[i])) removed++;
        }

        if (removed > 0)
        {
            var isEmpty = set.Count == 0;
            c.Changed(removed);
            c.Notify(KeyspaceEvents.Set, "srem"u8, c[1]);
            if (isEmpty) KeyOutcomes.DeleteEmpty(c, 1);
        }

        c.Reply.Integer(removed);
    }

    [Command("smove", Arity = 4, Element = 3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Set, Keys = "RW access delete @1; RW insert @2",
        Group = CommandGroup.Set,
        Since = "1.0.0", Summary = "Moves a member from one set to another.", Complexity = "O(1)", Syntax = "source:key destination:key#1 member")]
    public static void SMove(CommandContext c)
    {
        c.Database.ReadForWrite(c[1], c.Hash(1));
        var target = c.Database.ReadForWrite(c[2], c.Hash(2)); // both are looked up, and so expired, before either is looked at
        var source = c.Database.Peek(c[1], c.Hash(1));
        if (source.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        if (!Lookups.IsOf(c, source, ValueType.Set) || !Lookups.IsOf(c, target, ValueType.Set)) return;
        if (c[1].SequenceEqual(c[2]))
        {
            c.Reply.Integer(new SetReader(c.Keyspace, source).Contains(c[3]) ? 1 : 0);
            return;
        }

        if (!new SetReader(c.Keyspace, source).Contains(c[3]))
        {
            c.Reply.Integer(0);
            return;
        }

        c.Keyspace.RequireRoomToGrow(target, c[3].Length); // removing it makes room, but not while a snapshot keeps it
        var from = new SetWriter(c.Database.Open(source, c.Hash(1)));
        from.Remove(c[3]);
        var isEmpty = from.Count == 0;
        c.Notify(KeyspaceEvents.Set, "srem"u8, c[1]);
        if (isEmpty) KeyOutcomes.DeleteEmpty(c, 1);
        c.Changed();
        if (SetWriter.OpenOrCreate(c.Database, c[2], c.Hash(2), c[3], 1).Add(c[3]))
        {
            c.Changed();
            c.Notify(KeyspaceEvents.Set, "sadd"u8, c[2]);
        }

        c.Reply.Integer(1);
    }

    [Command("scard", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Set, Keys = "RO @1", Group = CommandGroup.Set,
        Since = "1.0.0",
        Summary = "Returns the number of members of a set.", Complexity = "O(1)", Syntax = "key")]
    public static void SCard(CommandContext c)
    {
        if (Lookups.TryRead(c, 1, ValueType.Set, out var record)) c.Reply.Integer(new SetReader(c.Keyspace, record).Count);
    }

    [Command("sismember", Arity = 3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Set,
        Keys = "RO @1", Group = CommandGroup.Set,
        Since = "1.0.0",
        Summary = "Tells whether a member is in a set.", Complexity = "O(1)", Syntax = "key member")]
    public static void SIsMember(CommandContext c)
    {
        if (Lookups.TryRead(c, 1, ValueType.Set, out var record)) c.Reply.Integer(new SetReader(c.Keyspace, record).Contains(c[2]) ? 1 : 0);
    }

    [Command("smismember", Arity = -3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Set,
        Keys = "RO access @1", Group = CommandGroup.Set,
        Since = "6.2.0",
        Summary = "Tells which of several members are in a set.", Complexity = "O(N) where N is the number of elements being checked for membership",
        Syntax = "key member...")]
    public static void SMIsMember(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Set, out var record)) return;
        var set = new SetReader(c.Keyspace, record);
        c.Reply.ArrayHeader(c.Count - 2);
        foreach (var i in c.Elements(2)) c.Reply.Integer(set.Contains(c[i]) ? 1 : 0);
    }

    [Command("smembers", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1", Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Returns all members of a set.", Complexity = "O(N) where N is the set cardinality.", Syntax = "key", Tips = "nondeterministic_output_order")]
    public static void SMembers(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Set, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.SetHeader(0);
            return;
        }

        using var members = new ElementCursor(c.Keyspace, record);
        c.Reply.SetHeader(members.Count);
        while (members.MoveNext()) c.Reply.Bulk(members.Name);
    }

    [Command("sscan", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1", Group = CommandGroup.Set, Since = "2.8.0",
        Summary = "Walks through the members of a set step by step.",
        Complexity =
            "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of "
            + "elements inside the collection.",
        Syntax = "key cursor:integer [MATCH pattern] [COUNT count]", Tips = "nondeterministic_output")]
    public static void SScan(CommandContext c) => ElementScan.Run(c, ValueType.Set);
}
