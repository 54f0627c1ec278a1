using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.Streams;

/// <summary>What replicas are told of the work of consumers: each step by its outcome, so that they need neither clock nor order.</summary>
internal static class StreamEffects
{
    /// <summary>The consumer of a name, which is created when there is none.</summary>
    public static StreamConsumer FindOrCreateConsumer(CommandContext c, StreamGroup group, ReadOnlySpan<byte> name, int key, out bool isNew)
    {
        isNew = false;
        if (group.FindConsumer(name) is { } found) return found;
        isNew = true;
        var created = group.AddConsumer(name, c.NowMs)!;
        c.Changed();
        c.Notify(KeyspaceEvents.Stream, "xgroup-createconsumer"u8, c[key]);
        return created;
    }

    /// <summary>An entry is pending for a consumer: XCLAIM with all that is known of it.</summary>
    public static void Claim(CommandContext c, ReadOnlySpan<byte> key, StreamGroup group, ReadOnlySpan<byte> id, PendingEntry entry)
    {
        var propagation = c.Propagation;
        if (!propagation.IsActive) return;
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        propagation.Begin(14);
        propagation.Argument("XCLAIM"u8);
        propagation.Argument(key);
        propagation.Argument(group.Name);
        propagation.Argument(group.ConsumerOf(entry)!.Name);
        propagation.Argument("0"u8);
        propagation.Argument(id);
        propagation.Argument("TIME"u8);
        propagation.Argument(entry.DeliveredMs);
        propagation.Argument("RETRYCOUNT"u8);
        propagation.Argument((long)entry.Deliveries);
        propagation.Argument("FORCE"u8);
        propagation.Argument("JUSTID"u8);
        propagation.Argument("LASTID"u8);
        propagation.Argument(text[..group.LastId.Format(text)]);
        propagation.End(c.Session.Database);
    }

    /// <summary>
    /// About what a claim takes. Claims go into the log when all of them are done, and can be refused no more: so XREADGROUP and XAUTOCLAIM ask for room on
    /// their way (<see cref="Propagation.HasRoom"/>), and read or claim less than they were asked for where there is none, as they may; XCLAIM is refused.
    /// </summary>
    public static long ClaimBytes(ReadOnlySpan<byte> key, ReadOnlySpan<byte> group, ReadOnlySpan<byte> consumer)
    {
        const long fixedBytes = 256; // words, ids and numbers
        return fixedBytes + key.Length + group.Length + consumer.Length;
    }

    /// <summary>As <see cref="Claim(CommandContext, ReadOnlySpan{byte}, StreamGroup, ReadOnlySpan{byte}, PendingEntry)"/>.</summary>
    public static void Claim(CommandContext c, ReadOnlySpan<byte> key, StreamGroup group, StreamId id, PendingEntry entry)
    {
        if (!c.Propagation.IsActive) return;
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        Claim(c, key, group, text[..id.Format(text)], entry);
    }

    /// <summary>A group has read the next entry.</summary>
    public static void ReadNext(StreamValueReader stream, StreamGroup group, StreamId id)
    {
        if (group.EntriesRead != StreamGroup.Unknown && !stream.HasTombstones(id)) group.EntriesRead++;
        else if (stream.EntriesAdded > 0) group.EntriesRead = stream.EstimateEntriesRead(id);
        group.LastId = id;
    }

    /// <summary>A group has read on: XGROUP SETID.</summary>
    public static void GroupMoved(CommandContext c, ReadOnlySpan<byte> key, StreamGroup group)
    {
        var propagation = c.Propagation;
        if (!propagation.IsActive) return;
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        propagation.Begin(7);
        propagation.Argument("XGROUP"u8);
        propagation.Argument("SETID"u8);
        propagation.Argument(key);
        propagation.Argument(group.Name);
        propagation.Argument(text[..group.LastId.Format(text)]);
        propagation.Argument("ENTRIESREAD"u8);
        propagation.Argument(group.EntriesRead);
        propagation.End(c.Session.Database);
    }

    /// <summary>A consumer was created: XGROUP CREATECONSUMER.</summary>
    public static void ConsumerCreated(CommandContext c, ReadOnlySpan<byte> key, StreamGroup group, StreamConsumer consumer) =>
        c.Propagation.Add(c.Session.Database, "XGROUP"u8, "CREATECONSUMER"u8, key, group.Name, consumer.Name);

    /// <summary>The command with its cut made exact, and with the id that was given: cuts about a length depend on nodes, and ids on the clock.</summary>
    public static void Rewritten(CommandContext c, in StreamTrimOptions options, StreamValueReader stream, StreamId? newId)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        var cutsAbout = options.HasTrim && options.Trim.IsApproximate;
        Span<byte> id = stackalloc byte[StreamId.TextMax];
        Span<byte> threshold = stackalloc byte[StreamId.TextMax];
        id = id[..(newId ?? default).Format(id)];
        threshold = threshold[..(options.Trim.IsByLength ? Integers.Format(stream.Length, threshold) : stream.FirstStoredId().Format(threshold))];
        c.Propagation.Begin(c.Count);
        for (var i = 0; i < c.Count; i++)
        {
            if (newId != null && i == options.Next) c.Propagation.Argument(id);
            else if (cutsAbout && i == options.ThresholdAt - 1) c.Propagation.Argument("="u8);
            else if (cutsAbout && i == options.ThresholdAt) c.Propagation.Argument(threshold);
            else c.Propagation.Argument(c[i]);
        }

        c.Propagation.End(c.Session.Database);
    }
}
