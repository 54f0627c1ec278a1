using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>ZRANDMEMBER.</summary>
internal static class RandomMemberCommand
{
    /// <summary>From this ratio of elements to wanted ones on, drawing and remembering is cheaper than going through all.</summary>
    private const long SparseFactor = 16;

    [Command("zrandmember", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1", Group = CommandGroup.SortedSet,
        Since = "6.2.0",
        Summary = "Returns members of a sorted set chosen at random.", Complexity = "O(N) where N is the number of elements returned",
        Syntax = "key [options=(count [WITHSCORES])]", Tips = "nondeterministic_output")]
    public static void ZRandMember(CommandContext c)
    {
        if (!RandomElements.TryParse(c, "withscores"u8, out var count, out var withScores)) return;
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        if (record.IsMissing)
        {
            if (c.Count == 2) c.Reply.Null();
            else c.Reply.ArrayHeader(0);
            return;
        }

        var set = new SortedSetReader(c.Keyspace, record);
        if (c.Count == 2) c.Reply.Bulk(set.Random(c.Node.Picks).Member);
        else if (count < 0) WriteAny(c, set, -count, withScores);
        else WriteDistinct(c, set, Math.Min(count, set.Count), withScores);
    }

    private static void WriteAny(CommandContext c, in SortedSetReader set, long count, bool withScores)
    {
        RangeReply.WriteHeader(c, count, withScores);
        for (; count > 0 && !c.Session.Has(SessionFlags.CloseAsap); count--) RangeReply.WriteElement(c, set.Random(c.Node.Picks), withScores);
    }

    // The last one first, as Redis has them when all are wanted.
    private static void WriteDistinct(CommandContext c, in SortedSetReader set, long count, bool withScores)
    {
        RangeReply.WriteHeader(c, count, withScores);
        var toCome = set.Count;
        if (count < toCome / SparseFactor)
        {
            WriteSparse(c, set, count, withScores);
            return;
        }

        // Each element as it comes is taken with the chance (still wanted) / (still to come): one pass, and every choice is equally likely.
        for (var cursor = set.CursorAt(toCome - 1); count > 0; toCome--, cursor.MovePrevious())
        {
            if (c.Node.Picks.NextUInt64() % (ulong)toCome >= (ulong)count) continue;
            count--;
            RangeReply.WriteElement(c, cursor, withScores);
        }
    }

    private static void WriteSparse(CommandContext c, in SortedSetReader set, long count, bool withScores)
    {
        var drawn = new HashSet<long>();
        while (drawn.Count < count)
        {
            var rank = (long)(c.Node.Picks.NextUInt64() % (ulong)set.Count);
            if (drawn.Add(rank)) RangeReply.WriteElement(c, set.CursorAt(rank), withScores);
        }
    }
}
