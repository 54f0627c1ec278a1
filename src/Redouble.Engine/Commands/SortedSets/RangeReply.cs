using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>Elements of a sorted set as replies, and as another sorted set.</summary>
internal static class RangeReply
{
    /// <summary>The header of an array of so many elements.</summary>
    public static void WriteHeader(CommandContext c, long count, bool withScores) => c.Reply.ArrayHeader(withScores && !c.Reply.IsResp3 ? count * 2 : count);

    /// <summary>One element in such an array.</summary>
    public static void WriteElement(CommandContext c, scoped in SortedSetCursor element, bool withScores)
    {
        if (!withScores)
        {
            c.Reply.Bulk(element.Member);
            return;
        }

        if (c.Reply.IsResp3) c.Reply.ArrayHeader(2);
        c.Reply.Bulk(element.Member);
        c.Reply.Double(element.Score);
    }

    /// <summary>An array of elements that follow each other.</summary>
    public static void Write(CommandContext c, in SortedSetReader set, RankRange range, bool isReversed, bool withScores)
    {
        WriteHeader(c, range.Count, withScores);
        WriteElements(c, set, range, isReversed, withScores, withScores && c.Reply.IsResp3);
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

        KeyOutcomes.Store(c, key, builder, KeyspaceEvents.SortedSet, eventName);
    }
}
