using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Sets;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HGET, HMGET, HEXISTS, HSTRLEN, HLEN, HGETALL, HKEYS, HVALS, HRANDFIELD, HSCAN.</summary>
internal static class HashReadCommands
{
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;

    [Command("hget", Arity = 3, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the value of a field of a hash.", Complexity = "O(1)", Syntax = "key field")]
    public static void HGet(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        if (!record.IsMissing && new HashReader(c.Keyspace, record).TryGet(c[2], out var value)) c.Reply.Bulk(value);
        else c.Reply.Null();
    }

    [Command("hmget", Arity = -3, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the values of several fields of a hash.", Complexity = "O(N) where N is the number of fields being requested.", Syntax = "key field...")]
    public static void HMGet(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            if (!record.IsMissing && new HashReader(c.Keyspace, record).TryGet(c[i], out var value)) c.Reply.Bulk(value);
            else c.Reply.Null();
        }
    }

    [Command("hexists", Arity = 3, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Tells whether a field is in a hash.", Complexity = "O(1)", Syntax = "key field")]
    public static void HExists(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.Integer(!record.IsMissing && new HashReader(c.Keyspace, record).TryGet(c[2], out _) ? 1 : 0);
    }

    [Command("hstrlen", Arity = 3, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "3.2.0",
        Summary = "Returns the length of the value of a field.", Complexity = "O(1)", Syntax = "key field")]
    public static void HStrLen(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.Integer(!record.IsMissing && new HashReader(c.Keyspace, record).TryGet(c[2], out var value) ? value.Length : 0);
    }

    [Command("hlen", Arity = 2, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the number of fields of a hash.", Complexity = "O(1)", Syntax = "key")]
    public static void HLen(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.Integer(record.IsMissing ? 0 : new HashReader(c.Keyspace, record).Count);
    }

    [Command("hgetall", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns all fields and values of a hash.", Complexity = "O(N) where N is the size of the hash.", Syntax = "key", Tips = "nondeterministic_output_order")]
    public static void HGetAll(CommandContext c) => WriteAll(c, names: true, values: true);

    [Command("hkeys", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns all fields of a hash.", Complexity = "O(N) where N is the size of the hash.", Syntax = "key", Tips = "nondeterministic_output_order")]
    public static void HKeys(CommandContext c) => WriteAll(c, names: true, values: false);

    [Command("hvals", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns all values of a hash.", Complexity = "O(N) where N is the size of the hash.", Syntax = "key", Tips = "nondeterministic_output_order")]
    public static void HVals(CommandContext c) => WriteAll(c, names: false, values: true);

    [Command("hrandfield", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "6.2.0",
        Summary = "Returns fields of a hash chosen at random.", Complexity = "O(N) where N is the number of fields returned",
        Syntax = "key [options=( count:integer [WITHVALUES] )]", Tips = "nondeterministic_output")]
    public static void HRandField(CommandContext c)
    {
        if (!TryParseRandom(c, out var count, out var withValues) || !Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        if (record.IsMissing)
        {
            if (c.Count > 2) c.Reply.ArrayHeader(0);
            else c.Reply.Null();
            return;
        }

        var hash = new HashReader(c.Keyspace, record);
        if (c.Count == 2) c.Reply.Bulk(hash.Random(c.Node.Parts.Random, out _));
        else if (count >= 0) RandomElements.WriteDistinct(c, record, count, withValues);
        else WriteRandom(c, hash, -count, withValues);
    }

    [Command("hscan", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.8.0",
        Summary = "Walks through the fields of a hash step by step.",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
        Syntax = "key cursor:integer [MATCH pattern] [COUNT count]", Tips = "nondeterministic_output")]
    public static void HScan(CommandContext c) => ElementScan.Run(c, ValueType.Hash);

    private static void WriteAll(CommandContext c, bool names, bool values)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        var count = record.IsMissing ? 0 : new HashReader(c.Keyspace, record).Count;
        if (names && values) c.Reply.MapHeader(count);
        else c.Reply.ArrayHeader(count);
        if (record.IsMissing) return;
        using var fields = new ElementCursor(c.Keyspace, record);
        while (fields.MoveNext())
        {
            if (names) c.Reply.Bulk(fields.Name);
            if (values) c.Reply.Bulk(fields.Value);
        }
    }

    // With repetitions.
    private static void WriteRandom(CommandContext c, HashReader hash, long count, bool withValues)
    {
        var nests = withValues && c.Reply.IsResp3;
        c.Reply.ArrayHeader(withValues && !nests ? count * 2 : count);
        for (; count > 0 && !c.Session.Has(SessionFlags.CloseAsap); count--)
        {
            if (nests) c.Reply.ArrayHeader(2);
            c.Reply.Bulk(hash.Random(c.Node.Parts.Random, out var value));
            if (withValues) c.Reply.Bulk(value);
        }
    }

    private static bool TryParseRandom(CommandContext c, out long count, out bool withValues)
    {
        count = 0;
        withValues = false;
        if (c.Count == 2) return true;
        if (!c.TryInteger(2, -long.MaxValue, long.MaxValue, out count)) return false;
        if (c.Count > 4 || (c.Count == 4 && !c.Is(3, "withvalues"u8)))
        {
            c.SyntaxError();
            return false;
        }

        withValues = c.Count == 4;
        if (!withValues || count is >= -(long.MaxValue / 2) and <= long.MaxValue / 2) return true;
        c.Reply.Error("ERR value is out of range"u8);
        return false;
    }
}
