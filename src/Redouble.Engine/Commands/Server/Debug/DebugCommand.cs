using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG: one command with a list of its own, as in Redis.</summary>
internal static class DebugCommand
{
    [Command("debug", Arity = -2, Group = CommandGroup.Server, Since = "1.0.0", System = true, Complexity = "Depends on subcommand.",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Protected,
        Summary = "Looks inside the server, or makes it fail.")]
    public static void Debug(CommandContext c)
    {
        var name = ConfigText.FromBytes(c[1]);
        foreach (var subcommand in DebugSubcommands.All)
        {
            if (!subcommand.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            if (c.Count < subcommand.ArgumentsMin || c.Count > subcommand.ArgumentsMax) break;
            subcommand.Run(c);
            return;
        }

        c.SubcommandSyntaxError();
    }
}
