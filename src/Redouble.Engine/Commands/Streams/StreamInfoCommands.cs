using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XINFO.</summary>
[CommandContainer("xinfo", Group = CommandGroup.Stream, Since = "5.0.0", Summary = "A container for stream introspection commands.",
    Complexity = "Depends on subcommand.")]
internal static class StreamInfoCommands
{
    [Command("xinfo|stream", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @2", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns what is known of a stream.", Complexity = "O(1)", Syntax = "key [full-block=( FULL! [COUNT count] )]",
        History =
            "6.0.0 Added the `FULL` modifier.; 7.0.0 Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and "
            + "`lag` fields")]
    public static void Stream(CommandContext c)
    {
        // The key comes first, then the options.
        if (!TryFind(c, out var record)) return;
        const long fullCount = 10;
        var isFull = c.Count > 3;
        var count = fullCount;
        if (isFull)
        {
            if (c.Count is not (4 or 6) || !c.Is(3, "full"u8) || (c.Count == 6 && !c.Is(4, "count"u8)))
            {
                c.SubcommandSyntaxError();
                return;
            }

            if (c.Count == 6 && !c.TryInteger(5, out count)) return;
            if (count < 0) count = fullCount;
        }

        var stream = new StreamValueReader(c.Keyspace, record);
        c.Reply.MapHeader(isFull ? 9 : 10);
        Pair(c, "length"u8, stream.Length);
        Pair(c, "radix-tree-keys"u8, stream.NodeCount);
        Pair(c, "radix-tree-nodes"u8, stream.RadixNodeCount);
        Pair(c, "last-generated-id"u8, stream.LastId);
        Pair(c, "max-deleted-entry-id"u8, stream.MaxDeletedId);
        Pair(c, "entries-added"u8, (long)stream.EntriesAdded);
        Pair(c, "recorded-first-entry-id"u8, stream.FirstId);
        if (isFull) ReplyFull(c, stream, count);
        else ReplyEdges(c, stream);
    }

    [Command("xinfo|groups", Arity = 3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @2", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns the consumer groups of a stream.", Complexity = "O(1)", Syntax = "key", History = "7.0.0 Added the `entries-read` and `lag` fields")]
    public static void Groups(CommandContext c)
    {
        if (!TryFind(c, out var record)) return;
        var stream = new StreamValueReader(c.Keyspace, record);
        c.Reply.ArrayHeader(stream.Groups.Count);
        foreach (var group in stream.Groups)
        {
            c.Reply.MapHeader(6);
            Pair(c, "name"u8, group.Name);
            Pair(c, "consumers"u8, group.Consumers.Count);
            Pair(c, "pending"u8, group.PendingCount);
            Pair(c, "last-delivered-id"u8, group.LastId);
            ReplyProgress(c, stream, group);
        }
    }

    [Command("xinfo|consumers", Arity = 4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @2", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns the consumers of a consumer group.", Complexity = "O(1)", Syntax = "key group", Tips = "nondeterministic_output",
        History = "7.2.0 Added the `inactive` field, and changed the meaning of `idle`.")]
    public static void Consumers(CommandContext c)
    {
        if (!TryFind(c, out var record)) return;
        if (new StreamValueReader(c.Keyspace, record).FindGroup(c[3]) is not { } group)
        {
            c.Reply.Error($"NOGROUP No such consumer group '{c.Shown(3)}' for key name '{c.Shown(2)}'");
            return;
        }

        c.Reply.ArrayHeader(group.Consumers.Count);
        foreach (var consumer in group.Consumers)
        {
            c.Reply.MapHeader(4);
            Pair(c, "name"u8, consumer.Name);
            Pair(c, "pending"u8, consumer.PendingCount);
            Pair(c, "idle"u8, Math.Max(0, c.NowMs - consumer.SeenMs));
            Pair(c, "inactive"u8, consumer.ActiveMs == -1 ? -1 : Math.Max(0, c.NowMs - consumer.ActiveMs));
        }
    }

