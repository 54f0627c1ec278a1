using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Replication;

/// <summary>REDOUBLE: what Redis has no command for.</summary>
[CommandContainer("redouble", Group = CommandGroup.Server, Since = "7.2.0", Summary = "What Redouble does beyond Redis.",
    Complexity = "Depends on subcommand.")]
internal static class RedoubleCommands
{
    [Command("redouble|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "7.2.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "VERIFY",
        "    Compare the data here with that of each Redouble replica, at one offset, in the background.",
        "VERIFY STATUS",
        "    How far that is, and what came of the last time: per replica the keys that differ.");
}
