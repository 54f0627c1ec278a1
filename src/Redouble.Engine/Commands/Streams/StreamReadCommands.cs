using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>
/// XREAD, XREADGROUP. The arguments are gone through twice: to find what is wrong, then to serve; so nothing has to be kept in between.
/// </summary>
internal static class StreamReadCommands
{
    [Command("xread", Arity = -4, Flags = CommandFlags.ReadOnly | CommandFlags.Blocking, Acl = AclCategory.Stream, Keys = "RO access @STREAMS>1..-1%2",
        Group = CommandGroup.Stream, Since = "5.0.0", Summary = "Returns the entries of streams behind given ids, and waits for some if there are none.",
        Complexity = "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). "
            + "Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
        Syntax = "[COUNT count] [BLOCK milliseconds] STREAMS streams=( key... id... )")]
    public static void XRead(CommandContext c) => Read(c, isGroup: false);

    [Command("xreadgroup", Arity = -7, Flags = CommandFlags.Write | CommandFlags.Blocking, Acl = AclCategory.Stream, Keys = "RO access @STREAMS>4..-1%2",
        Group = CommandGroup.Stream, Since = "5.0.0",
        Summary = "Returns new or pending entries of streams for a consumer of a group, and waits for some if there are none.",
        Complexity =
            "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 "
            + "elements "
            + "with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients "
            + "blocked on the stream getting new data.",
        Syntax = "GROUP group-block=( group consumer ) [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS streams=( key... id... )")]
    public static void XReadGroup(CommandContext c)
    {
        Read(c, isGroup: true);
        c.Propagation.Replaced = true; // each effect has been told by itself
    }

    private static void Read(CommandContext c, bool isGroup)
    {
        if (!StreamReadOptions.TryParse(c, isGroup, out var options) || !Check(c, options)) return;
        var served = 0;
        DeferredHeader header = default;
        for (var i = 0; i < options.Keys; i++)
        {
            var key = options.KeysAt + i;
            var record = Lookups.Read(c, key);
            if (record.IsMissing) continue;
            if (isGroup) ReadAsGroup(c, options, key, new StreamValueWriter(c.Database.Open(record, c.Hash(key))).Reader, ref served, ref header);
            else ReadPlainly(c, options, key, new StreamValueReader(c.Keyspace, record), ref served, ref header);
        }

        if (served > 0)
        {
            if (c.Reply.IsResp3) c.Reply.EndMap(header, served);
            else c.Reply.EndArray(header, served);
        }
        else if (options.Blocks && c.CanBlock)
        {
            Block(c, options);
        }
        else
        {
            c.Reply.NullArray();
        }
    }

    // Says what is wrong with the streams and ids, in their order.
    private static bool Check(CommandContext c, in StreamReadOptions options)
    {
        for (var key = options.KeysAt; key < options.KeysAt + options.Keys; key++)
        {
            if (!Lookups.TryRead(c, key, ValueType.Stream, out var record)) return false;
            if (options.IsGroup && (record.IsMissing || new StreamValueReader(c.Keyspace, record).FindGroup(c[options.GroupAt]) == null))
            {
                c.Reply.Error($"NOGROUP No such key '{c.Shown(key)}' or consumer group '{c.Shown(options.GroupAt)}' in XREADGROUP with GROUP option");
                return false;
            }

            var id = key + options.Keys;
            if (c[id] is [(byte)'$'])
            {
                if (!options.IsGroup) continue;
                c.Reply.Error("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer "
                    + "by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.");
                return false;
            }

            if (c[id] is [(byte)'>'])
            {
                if (options.IsGroup) continue;
                c.Reply.Error("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."u8);
                return false;
            }

            if (!StreamArguments.TryId(c, id, out _)) return false;
        }

        return true;
    }

    private static void ReadPlainly(
        CommandContext c, in StreamReadOptions options, int key, StreamValueReader stream, ref int served, ref DeferredHeader header)
    {
        var text = c[key + options.Keys];
        if (stream.Length == 0 || text is [(byte)'$']) return;
        var after = StreamArguments.IdAt(c, key + options.Keys);
        if (stream.LastId <= after || stream.LastEntryId() <= after) return;
        BeginStream(c, key, ref served, ref header);
        after.TryNext(out var start);
        var entries = stream.Range(start, StreamId.Max);
        c.Reply.Entries(ref entries, options.Count);
    }

