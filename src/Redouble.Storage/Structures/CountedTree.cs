using System.Runtime.CompilerServices;
using Redouble.Core.Memory;

namespace Redouble.Storage.Structures;

/// <summary>
/// A counted B+ tree in native memory: entries in an order that its user keeps, found by a place in that order, or by the weight before them.
/// <code>
/// CountedTreeRoot     node, height, count, weight, bytes
///   inner node        first entry, child and weight of up to 31 children
///     leaf            up to 63 entries (key, item)
///
/// sorted set          key = score, item = element          weight 1: rank
/// stream              key = anything, item = leaf          weight 1
/// list                key = elements of leaf, item = leaf  weight = key: index of an element
/// </code>
/// Nodes take 1,024 bytes; a tree that is one leaf grows it from 7 entries. A full node first shares with a neighbour that has room, which
/// keeps random insertions at a fill of about 0.8; one that is full at an edge of the tree, and is inserted to at that very edge, is left
/// full, so that ascending or descending insertions pack. A node that falls under a third is merged with a neighbour or takes from it;
/// at the edges of the tree it is only merged, so queues do not shuffle entries.
/// Costs with a million entries: four or five nodes per search, insertion or removal, and in each about six comparisons.
/// The items are the user's: the tree frees none.
/// </summary>
internal readonly unsafe ref partial struct CountedTree<TOrder>
    where TOrder : struct, ITreeOrder
{
    private const int FirstCapacity = 7; // a leaf of 120 bytes

    private readonly ref CountedTreeRoot _root;
    private readonly NativeHeap _heap;

    /// <param name="root">The tree's state; stays where it is while this is used.</param>
    /// <param name="heap">Where the nodes are.</param>
    public CountedTree(ref CountedTreeRoot root, NativeHeap heap)
    {
        _root = ref root;
        _heap = heap;
    }

    /// <summary>Entries.</summary>
    public long Count => _root.Count;

    /// <summary>Weight of all entries.</summary>
    public long Weight => _root.Weight;

    /// <summary>Bytes that the nodes take of the heap, as it rounds them.</summary>
    public long Bytes => _root.Bytes;

    /// <summary>The first entry, or the end.</summary>
    public TreeCursor First()
    {
        var cursor = new TreeCursor(_root.Height);
        if (_root.Node.IsNull) return cursor;
        cursor[_root.Height] = new TreeCursor.Step { Node = _root.Node };
        cursor.DescendToFirst(_root.Height);
        return cursor;
    }

    /// <summary>The last entry, or the end.</summary>
    public TreeCursor Last()
    {
        var cursor = new TreeCursor(_root.Height);
        if (_root.Node.IsNull) return cursor;
        cursor[_root.Height] = new TreeCursor.Step { Node = _root.Node, Index = _root.Node.Count - 1 };
        cursor.DescendToLast(_root.Height);
        return cursor;
    }

    /// <summary>Behind the last entry.</summary>
    public TreeCursor End()
    {
        var cursor = Last();
        if (!_root.Node.IsNull) cursor[0].Index++;
        return cursor;
    }

    /// <summary>The first entry that the probe's place does not lie after, or the end.</summary>
    public TreeCursor Seek<TProbe>(scoped TProbe probe)
        where TProbe : struct, ITreeProbe, allows ref struct
    {
        var cursor = new TreeCursor(_root.Height);
        var node = _root.Node;
        if (node.IsNull) return cursor;
        for (var level = _root.Height; level > 0; level--)
        {
            // The last child whose first entry lies before the place; what lies before the first entry of all is in the first child too.
            var child = node.Search(ref probe, 1) - 1;
            cursor[level] = new TreeCursor.Step { Node = node, Index = child };
            node = node.Children[child];
            if (level == 1) node.Prefetch(TOrder.LeafCapacity); // with a million entries halves the time; inner nodes are in the cache
        }

        var index = node.Search(ref probe, 0);
        cursor[0] = new TreeCursor.Step { Node = node, Index = index };
        if (index == node.Count) cursor.MoveToNextLeaf();
        return cursor;
    }

    /// <summary>
    /// The entry that holds the unit of weight at <paramref name="index"/> (the entry of that rank where each weighs 1), and how much of
    /// its weight is before that unit; the end for an index below 0 or from <see cref="Weight"/> on.
    /// </summary>
    public TreeCursor SeekWeight(long index, out long within)
    {
        within = 0;
        if ((ulong)index >= (ulong)_root.Weight) return End();
        var cursor = new TreeCursor(_root.Height);
        var node = _root.Node;
        for (var level = _root.Height; level > 0; level--)
        {
            // Ends within the node: its weights are more than the index.
            var weights = node.Weights;
            var child = 0;
            while (index >= weights[child]) index -= weights[child++];
            cursor[level] = new TreeCursor.Step { Node = node, Index = child };
            node = node.Children[child];
        }

        var entry = (int)index;
        if (TOrder.IsWeighted)
        {
            for (entry = 0; index >= (long)node.Entries[entry].Key; entry++) index -= (long)node.Entries[entry].Key;
            within = index;
        }

        cursor[0] = new TreeCursor.Step { Node = node, Index = entry };
        return cursor;
    }

    /// <summary>Weight before the cursor: the rank of its entry where each weighs 1.</summary>
    public long Rank(scoped in TreeCursor cursor)
    {
        var leaf = cursor.At(0);
        if (leaf.Node.IsNull) return 0;
        var rank = LeafWeight(leaf.Node, 0, leaf.Index);
        for (var level = 1; level <= cursor.Height; level++)
        {
            var step = cursor.At(level);
            rank += step.Node.WeightBefore(step.Index);
        }

        return rank;
    }

    /// <summary>Puts an entry before the cursor, which then is at it. The caller keeps the order.</summary>
    public void Insert(scoped ref TreeCursor cursor, TreeEntry entry)
    {
        OpenLeaf(ref cursor);
        var leaf = cursor[0];
        leaf.Node.OpenGap(leaf.Index, 1);
        leaf.Node.Entries[leaf.Index] = entry;
        _root.Count++;
        AddWeight(ref cursor, TOrder.IsWeighted ? (long)entry.Key : 1);
        if (leaf.Index == 0) SpreadFirst(ref cursor, 0);
    }

    /// <summary>Puts an entry behind the last one.</summary>
    public void Append(TreeEntry entry)
    {
        var cursor = End();
        Insert(ref cursor, entry);
    }

    /// <summary>Removes the entry at the cursor, which then is at the following one.</summary>
    public void Remove(scoped ref TreeCursor cursor)
    {
        if (cursor.AtEnd) throw new InvalidOperationException("There is no entry to remove at the end of the tree.");
        RemoveRun(ref cursor, 1);
    }

    /// <summary>
    /// Removes <paramref name="count"/> entries from the cursor on, or as many as there are, a leaf at a time. The cursor then is at the
    /// following one.
    /// </summary>
    public void RemoveRange(scoped ref TreeCursor cursor, long count)
    {
        while (count > 0 && !cursor.AtEnd)
        {
            var run = (int)Math.Min(count, cursor[0].Node.Count - cursor[0].Index);
            RemoveRun(ref cursor, run);
            count -= run;
        }
    }

    /// <summary>Changes the key of the entry at the cursor, and with it its weight if it is one; its place must still be right.</summary>
    public void SetKey(scoped ref TreeCursor cursor, ulong key)
    {
        var before = cursor.Entry;
        Set(ref cursor, new TreeEntry(key, before.Item));
        if (TOrder.IsWeighted) AddWeight(ref cursor, (long)key - (long)before.Key);
    }

    /// <summary>
    /// Changes the item of the entry at the cursor, for one of the same place: it was moved or replaced. To be called before the old item
    /// is freed, since probes may look at it.
    /// </summary>
    public void SetItem(scoped ref TreeCursor cursor, nint item) => Set(ref cursor, new TreeEntry(cursor.Key, item));

    /// <summary>Shows all entries to the visitor, in their order.</summary>
    public void Visit<TVisitor>(scoped ref TVisitor visitor)
        where TVisitor : struct, ITreeVisitor, allows ref struct
    {
        var cursor = First();
        if (cursor.AtEnd) return;
        do
        {
            foreach (ref readonly var entry in cursor[0].Node.EntrySpan) visitor.Visit(in entry);
        }
        while (cursor.MoveToNextLeaf());
    }

    /// <summary>Writes the items of all entries, in their order.</summary>
    /// <param name="items">At least <see cref="Count"/> places.</param>
    public void CopyItems(Span<nint> items)
    {
        var cursor = First();
        if (cursor.AtEnd) return;
        var at = 0;
        do
        {
            foreach (ref readonly var entry in cursor[0].Node.EntrySpan) items[at++] = entry.Item;
        }
        while (cursor.MoveToNextLeaf());
    }

    /// <summary>
    /// Frees a part of a tree that is not used any more, from its end: shows entries to the visitor, which may free their items, and frees
    /// nodes, each for 1 of the budget. True when nothing is left. In between only this may be called, and the root's count and bytes are right.
    /// </summary>
    public bool FreeSlice<TVisitor>(ref int budget, scoped ref TVisitor visitor)
        where TVisitor : struct, ITreeVisitor, allows ref struct
    {
        while (!_root.Node.IsNull)
        {
            var cursor = Last();
            var leaf = cursor[0].Node;
            var left = Math.Max(0, leaf.Count - Math.Max(0, budget));
            for (var i = leaf.Count - 1; i >= left; i--) visitor.Visit(in leaf.Entries[i]);
            budget -= leaf.Count - left;
            _root.Count -= leaf.Count - left;
            leaf.Count = left;
            if (left > 0) return false;
            budget -= FreeLastLeaf(ref cursor);
            if (budget <= 0) break;
        }

        return _root.Node.IsNull;
    }

    /// <summary>Frees the nodes of a tree that is not used any more, and shows no entries: at most <paramref name="budget"/> nodes.</summary>
    public bool FreeSlice(ref int budget)
    {
        while (!_root.Node.IsNull && budget > 0)
        {
            var cursor = Last();
            _root.Count -= cursor[0].Node.Count;
            budget -= FreeLastLeaf(ref cursor);
        }

        return _root.Node.IsNull;
    }

    // Gives the cursor a leaf with a free slot.
    private void OpenLeaf(scoped ref TreeCursor cursor)
    {
        if (_root.Node.IsNull) Plant(ref cursor);
        if (cursor[0].Node.Count < cursor[0].Node.Capacity) return;
        if (_root.Height == 0 && cursor[0].Node.Capacity < TOrder.LeafCapacity) GrowLoneLeaf(ref cursor);
        else MakeRoom(ref cursor, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a constant for unit weights
    private static long LeafWeight(TreeNode leaf, int index, int count)
    {
        if (!TOrder.IsWeighted) return count;
        long weight = 0;
        for (var i = index; i < index + count; i++) weight += (long)leaf.Entries[i].Key;
        return weight;
    }

    private static long Sum(long* weights, int count)
    {
        long sum = 0;
        for (var i = 0; i < count; i++) sum += weights[i];
        return sum;
    }

    private void Set(scoped ref TreeCursor cursor, TreeEntry entry)
    {
        var leaf = cursor[0];
        leaf.Node.Entries[leaf.Index] = entry;
        if (leaf.Index == 0) SpreadFirst(ref cursor, 0);
    }

    private void AddWeight(scoped ref TreeCursor cursor, long weight)
    {
        _root.Weight += weight;
        for (var level = 1; level <= _root.Height; level++) cursor[level].Node.Weights[cursor[level].Index] += weight;
    }
}
