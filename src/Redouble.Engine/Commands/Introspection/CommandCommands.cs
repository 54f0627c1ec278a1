using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>COMMAND, which describes every command and itself. The shapes of its replies are in <see cref="CommandInfoReply"/> and
/// <see cref="CommandDocsReply"/>.</summary>
internal static class CommandCommands
{
    private const CommandFlags Always = CommandFlags.Loading | CommandFlags.Stale;

    private static readonly string[] s_help =
    [
        "(no subcommand)", "    Return details about all Redis commands.",
        "COUNT", "    Return the total number of commands in this Redis server.",
        "LIST", "    Return a list of all commands in this Redis server.",
        "INFO [<command-name> ...]", "    Return details about multiple Redis commands.",
        "    If no command names are given, documentation details for all", "    commands are returned.",
        "DOCS [<command-name> ...]", "    Return documentation details about multiple Redis commands.",
        "    If no command names are given, documentation details for all", "    commands are returned.",
        "GETKEYS <full-command>", "    Return the keys from a full Redis command.",
        "GETKEYSANDFLAGS <full-command>", "    Return the keys and the access flags from a full Redis command.",
    ];

    [Command("command", Arity = -1, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Describes all commands.", Complexity = "O(N), N commands", Tips = "nondeterministic_output_order")]
    public static void Command(CommandContext c)
    {
        if (c.Count > 1) c.UnknownSubcommand();
        else ReplyWithAll(c);
    }

    [Command("command|count", Arity = 2, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Returns the number of commands.", Complexity = "O(1)")]
    public static void Count(CommandContext c) => c.Reply.Integer(CommandTable.TopLevelCount);

    [Command("command|info", Arity = -2, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Describes some or all commands.", Complexity = "O(N), N commands asked for", Syntax = "[command-name...]",
        Tips = "nondeterministic_output_order", History = "7.0.0 Allowed to be called with no argument to get info on all commands.")]
    public static void Info(CommandContext c)
    {
        if (c.Count == 2)
        {
            ReplyWithAll(c);
            return;
        }

        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            if (CommandNameLookup.Find(c[i]) is { } info) CommandInfoReply.Write(c.Reply, info);
            else c.Reply.Null();
        }
    }

    [Command("command|docs", Arity = -2, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "7.0.0",
        Summary = "Documents commands.", Complexity = "O(N), N commands asked for", Syntax = "[command-name...]", Tips = "nondeterministic_output_order")]
    public static void Docs(CommandContext c)
    {
        if (c.Count == 2)
        {
            c.Reply.MapHeader(CommandTable.TopLevelCount);
            foreach (var info in CommandTable.Infos[..CommandTable.TopLevelCount]) CommandDocsReply.Write(c.Reply, info);
            return;
        }

        var found = 0;
        var header = c.Reply.BeginDeferred();
        for (var i = 2; i < c.Count; i++)
        {
            if (CommandNameLookup.Find(c[i]) is not { } info) continue;
            CommandDocsReply.Write(c.Reply, info);
            found++;
        }

        c.Reply.EndMap(header, found);
    }

    [Command("command|list", Arity = -2, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "7.0.0",
        Summary = "Lists command names.", Complexity = "O(N), N commands", Tips = "nondeterministic_output_order",
        Syntax = "[FILTERBY filterby=(MODULE module-name | ACLCAT category | PATTERN pattern)]")]
    public static void List(CommandContext c)
    {
        var filter = Filter.None;
        if (c.Count == 5 && c.Is(2, "filterby"u8))
        {
            if (c.Is(3, "module"u8)) filter = Filter.Module;
            else if (c.Is(3, "aclcat"u8)) filter = Filter.Category;
            else if (c.Is(3, "pattern"u8)) filter = Filter.Pattern;
        }

        if (c.Count > 2 && filter == Filter.None)
        {
            c.SyntaxError();
            return;
        }

        var count = 0;
        var header = c.Reply.BeginDeferred();
        foreach (var info in CommandTable.Infos)
        {
            if (!Passes(info, filter, c)) continue;
            c.Reply.Bulk(info.FullNameUtf8);
            count++;
        }

        c.Reply.EndArray(header, count);
    }

    [Command("command|getkeys", Arity = -3, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Returns the keys of a full command.", Complexity = "O(N), N arguments", Syntax = "command [arg...]")]
    public static void GetKeys(CommandContext c)
    {
        if (!CommandKeys.TryFind(c, out var keys)) return;
        c.Reply.ArrayHeader(keys.Count);
        for (var i = 0; i < keys.Count; i++) c.Reply.Bulk(c[keys[i].Index + 2]);
    }

    [Command("command|getkeysandflags", Arity = -3, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "7.0.0",
        Summary = "Returns the keys of a full command and what it does with them.", Complexity = "O(N), N arguments", Syntax = "command [arg...]")]
    public static void GetKeysAndFlags(CommandContext c)
    {
        if (!CommandKeys.TryFind(c, out var keys)) return;
        c.Reply.ArrayHeader(keys.Count);
        for (var i = 0; i < keys.Count; i++)
        {
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk(c[keys[i].Index + 2]);
            CommandInfoReply.WriteKeyFlags(c.Reply, keys[i].Flags);
        }
    }

    [Command("command|help", Arity = 2, Flags = Always, Acl = AclCategory.Connection, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Describes the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(c, s_help);

    private enum Filter
    {
        None,
        Module,
        Category,
        Pattern,
    }

    private static void ReplyWithAll(CommandContext c)
    {
        c.Reply.ArrayHeader(CommandTable.TopLevelCount);
        foreach (var info in CommandTable.Infos[..CommandTable.TopLevelCount]) CommandInfoReply.Write(c.Reply, info);
    }

    private static bool Passes(CommandInfo info, Filter filter, CommandContext c) => filter switch
    {
        Filter.None => true,
        Filter.Category => (info.Acl & CommandNames.CategoryOf(c[4])) != AclCategory.None,
        Filter.Pattern => Glob.IsMatch(c[4], info.FullNameUtf8, ignoreCase: true),
        _ => false, // No command comes from a module.
    };
}