    private static void ReadAsGroup(
        CommandContext c, in StreamReadOptions options, int key, StreamValueReader stream, ref int served, ref DeferredHeader header)
    {
        if (stream.FindGroup(c[options.GroupAt]) is not { } group) return;
        var text = c[key + options.Keys];
        var isNews = text is [(byte)'>'];
        var serves = !isNews || (stream.Length > 0 && stream.LastEntryId() > group.LastId);
        var after = group.LastId;
        if (!isNews)
        {
            after = StreamArguments.IdAt(c, key + options.Keys);

            // To Redis the greatest id is just another word for news.
            if (after == StreamId.Max)
            {
                isNews = true;
                after = group.LastId;
                serves = stream.Length > 0 && stream.LastEntryId() > after;
            }
        }

        // No room to tell of more than the unit has told already: it is not read this time.
        if ((isNews || options.NoAck) && !c.Propagation.HasRoom(StreamEffects.ClaimBytes(c[key], group.Name, c[options.GroupAt + 1]))) return;
        var consumer = StreamEffects.FindOrCreateConsumer(c, group, c[options.GroupAt + 1], key, out var isNew);
        if (isNew && options.NoAck) StreamEffects.ConsumerCreated(c, c[key], group, consumer);
        consumer.SeenMs = c.NowMs;
        if (!serves) return;
        BeginStream(c, key, ref served, ref header);
        after.TryNext(out var start);
        if (isNews) Deliver(c, options, c[key], stream, group, consumer, start);
        else ReplyHistory(c, stream, group, consumer, start, options.Count);
        c.Changed();
    }

    private static void BeginStream(CommandContext c, int key, ref int served, ref DeferredHeader header)
    {
        if (served++ == 0) header = c.Reply.BeginDeferred();
        if (!c.Reply.IsResp3) c.Reply.ArrayHeader(2);
        c.Reply.Bulk(c[key]);
    }

    private static void Deliver(
        CommandContext c, in StreamReadOptions options, ReadOnlySpan<byte> key, StreamValueReader stream, StreamGroup group, StreamConsumer consumer,
        StreamId start)
    {
        var header = c.Reply.BeginDeferred();
        long delivered = 0;
        var hasMoved = false;
        var claimBytes = StreamEffects.ClaimBytes(key, group.Name, consumer.Name);
        var entries = stream.Range(start, StreamId.Max);
        while (entries.MoveNext())
        {
            var id = entries.Id;
            if (id > group.LastId)
            {
                StreamEffects.ReadNext(stream, group, id);
                hasMoved = true;
            }

            c.Reply.Entry(ref entries);
            if (!options.NoAck)
            {
                var entry = Pend(group, id, consumer, c.NowMs);
                consumer.ActiveMs = c.NowMs;
                StreamEffects.Claim(c, key, group, id, entry);
            }

            if (++delivered == options.Count || !c.Propagation.HasRoom(claimBytes)) break;
        }

        // Otherwise the claims have said so.
        if (hasMoved && options.NoAck) StreamEffects.GroupMoved(c, key, group);
        c.Reply.EndArray(header, delivered);
    }

    // A group that was set back delivers entries that are pending already.
    private static PendingEntry Pend(StreamGroup group, StreamId id, StreamConsumer consumer, long nowMs)
    {
        if (!group.TryFindPending(id, out var entry)) return group.AddPending(id, consumer, nowMs, 1);
        group.Assign(entry, consumer);
        group.Redeliver(entry, nowMs, 1);
        return entry;
    }

    private static void ReplyHistory(CommandContext c, StreamValueReader stream, StreamGroup group, StreamConsumer consumer, StreamId start, long count)
    {
        var header = c.Reply.BeginDeferred();
        long replied = 0;
        for (var pending = consumer.PendingFrom(start); (count == 0 || replied < count) && pending.MoveNext(); replied++)
        {
            var entry = pending.Current;
            if (c.Reply.TryEntry(stream, entry.Id))
            {
                group.Redeliver(entry, c.NowMs, entry.Deliveries + 1);
                continue;
            }

            c.Reply.ArrayHeader(2); // it is not there any more
            c.Reply.Id(entry.Id);
            c.Reply.NullArray();
        }

        c.Reply.EndArray(header, replied);
    }

    private static void Block(CommandContext c, in StreamReadOptions options)
    {
        var request = c.BlockOnKeys(ValueType.Stream, options.KeysAt, options.Keys, options.DeadlineMs, wakesWithoutKey: options.IsGroup);
        Span<byte> id = stackalloc byte[StreamId.TextMax];
        byte[]?[]? last = null; // what a $ stands for: when it runs again, this is still what it did not wait for
        for (var i = 0; i < options.Keys; i++)
        {
            var key = options.KeysAt + i;
            if (c[key + options.Keys] is not [(byte)'$']) continue;
            var record = c.Database.Peek(c[key], c.Hash(key));
            var lastId = record.IsMissing ? default : new StreamValueReader(c.Keyspace, record).LastId;
            (last ??= new byte[]?[options.Keys])[i] = id[..lastId.Format(id)].ToArray();
        }

        if (last != null) request.Replace(options.KeysAt + options.Keys, last);
    }
}
