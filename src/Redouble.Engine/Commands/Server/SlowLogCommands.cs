using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Monitoring;

namespace Redouble.Engine.Commands.Server;

/// <summary>SLOWLOG.</summary>
[CommandContainer("slowlog", Group = CommandGroup.Server, Since = "2.2.12", Summary = "Shows the slowest calls.", Complexity = "Depends on subcommand.")]
internal static class SlowLogCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale;
    private const int DefaultCount = 10;

    [Command("slowlog|get", Arity = -2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.2.12", Summary = "Returns the newest entries.",
        Complexity = "O(N) where N is the number of entries returned", Syntax = "[count]", Tips = "request_policy:all_nodes nondeterministic_output",
        History = "4.0.0 Added client IP address, port and name to the reply.")]
    public static void Get(CommandContext c)
    {
        long count = DefaultCount;
        if (c.Count > 3)
        {
            c.SubcommandSyntaxError();
            return;
        }

        if (c.Count == 3 && (!Integers.TryParse(c[2], out count) || count < -1))
        {
            c.Reply.Error("ERR count should be greater than or equal to -1"u8);
            return;
        }

        var log = c.Node.Monitoring.SlowLog;
        if (count < 0 || count > log.Count) count = log.Count;
        c.Reply.ArrayHeader(count);
        foreach (var entry in log.Entries)
        {
            if (count-- == 0) return;
            WriteEntry(c, entry);
        }
    }

    [Command("slowlog|len", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.2.12", Summary = "Returns the number of entries.",
        Complexity = "O(1)", Tips = "request_policy:all_nodes response_policy:agg_sum nondeterministic_output")]
    public static void Length(CommandContext c) => c.Reply.Integer(c.Node.Monitoring.SlowLog.Count);

    [Command("slowlog|reset", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.2.12", Summary = "Empties the log.",
        Complexity = "O(N) where N is the number of entries in the slowlog", Tips = "request_policy:all_nodes response_policy:all_succeeded")]
    public static void Reset(CommandContext c)
    {
        c.Node.Monitoring.SlowLog.Reset();
        c.Reply.Ok();
    }

    [Command("slowlog|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "6.2.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.");

    private static void WriteEntry(CommandContext c, SlowLogEntry entry)
    {
        c.Reply.ArrayHeader(6);
        c.Reply.Integer(entry.Id);
        c.Reply.Integer(entry.TimeSeconds);
        c.Reply.Integer(entry.Microseconds);
        c.Reply.ArrayHeader(entry.Arguments.Length);
        foreach (var argument in entry.Arguments) c.Reply.Bulk(argument);
        c.Reply.Bulk(entry.Address);
        c.Reply.Bulk(entry.Name);
    }
}
