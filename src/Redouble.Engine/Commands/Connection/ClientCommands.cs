using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Connection;

/// <summary>CLIENT: what concerns the connection itself.</summary>
[CommandContainer("client", Group = CommandGroup.Connection, Since = "2.4.0", Summary = "Inspects and controls connections.",
    Complexity = "Depends on subcommand.")]
internal static class ClientCommands
{
    internal const CommandFlags ForAll = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;
    internal const CommandFlags ForAdmins = CommandFlags.Admin | ForAll;

    [Command("client|id", Arity = 2, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "5.0.0",
        Summary = "Returns the number of the connection.", Complexity = "O(1)")]
    public static void Id(CommandContext c) => c.Reply.Integer(c.Session.Id);

    [Command("client|getname", Arity = 2, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "2.6.9",
        Summary = "Returns the name of the connection.", Complexity = "O(1)")]
    public static void GetName(CommandContext c)
    {
        if (c.Session.Name.Length == 0) c.Reply.NullBulk();
        else c.Reply.Bulk(c.Session.Name);
    }

    [Command("client|setname", Arity = 3, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "2.6.9",
        Summary = "Names the connection.", Complexity = "O(1)", Syntax = "connection-name", Tips = "request_policy:all_nodes response_policy:all_succeeded")]
    public static void SetName(CommandContext c)
    {
        if (Authentication.RefusalOfName(c[2], "Client names") is { } refusal)
        {
            c.Reply.Error(refusal);
            return;
        }

        c.Session.Name = c[2].ToArray();
        c.Reply.Ok();
    }

    [Command("client|setinfo", Arity = 4, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "7.2.0",
        Summary = "Tells which library the client uses.", Complexity = "O(1)", Syntax = "attr=( LIB-NAME libname | LIB-VER libver )",
        Tips = "request_policy:all_nodes response_policy:all_succeeded")]
    public static void SetInfo(CommandContext c)
    {
        var isName = c.Is(2, "lib-name"u8);
        if (!isName && !c.Is(2, "lib-ver"u8))
        {
            c.Reply.Error($"ERR Unrecognized option '{c.Shown(2)}'");
            return;
        }

        if (Authentication.RefusalOfName(c[3], c.Shown(2)) is { } refusal)
        {
            c.Reply.Error(refusal);
            return;
        }

        if (isName) c.Session.LibraryName = c[3].ToArray();
        else c.Session.LibraryVersion = c[3].ToArray();
        c.Reply.Ok();
    }

    [Command("client|reply", Arity = 3, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "3.2.0",
        Summary = "Switches the replies to the connection on or off.", Complexity = "O(1)", Syntax = "action=( ON | OFF | SKIP )")]
    public static void Reply(CommandContext c)
    {
        var session = c.Session;
        if (c.Is(2, "on"u8))
        {
            session.Flags &= ~(SessionFlags.ReplyOff | SessionFlags.ReplySkip);
            c.Reply.Ok();
        }
        else if (c.Is(2, "off"u8))
        {
            session.Flags |= SessionFlags.ReplyOff;
        }
        else if (c.Is(2, "skip"u8))
        {
            if (!session.Has(SessionFlags.ReplyOff)) session.Flags |= SessionFlags.ReplySkipNext;
        }
        else
        {
            c.SyntaxError();
        }
    }

    [Command("client|no-evict", Arity = 3, Flags = ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "7.0.0",
        Summary = "Protects the connection from eviction.", Complexity = "O(1)", Syntax = "enabled=( ON | OFF )")]
    public static void NoEvict(CommandContext c) => SetFlag(c, SessionFlags.NoEvict);

    [Command("client|no-touch", Arity = 3, Flags = ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "7.2.0",
        Summary = "Lets the connection's commands leave access times as they are.", Complexity = "O(1)", Syntax = "enabled=( ON | OFF )")]
    public static void NoTouch(CommandContext c) => SetFlag(c, SessionFlags.NoTouch);

    [Command("client|pause", Arity = -3, Flags = ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "3.0.0",
        Summary = "Lets the commands of clients wait for some time.", Complexity = "O(1)", Syntax = "timeout:integer [mode=( WRITE | ALL )^6.2.0]",
        History = "6.2.0 `CLIENT PAUSE WRITE` mode added along with the `mode` option.")]
    public static void Pause(CommandContext c)
    {
        var all = c.Count == 3 || c.Is(3, "all"u8);
        if (c.Count > 4 || (!all && !c.Is(3, "write"u8)))
        {
            if (c.Count > 4) c.SubcommandSyntaxError();
            else c.Reply.Error("ERR CLIENT PAUSE mode must be WRITE or ALL"u8);
            return;
        }

        if (!Integers.TryParse(c[2], out var milliseconds)) c.Reply.Error("ERR timeout is not an integer or out of range"u8);
        else if (milliseconds < 0) c.Reply.Error("ERR timeout is negative"u8);
        else if (milliseconds > long.MaxValue - c.NowMs) c.Reply.Error("ERR timeout is out of range"u8);
        else
        {
            c.Node.Pauses.Begin(c.Node, PausePurpose.Client, c.NowMs + milliseconds, all);
            c.Reply.Ok();
        }
    }

    [Command("client|unpause", Arity = 2, Flags = ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.2.0",
        Summary = "Ends a pause of clients.", Complexity = "O(N) Where N is the number of paused clients")]
    public static void Unpause(CommandContext c)
    {
        c.Node.Pauses.End(c.Node, PausePurpose.Client);
        c.Reply.Ok();
    }

    private static void SetFlag(CommandContext c, SessionFlags flag)
    {
        if (c.Is(2, "on"u8)) c.Session.Flags |= flag;
        else if (c.Is(2, "off"u8)) c.Session.Flags &= ~flag;
        else
        {
            c.SyntaxError();
            return;
        }

        c.Reply.Ok();
    }
}
