using Redouble.Core.Text;
using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>ZADD, ZINCRBY, ZREM, ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZSCAN.</summary>
internal static class SortedSetCommands
{
    [Command("zadd", Arity = -4, Element = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.SortedSet,
        Keys = "RW update @1",
        Group = CommandGroup.SortedSet, Since = "1.2.0", Summary = "Adds members to a sorted set, which is created when there is none, or gives them other "
            + "scores.",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Syntax = "key [condition=(NX|XX)^3.0.2] [comparison=(GT|LT)^6.2.0] [change=CH^3.0.2] [increment=INCR^3.0.2] data=(score:double member)...",
        History = "2.4.0 Accepts multiple elements.; 3.0.2 Added the `XX`, `NX`, `CH` and `INCR` options.; 6.2.0 Added the `GT` and `LT` options.")]
    public static void ZAdd(CommandContext c) => Add(c, ScoreOptions.None);

    [Command("zincrby", Arity = 4, Element = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.SortedSet,
        Keys = "RW access update @1",
        Group = CommandGroup.SortedSet, Since = "1.2.0", Summary = "Adds to the score of a member of a sorted set.",
        Complexity = "O(log(N)) where N is the number of elements in the sorted set.", Syntax = "key increment:integer member")]
    public static void ZIncrBy(CommandContext c) => Add(c, ScoreOptions.Increment);

    [Command("zrem", Arity = -3, Element = 2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RW delete @1",
        Group = CommandGroup.SortedSet,
        Since = "1.2.0", Summary = "Removes members of a sorted set, and the set with the last of them.",
        Complexity = "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.",
        Syntax = "key member...", History = "2.4.0 Accepts multiple elements.")]
    public static void ZRem(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.SortedSet, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        var set = new SortedSetWriter(c.Keyspace, c.Database, record, c.Hash(1));
        var removed = 0;
        var isEmpty = false;
        foreach (var i in c.Elements(2))
        {
            if (!set.Remove(c[i])) continue;
            removed++;
            isEmpty = set.Count == 0;
            if (isEmpty) break;
        }

        if (removed > 0)
        {
            c.Changed(removed);
            c.Notify(KeyspaceEvents.SortedSet, "zrem"u8, c[1]);
            if (isEmpty) KeyOutcomes.DeleteEmpty(c, 1);
        }

        c.Reply.Integer(removed);
    }

    [Command("zcard", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO @1", Group = CommandGroup.SortedSet,
        Since = "1.2.0", Summary = "Returns the number of members of a sorted set.", Complexity = "O(1)", Syntax = "key")]
    public static void ZCard(CommandContext c)
    {
        if (Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) c.Reply.Integer(new SortedSetReader(c.Keyspace, record).Count);
    }

    [Command("zscore", Arity = 3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet,
        Since = "1.2.0", Summary = "Returns the score of a member of a sorted set.", Complexity = "O(1)", Syntax = "key member")]
    public static void ZScore(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        if (new SortedSetReader(c.Keyspace, record).TryGetScore(c[2], out var score)) c.Reply.Double(score);
        else c.Reply.Null();
    }

    [Command("zmscore", Arity = -3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet,
        Since = "6.2.0", Summary = "Returns the scores of members of a sorted set.", Complexity = "O(N) where N is the number of members being requested.",
        Syntax = "key member...")]
    public static void ZMScore(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        c.Reply.ArrayHeader(c.Count - 2);
        foreach (var i in c.Elements(2))
        {
            if (set.TryGetScore(c[i], out var score)) c.Reply.Double(score);
            else c.Reply.Null();
        }
    }

    [Command("zrank", Arity = -3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet,
        Since = "2.0.0", Summary = "Returns how many members of a sorted set come before a member.", Complexity = "O(log(N))",
        Syntax = "key member [withscore=WITHSCORE]", History = "7.2.0 Added the optional `WITHSCORE` argument.")]
    public static void ZRank(CommandContext c) => Rank(c, fromLast: false);

    [Command("zrevrank", Arity = -3, Element = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet,
        Since = "2.0.0", Summary = "Returns how many members of a sorted set come behind a member.", Complexity = "O(log(N))",
        Syntax = "key member [withscore=WITHSCORE]", History = "7.2.0 Added the optional `WITHSCORE` argument.")]
    public static void ZRevRank(CommandContext c) => Rank(c, fromLast: true);

