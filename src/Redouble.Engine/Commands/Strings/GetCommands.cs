using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Strings;

/// <summary>GET, MGET, GETSET, GETDEL, STRLEN.</summary>
internal static class GetCommands
{
    [Command("get", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RO access @1", Group = CommandGroup.String,
        Since = "1.0.0", Summary = "Returns the value of a string.", Complexity = "O(1)", Syntax = "key")]
    public static void Get(CommandContext c)
    {
        if (!StringValue.TryRead(c, 1, out var record)) return;
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Value(record);
    }

    [Command("mget", Arity = -2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RO access @1..-1",
        Group = CommandGroup.String,
        Since = "1.0.0", Summary = "Returns the values of several strings.", Complexity = "O(N) where N is the number of keys to retrieve.", Syntax = "key...",
        Tips = "request_policy:multi_shard")]
    public static void MGet(CommandContext c)
    {
        c.Reply.ArrayHeader(c.Count - 1);
        foreach (var i in c.Keys(1))
        {
            var record = Lookups.Read(c, i);
            if (record.IsMissing || record.Type != ValueType.String) c.Reply.Null();
            else c.Reply.Value(record);
        }
    }

    [Command("strlen", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RO @1", Group = CommandGroup.String,
        Since = "2.2.0", Summary = "Returns the length of a string in bytes.", Complexity = "O(1)", Syntax = "key")]
    public static void StrLen(CommandContext c)
    {
        if (StringValue.TryRead(c, 1, out var record)) c.Reply.Integer(record.IsMissing ? 0 : record.ValueLength);
    }

    [Command("getset", Arity = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RW access update @1",
        Group = CommandGroup.String, Since = "1.0.0", Summary = "Sets a key to a string and returns what it held before.", Complexity = "O(1)",
        Syntax = "key value",
        Deprecated = "6.2.0", ReplacedBy = "`SET` with the `!GET` argument")]
    public static void GetSet(CommandContext c)
    {
        if (!StringValue.TryRead(c, 1, out var record)) return;
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Value(record);
        StringValue.Store(c, 1, 2);
        c.Changed();
        c.Notify(KeyspaceEvents.String, "set"u8, c[1]);
        c.Propagation.Add(c.Session.Database, "SET"u8, c[1], c[2]);
        c.Propagation.Replaced = true;
    }

    [Command("getdel", Arity = 2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RW access delete @1",
        Group = CommandGroup.String,
        Since = "6.2.0", Summary = "Removes a string and returns the value it had.", Complexity = "O(1)", Syntax = "key")]
    public static void GetDel(CommandContext c)
    {
        if (!StringValue.TryRead(c, 1, out var record)) return;
        c.RepliesFirst = true;
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Value(record);
        if (!c.Database.Delete(c[1], c.Hash(1))) return; // where expired keys are only hidden, the one that was not read is there to be removed
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        c.Propagation.Add(c.Session.Database, "DEL"u8, c[1]);
        c.Propagation.Replaced = true;
    }
}
