using Redouble.Core.Text;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>
/// ZPOPMIN, ZPOPMAX, ZMPOP, and those that wait: BZPOPMIN, BZPOPMAX, BZMPOP. Replicas are told ZPOPMIN or ZPOPMAX of the key that had something.
/// </summary>
internal static class PopCommands
{
    /// <summary>Without a count, one element is popped.</summary>
    private const long NoCount = -1;

    [Command("zpopmin", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RW access delete @1",
        Group = CommandGroup.SortedSet, Since = "5.0.0", Summary = "Removes the members with the lowest scores of a sorted set and returns them.",
        Complexity = "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
        Syntax = "key [count]")]
    public static void ZPopMin(CommandContext c) => Pop(c, fromLast: false);

    [Command("zpopmax", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.SortedSet, Keys = "RW access delete @1",
        Group = CommandGroup.SortedSet, Since = "5.0.0", Summary = "Removes the members with the highest scores of a sorted set and returns them.",
        Complexity = "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.",
        Syntax = "key [count]")]
    public static void ZPopMax(CommandContext c) => Pop(c, fromLast: true);

    [Command("bzpopmin", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Blocking | CommandFlags.Fast, Acl = AclCategory.SortedSet,
        Keys = "RW access delete @1..-2",
        Group = CommandGroup.SortedSet, Since = "5.0.0", Summary = "Removes the member with the lowest score of the first sorted set that has any and "
            + "returns it. Waits until one has.",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key... timeout:double",
        History = "6.0.0 `timeout` is interpreted as a double instead of an integer.")]
    public static void BzPopMin(CommandContext c) => PopOrWait(c, fromLast: false);

    [Command("bzpopmax", Arity = -3, Flags = CommandFlags.Write | CommandFlags.Blocking | CommandFlags.Fast, Acl = AclCategory.SortedSet,
        Keys = "RW access delete @1..-2",
        Group = CommandGroup.SortedSet, Since = "5.0.0", Summary = "Removes the member with the highest score of the first sorted set that has any and "
            + "returns it. Waits until one has.",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key... timeout:double",
        History = "6.0.0 `timeout` is interpreted as a double instead of an integer.")]
    public static void BzPopMax(CommandContext c) => PopOrWait(c, fromLast: true);

    [Command("zmpop", Arity = -4, Flags = CommandFlags.Write, Acl = AclCategory.SortedSet, Keys = "RW access delete @1#",
        Group = CommandGroup.SortedSet, Since = "7.0.0", Summary = "Removes members with the lowest or highest scores of the first sorted set that has any "
            + "and returns them.",
        Complexity = "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of "
            + "elements popped.",
        Syntax = "numkeys key... where=(MIN|MAX) [COUNT count]")]
    public static void ZMPop(CommandContext c)
    {
        if (!PopRequest.TryParse(c, 1, "min"u8, "max"u8, out var pop)) return;
        if (!pop.TryFind(c, ValueType.SortedSet, out var key, out var record)) return;
        if (key < 0) c.Reply.NullArray();
        else PopNested(c, key, record, pop);
    }

    [Command("bzmpop", Arity = -5, Flags = CommandFlags.Write | CommandFlags.Blocking, Acl = AclCategory.SortedSet, Keys = "RW access delete @2#",
        Group = CommandGroup.SortedSet, Since = "7.0.0", Summary = "Removes members with the lowest or highest scores of the first sorted set that has any "
            + "and returns them. Waits until one has.",
        Complexity = "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of "
            + "elements popped.",
        Syntax = "timeout:double numkeys key... where=(MIN|MAX) [COUNT count]")]
    public static void BzMPop(CommandContext c)
    {
        if (!PopRequest.TryParse(c, 2, "min"u8, "max"u8, out var pop) || !Timeouts.TrySeconds(c, 1, out var deadlineMs)) return;
        if (!pop.TryFind(c, ValueType.SortedSet, out var key, out var record)) return;
        if (key < 0) pop.Wait(c, ValueType.SortedSet, deadlineMs);
        else PopNested(c, key, record, pop);
    }

    private static void Pop(CommandContext c, bool fromLast)
    {
        if (c.Count > 3)
        {
            c.SyntaxError();
            return;
        }

        var count = NoCount;
        if (c.Count == 3 && !c.TryCount(2, out count)) return;
        if (!Lookups.TryFind(c, 1, ValueType.SortedSet, out var record)) return;
        if (record.IsMissing || count == 0)
        {
            c.Reply.ArrayHeader(0);
            return;
        }

        var set = new SortedSetReader(c.Keyspace, record);
        var range = Take(set, fromLast, Math.Abs(count));
        var withPairs = count != NoCount && c.Reply.IsResp3;
        c.Reply.ArrayHeader(withPairs ? range.Count : range.Count * 2);
        Remove(c, 1, record, range, fromLast, withPairs);
    }

    private static void PopOrWait(CommandContext c, bool fromLast)
    {
        var pop = new PopRequest(1, c.Count - 2, 1, FromFirst: !fromLast);
        if (!Timeouts.TrySeconds(c, c.Count - 1, out var deadlineMs) || !pop.TryFind(c, ValueType.SortedSet, out var key, out var record)) return;
        if (key < 0)
        {
            pop.Wait(c, ValueType.SortedSet, deadlineMs);
            return;
        }

        var set = new SortedSetReader(c.Keyspace, record);
        c.Reply.ArrayHeader(3);
        c.Reply.Bulk(c[key]);
        Remove(c, key, record, Take(set, fromLast, 1), fromLast, withPairs: false);
        c.Propagation.Add(c.Session.Database, fromLast ? "ZPOPMAX"u8 : "ZPOPMIN"u8, c[key]);
        c.Propagation.Replaced = true;
    }

    private static void PopNested(CommandContext c, int key, in ReadRecord record, PopRequest pop)
    {
        var fromLast = !pop.FromFirst;
        var range = Take(new SortedSetReader(c.Keyspace, record), fromLast, pop.Count);
        c.Reply.ArrayHeader(2);
        c.Reply.Bulk(c[key]);
        c.Reply.ArrayHeader(range.Count);
        Remove(c, key, record, range, fromLast, withPairs: true);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        digits = digits[..Integers.Format(range.Count, digits)];
        c.Propagation.Add(c.Session.Database, fromLast ? "ZPOPMAX"u8 : "ZPOPMIN"u8, c[key], digits);
        c.Propagation.Replaced = true;
    }

    private static RankRange Take(in SortedSetReader set, bool fromLast, long count)
    {
        var all = set.Count;
        var taken = Math.Min(all, count);
        return new RankRange(fromLast ? all - taken : 0, taken);
    }

    // Replies with the elements, which are still there for that, and removes them.
    private static void Remove(CommandContext c, int key, in ReadRecord record, RankRange range, bool fromLast, bool withPairs)
    {
        c.RepliesFirst = true;
        RangeReply.WriteElements(c, new SortedSetReader(c.Keyspace, record), range, fromLast, withScores: true, withPairs);
        var isEmpty = RangeRemovalCommands.Remove(c, key, record, range);
        c.Changed((int)range.Count);
        c.Notify(KeyspaceEvents.SortedSet, fromLast ? "zpopmax"u8 : "zpopmin"u8, c[key]);
        if (isEmpty) c.Notify(KeyspaceEvents.Generic, "del"u8, c[key]);
    }
}
