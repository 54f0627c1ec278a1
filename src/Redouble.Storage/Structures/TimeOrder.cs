using System.Runtime.CompilerServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// Records by a time of theirs: the fields of a large hash by their expiry, the hashes of a database by the earliest expiry of their fields.
/// Those of equal times stand by address, so that a record is found without looking at others. The tree does not own the records: before one
/// moves, goes or gets another time it is taken out.
/// </summary>
internal readonly ref struct TimeOrder
{
    private readonly CountedTree<OrderedEntries> _tree;

    public TimeOrder(CountedTree<OrderedEntries> tree) => _tree = tree;

    /// <summary>Records in it.</summary>
    public long Count => _tree.Count;

    /// <summary>The earliest time, or -1 when there is none.</summary>
    public long EarliestMs
    {
        get
        {
            if (_tree.Count == 0) return -1;
            return (long)_tree.First().Key;
        }
    }

    /// <summary>The record with the earliest time; there must be one.</summary>
    public Record First => Record.At(_tree.First().Item);

    public void Add(Record record, long timeMs)
    {
        var cursor = _tree.Seek(new Place((ulong)timeMs, record.Place));
        _tree.Insert(ref cursor, new TreeEntry((ulong)timeMs, record.Place));
    }

    /// <summary>Takes a record out that was added with that time.</summary>
    public void Remove(Record record, long timeMs)
    {
        var cursor = _tree.Seek(new Place((ulong)timeMs, record.Place));
        if (cursor.AtEnd || cursor.Item != record.Place)
            throw new InvalidOperationException($"A record that expires at {timeMs} is not where its time belongs.");
        _tree.Remove(ref cursor);
    }

    /// <summary>How many have a time before that one.</summary>
    public long CountBefore(long timeMs)
    {
        var cursor = _tree.Seek(new Place((ulong)timeMs, 0));
        return _tree.Rank(cursor);
    }

    /// <summary>Frees the nodes of a tree that is not used any more: at most <paramref name="budget"/> of them. True when nothing is left.</summary>
    public bool FreeSlice(ref int budget) => _tree.FreeSlice(ref budget);

    private readonly struct Place(ulong timeMs, nint record) : ITreeProbe
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // in the tree's binary search
        public bool LiesAfter(in TreeEntry entry) => entry.Key < timeMs || (entry.Key == timeMs && entry.Item < record);
    }
}
