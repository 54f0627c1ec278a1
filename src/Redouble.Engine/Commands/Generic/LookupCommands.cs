using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>EXISTS, TOUCH, TYPE, DBSIZE.</summary>
internal static class LookupCommands
{
    private const CommandFlags Flags = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const string Tips = "request_policy:multi_shard response_policy:agg_sum";

    [Command("exists", Arity = -2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO @1..-1", Group = CommandGroup.Generic, Since = "1.0.0",
        Summary = "Counts which of the keys exist.", Complexity = "O(N) where N is the number of keys to check.", Syntax = "key...", Tips = Tips,
        History = "3.0.3 Accepts multiple `key` arguments.")]
    public static void Exists(CommandContext c)
    {
        var count = 0;
        foreach (var i in c.Keys(1)) count += Lookups.Peek(c, i).IsMissing ? 0 : 1;
        c.Reply.Integer(count);
    }

    [Command("touch", Arity = -2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO @1..-1", Group = CommandGroup.Generic, Since = "3.2.1",
        Summary = "Makes now the time of last access of keys; returns how many exist.", Complexity = "O(N) where N is the number of keys that will be touched.",
        Syntax = "key...", Tips = Tips)]
    public static void Touch(CommandContext c)
    {
        // The one command that a client in NO-TOUCH mode touches keys with.
        var touches = c.Keyspace.Touches;
        c.Keyspace.Touches = true;
        var count = 0;
        foreach (var i in c.Keys(1)) count += Lookups.Read(c, i).IsMissing ? 0 : 1;
        c.Keyspace.Touches = touches;
        c.Reply.Integer(count);
    }

    [Command("type", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO @1", Group = CommandGroup.Generic, Since = "1.0.0",
        Summary = "Returns the type of the value at a key.", Complexity = "O(1)", Syntax = "key")]
    public static void Type(CommandContext c)
    {
        var record = Lookups.Peek(c, 1);
        c.Reply.SimpleString(record.IsMissing ? "none"u8 : TypeName(record.Type));
    }

    [Command("dbsize", Arity = 1, Flags = Flags, Acl = AclCategory.Keyspace, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Returns how many keys the database holds.", Complexity = "O(1)", Tips = "request_policy:all_shards response_policy:agg_sum")]
    public static void DbSize(CommandContext c) => c.Reply.Integer(c.Database.Count);

    /// <summary>The name of a type in TYPE and SCAN.</summary>
    public static ReadOnlySpan<byte> TypeName(ValueType type) => type switch
    {
        ValueType.String => "string"u8,
        ValueType.List => "list"u8,
        ValueType.Set => "set"u8,
        ValueType.SortedSet => "zset"u8,
        ValueType.Hash => "hash"u8,
        ValueType.Stream => "stream"u8,
        _ => throw new InvalidOperationException($"A record of the unknown type {type}."),
    };
}
