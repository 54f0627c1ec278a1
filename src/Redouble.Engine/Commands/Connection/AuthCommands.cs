using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Connection;

/// <summary>AUTH, HELLO, QUIT, RESET.</summary>
internal static class AuthCommands
{
    private const CommandFlags Handshake =
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.NoAuth | CommandFlags.AllowBusy;

    [Command("auth", Arity = -2, Flags = Handshake, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "1.0.0",
        Summary = "Authenticates the connection.", Complexity = "O(N) where N is the number of passwords defined for the user",
        Syntax = "[username^6.0.0] password", History = "6.0.0 Added ACL style (username and password).")]
    public static void Auth(CommandContext c)
    {
        if (c.Count > 3)
        {
            c.SyntaxError();
            return;
        }

        for (var i = 1; i < c.Count; i++) c.Redact(i);
        if (c.Count == 2 && c.Config.RequirePass.Length == 0)
        {
            c.Reply.Error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"u8);
            return;
        }

        var user = c.Count == 3 ? c[1] : "default"u8;
        if (Authentication.TryAuthenticate(c.Node, c.Session, user, c[c.Count - 1])) c.Reply.Ok();
        else c.Reply.Error(Authentication.Refusal);
    }

    [Command("hello", Arity = -1, Flags = Handshake, Acl = AclCategory.Connection, Group = CommandGroup.Connection, Since = "6.0.0",
        Summary = "Agrees on the protocol, and tells who the server is.", Complexity = "O(1)",
        Syntax = "[arguments=( protover:integer [ AUTH username_password=( username password ) ] [ SETNAME clientname ] )]",
        History = "6.2.0 `protover` made optional, when called without arguments the command reports the current connection's context.")]
    public static void Hello(CommandContext c)
    {
        // All or nothing: everything is checked before anything is done.
        var version = c.Reply.Version;
        if (c.Count >= 2 && !TryVersion(c, out version)) return;
        if (!TryOptions(c, out var auth, out var name)) return;
        if (auth > 0 && !Authentication.TryAuthenticate(c.Node, c.Session, c[auth], c[auth + 1]))
        {
            c.Reply.Error(Authentication.Refusal);
            return;
        }

        if (!c.Session.IsAuthenticated)
        {
            c.Reply.Error(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the "
                + "client and select the RESP protocol version at the same time");
            return;
        }

        if (name > 0) c.Session.Name = c[name].ToArray();
        c.Reply.Version = version;
        c.Session.UpdateRefuseMask();
        ReplyGreeting(c);
    }

    [Command("quit", Arity = -1, Flags = Handshake | CommandFlags.RunsInMulti | CommandFlags.WhileSubscribed, Acl = AclCategory.Connection,
        Group = CommandGroup.Connection, Since = "1.0.0", Summary = "Closes the connection.", Complexity = "O(1)", Deprecated = "7.2.0",
        ReplacedBy = "just closing the connection")]
    public static void Quit(CommandContext c)
    {
        c.Reply.Ok();
        c.Session.Flags |= SessionFlags.CloseAfterReply;
    }

    [Command("reset", Arity = 1, Flags = Handshake | CommandFlags.RunsInMulti | CommandFlags.WhileSubscribed, Acl = AclCategory.Connection,
        Group = CommandGroup.Connection, Since = "6.2.0", Summary = "Makes the connection as good as new.", Complexity = "O(1)")]
    public static void Reset(CommandContext c)
    {
        const SessionFlags cleared = SessionFlags.Monitor | SessionFlags.ReplyOff | SessionFlags.ReplySkipNext | SessionFlags.NoEvict | SessionFlags.NoTouch
            | SessionFlags.ReadOnly;
        var session = c.Session;
        if (session.Has(SessionFlags.Primary) || SessionClass.IsReplica(session))
        {
            c.Reply.Error("ERR can only reset normal connections"u8);
            return;
        }

        c.Node.Tracking.Disable(session);
        c.Node.Transactions.Discard(session);
        c.Node.Transactions.Unwatch(session);
        c.Node.Subscriptions.RemoveAll(session);
        c.Node.Monitors.Remove(session);
        session.Flags &= ~cleared;
        session.Name = [];
        session.Database = 0;
        session.User = "default";
        c.Reply.Version = RespVersion.Resp2;
        Authentication.Begin(c.Node, session);
        c.Reply.SimpleString("RESET"u8);
    }

    private static bool TryVersion(CommandContext c, out RespVersion version)
    {
        version = RespVersion.Resp2;
        if (!Integers.TryParse(c[1], out var number))
        {
            c.Reply.Error("ERR Protocol version is not an integer or out of range"u8);
            return false;
        }

        if (number is < 2 or > 3)
        {
            c.Reply.Error("NOPROTO unsupported protocol version"u8);
            return false;
        }

        if (number == 3) version = RespVersion.Resp3;
        return true;
    }

    // Of repeated options the last one counts.
    private static bool TryOptions(CommandContext c, out int auth, out int name)
    {
        auth = name = 0;
        for (var i = 2; i < c.Count; i++)
        {
            if (c.Is(i, "auth"u8) && i + 2 < c.Count)
            {
                c.Redact(i + 1);
                c.Redact(i + 2);
                auth = i + 1;
                i += 2;
            }
            else if (c.Is(i, "setname"u8) && i + 1 < c.Count)
            {
                name = ++i;
                if (Authentication.RefusalOfName(c[name], "Client names") is not { } refusal) continue;
                c.Reply.Error(refusal);
                return false;
            }
            else
            {
                c.Reply.Error($"ERR Syntax error in HELLO option '{c.Shown(i)}'");
                return false;
            }
        }

        return true;
    }

    private static void ReplyGreeting(CommandContext c)
    {
        var reply = c.Reply;
        reply.MapHeader(7);
        reply.Bulk("server"u8);
        reply.Bulk("redis"u8);
        reply.Bulk("version"u8);
        reply.Bulk(RedisCompatibility.Version);
        reply.Bulk("proto"u8);
        reply.Integer(reply.Version == RespVersion.Resp3 ? 3 : 2);
        reply.Bulk("id"u8);
        reply.Integer(c.Session.Id);
        reply.Bulk("mode"u8);
        reply.Bulk("standalone"u8);
        reply.Bulk("role"u8);
        reply.Bulk(c.Node.IsReplica ? "replica"u8 : "master"u8);
        reply.Bulk("modules"u8);
        reply.ArrayHeader(0);
    }
}
