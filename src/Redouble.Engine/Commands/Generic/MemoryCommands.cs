using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.Generic;

/// <summary>MEMORY USAGE.</summary>
[CommandContainer("memory", Group = CommandGroup.Server, Since = "4.0.0", Summary = "A container for commands about memory.",
    Complexity = "Depends on subcommand.")]
internal static class MemoryCommands
{
    private const long SamplesDefault = 5;

    [Command("memory|usage", Arity = -3, Flags = CommandFlags.ReadOnly, Keys = "RO @2", Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns how much memory a key and its value take.", Complexity = "O(N) where N is the number of samples.",
        Syntax = "key [SAMPLES count:integer]")]
    public static void Usage(CommandContext c)
    {
        var samples = SamplesDefault;
        for (var i = 3; i < c.Count; i += 2)
        {
            if (!c.Is(i, "samples"u8) || i + 1 >= c.Count)
            {
                c.SyntaxError();
                return;
            }

            if (!c.TryInteger(i + 1, out samples)) return;
            if (samples >= 0) continue;
            c.SyntaxError();
            return;
        }

        var record = Lookups.Peek(c, 2, reportsMiss: false);
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Integer(CollectionMemory.Of(c.Keyspace, record, samples));
    }

    [Command("memory|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns what the subcommands are.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).");
}
