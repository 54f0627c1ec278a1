using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic;

/// <summary>A random choice of elements of a set or hash, none of them twice, and the words that ask for one.</summary>
internal static class RandomElements
{
    /// <summary>Reads <c>key [count [WITHVALUES]]</c> of HRANDFIELD and ZRANDMEMBER; false after replying with the error.</summary>
    public static bool TryParse(CommandContext c, ReadOnlySpan<byte> withValuesWord, out long count, out bool withValues)
    {
        count = 0;
        withValues = c.Count == 4;
        if (c.Count >= 3 && !c.TryInteger(2, -long.MaxValue, long.MaxValue, out count)) return false;
        if (c.Count > 4 || (withValues && !c.Is(3, withValuesWord)))
        {
            c.SyntaxError();
            return false;
        }

        if (!withValues || count is >= -(long.MaxValue / 2) and <= long.MaxValue / 2) return !IsTooMany(c, count);
        OutOfRange(c);
        return false;
    }

    /// <summary>
    /// Whether a negative count asks for more elements, with repetitions, than a reply can hold; it is an error then, in whose place Redis never answers
    /// anybody again.
    /// </summary>
    public static bool IsTooMany(CommandContext c, long count)
    {
        const int bytesMin = 6; // of an element that is empty
        if (count >= -(c.Node.Clients.OutputMax / bytesMin)) return false;
        OutOfRange(c);
        return true;
    }

    private static void OutOfRange(CommandContext c) => c.Reply.Error("ERR value is out of range"u8);

    /// <summary>Writes <paramref name="count"/> elements, or all when there are fewer, as an array: one reply each, or name and value in turn (pairs in RESP3).</summary>
    public static void WriteDistinct(CommandContext c, ReadRecord record, long count, bool withValues)
    {
        // Each element as it comes is taken with the chance (still wanted) / (still to come): one pass, and every choice is equally likely.
        using var elements = new ElementCursor(c.Keyspace, record);
        var toCome = elements.Count;
        var wanted = Math.Min(count, toCome);
        var nests = withValues && c.Reply.IsResp3;
        c.Reply.ArrayHeader(withValues && !nests ? wanted * 2 : wanted);
        if (wanted * SparseFactor < toCome && !record.IsPacked)
        {
            WriteSparse(c, elements, wanted, withValues);
            return;
        }

        for (; wanted > 0 && elements.MoveNext(); toCome--)
        {
            if (c.Node.Picks.NextUInt64() % (ulong)toCome >= (ulong)wanted) continue;
            wanted--;
            if (nests) c.Reply.ArrayHeader(2);
            c.Reply.Bulk(elements.Name);
            if (withValues) c.Reply.Bulk(elements.Value);
        }
    }

    /// <summary>From this ratio of elements to wanted ones on, drawing and remembering is cheaper than going through all.</summary>
    private const long SparseFactor = 16;

    private static void WriteSparse(CommandContext c, in ElementCursor elements, long wanted, bool withValues)
    {
        var drawn = new HashSet<nint>();
        while (wanted > 0)
        {
            var element = elements.Random(c.Node.Picks);
            if (!drawn.Add(element.Identity)) continue;
            wanted--;
            if (withValues && c.Reply.IsResp3) c.Reply.ArrayHeader(2);
            c.Reply.Bulk(element.Name);
            if (withValues) c.Reply.Bulk(element.Value);
        }
    }
}
