using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server;

/// <summary>MODULE: there are none.</summary>
[CommandContainer("module", Group = CommandGroup.Server, Since = "4.0.0", Summary = "Shows the loaded modules.", Complexity = "Depends on subcommand.")]
internal static class ModuleCommands
{
    [Command("module|list", Arity = 2, Flags = CommandFlags.Admin | CommandFlags.NoScript, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Lists the loaded modules.", Complexity = "O(N) where N is the number of loaded modules.", Tips = "nondeterministic_output_order")]
    public static void List(CommandContext c) => c.Reply.ArrayHeader(0);

    [Command("module|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(c, "LIST", "    Return a list of loaded modules.");
}
