using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>Elements in an order of their own, which SORT BY nosort keeps.</summary>
internal static class SortSources
{
    /// <summary>Adds all elements of a list, from its tail where <paramref name="descending"/>.</summary>
    public static void AddList(CommandContext c, ReadRecord record, bool descending, SortVector vector)
    {
        var cursor = new ListReader(c.Keyspace, record).Seek(descending ? -1 : 0);
        while (!cursor.AtEnd)
        {
            vector.Add(cursor.Value);
            if (!(descending ? cursor.MovePrevious() : cursor.MoveNext())) return;
        }
    }

    /// <summary>Adds all members of a sorted set in the order of their scores, from the highest where <paramref name="descending"/>.</summary>
    public static void AddSortedSet(CommandContext c, ReadRecord record, bool descending, SortVector vector)
    {
        var set = new SortedSetReader(c.Keyspace, record);
        var cursor = set.CursorAt(descending ? set.Count - 1 : 0);
        while (!cursor.AtEnd)
        {
            vector.Add(cursor.Member);
            if (!(descending ? cursor.MovePrevious() : cursor.MoveNext())) return;
        }
    }
}
