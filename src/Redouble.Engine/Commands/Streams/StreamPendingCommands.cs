using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XACK, XPENDING.</summary>
internal static class StreamPendingCommands
{
    /// <summary>XPENDING's options.</summary>
    private struct Filter
    {
        public long MinIdleMs;
        public StreamId Start;
        public StreamId End;
        public long Count;
        public int ConsumerAt;
    }

    [Command("xack", Arity = -4, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RW update @1", Group = CommandGroup.Stream,
        Since = "5.0.0", Summary = "Acknowledges entries that a consumer group has delivered.", Complexity = "O(1) for each message ID processed.",
        Syntax = "key group id...")]
    public static void XAck(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Stream, out var record)) return;
        if (record.IsMissing || new StreamValueReader(c.Keyspace, record).FindGroup(c[2]) == null)
        {
            c.Reply.Integer(0);
            return;
        }

        for (var i = 3; i < c.Count; i++)
        {
            if (!StreamArguments.TryId(c, i, out _)) return;
        }

        var group = new StreamValueWriter(c.Database.Open(record, c.Hash(1))).Reader.FindGroup(c[2])!;
        var acknowledged = 0;
        for (var i = 3; i < c.Count; i++)
        {
            var id = StreamArguments.IdAt(c, i);
            if (!group.TryFindPending(id, out var entry)) continue;
            group.RemovePending(entry);
            acknowledged++;
        }

        if (acknowledged > 0) c.Changed(acknowledged);
        c.Reply.Integer(acknowledged);
    }

    [Command("xpending", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @1", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns the entries that a consumer group has delivered and that were not acknowledged.", Tips = "nondeterministic_output",
        Complexity = "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the "
            +
            "total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is "
            + "small, it "
            + "runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
        Syntax = "key group [filters=( [IDLE min-idle-time:integer^6.2.0] start end count [consumer] )]",
        History = "6.2.0 Added the `IDLE` option and exclusive range intervals.")]
    public static void XPending(CommandContext c)
    {
        if (c.Count != 3 && c.Count is < 6 or > 9)
        {
            c.SyntaxError();
            return;
        }

        Filter filter = default;
        if (c.Count > 3 && !TryFilter(c, out filter)) return;
        if (!StreamArguments.TryGroup(c, out var record)) return;
        var group = new StreamValueReader(c.Keyspace, record).FindGroup(c[2])!;
        if (c.Count == 3) ReplySummary(c, group);
        else ReplyEntries(c, group, filter);
    }

    private static bool TryFilter(CommandContext c, out Filter filter)
    {
        filter = default;
        var at = 3;
        if (c.Is(at, "idle"u8))
        {
            if (!c.TryInteger(4, out filter.MinIdleMs)) return false;
            if (c.Count < 8)
            {
                c.SyntaxError();
                return false;
            }

            at += 2;
        }

        if (!c.TryInteger(at + 2, out filter.Count)) return false;
        filter.Count = Math.Max(0, filter.Count);
        if (!StreamArguments.TryStart(c, at, out filter.Start) || !StreamArguments.TryEnd(c, at + 1, out filter.End)) return false;
        if (at + 3 < c.Count) filter.ConsumerAt = at + 3;
        return true;
    }

    private static void ReplySummary(CommandContext c, StreamGroup group)
    {
        c.Reply.ArrayHeader(4);
        c.Reply.Integer(group.PendingCount);
        var first = group.PendingFrom(StreamId.Min);
        if (!first.MoveNext())
        {
            c.Reply.Null();
            c.Reply.Null();
            c.Reply.NullArray();
            return;
        }

        c.Reply.Id(first.Current.Id);
        c.Reply.Id(group.LastPending.Id);
        var header = c.Reply.BeginDeferred();
        long written = 0;
        foreach (var consumer in group.Consumers)
        {
            if (consumer.PendingCount == 0) continue;
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk(consumer.Name);
            c.Reply.BulkFromLong(consumer.PendingCount);
            written++;
        }

        c.Reply.EndArray(header, written);
    }

    private static void ReplyEntries(CommandContext c, StreamGroup group, in Filter filter)
    {
        StreamConsumer? consumer = null;
        if (filter.ConsumerAt > 0)
        {
            consumer = group.FindConsumer(c[filter.ConsumerAt]);
            if (consumer == null)
            {
                c.Reply.ArrayHeader(0);
                return;
            }
        }

        var header = c.Reply.BeginDeferred();
        long written = 0;
        var pending = consumer == null ? group.PendingFrom(filter.Start) : consumer.PendingFrom(filter.Start);
        while (written < filter.Count && pending.MoveNext() && pending.Current.Id <= filter.End)
        {
            var entry = pending.Current;
            if (filter.MinIdleMs != 0 && c.NowMs - entry.DeliveredMs < filter.MinIdleMs) continue;
            c.Reply.ArrayHeader(4);
            c.Reply.Id(entry.Id);
            c.Reply.Bulk(group.ConsumerOf(entry)!.Name);
            c.Reply.Integer(Math.Max(0, c.NowMs - entry.DeliveredMs));
            c.Reply.Integer((long)entry.Deliveries);
            written++;
        }

        c.Reply.EndArray(header, written);
    }
}
