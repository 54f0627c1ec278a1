using System.Text;

namespace Redouble.Engine.Commands.Table;

/// <summary>The words that COMMAND INFO, COMMAND DOCS and ACL use for flags, categories and types.</summary>
public static class CommandNames
{
    private static readonly (CommandFlags Flag, string Name)[] s_flags =
    [
        // In the order of COMMAND INFO, which hides may_replicate and protected.
        (CommandFlags.Write, "write"), (CommandFlags.ReadOnly, "readonly"), (CommandFlags.DenyOom, "denyoom"), (CommandFlags.Module, "module"),
        (CommandFlags.Admin, "admin"), (CommandFlags.PubSub, "pubsub"), (CommandFlags.NoScript, "noscript"), (CommandFlags.Blocking, "blocking"),
        (CommandFlags.Loading, "loading"), (CommandFlags.Stale, "stale"), (CommandFlags.SkipMonitor, "skip_monitor"),
        (CommandFlags.SkipSlowlog, "skip_slowlog"), (CommandFlags.Asking, "asking"), (CommandFlags.Fast, "fast"), (CommandFlags.NoAuth, "no_auth"),
        (CommandFlags.NoMandatoryKeys, "no_mandatory_keys"),
        (CommandFlags.NoAsyncLoading, "no_async_loading"), (CommandFlags.NoMulti, "no_multi"), (CommandFlags.MovableKeys, "movablekeys"),
        (CommandFlags.AllowBusy, "allow_busy"),
    ];

    private static readonly string[] s_categories =
    [
        "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow",
        "blocking", "dangerous", "connection", "transaction", "scripting",
    ];

    private static readonly string[] s_groups =
    [
        "generic", "string", "list", "set", "sorted-set", "hash", "pubsub", "transactions", "connection", "server", "scripting", "hyperloglog", "cluster",
        "sentinel", "geo", "stream", "bitmap", "module",
    ];

    private static readonly (KeySpecFlags Flag, string Name)[] s_keySpecFlags =
    [
        (KeySpecFlags.RO, "RO"), (KeySpecFlags.RW, "RW"), (KeySpecFlags.OW, "OW"), (KeySpecFlags.RM, "RM"), (KeySpecFlags.Access, "access"),
        (KeySpecFlags.Update, "update"), (KeySpecFlags.Insert, "insert"), (KeySpecFlags.Delete, "delete"), (KeySpecFlags.NotKey, "not_key"),
        (KeySpecFlags.Incomplete, "incomplete"), (KeySpecFlags.VariableFlags, "variable_flags"),
    ];

    private static readonly string[] s_argumentTypes = ["string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block"];

    /// <summary>Flags that COMMAND INFO shows, in its order.</summary>
    public static ReadOnlySpan<(CommandFlags Flag, string Name)> Flags => s_flags;

    /// <summary>Category names without the <c>@</c>; the index is the bit number in <see cref="AclCategory"/>.</summary>
    public static ReadOnlySpan<string> Categories => s_categories;

    /// <summary>Flags of key specs, in the order of COMMAND INFO.</summary>
    public static ReadOnlySpan<(KeySpecFlags Flag, string Name)> KeyFlags => s_keySpecFlags;

    /// <summary>The category called <paramref name="name"/> (without <c>@</c>, any case), or none.</summary>
    public static AclCategory CategoryOf(ReadOnlySpan<byte> name)
    {
        for (var bit = 0; bit < s_categories.Length; bit++)
            if (Ascii.EqualsIgnoreCase(name, s_categories[bit])) return (AclCategory)(1u << bit);
        return AclCategory.None;
    }

    /// <summary>The name of a group, such as <c>sorted-set</c>.</summary>
    public static string OfGroup(CommandGroup group) => s_groups[(int)group];

    /// <summary>The name of an argument type, such as <c>pure-token</c>.</summary>
    public static string OfArgumentType(ArgumentType type) => s_argumentTypes[(int)type];
}
