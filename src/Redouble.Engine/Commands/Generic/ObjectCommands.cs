using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic;

/// <summary>OBJECT: how a value is kept, and how it has been used.</summary>
[CommandContainer("object", Group = CommandGroup.Generic, Since = "2.2.3", Summary = "A container for commands about values themselves.",
    Complexity = "Depends on subcommand.")]
internal static class ObjectCommands
{
    private const string SwitchNote =
        " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";

    [Command("object|encoding", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Keys = "RO @2", Group = CommandGroup.Generic,
        Since = "2.2.3",
        Summary = "Returns the name of a value's representation.", Complexity = "O(1)", Syntax = "key", Tips = "nondeterministic_output")]
    public static void Encoding(CommandContext c)
    {
        if (TryFind(c, out var record)) c.Reply.Bulk(NameOf(record.Encoding));
    }

    /// <summary>The name of an encoding.</summary>
    public static string NameOf(ValueEncoding encoding) => encoding switch
    {
        ValueEncoding.Integer => "int",
        ValueEncoding.EmbeddedString => "embstr",
        ValueEncoding.Raw => "raw",
        ValueEncoding.Listpack => "listpack",
        ValueEncoding.Intset => "intset",
        ValueEncoding.HashTable => "hashtable",
        ValueEncoding.SkipList => "skiplist",
        ValueEncoding.QuickList => "quicklist",
        ValueEncoding.Stream => "stream",
        ValueEncoding.ListpackEx => "listpackex",
        _ => "unknown",
    };

    [Command("object|refcount", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Keys = "RO @2", Group = CommandGroup.Generic,
        Since = "2.2.3",
        Summary = "Returns how often a value is referred to.", Complexity = "O(1)", Syntax = "key", Tips = "nondeterministic_output")]
    public static void RefCount(CommandContext c)
    {
        // Each record has one owner. Redis shares the integers below 10000 where no access times are needed and says so with this number.
        const int sharedBelow = 10_000, sharedCount = int.MaxValue;
        if (!TryFind(c, out var record)) return;
        var shared = record.Encoding == ValueEncoding.Integer && Integers.TryParse(record.Value, out var value) && value is >= 0 and < sharedBelow
            && (c.Config.MaxMemory == 0 || !(c.Config.TimesAccesses || c.Config.CountsAccesses));
        c.Reply.Integer(shared ? sharedCount : 1);
    }

    [Command("object|idletime", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Keys = "RO @2", Group = CommandGroup.Generic,
        Since = "2.2.3",
        Summary = "Returns the seconds since the last access to a key.", Complexity = "O(1)", Syntax = "key", Tips = "nondeterministic_output")]
    public static void IdleTime(CommandContext c)
    {
        if (!TryFind(c, out var record)) return;
        if (c.Config.CountsAccesses) c.Reply.Error("ERR An LFU maxmemory policy is selected, idle time not tracked." + SwitchNote);
        else c.Reply.Integer(AccessClocks.IdleSeconds(record.Clock, c.NowMs));
    }

    [Command("object|freq", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Keys = "RO @2", Group = CommandGroup.Generic, Since = "4.0.0",
        Summary = "Returns the logarithmic counter of accesses to a key.", Complexity = "O(1)", Syntax = "key", Tips = "nondeterministic_output")]
    public static void Freq(CommandContext c)
    {
        if (!TryFind(c, out var record)) return;
        if (c.Config.CountsAccesses) c.Reply.Integer(AccessClocks.Frequency(record.Clock, c.NowMs, c.Config.LfuDecayTime));
        else c.Reply.Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked." + SwitchNote);
    }

    [Command("object|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Keyspace, Group = CommandGroup.Generic,
        Since = "6.2.0",
        Summary = "Returns what the subcommands are.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.");

    private static bool TryFind(CommandContext c, out ReadRecord record)
    {
        record = Lookups.Peek(c, 2, reportsMiss: false);
        if (record.IsMissing) c.Reply.Null();
        return !record.IsMissing;
    }
}
