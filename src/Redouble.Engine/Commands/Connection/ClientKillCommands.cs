using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Connection;

/// <summary>CLIENT KILL and UNBLOCK.</summary>
internal static class ClientKillCommands
{
    [Command("client|kill", Arity = -3, Flags = ClientCommands.ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "2.4.0",
        Summary = "Closes connections.", Complexity = "O(N) where N is the number of client connections",
        Syntax = "filter=( old-format~2.8.12{ip:port} | new-format=( [ID client-id:integer^2.8.12] "
            + "| [TYPE client-type=( NORMAL | MASTER^3.2.0 | SLAVE | REPLICA^5.0.0 | PUBSUB )^2.8.12] | [USER username] | [ADDR addr{ip:port}] "
            + "| [LADDR laddr^6.2.0{ip:port}] | [SKIPME skipme=( YES | NO )] )... )",
        History = "2.8.12 Added new filter format.; 2.8.12 `ID` option.; 3.2.0 Added `master` type in for `TYPE` option.; "
            + "5.0.0 Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.; 6.2.0 `LADDR` option.")]
    public static void Kill(CommandContext c)
    {
        var filter = default(Filter);
        var oldForm = c.Count == 3;
        if (oldForm) filter.Address = ConfigText.FromBytes(c[2]);
        else if (!TryReadFilter(c, out filter)) return;
        var killed = 0;
        foreach (var session in ClientListCommands.AllSessions(c.Node))
        {
            if (!filter.Matches(session) || (filter.SkipsCaller && session == c.Session)) continue;
            // The caller hears of its success before it goes.
            if (session == c.Session) session.Flags |= SessionFlags.CloseAfterReply;
            else c.Node.Clients.Close(session);
            killed++;
        }

        if (!oldForm) c.Reply.Integer(killed);
        else if (killed == 0) c.Reply.Error("ERR No such client"u8);
        else c.Reply.Ok();
    }

    [Command("client|unblock", Arity = -3, Flags = ClientCommands.ForAdmins, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "5.0.0",
        Summary = "Ends the wait of a blocked client.", Complexity = "O(log N) where N is the number of client connections",
        Syntax = "client-id:integer [unblock-type=( TIMEOUT | ERROR )]")]
    public static void Unblock(CommandContext c)
    {
        var error = c.Count == 4 && c.Is(3, "error"u8);
        if (c.Count > 4 || (c.Count == 4 && !error && !c.Is(3, "timeout"u8)))
        {
            if (c.Count > 4) c.SubcommandSyntaxError();
            else c.Reply.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"u8);
            return;
        }

        if (!c.TryInteger(2, out var id)) return;
        var session = c.Node.Sessions.FindById(id);
        c.Reply.Integer(session != null && c.Node.Blocking.TryUnblock(session, error) ? 1 : 0);
    }

    private static bool TryReadFilter(CommandContext c, out Filter filter)
    {
        filter = new Filter { SkipsCaller = true };
        for (var i = 2; i < c.Count; i += 2)
        {
            if (i + 1 >= c.Count)
            {
                c.SyntaxError();
                return false;
            }

            var value = ConfigText.FromBytes(c[i + 1]);
            if (c.Is(i, "id"u8))
            {
                if (!Integers.TryParse(c[i + 1], out var id) || id < 1) return Refuse(c, "ERR client-id should be greater than 0");
                filter.Id = id;
            }
            else if (c.Is(i, "type"u8))
            {
                SessionClass.Is(c.Session, value, out var known);
                if (!known) return Refuse(c, $"ERR Unknown client type '{c.Shown(i + 1)}'");
                filter.Type = value;
            }
            else if (c.Is(i, "addr"u8))
            {
                filter.Address = value;
            }
            else if (c.Is(i, "laddr"u8))
            {
                filter.LocalAddress = value;
            }
            else if (c.Is(i, "user"u8))
            {
                if (value != "default") return Refuse(c, $"ERR No such user '{c.Shown(i + 1)}'");
                filter.User = value;
            }
            else if (c.Is(i, "skipme"u8) && (c.Is(i + 1, "yes"u8) || c.Is(i + 1, "no"u8)))
            {
                filter.SkipsCaller = c.Is(i + 1, "yes"u8);
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private static bool Refuse(CommandContext c, string error)
    {
        c.Reply.Error(error);
        return false;
    }

    /// <summary>Whom to kill: all that is given must hold.</summary>
    private struct Filter
    {
        public string? Address;
        public string? LocalAddress;
        public string? Type;
        public string? User;
        public long Id;
        public bool SkipsCaller;

        public readonly bool Matches(Session session) =>
            (Address == null || session.Address == Address)
            && (LocalAddress == null || session.LocalAddress == LocalAddress)
            && (Type == null || SessionClass.Is(session, Type, out _))
            && (User == null || (session.User == User && session.IsAuthenticated))
            && (Id == 0 || session.Id == Id);
    }
}
