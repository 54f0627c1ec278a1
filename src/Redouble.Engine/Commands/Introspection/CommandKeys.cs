using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>What COMMAND GETKEYS and GETKEYSANDFLAGS share: the search for the keys of the command that is their argument.</summary>
internal static class CommandKeys
{
    /// <summary>Finds the keys, or replies with the error that Redis gives and returns false. Indices are relative to the inner command.</summary>
    public static bool TryFind(CommandContext c, out KeyPositions keys)
    {
        keys = new KeyPositions();
        var inner = new TailArguments(c.Arguments, 2);
        if (CommandNameLookup.Find(inner) is not { } info)
        {
            c.Reply.Error("ERR Invalid command specified"u8);
            return false;
        }

        if (!HasKeys(info))
        {
            c.Reply.Error("ERR The command has no key arguments"u8);
            return false;
        }

        if (!info.AcceptsCount(inner.Count))
        {
            c.Reply.Error("ERR Invalid number of arguments specified for command"u8);
            return false;
        }

        CommandTable.FindKeys(info, inner, keys);
        if (keys.Count > 0 || (info.Flags & CommandFlags.NoMandatoryKeys) != CommandFlags.None) return true;
        c.Reply.Error("ERR Invalid arguments specified for command"u8);
        return false;
    }

    private static bool HasKeys(CommandInfo info)
    {
        foreach (var spec in info.KeySpecs)
            if ((spec.Flags & KeySpecFlags.NotKey) == KeySpecFlags.None) return true;
        return false;
    }

    /// <summary>The arguments from <paramref name="skip"/> on, as a command of their own.</summary>
    private readonly struct TailArguments(CommandArguments all, int skip) : ICommandArguments
    {
        private readonly CommandArguments _all = all;

        public int Count => _all.Count - skip;

        public ReadOnlySpan<byte> this[int index] => _all[index + skip];
    }
}
