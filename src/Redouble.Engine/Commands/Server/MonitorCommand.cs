using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Server;

/// <summary>MONITOR.</summary>
internal static class MonitorCommand
{
    [Command("monitor", Arity = 1, Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server,
        Since = "1.0.0", Summary = "Sends the connection every command that the server executes.")]
    public static void Monitor(CommandContext c)
    {
        if (c.InTransaction)
        {
            c.Reply.Error("ERR MONITOR isn't allowed for DENY BLOCKING client"u8);
            return;
        }

        if (c.Session.Has(SessionFlags.Monitor | SessionFlags.Replica)) return; // it is told everything as it is
        c.Node.Monitoring.Feed.Add(c.Session);
        c.Reply.Ok();
    }
}
