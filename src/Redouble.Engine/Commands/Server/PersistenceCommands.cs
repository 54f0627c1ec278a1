using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server;

/// <summary>SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE.</summary>
internal static class PersistenceCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.NoAsyncLoading;

    [Command("save", Arity = 1, Flags = ForAdmins | CommandFlags.NoMulti, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Saves the data set while everyone waits.", Complexity = "O(N) where N is the total number of keys in all databases")]
    public static void Save(CommandContext c)
    {
        if (c.Node.Saves.IsSaving) c.Reply.Error("ERR Background save already in progress"u8);
        else if (c.Node.Saves.TrySaveNow(out _)) c.Reply.Ok();
        else c.Reply.Error("ERR"u8);
    }

    [Command("bgsave", Arity = -1, Flags = ForAdmins, Group = CommandGroup.Server, Since = "1.0.0", Summary = "Saves the data set in the background.",
        Complexity = "O(1)",
        Syntax = "[SCHEDULE^3.2.2]", History = "3.2.2 Added the `SCHEDULE` option.")]
    public static void BackgroundSave(CommandContext c)
    {
        if (c.Count > 1 && (c.Count != 2 || !c.Is(1, "schedule"u8)))
        {
            c.SyntaxError();
            return;
        }

        var saves = c.Node.Saves;
        if (saves.IsSaving)
        {
            c.Reply.Error("ERR Background save already in progress"u8);
        }
        else if (c.Node.Snapshots.IsRunning || c.InTransaction)
        {
            // The append-only file is being rewritten, or the unit has no end yet at which one could begin.
            if (!c.InTransaction && c.Count == 1)
            {
                c.Reply.Error(
                    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.");
                return;
            }

            saves.IsScheduled = true;
            c.Reply.SimpleString("Background saving scheduled"u8);
        }
        else if (saves.TryStartBackground(out _))
        {
            c.Reply.SimpleString("Background saving started"u8);
        }
        else
        {
            c.Reply.Error("ERR"u8);
        }
    }

    [Command("bgrewriteaof", Arity = 1, Flags = ForAdmins, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Rewrites the append-only file in the background.", Complexity = "O(1)")]
    public static void RewriteAppendOnlyFile(CommandContext c)
    {
        var rewrites = c.Node.AppendOnly.Rewrites;
        if (rewrites.IsRunning)
        {
            c.Reply.Error("ERR Background append only file rewriting already in progress"u8);
        }
        else if (c.Node.Snapshots.IsRunning || c.InTransaction || c.Node.Propagation.HasStaged)
        {
            // As for BGSAVE: another snapshot is being taken, or the unit has no end yet at which one could begin.
            rewrites.IsScheduled = true;
            c.Reply.SimpleString("Background append only file rewriting scheduled"u8);
        }
        else if (rewrites.TryStart())
        {
            c.Reply.SimpleString("Background append only file rewriting started"u8);
        }
        else
        {
            c.Reply.Error("ERR Can't execute an AOF background rewriting. Please check the server logs for more information."u8);
        }
    }

    [Command("lastsave", Arity = 1, Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, Acl = AclCategory.Admin | AclCategory.Dangerous,
        Group = CommandGroup.Server, Since = "1.0.0", Summary = "Tells when the data set was last saved.", Complexity = "O(1)",
        Tips = "nondeterministic_output")]
    public static void LastSave(CommandContext c) => c.Reply.Integer(c.Node.Saves.LastSaveSeconds);
}
