using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Replication;

/// <summary>REDOUBLE: what Redis has no command for.</summary>
[CommandContainer("redouble", Group = CommandGroup.Server, Since = "7.2.0", Summary = "What Redouble does beyond Redis.",
    Complexity = "Depends on subcommand.")]
internal static class RedoubleCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.NoScript;

    [Command("redouble|testlink", Arity = 4, Flags = ForAdmins | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.NoMulti, Group = CommandGroup.Server,
        Since = "7.2.0", Summary = "Walks the steps of a replication link to another server and tells which one fails. Changes nothing.", Complexity = "O(1)",
        Syntax = "host port:integer")]
    public static void TestLink(CommandContext c)
    {
        if (!Integers.TryParse(c[3], out var port) || port is < 1 or > 65535)
        {
            c.Reply.Error("ERR Invalid port"u8);
            return;
        }

        if (!c.CanBlock) c.Reply.Error("ERR REDOUBLE TESTLINK has to wait for its answer, which is not possible here"u8);
        else if (c.Node.Replication.LinkTests.Begin(c.Session, Encoding.Latin1.GetString(c[2]), (int)port) is { } error) c.Reply.Error(error);
    }

    [Command("redouble|trypsync", Arity = 4, Flags = ForAdmins | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti, Group = CommandGroup.Server,
        Since = "7.2.0", Summary = "Tells what PSYNC would do, and does nothing.", Complexity = "O(1)", System = true, Syntax = "replicationid offset:integer")]
    public static void TryPSync(CommandContext c)
    {
        var replicas = c.Node.Replication.Protocol.Replicas;
        if (!c.TryInteger(3, out var offset)) return;
        if (!replicas.CanServe) c.Reply.Error("NOMASTERLINK Can't SYNC while not connected with my master"u8);
        else c.Reply.Bulk(replicas.Forecast(c[2], offset));
    }

    [Command("redouble|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "7.2.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "TESTLINK <host> <port>",
        "    Walk the steps of a replication link: resolve, connect, AUTH, PING, REPLCONF, PSYNC.",
        "    Each is answered with its name, ok|failed|skipped|predicted|unknown, what came of it, and",
        "    its microseconds; the first that fails is the last. Nothing changes on either side.",
        "VERIFY",
        "    Compare the data here with that of each Redouble replica, at one offset, in the background.",
        "VERIFY STATUS",
        "    How far that is, and what came of the last time: per replica the keys that differ.");
}
