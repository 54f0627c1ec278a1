using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>ZRANGE and its older forms, ZRANGESTORE, ZCOUNT, ZLEXCOUNT.</summary>
internal static class RangeCommands
{
    [Command("zrange", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "1.2.0", Summary = "Returns the members of a sorted set in a range of ranks, scores or members.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
        Syntax = "key start stop [sortby=(BYSCORE|BYLEX)^6.2.0] [rev=REV^6.2.0] [LIMIT limit=(offset:integer count)^6.2.0] [WITHSCORES]",
        History = "6.2.0 Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")]
    public static void ZRange(CommandContext c) => Reply(c, null, null);

    [Command("zrevrange", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "1.2.0", Summary = "Returns the members of a sorted set in a range of ranks, the last one first.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.",
        Syntax = "key start:integer stop:integer [WITHSCORES]", Deprecated = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` argument")]
    public static void ZRevRange(CommandContext c) => Reply(c, RangeKind.Rank, true);

    [Command("zrangebyscore", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "1.0.5", Summary = "Returns the members of a sorted set in a range of scores.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. "
            + "always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
        Syntax = "key min:double max:double [WITHSCORES^2.0.0] [LIMIT limit=(offset:integer count)]",
        History = "2.0.0 Added the `WITHSCORES` modifier.", Deprecated = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `BYSCORE` argument")]
    public static void ZRangeByScore(CommandContext c) => Reply(c, RangeKind.Score, false);

    [Command("zrevrangebyscore", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "2.2.0", Summary = "Returns the members of a sorted set in a range of scores, the last one first.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. "
            + "always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
        Syntax = "key max:double min:double [WITHSCORES] [LIMIT limit=(offset:integer count)]",
        History = "2.1.6 `min` and `max` can be exclusive.", Deprecated = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` and `BYSCORE` arguments")]
    public static void ZRevRangeByScore(CommandContext c) => Reply(c, RangeKind.Score, true);

    [Command("zrangebylex", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "2.8.9", Summary = "Returns the members of a sorted set of equal scores in a range of members.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. "
            + "always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
        Syntax = "key min max [LIMIT limit=(offset:integer count)]", Deprecated = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `BYLEX` argument")]
    public static void ZRangeByLex(CommandContext c) => Reply(c, RangeKind.Member, false);

    [Command("zrevrangebylex", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "2.8.9", Summary = "Returns the members of a sorted set of equal scores in a range of members, the last one "
            + "first.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. "
            + "always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).",
        Syntax = "key max min [LIMIT limit=(offset:integer count)]", Deprecated = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` and `BYLEX` arguments")]
    public static void ZRevRangeByLex(CommandContext c) => Reply(c, RangeKind.Member, true);

    [Command("zrangestore", Arity = -5, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.SortedSet, Keys = "OW update @1; RO access @2",
        Group = CommandGroup.SortedSet, Since = "6.2.0", Summary = "Stores the members of a sorted set in a range of ranks, scores or members in another key.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.",
        Syntax = "dst:key src:key#1 min max [sortby=(BYSCORE|BYLEX)] [rev=REV] [LIMIT limit=(offset:integer count)]")]
    public static void ZRangeStore(CommandContext c)
    {
        if (!RangeQuery.TryParse(c, 2, null, null, stores: true, out var query) || !Lookups.TryRead(c, 2, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        var range = query.Find(set);
        var isVague = query.IsVague(set);
        var changes = c.Node.Dirty;
        RangeReply.Store(c, 1, set, range, "zrangestore"u8);
        if (!isVague || c.Node.Dirty == changes) return;
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(5);
        c.Propagation.Argument("ZRANGESTORE"u8);
        c.Propagation.Argument(c[1]);
        c.Propagation.Argument(c[2]);
        RangeQuery.TellRanks(c, range);
    }

    [Command("zcount", Arity = 4, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "2.0.0", Summary = "Returns the number of members of a sorted set in a range of scores.",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key min:double max:double")]
    public static void ZCount(CommandContext c) => Count(c, RangeKind.Score);

    [Command("zlexcount", Arity = 4, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RO access @1",
        Group = CommandGroup.SortedSet, Since = "2.8.9", Summary = "Returns the number of members of a sorted set of equal scores in a range of members.",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key min max")]
    public static void ZLexCount(CommandContext c) => Count(c, RangeKind.Member);

    private static void Reply(CommandContext c, RangeKind? kind, bool? isReversed)
    {
        if (!RangeQuery.TryParse(c, 1, kind, isReversed, stores: false, out var query) || !Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        RangeReply.Write(c, set, query.Find(set), query.IsReversed, query.WithScores);
    }

    private static void Count(CommandContext c, RangeKind kind)
    {
        if (!RangeQuery.TryParseBounds(c, 2, kind, out var query) || !Lookups.TryRead(c, 1, ValueType.SortedSet, out var record)) return;
        c.Reply.Integer(query.Find(new SortedSetReader(c.Keyspace, record)).Count);
    }
}