    [Command("zscan", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1", Group = CommandGroup.SortedSet,
        Since = "2.8.0",
        Summary = "Walks through the members of a sorted set and their scores step by step.",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number "
            + "of elements inside the collection.",
        Syntax = "key cursor:integer [MATCH pattern] [COUNT count]", Tips = "nondeterministic_output")]
    public static void ZScan(CommandContext c) => ElementScan.Run(c, ValueType.SortedSet);

    private static void Add(CommandContext c, ScoreOptions options)
    {
        var countsUpdates = false;
        var first = 2;
        for (; first < c.Count; first++)
        {
            if (c[first].Length != 2 && !c.Is(first, "incr"u8)) break;
            if (c.Is(first, "nx"u8)) options |= ScoreOptions.OnlyNew;
            else if (c.Is(first, "xx"u8)) options |= ScoreOptions.OnlyExisting;
            else if (c.Is(first, "ch"u8)) countsUpdates = true;
            else if (c.Is(first, "gt"u8)) options |= ScoreOptions.OnlyGreater;
            else if (c.Is(first, "lt"u8)) options |= ScoreOptions.OnlyLess;
            else if (c.Is(first, "incr"u8)) options |= ScoreOptions.Increment;
            else break;
        }

        var words = c.Count - first;
        if (words == 0 || words % 2 != 0)
        {
            c.SyntaxError();
            return;
        }

        if (!AreCompatible(c, options, words / 2) || !TryReadScores(c, first, out var score)) return;
        ScoreAddition.Run(c, new Arguments(c, first, words / 2, score), options, countsUpdates);
    }

    private static bool AreCompatible(CommandContext c, ScoreOptions options, int elements)
    {
        if (options == ScoreOptions.None) return true;
        var comparison = options & (ScoreOptions.OnlyGreater | ScoreOptions.OnlyLess);
        var isNewOnly = (options & ScoreOptions.OnlyNew) != 0;
        if (isNewOnly && (options & ScoreOptions.OnlyExisting) != 0)
        {
            c.Reply.Error("ERR XX and NX options at the same time are not compatible"u8);
            return false;
        }

        if ((isNewOnly && comparison != 0) || comparison == (ScoreOptions.OnlyGreater | ScoreOptions.OnlyLess))
        {
            c.Reply.Error("ERR GT, LT, and/or NX options at the same time are not compatible"u8);
            return false;
        }

        if ((options & ScoreOptions.Increment) == 0 || elements == 1) return true;
        c.Reply.Error("ERR INCR option supports a single increment-element pair"u8);
        return false;
    }

    // All are read before anything is changed. The first one is kept: mostly there is no other.
    private static bool TryReadScores(CommandContext c, int first, out double score)
    {
        score = 0;
        for (var i = c.Count - 2; i >= first; i -= 2)
        {
            if (Doubles.TryParse(c[i], out score)) continue;
            c.Reply.Error("ERR value is not a valid float"u8);
            return false;
        }

        return true;
    }

    private static void Rank(CommandContext c, bool fromLast)
    {
        if (c.Count > 4)
        {
            c.Reply.Error(fromLast ? "ERR wrong number of arguments for 'zrevrank' command"u8 : "ERR wrong number of arguments for 'zrank' command"u8);
            return;
        }

        var withScore = c.Count == 4;
        if (withScore && !c.Is(3, "withscore"u8))
        {
            c.SyntaxError();
            return;
        }

        if (!Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        var rank = set.RankOf(c[2], out var score);
        if (rank < 0)
        {
            if (withScore) c.Reply.NullArray();
            else c.Reply.Null();
            return;
        }

        if (withScore) c.Reply.ArrayHeader(2);
        c.Reply.Integer(fromLast ? set.Count - 1 - rank : rank);
        if (withScore) c.Reply.Double(score);
    }

    private readonly struct Arguments(CommandContext c, int first, int count, double firstScore) : IScoredMembers
    {
        public int Count => count;

        public double Score(int index)
        {
            if (index == 0) return firstScore;
            if (Doubles.TryParse(c[first + (index * 2)], out var score)) return score;
            throw new InvalidOperationException("A score that was read can not be read again.");
        }

        public ReadOnlySpan<byte> Member(int index) => c[first + (index * 2) + 1];
    }
}
