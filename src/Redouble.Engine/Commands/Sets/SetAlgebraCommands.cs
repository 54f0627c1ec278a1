using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Sets;

/// <summary>SINTER, SUNION, SDIFF, their STORE forms, and SINTERCARD.</summary>
internal static class SetAlgebraCommands
{
    private enum Operation
    {
        Intersection,
        Union,
        Difference,
    }

    [Command("sinter", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1..-1", Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Returns the members that several sets share.",
        Complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        Syntax = "key...", Tips = "nondeterministic_output_order")]
    public static void SInter(CommandContext c) => Reply(c, Operation.Intersection);

    [Command("sunion", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1..-1", Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Returns the members of several sets.", Complexity = "O(N) where N is the total number of elements in all given sets.", Syntax = "key...",
        Tips = "nondeterministic_output_order")]
    public static void SUnion(CommandContext c) => Reply(c, Operation.Union);

    [Command("sdiff", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1..-1", Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Returns the members of a set that are in none of the others.",
        Complexity = "O(N) where N is the total number of elements in all given sets.", Syntax = "key...",
        Tips = "nondeterministic_output_order")]
    public static void SDiff(CommandContext c) => Reply(c, Operation.Difference);

    [Command("sinterstore", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Set, Keys = "RW update @1; RO access @2..-1",
        Group = CommandGroup.Set, Since = "1.0.0", Summary = "Stores the members that several sets share in a key.",
        Complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.", Syntax = "destination:key key#1...")]
    public static void SInterStore(CommandContext c) => Store(c, Operation.Intersection, "sinterstore"u8);

    [Command("sunionstore", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Set, Keys = "OW update @1; RO access @2..-1",
        Group = CommandGroup.Set, Since = "1.0.0", Summary = "Stores the members of several sets in a key.",
        Complexity = "O(N) where N is the total number of elements in all given sets.", Syntax = "destination:key key#1...")]
    public static void SUnionStore(CommandContext c) => Store(c, Operation.Union, "sunionstore"u8);

    [Command("sdiffstore", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Set, Keys = "OW update @1; RO access @2..-1",
        Group = CommandGroup.Set, Since = "1.0.0", Summary = "Stores the members of a set that are in none of the others in a key.",
        Complexity = "O(N) where N is the total number of elements in all given sets.", Syntax = "destination:key key#1...")]
    public static void SDiffStore(CommandContext c) => Store(c, Operation.Difference, "sdiffstore"u8);

    [Command("sintercard", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1#",
        Group = CommandGroup.Set, Since = "7.0.0", Summary = "Returns the number of members that several sets share.",
        Complexity = "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
        Syntax = "numkeys:integer key... [LIMIT limit:integer]")]
    public static void SInterCard(CommandContext c)
    {
        if (!TryParseCard(c, out var keys, out var limit) || !SetAlgebra.TryRead(c, 2, keys, out var sets)) return;
        var counter = new MemberCounter(limit);
        SetAlgebra.Intersect(c.Keyspace, sets, ref counter);
        c.Reply.Integer(counter.Count);
    }

    private static bool TryParseCard(CommandContext c, out int keys, out long limit)
    {
        keys = 0;
        limit = 0;
        if (!Integers.TryParse(c[1], out var number) || number < 1)
        {
            c.Reply.Error("ERR numkeys should be greater than 0"u8);
            return false;
        }

        if (number > c.Count - 2)
        {
            c.Reply.Error("ERR Number of keys can't be greater than number of args"u8);
            return false;
        }

        keys = (int)number;
        for (var i = 2 + keys; i < c.Count; i += 2)
        {
            if (i + 1 >= c.Count || !c.Is(i, "limit"u8))
            {
                c.SyntaxError();
                return false;
            }

            if (Integers.TryParse(c[i + 1], out limit) && limit >= 0) continue;
            c.Reply.Error("ERR LIMIT can't be negative"u8);
            return false;
        }

        return true;
    }

    private static void Reply(CommandContext c, Operation operation)
    {
        if (!SetAlgebra.TryRead(c, 1, c.Count - 1, out var sets)) return;
        if (operation == Operation.Union)
        {
            ReplyUnion(c, sets);
            return;
        }

        var header = c.Reply.BeginDeferred();
        var reply = new MemberReply(c);
        if (operation == Operation.Intersection) SetAlgebra.Intersect(c.Keyspace, sets, ref reply);
        else SetAlgebra.Subtract(c.Keyspace, sets, ref reply);
        c.Reply.EndSet(header, reply.Count);
    }

    private static void ReplyUnion(CommandContext c, RecordHandle[] sets)
    {
        var builder = Collect(c, Operation.Union, sets);
        c.Reply.SetHeader(builder.Count);
        using (var members = builder.Elements())
        {
            while (members.MoveNext()) c.Reply.Bulk(members.Name);
        }

        builder.Drop();
    }

    private static void Store(CommandContext c, Operation operation, ReadOnlySpan<byte> name)
    {
        if (!SetAlgebra.TryRead(c, 2, c.Count - 2, out var sets)) return;
        KeyOutcomes.Store(c, 1, Collect(c, operation, sets), KeyspaceEvents.Set, name);
    }

    private static CollectionBuilder Collect(CommandContext c, Operation operation, RecordHandle[] sets)
    {
        var builder = c.Keyspace.Builder;
        builder.Begin(ValueType.Set, operation == Operation.Union ? Largest(c, sets) : 0);
        var collector = new MemberCollector(builder);
        switch (operation)
        {
            case Operation.Intersection:
                SetAlgebra.Intersect(c.Keyspace, sets, ref collector);
                break;
            case Operation.Union:
                SetAlgebra.Unite(c.Keyspace, sets, ref collector);
                break;
            default:
                SetAlgebra.Subtract(c.Keyspace, sets, ref collector);
                break;
        }

        return builder;
    }

    // A union has at least as many members as its largest set.
    private static long Largest(CommandContext c, RecordHandle[] sets)
    {
        var largest = 0L;
        foreach (var set in sets) largest = Math.Max(largest, SetAlgebra.CountOf(c.Keyspace, set));
        return largest;
    }
}
