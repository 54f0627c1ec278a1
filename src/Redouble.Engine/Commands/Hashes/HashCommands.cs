using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HSET, HDEL, HGET, HLEN, HGETALL.</summary>
internal static class HashCommands
{
    [Command("hset", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.Hash, Keys = "RW update @1",
        Group = CommandGroup.Hash, Since = "2.0.0", Summary = "Sets fields of a hash, which is created when there is none.",
        Complexity = "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
        Syntax = "key (field value)...", History = "4.0.0 Accepts multiple `field` and `value` arguments.")]
    public static void HSet(CommandContext c)
    {
        if (c.Count % 2 != 0)
        {
            c.Reply.Error("ERR wrong number of arguments for 'hset' command"u8);
            return;
        }

        if (!Lookups.TryFind(c, 1, ValueType.Hash, out _)) return;
        var hash = HashWriter.OpenOrCreate(c.Database, c[1], c.Hash(1));
        var added = 0;
        for (var i = 2; i < c.Count; i += 2)
        {
            if (hash.Set(c[i], c[i + 1])) added++;
        }

        c.Reply.Integer(added);
        c.Changed((c.Count - 2) / 2);
        c.Notify(KeyspaceEvents.Hash, "hset"u8, c[1]);
    }

    [Command("hdel", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Hash, Keys = "RW delete @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Removes fields of a hash, and the hash with the last of them.", Complexity = "O(N) where N is the number of fields to be removed.",
        Syntax = "key field...", History = "2.4.0 Accepts multiple `field` arguments.")]
    public static void HDel(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        var hash = new HashWriter(c.Database.OpenForWrite(c[1], c.Hash(1)));
        var removed = 0;
        for (var i = 2; i < c.Count && hash.Count > 0; i++)
        {
            if (hash.Remove(c[i])) removed++;
        }

        var isEmpty = hash.Count == 0;
        if (removed > 0)
        {
            c.Changed(removed);
            c.Notify(KeyspaceEvents.Hash, "hdel"u8, c[1]);
        }

        if (isEmpty)
        {
            c.Database.Delete(c[1], c.Hash(1));
            c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        }

        c.Reply.Integer(removed);
    }

    [Command("hget", Arity = 3, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the value of a field of a hash.", Complexity = "O(1)", Syntax = "key field")]
    public static void HGet(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        if (!record.IsMissing && new HashReader(c.Keyspace, record).TryGet(c[2], out var value)) c.Reply.Bulk(value);
        else c.Reply.Null();
    }

    [Command("hlen", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Hash, Keys = "RO @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns the number of fields of a hash.", Complexity = "O(1)", Syntax = "key")]
    public static void HLen(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        c.Reply.Integer(record.IsMissing ? 0 : new HashReader(c.Keyspace, record).Count);
    }

    [Command("hgetall", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Returns all fields and values of a hash.", Complexity = "O(N) where N is the size of the hash.", Syntax = "key", Tips = "nondeterministic_output_order")]
    public static void HGetAll(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.MapHeader(0);
            return;
        }

        c.Reply.MapHeader(new HashReader(c.Keyspace, record).Count);
        using var fields = new ElementCursor(c.Keyspace, record);
        while (fields.MoveNext())
        {
            c.Reply.Bulk(fields.Name);
            c.Reply.Bulk(fields.Value);
        }
    }
}
