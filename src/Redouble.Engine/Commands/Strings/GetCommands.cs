using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Strings;

/// <summary>GET.</summary>
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
}
