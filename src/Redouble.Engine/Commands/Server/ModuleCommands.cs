using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server;

/// <summary>
/// MODULE: there are none, and none can be loaded, since modules are libraries for the insides of another program. They are refused as a broken one is.
/// </summary>
[CommandContainer("module", Group = CommandGroup.Server, Since = "4.0.0", Summary = "Shows the loaded modules.", Complexity = "Depends on subcommand.")]
internal static class ModuleCommands
{
    private const CommandFlags ForLoaders = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading | CommandFlags.Protected;

    [Command("module|list", Arity = 2, Flags = CommandFlags.Admin | CommandFlags.NoScript, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Lists the loaded modules.", Complexity = "O(N) where N is the number of loaded modules.", Tips = "nondeterministic_output_order")]
    public static void List(CommandContext c) => c.Reply.ArrayHeader(0);

    [Command("module|load", Arity = -3, Flags = ForLoaders, Group = CommandGroup.Server, Since = "4.0.0", Summary = "Refused: no modules can be loaded.",
        Complexity = "O(1)", Syntax = "path [arg...]")]
    public static void Load(CommandContext c) => Refuse(c, "ERR Error loading the extension. Please check the server logs."u8);

    [Command("module|loadex", Arity = -3, Flags = ForLoaders, Group = CommandGroup.Server, Since = "7.0.0", Summary = "Refused: no modules can be loaded.",
        Complexity = "O(1)", Syntax = "path [CONFIG configs=( name value )]+... [ARGS args...]")]
    public static void LoadEx(CommandContext c) => Refuse(c, "ERR Error loading the extension. Please check the server logs."u8);

    [Command("module|unload", Arity = 3, Flags = ForLoaders, Group = CommandGroup.Server, Since = "4.0.0", Summary = "Refused: no modules are loaded.",
        Complexity = "O(1)", Syntax = "name")]
    public static void Unload(CommandContext c) => c.Reply.Error("ERR Error unloading module: no such module with that name"u8);

    [Command("module|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "LIST",
        "    Return a list of loaded modules.",
        "LOAD <path> [<arg> ...]",
        "    Load a module library from <path>, passing to it any optional arguments.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Load a module library from <path>, while passing it module configurations and optional arguments.",
        "UNLOAD <name>",
        "    Unload a module.");

    private static void Refuse(CommandContext c, ReadOnlySpan<byte> error)
    {
        c.Node.Parts.Host.Log(ConfigLogLevel.Warning, $"Module {Encoding.UTF8.GetString(c[2])} failed to load: Redouble runs no modules.");
        c.Reply.Error(error);
    }
}
