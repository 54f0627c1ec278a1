using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Connection;

/// <summary>CLIENT LIST, INFO and HELP.</summary>
internal static class ClientListCommands
{
    private const int ListMax = 64 << 20; // characters: 170,000 clients whose names are short

    [Command("client|info", Arity = 2, Flags = ClientCommands.ForAll, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.2.0",
        Summary = "Describes the connection.", Complexity = "O(1)", Tips = "nondeterministic_output")]
    public static void Info(CommandContext c) => c.Reply.Verbatim("txt"u8, ConfigText.ToBytes(Line(c, c.Session) + "\n"));

    [Command("client|list", Arity = -2, Flags = ClientCommands.ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "2.4.0",
        Summary = "Describes all connections, or some of them.", Complexity = "O(N) where N is the number of client connections",
        Tips = "nondeterministic_output",
        Syntax = "[TYPE client-type=( NORMAL | MASTER | REPLICA | PUBSUB )^5.0.0] [ID client-id:integer^6.2.0...]",
        History = "2.8.12 Added unique client `id` field.; 5.0.0 Added optional `TYPE` filter.; 6.0.0 Added `user` field.; "
            + "6.2.0 Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.; "
            + "7.0.0 Added `resp`, `multi-mem`, `rbs` and `rbp` fields.; 7.0.3 Added `ssub` field.")]
    public static void List(CommandContext c)
    {
        var lines = new StringBuilder();
        if (c.Count == 4 && c.Is(2, "type"u8))
        {
            var type = ConfigText.FromBytes(c[3]);
            SessionClass.Is(c.Session, type, out var known);
            if (!known)
            {
                c.Reply.Error($"ERR Unknown client type '{c.Shown(3)}'");
                return;
            }

            foreach (var session in AllSessions(c.Node))
            {
                if (SessionClass.Is(session, type, out _) && !TryAppend(c, lines, session)) return;
            }
        }
        else if (c.Count > 3 && c.Is(2, "id"u8))
        {
            if (!TryAppendById(c, lines)) return;
        }
        else if (c.Count != 2)
        {
            c.SyntaxError();
            return;
        }
        else
        {
            foreach (var session in AllSessions(c.Node))
            {
                if (!TryAppend(c, lines, session)) return;
            }
        }

        c.Reply.Verbatim("txt"u8, ConfigText.ToBytes(lines.ToString()));
    }

    [Command("client|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Connection, Group = CommandGroup.Connection,
        Since = "5.0.0", Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "CACHING (YES|NO)",
        "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
        "GETREDIR",
        "    Return the client ID we are redirecting to when tracking is enabled.",
        "GETNAME",
        "    Return the name of the current connection.",
        "ID",
        "    Return the ID of the current connection.",
        "INFO",
        "    Return information about the current client connection.",
        "KILL <ip:port>",
        "    Kill connection made from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Kill connections. Options are:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made from the specified address",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made to specified local address",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Kill connections by type.",
        "    * USER <username>",
        "      Kill connections authenticated by <username>.",
        "    * SKIPME (YES|NO)",
        "      Skip killing current connection (default: yes).",
        "LIST [options ...]",
        "    Return information about client connections. Options:",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      Return clients of specified type.",
        "UNPAUSE",
        "    Stop the current client pause, resuming traffic.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Suspend all, or just write, clients for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Control the replies sent to the current connection.",
        "SETNAME <name>",
        "    Assign the name <name> to the current connection.",
        "SETINFO <option> <value>",
        "    Set client meta attr. Options are:",
        "    * LIB-NAME: the client lib name.",
        "    * LIB-VER: the client lib version.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    Unblock the specified blocked client.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Control server assisted client side caching.",
        "TRACKINGINFO",
        "    Report tracking status for the current connection.",
        "NO-EVICT (ON|OFF)",
        "    Protect current client connection from eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Will not touch LRU/LFU stats when this mode is on.");

    /// <summary>All sessions in the order of their ids: those of clients, and the link to the primary.</summary>
    internal static List<Session> AllSessions(Node node)
    {
        var sessions = new List<Session>(node.Sessions.Count + 1);
        for (var slot = 0; slot < node.Sessions.Top; slot++)
        {
            if (node.Sessions[slot] is { } session && !session.Has(SessionFlags.CloseAsap)) sessions.Add(session);
        }

        if (node.IsReplica && node.Replication.Protocol.Primary.IsUp) sessions.Add(node.Replication.PrimarySession);
        sessions.Sort(static (left, right) => left.Id.CompareTo(right.Id));
        return sessions;
    }

    private static bool TryAppendById(CommandContext c, StringBuilder lines)
    {
        var sessions = AllSessions(c.Node).ToDictionary(static session => session.Id);
        for (var i = 3; i < c.Count; i++)
        {
            if (!Integers.TryParse(c[i], out var id))
            {
                c.Reply.Error("ERR Invalid client ID"u8);
                return false;
            }

            if (sessions.TryGetValue(id, out var found) && !TryAppend(c, lines, found)) return false;
        }

        return true;
    }

    private static bool TryAppend(CommandContext c, StringBuilder lines, Session session)
    {
        lines.Append(Line(c, session)).Append('\n');
        if (lines.Length <= ListMax) return true;
        c.Reply.Error($"ERR The list is longer than {ListMax} bytes: ask for fewer clients, by ID or TYPE.");
        return false;
    }

    private static string Line(CommandContext c, Session session)
    {
        if (session == c.Session) return ClientLine.OfRequester(c);
        return ClientLine.Format(session, c.NowMs, session.Blocked?.Request?.ArgumentBytes ?? 0);
    }
}
