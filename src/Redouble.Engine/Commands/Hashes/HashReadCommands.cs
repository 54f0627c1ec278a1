using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HGET, HMGET, HEXISTS, HSTRLEN, HLEN, HGETALL, HKEYS, HVALS, HRANDFIELD, HSCAN.</summary>
internal static class HashReadCommands
{
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;

    [Command("hget", Arity = 3, Element = 2, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the value of a field of a hash.", Complexity = "O(1)", Syntax = "key field")]
    public static void HGet(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        var state = Find(c, record, 2, out var value);
        if (state == FieldState.Live) c.Reply.Bulk(value);
        else c.Reply.Null();
        if (state == FieldState.Expired) ExpiredFields.Remove(c, 1, c[2]);
    }

    [Command("hmget", Arity = -3, Element = 2, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the values of several fields of a hash.", Complexity = "O(N) where N is the number of fields being requested.", Syntax = "key field...")]
    public static void HMGet(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.ArrayHeader(c.Count - 2);
        var expired = false;
        foreach (var i in c.Elements(2))
        {
            var state = Find(c, record, i, out var value);
            if (state == FieldState.Live) c.Reply.Bulk(value);
            else c.Reply.Null();
            if (state == FieldState.Expired) record = RemoveOneOf(c, i, ref expired);
        }
    }

    // As in Redis, the events of several fields are one, which is not sent where the only expired field was the last one of the hash. They are the node's:
    // this command, which reads, has modified nothing.
    private static ReadRecord RemoveOneOf(CommandContext c, int index, scoped ref bool expired)
    {
        if (c.Keyspace.ExpiryPolicy != ExpiryPolicy.Remove) return c.Database.Peek(c[1], c.Hash(1));
        var isGone = ExpiredFields.Remove(c, 1, c[index], notifies: false);
        if (!isGone && !expired) c.Node.Notify(KeyspaceEvents.Hash, "hexpired"u8, c[1], c.Database.Number);
        if (isGone && expired) c.Node.Notify(KeyspaceEvents.Generic, "del"u8, c[1], c.Database.Number);
        expired = true;
        return c.Database.Peek(c[1], c.Hash(1));
    }

    [Command("hexists", Arity = 3, Element = 2, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Tells whether a field is in a hash.", Complexity = "O(1)", Syntax = "key field")]
    public static void HExists(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        var state = Find(c, record, 2, out _);
        c.Reply.Integer(state == FieldState.Live ? 1 : 0);
        if (state == FieldState.Expired) ExpiredFields.Remove(c, 1, c[2]);
    }

    [Command("hstrlen", Arity = 3, Element = 2, Flags = FastRead, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "3.2.0",
        Summary = "Returns the length of the value of a field.", Complexity = "O(1)", Syntax = "key field")]
    public static void HStrLen(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        var state = Find(c, record, 2, out var value);
        c.Reply.Integer(state == FieldState.Live ? value.Length : 0);
        if (state == FieldState.Expired) ExpiredFields.Remove(c, 1, c[2]);
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
        if (!RandomElements.TryParse(c, "withvalues"u8, out var count, out var withValues) || !Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        if (!record.IsMissing && c.Keyspace.ExpiryPolicy == ExpiryPolicy.Remove && c.Keyspace.IsFieldExpired(new HashReader(c.Keyspace, record).EarliestMs))
        {
            ExpiredFields.RemoveAll(c.Node, c.Database, record, c[1], c.Hash(1), int.MaxValue);
            record = c.Database.Peek(c[1], c.Hash(1));
        }

        if (record.IsMissing)
        {
            if (c.Count > 2) c.Reply.ArrayHeader(0);
            else c.Reply.Null();
            return;
        }

        var hash = new HashReader(c.Keyspace, record);
        if (c.Count == 2) c.Reply.Bulk(hash.Random(c.Node.Picks, out _));
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
        var hash = record.IsMissing ? default : new HashReader(c.Keyspace, record);
        var count = record.IsMissing ? 0 : hash.LiveCount;
        if (names && values) c.Reply.MapHeader(count);
        else c.Reply.ArrayHeader(count);
        if (count == 0) return;
        var skipsExpired = count != hash.Count;
        using var fields = new ElementCursor(c.Keyspace, record);
        while (fields.MoveNext())
        {
            if (skipsExpired && c.Keyspace.IsFieldExpired(fields.ExpireAtMs)) continue;
            if (names) c.Reply.Bulk(fields.Name);
            if (values) c.Reply.Bulk(fields.Value);
        }
    }

    private static FieldState Find(CommandContext c, ReadRecord record, int field, out PackedValue value)
    {
        value = default;
        return record.IsMissing ? FieldState.Missing : new HashReader(c.Keyspace, record).Find(c[field], out value, out _);
    }

    // With repetitions.
    private static void WriteRandom(CommandContext c, HashReader hash, long count, bool withValues)
    {
        var nests = withValues && c.Reply.IsResp3;
        c.Reply.ArrayHeader(withValues && !nests ? count * 2 : count);
        for (; count > 0 && !c.Session.Has(SessionFlags.CloseAsap); count--)
        {
            if (nests) c.Reply.ArrayHeader(2);
            c.Reply.Bulk(hash.Random(c.Node.Picks, out var value));
            if (withValues) c.Reply.Bulk(value);
        }
    }
}