    [Command("xinfo|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Stream, Group = CommandGroup.Stream, Since = "5.0.0",
        Summary = "Returns what the subcommands are.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "CONSUMERS <key> <groupname>",
        "    Show consumers of <groupname>.",
        "GROUPS <key>",
        "    Show the stream consumer groups.",
        "STREAM <key> [FULL [COUNT <count>]",
        "    Show information about the stream.");

    private static bool TryFind(CommandContext c, out ReadRecord record)
    {
        if (!Lookups.TryRead(c, 2, ValueType.Stream, out record)) return false;
        if (record.IsMissing) c.Reply.Error("ERR no such key"u8);
        return !record.IsMissing;
    }

    private static void ReplyEdges(CommandContext c, StreamValueReader stream)
    {
        Pair(c, "groups"u8, stream.Groups.Count);
        for (var isLast = 0; isLast <= 1; isLast++)
        {
            c.Reply.Bulk(isLast == 0 ? "first-entry"u8 : "last-entry"u8);
            var entry = stream.Range(StreamId.Min, StreamId.Max, isReverse: isLast == 1);
            if (entry.MoveNext()) c.Reply.Entry(ref entry);
            else c.Reply.Null();
        }
    }

    private static void ReplyFull(CommandContext c, StreamValueReader stream, long count)
    {
        c.Reply.Bulk("entries"u8);
        var entries = stream.Range(StreamId.Min, StreamId.Max);
        c.Reply.Entries(ref entries, count);
        c.Reply.Bulk("groups"u8);
        c.Reply.ArrayHeader(stream.Groups.Count);
        foreach (var group in stream.Groups)
        {
            c.Reply.MapHeader(7);
            Pair(c, "name"u8, group.Name);
            Pair(c, "last-delivered-id"u8, group.LastId);
            ReplyProgress(c, stream, group);
            Pair(c, "pel-count"u8, group.PendingCount);
            c.Reply.Bulk("pending"u8);
            ReplyPending(c, group.PendingFrom(StreamId.Min), count, group);
            c.Reply.Bulk("consumers"u8);
            c.Reply.ArrayHeader(group.Consumers.Count);
            foreach (var consumer in group.Consumers)
            {
                c.Reply.MapHeader(5);
                Pair(c, "name"u8, consumer.Name);
                Pair(c, "seen-time"u8, consumer.SeenMs);
                Pair(c, "active-time"u8, consumer.ActiveMs);
                Pair(c, "pel-count"u8, consumer.PendingCount);
                c.Reply.Bulk("pending"u8);
                ReplyPending(c, consumer.PendingFrom(StreamId.Min), count, null);
            }
        }
    }

    // With the consumer's name where the entries are a group's.
    private static void ReplyPending(CommandContext c, PendingCursor pending, long count, StreamGroup? group)
    {
        var header = c.Reply.BeginDeferred();
        long written = 0;
        for (; (count == 0 || written < count) && pending.MoveNext(); written++)
        {
            var entry = pending.Current;
            c.Reply.ArrayHeader(group == null ? 3 : 4);
            c.Reply.Id(entry.Id);
            if (group != null) c.Reply.Bulk(group.ConsumerOf(entry)!.Name);
            c.Reply.Integer(entry.DeliveredMs);
            c.Reply.Integer((long)entry.Deliveries);
        }

        c.Reply.EndArray(header, written);
    }

    private static void ReplyProgress(CommandContext c, StreamValueReader stream, StreamGroup group)
    {
        c.Reply.Bulk("entries-read"u8);
        if (group.EntriesRead == StreamGroup.Unknown) c.Reply.Null();
        else c.Reply.Integer(group.EntriesRead);
        c.Reply.Bulk("lag"u8);
        if (stream.LagOf(group) is { } lag) c.Reply.Integer(lag);
        else c.Reply.Null();
    }

    private static void Pair(CommandContext c, ReadOnlySpan<byte> name, long value)
    {
        c.Reply.Bulk(name);
        c.Reply.Integer(value);
    }

    private static void Pair(CommandContext c, ReadOnlySpan<byte> name, StreamId value)
    {
        c.Reply.Bulk(name);
        c.Reply.Id(value);
    }

    private static void Pair(CommandContext c, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        c.Reply.Bulk(name);
        c.Reply.Bulk(value);
    }
}
