using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A counted tree and the list that it should be equal to.</summary>
internal sealed class TreeModel<TOrder> : IDisposable
    where TOrder : struct, ITreeOrder
{
    private readonly NativeHeap _heap = new(); // of the tree alone: what it says of its memory has to be exact
    private CountedTreeRoot _root;

    public List<TreeEntry> Entries { get; } = [];

    public CountedTree<TOrder> Tree => new(ref _root, _heap);

    public ref CountedTreeRoot Root => ref _root;

    public int Height => _root.Height;

    public long UsedBytes => _heap.UsedBytes;

    /// <summary>Weight of the entries before <paramref name="index"/>.</summary>
    public long WeightBefore(int index)
    {
        if (!TOrder.IsWeighted) return index;
        long weight = 0;
        for (var i = 0; i < index; i++) weight += (long)Entries[i].Key;
        return weight;
    }

    public TreeCursor At(int index)
    {
        var cursor = Tree.SeekWeight(WeightBefore(index), out var within);
        Assert.Equal(0, within);
        return cursor;
    }

    public void Insert(int index, TreeEntry entry)
    {
        var cursor = At(index);
        Tree.Insert(ref cursor, entry);
        Entries.Insert(index, entry);
        AssertAt(ref cursor, index);
    }

    public void Remove(int index)
    {
        var cursor = At(index);
        Tree.Remove(ref cursor);
        Entries.RemoveAt(index);
        AssertAt(ref cursor, index);
    }

    public void RemoveRange(int index, int count)
    {
        var cursor = At(index);
        Tree.RemoveRange(ref cursor, count);
        Entries.RemoveRange(index, Math.Min(count, Entries.Count - index));
        AssertAt(ref cursor, index);
    }

    public void Set(int index, TreeEntry entry)
    {
        var cursor = At(index);
        Tree.SetKey(ref cursor, entry.Key);
        Tree.SetItem(ref cursor, entry.Item);
        Entries[index] = entry;
        AssertAt(ref cursor, index);
    }

    /// <summary>The cursor is at the entry of this index, and its neighbours are where they should be.</summary>
    public void AssertAt(ref TreeCursor cursor, int index)
    {
        Assert.Equal(index == Entries.Count, cursor.AtEnd);
        Assert.Equal(WeightBefore(index), Tree.Rank(cursor));
        if (!cursor.AtEnd) Assert.Equal(Entries[index], cursor.Entry);
        var back = cursor;
        Assert.Equal(index > 0, back.MovePrevious());
        if (index > 0) Assert.Equal(Entries[index - 1], back.Entry);
        var ahead = cursor;
        Assert.Equal(index + 1 < Entries.Count, ahead.MoveNext());
        Assert.Equal(index + 1 >= Entries.Count, ahead.AtEnd);
        if (!ahead.AtEnd) Assert.Equal(Entries[index + 1], ahead.Entry);
    }

    /// <summary>The tree is sound and has the list's entries, from both ends; returns how many leaves there are.</summary>
    public int AssertEqual()
    {
        var leaves = TreeCheck.Run<TOrder>(in _root);
        Assert.Equal(Entries.Count, Tree.Count);
        Assert.Equal(WeightBefore(Entries.Count), Tree.Weight);
        Assert.Equal(_heap.UsedBytes, Tree.Bytes);
        var at = 0;
        for (var cursor = Tree.First(); !cursor.AtEnd; cursor.MoveNext()) AssertEntry(at++, cursor.Entry);
        Assert.Equal(Entries.Count, at);
        for (var cursor = Tree.End(); cursor.MovePrevious();) AssertEntry(--at, cursor.Entry);
        Assert.Equal(0, at);
        var items = new nint[Entries.Count];
        Tree.CopyItems(items);
        for (var i = 0; i < items.Length; i++) Assert.True(items[i] == Entries[i].Item, $"item {i} was not copied");
        return leaves;
    }

    public void Dispose() => _heap.Dispose();

    private void AssertEntry(int index, TreeEntry entry) => Assert.True(
        index < Entries.Count && entry.Key == Entries[index].Key && entry.Item == Entries[index].Item, $"entry {index} is ({entry.Key}, {entry.Item})");
}
