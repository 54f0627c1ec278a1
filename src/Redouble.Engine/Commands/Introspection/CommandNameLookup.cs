using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>Finds commands by the names that COMMAND and ACL use: <c>get</c>, <c>config|get</c>, in any case.</summary>
public static class CommandNameLookup
{
    /// <summary>The command, container or subcommand called <paramref name="fullName"/>, or null.</summary>
    public static CommandInfo? Find(ReadOnlySpan<byte> fullName)
    {
        var bar = fullName.IndexOf((byte)'|');
        var id = CommandTable.Find(bar < 0 ? fullName : fullName[..bar]);
        if (id >= 0 && bar >= 0) id = CommandTable.FindSub(id, fullName[(bar + 1)..]);
        return id < 0 ? null : CommandTable.Infos[id];
    }

    /// <summary>The command that a request with these first arguments would run, its subcommand included; null when there is none.</summary>
    public static CommandInfo? Find<TArgs>(TArgs args)
        where TArgs : ICommandArguments, allows ref struct
    {
        var id = CommandTable.Find(args[0]);
        if (id < 0) return null;
        var info = CommandTable.Infos[id];
        if (args.Count < 2 || (info.Flags & CommandFlags.Container) == CommandFlags.None) return info;
        id = CommandTable.FindSub(id, args[1]);
        return id < 0 ? null : CommandTable.Infos[id];
    }
}
