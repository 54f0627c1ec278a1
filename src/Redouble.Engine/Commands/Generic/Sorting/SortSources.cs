using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>Elements in an order of their own, which SORT BY nosort keeps: only those in the range that is wanted are taken in then.</summary>
internal static class SortSources
{
    /// <summary>Adds the elements of a list; from its tail where their order is kept, and descends.</summary>
    public static void AddList(CommandContext c, ReadRecord record, ref SortOptions options, SortVector vector)
    {
        var list = new ListReader(c.Keyspace, record);
        var (start, left) = options.KeepsOrder ? options.TakeRange(list.Count) : (0, list.Count);
        if (left == 0) return;
        var descending = options.KeepsOrder && options.Descending;
        var cursor = list.Seek(descending ? list.Count - 1 - start : start);
        do
        {
            vector.Add(cursor.Value);
        }
        while (--left > 0 && (descending ? cursor.MovePrevious() : cursor.MoveNext()));
    }

    /// <summary>Adds members of a sorted set in the order of their scores, from the highest where it descends.</summary>
    public static void AddSortedSet(CommandContext c, ReadRecord record, ref SortOptions options, SortVector vector)
    {
        var set = new SortedSetReader(c.Keyspace, record);
        var (start, left) = options.TakeRange(set.Count);
        if (left == 0) return;
        var descending = options.Descending;
        var cursor = set.CursorAt(descending ? set.Count - 1 - start : start);
        do
        {
            vector.Add(cursor.Member);
        }
        while (--left > 0 && (descending ? cursor.MovePrevious() : cursor.MoveNext()));
    }
}
