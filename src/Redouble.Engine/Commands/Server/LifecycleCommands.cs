using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server;

/// <summary>SHUTDOWN, TIME.</summary>
internal static class LifecycleCommands
{
    [Command("shutdown", Arity = -1, Group = CommandGroup.Server, Since = "1.0.0",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.NoMulti | CommandFlags.AllowBusy,
        Summary = "Saves the data set, if it is to be saved, and ends the server.",
        Complexity = "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
        Syntax = "[save-selector=( NOSAVE | SAVE )] [NOW^7.0.0] [FORCE^7.0.0] [ABORT^7.0.0]",
        History = "7.0.0 Added the `NOW`, `FORCE` and `ABORT` modifiers.")]
    public static void Shutdown(CommandContext c)
    {
        var options = ShutdownOptions.Default;
        var abort = false;
        for (var i = 1; i < c.Count; i++)
        {
            if (c.Is(i, "nosave"u8)) options |= ShutdownOptions.NoSave;
            else if (c.Is(i, "save"u8)) options |= ShutdownOptions.Save;
            else if (c.Is(i, "now"u8)) options |= ShutdownOptions.Now;
            else if (c.Is(i, "force"u8)) options |= ShutdownOptions.Force;
            else if (c.Is(i, "abort"u8)) abort = true;
            else
            {
                c.SyntaxError();
                return;
            }
        }

        if ((abort && options != ShutdownOptions.Default) || options.HasFlag(ShutdownOptions.Save | ShutdownOptions.NoSave))
        {
            c.SyntaxError();
        }
        else if (!abort)
        {
            c.Node.Shutdown.Request(c.Session, options);
        }
        else if (c.Node.Shutdown.Abort())
        {
            c.Reply.Ok();
        }
        else
        {
            c.Reply.Error("ERR No shutdown in progress."u8);
        }
    }

    [Command("time", Arity = 1, Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, Group = CommandGroup.Server, Since = "2.6.0",
        Summary = "Tells the time.", Complexity = "O(1)", Tips = "nondeterministic_output")]
    public static void Time(CommandContext c)
    {
        // One unit has one time: its millisecond is fixed, the microseconds below it are only shown outside a transaction.
        var now = c.Node.Parts.Clock.UnixMicroseconds;
        if (c.InTransaction || now / 1000 != c.NowMs) now = c.NowMs * 1000;
        c.Reply.ArrayHeader(2);
        c.Reply.BulkFromLong(now / 1_000_000);
        c.Reply.BulkFromLong(now % 1_000_000);
    }
}
