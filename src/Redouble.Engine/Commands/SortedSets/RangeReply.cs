using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>Elements of a sorted set as replies, and as another sorted set.</summary>
internal static class RangeReply
{
    /// <summary>Whether members and scores come as pairs; RESP2 has them in turn.</summary>
    public static bool HasPairs(CommandContext c) => c.Reply.Version == RespVersion.Resp3;

    /// <summary>The header of an array of so many elements.</summary>
    public static void WriteHeader(CommandContext c, long count, bool withScores) => c.Reply.ArrayHeader(withScores && !HasPairs(c) ? count * 2 : count);

    /// <summary>One element in such an array.</summary>
    public static void WriteElement(CommandContext c, scoped in SortedSetCursor element, bool withScores)
    {
        if (!withScores)
        {
            c.Reply.Bulk(element.Member);
            return;
        }

        if (HasPairs(c)) c.Reply.ArrayHeader(2);
        c.Reply.Bulk(element.Member);
        c.Reply.Double(element.Score);
    }

    /// <summary>An array of elements that follow each other.</summary>
    public static void Write(CommandContext c, in SortedSetReader set, RankRange range, bool isReversed, bool withScores)
    {
        WriteHeader(c, range.Count, withScores);
        WriteElements(c, set, range, isReversed, withScores, withScores && HasPairs(c));
    }

    /// <summary>The elements of such an array.</summary>
    /// <param name="c">The command.</param>
    /// <param name="set">The sorted set.</param>
    /// <param name="range">Which elements.</param>
    /// <param name="isReversed">The last one first.</param>
    /// <param name="withScores">Whether their scores are wanted.</param>
    /// <param name="withPairs">Whether each with its score is an array by itself.</param>
    public static void WriteElements(CommandContext c, in SortedSetReader set, RankRange range, bool isReversed, bool withScores, bool withPairs)
    {
        if (range.Count == 0) return;
        var cursor = set.CursorAt(isReversed ? range.Start + range.Count - 1 : range.Start);
        if (range.Count > 1) cursor.Prefetch(isReversed);
        var reply = c.Reply;
        for (var left = range.Count; ;)
        {
            if (withPairs) reply.ArrayHeader(2);
            if (cursor.IsPacked) reply.Bulk(cursor.Member);
            else reply.Bulk(cursor.MemberBytes); // half the time: a PackedValue is put together in memory and read back at once
            if (withScores) reply.Double(cursor.Score);
            if (--left == 0) return;
            if (isReversed) cursor.MovePrevious();
            else cursor.MoveNext();
        }
    }

    /// <summary>Stores elements that follow each other in a key, in the place of whatever is there, and replies with their number.</summary>
    public static void Store(CommandContext c, int key, in SortedSetReader set, RankRange range, ReadOnlySpan<byte> eventName)
    {
        var builder = c.Keyspace.Builder;
        builder.Begin(ValueType.SortedSet, range.Count);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var cursor = set.CursorAt(range.Start);
        for (var left = range.Count; left > 0; left--)
        {
            builder.AddScore(cursor.Member.Text(digits), cursor.Score);
            cursor.MoveNext();
        }

        Store(c, key, builder, eventName);
    }

    /// <summary>Stores what was built in a key, or deletes the key when that is nothing, and replies with the number of elements.</summary>
    public static void Store(CommandContext c, int key, CollectionBuilder built, ReadOnlySpan<byte> eventName, bool countsElements = false)
    {
        var count = built.Count;
        if (count > 0)
        {
            c.Database.Put(c[key], c.Hash(key), built);
            c.Changed(countsElements ? (int)count : 1);
            c.Notify(KeyspaceEvents.SortedSet, eventName, c[key]);
        }
        else
        {
            built.Drop();
            Delete(c, key);
        }

        c.Reply.Integer(count);
    }

    /// <summary>Deletes a key, if there is one, in the place of which nothing is stored.</summary>
    public static void Delete(CommandContext c, int key)
    {
        if (!c.Database.DeletePresent(c[key], c.Hash(key))) return; // be it expired
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[key]);
    }
}
