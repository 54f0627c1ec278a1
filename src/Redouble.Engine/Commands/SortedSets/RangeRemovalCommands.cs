using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.</summary>
internal static class RangeRemovalCommands
{
    [Command("zremrangebyrank", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.SortedSet, Keys = "RW delete @1",
        Group = CommandGroup.SortedSet, Since = "2.0.0", Summary = "Removes the members of a sorted set in a range of ranks, and the set with the last of "
            + "them.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
        Syntax = "key start:integer stop:integer")]
    public static void ZRemRangeByRank(CommandContext c) => Remove(c, RangeKind.Rank, "zremrangebyrank"u8);

    [Command("zremrangebyscore", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.SortedSet, Keys = "RW delete @1",
        Group = CommandGroup.SortedSet, Since = "1.2.0", Summary = "Removes the members of a sorted set in a range of scores, and the set with the last of "
            + "them.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
        Syntax = "key min:double max:double")]
    public static void ZRemRangeByScore(CommandContext c) => Remove(c, RangeKind.Score, "zremrangebyscore"u8);

    [Command("zremrangebylex", Arity = 4, Flags = CommandFlags.Write, Acl = AclCategory.SortedSet, Keys = "RW delete @1",
        Group = CommandGroup.SortedSet, Since = "2.8.9", Summary = "Removes the members of a sorted set of equal scores in a range of members, and the set "
            + "with the last of them.",
        Complexity = "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.",
        Syntax = "key min max")]
    public static void ZRemRangeByLex(CommandContext c) => Remove(c, RangeKind.Member, "zremrangebylex"u8);

    private static void Remove(CommandContext c, RangeKind kind, ReadOnlySpan<byte> name)
    {
        if (!RangeQuery.TryParseBounds(c, 2, kind, out var query) || !Lookups.TryFind(c, 1, ValueType.SortedSet, out var record)) return;
        var set = new SortedSetReader(c.Keyspace, record);
        var range = query.Find(set);
        if (range.Count > 0)
        {
            if (query.IsVague(set)) TellRanks(c, range);
            var isEmpty = Remove(c, 1, record, range);
            c.Changed((int)range.Count);
            c.Notify(KeyspaceEvents.SortedSet, name, c[1]);
            if (isEmpty) c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        }

        c.Reply.Integer(range.Count);
    }

    private static void TellRanks(CommandContext c, RankRange range)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(4);
        c.Propagation.Argument("ZREMRANGEBYRANK"u8);
        c.Propagation.Argument(c[1]);
        RangeQuery.TellRanks(c, range);
    }

    /// <summary>Removes elements that follow each other; the key when they are all. Returns whether they were.</summary>
    internal static bool Remove(CommandContext c, int key, in Redouble.Storage.Keyspace.ReadRecord record, RankRange range)
    {
        var hash = c.Hash(key);
        var isAll = range.Count == new SortedSetReader(c.Keyspace, record).Count;
        if (isAll) c.Database.Delete(c[key], hash);
        else new SortedSetWriter(c.Keyspace, c.Database, record, hash).Remove(range);
        return isAll;
    }
}
