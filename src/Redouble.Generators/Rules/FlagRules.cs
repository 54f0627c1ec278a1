using Redouble.Engine.Commands.Table;
using Redouble.Generators.Model;

namespace Redouble.Generators.Rules;

/// <summary>What follows from what an attribute says: categories implied by flags, and the derived and inverted flags.</summary>
internal static class FlagRules
{
    private static readonly (CommandFlags Lacks, CommandFlags Then)[] s_inverted =
    [
        (CommandFlags.Loading, CommandFlags.NotLoading), (CommandFlags.Stale, CommandFlags.NotStale), (CommandFlags.NoAuth, CommandFlags.NeedsAuth),
        (CommandFlags.AllowBusy, CommandFlags.NotAllowBusy), (CommandFlags.WhileSubscribed, CommandFlags.NotWhileSubscribed),
        (CommandFlags.RunsInMulti, CommandFlags.QueuedInMulti), (CommandFlags.ReadOnly, CommandFlags.NotReadOnly),
    ];

    /// <summary>All flags of a command.</summary>
    public static CommandFlags Complete(CommandModel command, bool movableKeys)
    {
        var flags = command.Flags;
        foreach (var (lacks, then) in s_inverted)
            if ((command.Flags & lacks) == 0) flags |= then;
        if (movableKeys) flags |= CommandFlags.MovableKeys;
        if (command.Keys.Count > 0) flags |= CommandFlags.HasKeys;
        if (command.IsContainer) flags |= CommandFlags.Container;
        if (command.IsContainer && command.Method is not null) flags |= CommandFlags.RunnableContainer;
        return flags;
    }

    /// <summary>All categories of a command: its own and those that Redis derives from the flags.</summary>
    public static AclCategory Categories(CommandModel command)
    {
        var (flags, acl) = (command.Flags, command.Acl);
        if (Has(CommandFlags.Write)) acl |= AclCategory.Write;
        if (Has(CommandFlags.ReadOnly) && (acl & AclCategory.Scripting) == 0) acl |= AclCategory.Read;
        if (Has(CommandFlags.Admin)) acl |= AclCategory.Admin | AclCategory.Dangerous;
        if (Has(CommandFlags.PubSub)) acl |= AclCategory.PubSub;
        if (Has(CommandFlags.Blocking)) acl |= AclCategory.Blocking;
        return acl | (Has(CommandFlags.Fast) ? AclCategory.Fast : AclCategory.Slow);

        bool Has(CommandFlags flag) => (flags & flag) != 0;
    }
}
