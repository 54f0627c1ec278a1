using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XCLAIM, XAUTOCLAIM.</summary>
internal static class StreamClaimCommands
{
    /// <summary>XCLAIM's options.</summary>
    private struct Options
    {
        public long MinIdleMs;
        public int IdsEnd;
        public long DeliveredMs;
        public long Deliveries;
        public bool Forces;
        public bool IdsOnly;
        public StreamId LastId;
    }

    [Command("xclaim", Arity = -6, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RW update @1", Group = CommandGroup.Stream,
        Since = "5.0.0", Summary = "Changes, or acquires, the consumer of entries that are pending in a group.", Tips = "nondeterministic_output",
        Complexity = "O(log N) with N being the number of messages in the PEL of the consumer group.",
        Syntax =
            "key group consumer min-idle-time id... [IDLE ms:integer] [TIME unix-time-milliseconds] [RETRYCOUNT count] [force=FORCE] [justid=JUSTID] "
            + "[LASTID lastid]")]
    public static void XClaim(CommandContext c)
    {
        if (!StreamArguments.TryGroup(c, out var record) || !TryParse(c, out var options)) return;
        c.Propagation.RequireRoom((options.IdsEnd - 5) * StreamEffects.ClaimBytes(c[1], c[2], c[3]));
        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(1))).Reader;
        var group = stream.FindGroup(c[2])!;
        c.Propagation.Replaced = true; // each effect is told by itself
        var tellsLastId = options.LastId > group.LastId;
        if (tellsLastId && IsRead(c, options)) StreamEffects.ReadNext(stream, group, options.LastId);
        else if (tellsLastId) group.LastId = options.LastId;
        var consumer = StreamEffects.FindOrCreateConsumer(c, group, c[3], 1, out _);
        consumer.SeenMs = c.NowMs;
        var header = c.Reply.BeginDeferred();
        long claimed = 0;
        for (var i = 5; i < options.IdsEnd; i++)
        {
            var id = StreamArguments.IdAt(c, i);
            var isPending = group.TryFindPending(id, out var entry);
            if (!stream.Has(id) && !IsRewritten(c, options))
            {
                if (!isPending) continue;
                if (tellsLastId) TellApart(c, group, id, entry.Deliveries);
                Drop(c, group, c[i], entry);
                tellsLastId = false;
                continue;
            }

            if (!isPending)
            {
                if (!options.Forces) continue;
                entry = group.AddPending(id, null, c.NowMs, 1);
            }

            if (isPending && options.MinIdleMs > 0 && c.NowMs - entry.DeliveredMs < options.MinIdleMs) continue;
            var deliveries = options.Deliveries >= 0 ? (ulong)options.Deliveries : entry.Deliveries + (options.IdsOnly ? 0UL : 1);
            group.Redeliver(entry, options.DeliveredMs, deliveries);
            if (tellsLastId) TellApart(c, group, id, deliveries);
            Take(c, group, consumer, c[i], entry);
            Reply(c, stream, id, options.IdsOnly);
            tellsLastId = false; // the claim says it
            claimed++;
        }

        if (tellsLastId)
        {
            StreamEffects.GroupMoved(c, c[1], group);
            c.Changed();
        }

        c.Reply.EndArray(header, claimed);
    }

    [Command("xautoclaim", Arity = -6, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RW delete @1",
        Group = CommandGroup.Stream,
        Since = "6.2.0", Summary = "Changes, or acquires, the consumer of the entries that have been pending in a group for some time.",
        Tips = "nondeterministic_output",
        Complexity = "O(1) if COUNT is small.", Syntax = "key group consumer min-idle-time start [COUNT count] [justid=JUSTID]",
        History = "7.0.0 Added an element to the reply array, containing deleted entries the command cleared from the PEL")]
    public static void XAutoClaim(CommandContext c)
    {
        const int attemptsPerEntry = 10, countWhileShort = 100;
        var record = Lookups.Read(c, 1); // a miss is one even if the arguments are wrong
        if (!StreamArguments.TryInteger(c, 4, "ERR Invalid min-idle-time argument for XAUTOCLAIM"u8, out var minIdleMs)) return;
        if (!StreamArguments.TryStart(c, 5, out var start) || !TryParseAuto(c, out var count, out var idsOnly)) return;
        if (!StreamArguments.HasGroup(c, record)) return;
        var stream = new StreamValueWriter(c.Database.Open(record, c.Hash(1))).Reader;
        var group = stream.FindGroup(c[2])!;
        c.Propagation.Replaced = true; // each effect is told by itself
        var consumer = StreamEffects.FindOrCreateConsumer(c, group, c[3], 1, out _);
        consumer.SeenMs = c.NowMs;

        // The reply begins with where this ends: ids are kept until then.
        var claimed = new NativeList<StreamId>(c.Node.Heap);
        var dropped = new NativeList<StreamId>(c.Node.Heap);
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        var pending = group.PendingFrom(start);
        var hasNext = pending.MoveNext();
        var claimBytes = StreamEffects.ClaimBytes(c[1], c[2], c[3]);
        for (var attempts = count * attemptsPerEntry; attempts > 0 && count > 0 && hasNext && c.Propagation.HasRoom(claimBytes); attempts--)
        {
            if (c.Node.Heap.IsShort && claimed.Length + dropped.Length >= countWhileShort) break;
            var entry = pending.Current;
            var id = entry.Id;
            var idText = text[..id.Format(text)];
            if (!stream.Has(id))
            {
                Drop(c, group, idText, entry);
                dropped.Add(id);
                count--;
                pending = group.PendingFrom(id); // the next one
                hasNext = pending.MoveNext();
                continue;
            }

            hasNext = pending.MoveNext();
            if (minIdleMs > 0 && c.NowMs - entry.DeliveredMs < minIdleMs) continue;
            group.Redeliver(entry, c.NowMs, entry.Deliveries + (idsOnly ? 0UL : 1));
            Take(c, group, consumer, idText, entry);
            claimed.Add(id);
            count--;
        }

        c.Reply.ArrayHeader(3);
        c.Reply.Id(hasNext ? pending.Current.Id : default);
        c.Reply.ArrayHeader(claimed.Length);
        for (var i = 0; i < claimed.Length; i++) Reply(c, stream, claimed[i], idsOnly);
        c.Reply.ArrayHeader(dropped.Length);
        for (var i = 0; i < dropped.Length; i++) c.Reply.Id(dropped[i]);
        claimed.Clear();
        dropped.Clear();
    }

    // A primary tells of an entry that XREADGROUP has delivered by a claim of this form, which says nothing of how many entries the group has read: it is
    // counted here as it was there. A replica of Redis' does not count, so that XINFO shows another lag than its primary's.
    private static bool IsRead(CommandContext c, in Options options) =>
        c.Session.Has(SessionFlags.Primary) && options is { IdsEnd: 6, Forces: true, IdsOnly: true, Deliveries: 1 }
        && StreamArguments.IdAt(c, 5) == options.LastId;

    // An entry may be pending and deleted, and a rewrite has no other way to say so. Redis, which says it in the same words, does not heed them and forgets
    // what was pending; here the data set has to be the one whose place the file tells.
    private static bool IsRewritten(CommandContext c, in Options options) => c.Session.Has(SessionFlags.Rewrite) && options is { Forces: true, IdsOnly: true };

    private static void Take(CommandContext c, StreamGroup group, StreamConsumer consumer, ReadOnlySpan<byte> id, PendingEntry entry)
    {
        group.Assign(entry, consumer);
        consumer.ActiveMs = c.NowMs;
        StreamEffects.Claim(c, c[1], group, id, entry);
        c.Changed();
    }

    // A claim that moves the group to the entry that it is of, delivered once, would pass for one that has been read: so the move is told first.
    private static void TellApart(CommandContext c, StreamGroup group, StreamId id, ulong deliveries)
    {
        if (deliveries == 1 && id == group.LastId) StreamEffects.GroupMoved(c, c[1], group);
    }

    // The stream has the entry no more. Told before it is done: the replica will see the same.
    private static void Drop(CommandContext c, StreamGroup group, ReadOnlySpan<byte> id, PendingEntry entry)
    {
        StreamEffects.Claim(c, c[1], group, id, entry);
        group.RemovePending(entry);
        c.Changed();
    }

    private static void Reply(CommandContext c, StreamValueReader stream, StreamId id, bool idOnly)
    {
        if (idOnly) c.Reply.Id(id);
        else c.Reply.TryEntry(stream, id);
    }

    private static bool TryParseAuto(CommandContext c, out long count, out bool idsOnly)
    {
        const long countMax = long.MaxValue / StreamId.StoredSize;
        count = 100;
        idsOnly = false;
        for (var i = 6; i < c.Count; i++)
        {
            if (c.Is(i, "justid"u8))
            {
                idsOnly = true;
                continue;
            }

            if (i + 1 >= c.Count || !c.Is(i, "count"u8))
            {
                c.SyntaxError();
                return false;
            }

            if (Core.Text.Integers.TryParse(c[++i], out count) && count is >= 1 and <= countMax) continue;
            c.Reply.Error("ERR COUNT must be > 0"u8);
            return false;
        }

        return true;
    }

    private static bool TryParse(CommandContext c, out Options options)
    {
        const long none = -1;
        options = new Options { IdsEnd = 5, DeliveredMs = none, Deliveries = none };
        if (!StreamArguments.TryInteger(c, 4, "ERR Invalid min-idle-time argument for XCLAIM"u8, out options.MinIdleMs)) return false;
        while (options.IdsEnd < c.Count && StreamId.TryParse(c[options.IdsEnd], 0, out _)) options.IdsEnd++;
        for (var i = options.IdsEnd; i < c.Count; i++)
        {
            if (!TryOption(c, ref i, ref options)) return false;
        }

        // A time that cannot be is no error: the client's clock may be ahead. If it is the primary's, the time is right all the same.
        var latest = c.Session.Has(SessionFlags.Primary) ? long.MaxValue : c.NowMs;
        if (options.DeliveredMs < 0 || options.DeliveredMs > latest) options.DeliveredMs = c.NowMs;
        return true;
    }

    private static bool TryOption(CommandContext c, ref int i, ref Options options)
    {
        var hasMore = i + 1 < c.Count;
        if (c.Is(i, "force"u8))
        {
            options.Forces = true;
            return true;
        }

        if (c.Is(i, "justid"u8))
        {
            options.IdsOnly = true;
            return true;
        }

        if (hasMore && c.Is(i, "idle"u8))
        {
            if (!StreamArguments.TryInteger(c, ++i, "ERR Invalid IDLE option argument for XCLAIM"u8, out var idle)) return false;
            options.DeliveredMs = unchecked(c.NowMs - idle);
            return true;
        }

        if (hasMore && c.Is(i, "time"u8))
            return StreamArguments.TryInteger(c, ++i, "ERR Invalid TIME option argument for XCLAIM"u8, out options.DeliveredMs);
        if (hasMore && c.Is(i, "retrycount"u8))
            return StreamArguments.TryInteger(c, ++i, "ERR Invalid RETRYCOUNT option argument for XCLAIM"u8, out options.Deliveries);
        if (hasMore && c.Is(i, "lastid"u8)) return StreamArguments.TryId(c, ++i, out options.LastId);
        c.Reply.Error($"ERR Unrecognized XCLAIM option '{c.Shown(i)}'");
        return false;
    }
}
