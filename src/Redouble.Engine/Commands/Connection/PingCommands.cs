using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Commands.Connection;

/// <summary>PING, ECHO, SELECT.</summary>
internal static class PingCommands
{
    [Command("ping", Arity = -1, Flags = CommandFlags.Fast | CommandFlags.WhileSubscribed | CommandFlags.ReportsDiskError, Acl = AclCategory.Connection,
        Group = CommandGroup.Connection, Since = "1.0.0", Summary = "Answers, to show that the server does.", Complexity = "O(1)", Syntax = "[message]",
        Tips = "request_policy:all_shards response_policy:all_succeeded")]
    public static void Ping(CommandContext c)
    {
        if (c.Count > 2)
        {
            c.Reply.Error("ERR wrong number of arguments for 'ping' command"u8);
        }
        else if (c.Session.Has(SessionFlags.PubSub) && c.Reply.Version == RespVersion.Resp2)
        {
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk("pong"u8);
            c.Reply.Bulk(c.Count == 2 ? c[1] : []);
        }
        else if (c.Count == 2)
        {
            c.Reply.Bulk(c[1]);
        }
        else
        {
            c.Reply.Raw("+PONG\r\n"u8);
        }
    }

    [Command("echo", Arity = 2, Flags = CommandFlags.Fast | CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Connection,
        Group = CommandGroup.Connection,
        Since = "1.0.0", Summary = "Returns what it is given.", Complexity = "O(1)", Syntax = "message")]
    public static void Echo(CommandContext c) => c.Reply.Bulk(c[1]);

    [Command("select", Arity = 2, Flags = CommandFlags.Fast | CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Connection,
        Group = CommandGroup.Connection,
        Since = "1.0.0", Summary = "Chooses the database of the connection.", Complexity = "O(1)", Syntax = "index:integer")]
    public static void Select(CommandContext c)
    {
        if (!c.TryInteger(1, int.MinValue, int.MaxValue, out var number)) return;
        if ((uint)number >= (uint)c.Keyspace.Databases.Length || number < 0)
        {
            c.Reply.Error("ERR DB index is out of range"u8);
            return;
        }

        c.Session.Database = (int)number;
        c.Reply.Ok();
    }
}
