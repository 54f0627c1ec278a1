using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XGROUP.</summary>
[CommandContainer("xgroup", Group = CommandGroup.Stream, Since = "5.0.0", Summary = "A container for consumer groups commands.",
    Complexity = "Depends on subcommand.")]
internal static class StreamGroupCommands
{
    private const string IdSelector = "id-selector=( id | new-id='$' )";

    [Command("xgroup|create", Arity = -5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Stream, Keys = "RW insert @2",
        Group = CommandGroup.Stream, Since = "5.0.0", Summary = "Creates a consumer group.", Complexity = "O(1)",
        Syntax = "key group " + IdSelector + " [MKSTREAM] [ENTRIESREAD entries-read:integer]", History = "7.0.0 Added the `entries_read` named argument.")]
    public static void Create(CommandContext c)
    {
        if (!TryOptions(c, isCreate: true, out var makesStream, out var entriesRead) || !Lookups.TryFind(c, 2, ValueType.Stream, out var record)) return;
        var isNew = record.IsMissing;
        if (isNew && !makesStream)
        {
            RequiresKey(c);
            return;
        }

        if (c.Count > 8)
        {
            c.SubcommandSyntaxError();
            return;
        }

        StreamId id = default;
        if (c[4] is not [(byte)'$'])
        {
            if (!StreamArguments.TryId(c, 4, out id)) return;
        }
        else if (!isNew)
        {
            id = new StreamValueReader(c.Keyspace, record).LastId;
        }

        var hash = c.Hash(2);
        var stream = isNew ? StreamValueWriter.Create(c.Database, c[2], hash) : new StreamValueWriter(c.Database.Open(record, hash));
        if (stream.AddGroup(c[3]) is not { } group)
        {
            c.Reply.Error("BUSYGROUP Consumer Group name already exists"u8);
            return;
        }

        group.LastId = id;
        group.EntriesRead = entriesRead;
        c.Reply.Ok();
        c.Changed();
        c.Notify(KeyspaceEvents.Stream, "xgroup-create"u8, c[2]);
    }

    [Command("xgroup|setid", Arity = -5, Flags = CommandFlags.Write, Acl = AclCategory.Stream, Keys = "RW update @2", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Sets the last delivered id of a consumer group.", Complexity = "O(1)",
        Syntax = "key group " + IdSelector + " [ENTRIESREAD entries-read:integer]", History = "7.0.0 Added the optional `entries_read` argument.")]
    public static void SetId(CommandContext c)
    {
        if (!TryOptions(c, isCreate: false, out _, out var entriesRead) || !TryFindGroup(c, out var record)) return;
        if (c.Count is not (5 or 7))
        {
            c.SubcommandSyntaxError();
            return;
        }

        var id = new StreamValueReader(c.Keyspace, record).LastId;
        if (c[4] is not [(byte)'$'] && !StreamArguments.TryBound(c, 4, out id, missingSequence: 0)) return;
        var group = Open(c, record);
        group.LastId = id;
        group.EntriesRead = entriesRead;
        c.Reply.Ok();
        c.Changed();
        c.Notify(KeyspaceEvents.Stream, "xgroup-setid"u8, c[2]);
    }

