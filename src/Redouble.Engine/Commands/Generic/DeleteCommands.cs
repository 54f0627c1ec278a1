using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>DEL, UNLINK.</summary>
internal static class DeleteCommands
{
    private const string Tips = "request_policy:multi_shard response_policy:agg_sum";

    [Command("del", Arity = -2, Flags = CommandFlags.Write, Acl = AclCategory.Keyspace, Keys = "RM delete @1..-1", Group = CommandGroup.Generic,
        Since = "1.0.0",
        Summary = "Removes keys.", Complexity = "O(N) where N is the number of keys, and the number of elements for collections.", Syntax = "key...",
        Tips = Tips)]
    [Command("unlink", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Keyspace, Keys = "RM delete @1..-1",
        Group = CommandGroup.Generic,
        Since = "4.0.0", Summary = "Removes keys and frees their values later.",
        Complexity = "O(1) for each key removed; what it held is freed in the background.",
        Syntax = "key...", Tips = Tips)]
    public static void Delete(CommandContext c)
    {
        var removed = 0;
        foreach (var i in c.Keys(1))
        {
            if (!c.Database.Delete(c[i], c.Hash(i))) continue;
            c.Notify(KeyspaceEvents.Generic, "del"u8, c[i]);
            removed++;
        }

        c.Changed(removed);
        c.Reply.Integer(removed);
    }
}