    [Command("xgroup|destroy", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.Stream, Keys = "RW delete @2", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Destroys a consumer group.", Complexity = "O(N) where N is the number of entries in the group's pending entries list (PEL).",
        Syntax = "key group")]
    public static void Destroy(CommandContext c)
    {
        if (!Lookups.TryFind(c, 2, ValueType.Stream, out var record)) return;
        if (record.IsMissing)
        {
            RequiresKey(c);
            return;
        }

        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(2)));
        if (stream.Reader.FindGroup(c[3]) is not { } group)
        {
            c.Reply.Integer(0);
            return;
        }

        stream.RemoveGroup(group);
        c.Reply.Integer(1);
        c.Changed();
        c.Notify(KeyspaceEvents.Stream, "xgroup-destroy"u8, c[2]);
        c.Node.Blocking.KeyReady(c.Session.Database, c[2]); // who waits for news of the group gets to know that there is none
    }

    [Command("xgroup|createconsumer", Arity = 5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Stream, Keys = "RW insert @2",
        Group = CommandGroup.Stream, Since = "6.2.0", Summary = "Creates a consumer in a consumer group.", Complexity = "O(1)", Syntax = "key group consumer")]
    public static void CreateConsumer(CommandContext c)
    {
        if (!TryFindGroup(c, out var record)) return;
        StreamEffects.FindOrCreateConsumer(c, Open(c, record), c[4], 2, out var isNew);
        c.Reply.Integer(isNew ? 1 : 0);
    }

    [Command("xgroup|delconsumer", Arity = 5, Flags = CommandFlags.Write, Acl = AclCategory.Stream, Keys = "RW delete @2", Group = CommandGroup.Stream,
        Since = "5.0.0", Summary = "Removes a consumer from a consumer group.", Complexity = "O(1)", Syntax = "key group consumer")]
    public static void DeleteConsumer(CommandContext c)
    {
        if (!TryFindGroup(c, out var record)) return;
        var group = Open(c, record);
        if (group.FindConsumer(c[4]) is not { } consumer)
        {
            c.Reply.Integer(0);
            return;
        }

        c.Reply.Integer(consumer.PendingCount);
        group.RemoveConsumer(consumer);
        c.Changed();
        c.Notify(KeyspaceEvents.Stream, "xgroup-delconsumer"u8, c[2]);
    }

    [Command("xgroup|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Stream, Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns what the subcommands are.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "CREATE <key> <groupname> <id|$> [option]",
        "    Create a new consumer group. Options are:",
        "    * MKSTREAM",
        "      Create the empty stream if it does not exist.",
        "    * ENTRIESREAD entries_read",
        "      Set the group's entries_read counter (internal use).",
        "CREATECONSUMER <key> <groupname> <consumer>",
        "    Create a new consumer in the specified group.",
        "DELCONSUMER <key> <groupname> <consumer>",
        "    Remove the specified consumer.",
        "DESTROY <key> <groupname>",
        "    Remove the specified group.",
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
        "    Set the current group ID and entries_read counter.");

    private static StreamGroup Open(CommandContext c, ReadRecord record) =>
        new StreamValueWriter(c.Database.Open(record, c.Hash(2))).Reader.FindGroup(c[3])!;

    private static bool TryFindGroup(CommandContext c, out ReadRecord record)
    {
        if (!Lookups.TryFind(c, 2, ValueType.Stream, out record)) return false;
        if (record.IsMissing)
        {
            RequiresKey(c);
            return false;
        }

        if (new StreamValueReader(c.Keyspace, record).FindGroup(c[3]) != null) return true;
        c.Reply.Error($"NOGROUP No such consumer group '{c.Shown(3)}' for key name '{c.Shown(2)}'");
        return false;
    }

    private static void RequiresKey(CommandContext c) => c.Reply.Error(
        "ERR The XGROUP subcommand requires the key to exist. "
        + "Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.");

    private static bool TryOptions(CommandContext c, bool isCreate, out bool makesStream, out long entriesRead)
    {
        makesStream = false;
        entriesRead = StreamGroup.Unknown;
        for (var i = 5; i < c.Count; i++)
        {
            if (isCreate && c.Is(i, "mkstream"u8))
            {
                makesStream = true;
            }
            else if (i + 1 < c.Count && c.Is(i, "entriesread"u8))
            {
                if (!c.TryInteger(++i, out entriesRead)) return false;
                if (entriesRead >= StreamGroup.Unknown) continue;
                c.Reply.Error("ERR value for ENTRIESREAD must be positive or -1"u8);
                return false;
            }
            else
            {
                c.SubcommandSyntaxError();
                return false;
            }
        }

        return true;
    }
}
