using Redouble.Core.Memory;

namespace Redouble.Storage.Structures;

/// <summary>
/// How the nodes of a tree stay full enough. There is one movement, <see cref="Share"/>: two neighbours divide their slots anew. A split is
/// an empty neighbour and a sharing; a merge is a sharing that leaves one of them empty. The cursor goes along with the slot that it is at.
/// </summary>
internal readonly unsafe ref partial struct CountedTree<TOrder>
{
    private static int CapacityAt(int level) => level == 0 ? TOrder.LeafCapacity : TOrder.InnerCapacity;

    /// <summary>Below it a node is merged, or takes from a neighbour.</summary>
    private static int CountMin(int level) => CapacityAt(level) / 3;

    /// <summary>Slots of two neighbours that become one node: some room is left, lest the next insertion splits it again.</summary>
    private static int MergeMax(int level) => CapacityAt(level) - Math.Max(1, CapacityAt(level) / 8);

    /// <summary>Slots of a neighbour that a full node shares with, rather than being split: both then have room.</summary>
    private static int ShareMax(int level) => CapacityAt(level) - Math.Max(2, CapacityAt(level) / 8);

    private TreeNode NewNode(int level, int capacity)
    {
        var memory = _heap.Allocate(TreeNode.SizeOf(level, capacity));
        _root.Bytes += NativeHeap.AllocatedSize(memory);
        return TreeNode.Format(memory, level, capacity);
    }

    private void Free(TreeNode node)
    {
        _root.Bytes -= NativeHeap.AllocatedSize(node.Address);
        _heap.Free(node.Address);
    }

    private void Plant(scoped ref TreeCursor cursor)
    {
        _root.Node = NewNode(0, Math.Min(FirstCapacity, TOrder.LeafCapacity));
        cursor.Height = 0;
        cursor[0] = new TreeCursor.Step { Node = _root.Node };
    }

    private void GrowLoneLeaf(scoped ref TreeCursor cursor)
    {
        var old = _root.Node;
        var grown = NewNode(0, Math.Min((2 * old.Capacity) + 1, TOrder.LeafCapacity));
        TreeNode.CopySlots(old, 0, grown, 0, old.Count);
        grown.Count = old.Count;
        _root.Node = cursor[0].Node = grown;
        Free(old);
    }

    private void GrowRoot(scoped ref TreeCursor cursor)
    {
        var height = _root.Height + 1;
        if (height == TreeCursor.LevelsMax) throw new InvalidOperationException($"A tree has at most {TreeCursor.LevelsMax} levels.");
        var root = NewNode(height, TOrder.InnerCapacity);
        root.Count = 1;
        root.Entries[0] = _root.Node.Entries[0];
        root.Children[0] = _root.Node;
        root.Weights[0] = _root.Weight;
        _root.Node = root;
        _root.Height = cursor.Height = height;
        cursor[height] = new TreeCursor.Step { Node = root };
    }

    /// <summary>Makes the full node of the cursor at <paramref name="level"/> one with a free slot.</summary>
    private void MakeRoom(scoped ref TreeCursor cursor, int level)
    {
        if (level == _root.Height) GrowRoot(ref cursor);
        var step = cursor[level];
        var parent = cursor[level + 1];
        var last = level == 0 ? step.Node.Count : step.Node.Count - 1; // an inner node gets its new slot behind the cursor's
        int kept;
        if (step.Index == last && cursor.IsAtRightEdge(level))
        {
            kept = last;
        }
        else if (step.Index == 0 && cursor.IsAtLeftEdge(level))
        {
            kept = level == 0 ? 0 : 1;
        }
        else
        {
            for (var left = parent.Index; left >= parent.Index - 1; left--)
            {
                if (left < 0 || left + 1 >= parent.Node.Count) continue;
                var neighbour = parent.Node.Children[left == parent.Index ? left + 1 : left].Count;
                if (neighbour > ShareMax(level)) continue;
                Share(ref cursor, level, left, (step.Node.Count + neighbour + 1) / 2);
                return;
            }

            kept = step.Node.Count / 2;
        }

        if (parent.Node.Count == parent.Node.Capacity) MakeRoom(ref cursor, level + 1);
        parent = cursor[level + 1];
        parent.Node.OpenGap(parent.Index + 1, 1);
        parent.Node.Children[parent.Index + 1] = NewNode(level, CapacityAt(level));
        parent.Node.Weights[parent.Index + 1] = 0;
        Share(ref cursor, level, parent.Index, kept);
    }

    /// <summary>
    /// Moves slots between the children <paramref name="left"/> and left + 1 of the cursor's node above <paramref name="level"/>, so that
    /// the first of them has <paramref name="leftCount"/>. The cursor is in one of the two. Where one is left empty, its first entry
    /// above it is undefined until the caller fills or frees it.
    /// </summary>
    private void Share(scoped ref TreeCursor cursor, int level, int left, int leftCount)
    {
        ref var step = ref cursor[level];
        ref var up = ref cursor[level + 1];
        var parent = up.Node;
        var (a, b) = (parent.Children[left], parent.Children[left + 1]);
        var place = step.Index + (up.Index == left ? 0 : a.Count);
        var moved = leftCount - a.Count;
        long weight;
        if (moved > 0)
        {
            weight = WeightOf(b, 0, moved);
            TreeNode.CopySlots(b, 0, a, a.Count, moved);
            b.CloseGap(0, moved);
        }
        else
        {
            weight = -WeightOf(a, leftCount, -moved);
            b.OpenGap(0, -moved);
            TreeNode.CopySlots(a, leftCount, b, 0, -moved);
        }

        a.Count = leftCount;
        parent.Weights[left] += weight;
        parent.Weights[left + 1] -= weight;
        if (a.Count > 0) parent.Entries[left] = a.Entries[0];
        if (b.Count > 0) parent.Entries[left + 1] = b.Entries[0];

        // A place between the two leaves is at the end of the first if that has room, else at the start of the second.
        var inFirst = place < leftCount || (level == 0 && place == leftCount && leftCount < a.Capacity);
        step = inFirst ? new TreeCursor.Step { Node = a, Index = place } : new TreeCursor.Step { Node = b, Index = place - leftCount };
        up.Index = inFirst ? left : left + 1;
    }

    private static long WeightOf(TreeNode node, int index, int count) =>
        node.Level == 0 ? LeafWeight(node, index, count) : Sum(node.Weights + index, count);

    /// <summary>Tells the nodes above what the first entry of the cursor's node at <paramref name="level"/> is.</summary>
    private void SpreadFirst(scoped ref TreeCursor cursor, int level)
    {
        var first = cursor[level].Node.Entries[0];
        while (++level <= _root.Height)
        {
            cursor[level].Node.Entries[cursor[level].Index] = first;
            if (cursor[level].Index != 0) return;
        }
    }

    /// <summary>Removes entries of the cursor's leaf.</summary>
    private void RemoveRun(scoped ref TreeCursor cursor, int count)
    {
        var leaf = cursor[0];
        _root.Count -= count;
        AddWeight(ref cursor, -LeafWeight(leaf.Node, leaf.Index, count));
        var level = 0;
        if (count == leaf.Node.Count)
        {
            level = Unlink(ref cursor);
            if (_root.Node.IsNull) return;
        }
        else
        {
            leaf.Node.CloseGap(leaf.Index, count);
            if (leaf.Index == 0) SpreadFirst(ref cursor, 0);
        }

        Mend(ref cursor, level);
        if (cursor[0].Index == cursor[0].Node.Count) cursor.MoveToNextLeaf();
    }

    /// <summary>Frees the cursor's leaf, and the nodes above that have no other child; returns the level of the one that lost a child.</summary>
    private int Unlink(scoped ref TreeCursor cursor)
    {
        var level = 0;
        do
        {
            Free(cursor[level].Node);
            if (level == _root.Height)
            {
                _root.Node = default;
                _root.Height = 0;
                cursor = new TreeCursor(0);
                return 0;
            }

            level++;
        }
        while (cursor[level].Node.Count == 1);

        ref var step = ref cursor[level];
        step.Node.CloseGap(step.Index, 1);
        if (step.Index == 0) SpreadFirst(ref cursor, level);
        if (step.Index < step.Node.Count)
        {
            cursor.DescendToFirst(level);
        }
        else
        {
            step.Index--;
            cursor.DescendToLast(level);
            cursor[0].Index++;
        }

        return level;
    }

    /// <summary>
    /// From the cursor's node at <paramref name="level"/> upwards: merges or shares where too few slots are left, and takes off a root with
    /// one child.
    /// </summary>
    private void Mend(scoped ref TreeCursor cursor, int level)
    {
        for (; level < _root.Height && cursor[level].Node.Count < CountMin(level); level++)
        {
            var parent = cursor[level + 1];
            if (parent.Node.Count == 1) continue; // at an edge
            var left = Math.Max(0, parent.Index - 1);
            var together = parent.Node.Children[left].Count + parent.Node.Children[left + 1].Count;
            if (together > MergeMax(level))
            {
                if (!cursor.IsAtLeftEdge(level) && !cursor.IsAtRightEdge(level)) Share(ref cursor, level, left, together / 2);
                break;
            }

            Share(ref cursor, level, left, together);
            Free(parent.Node.Children[left + 1]);
            parent.Node.CloseGap(left + 1, 1);
        }

        while (_root.Height > 0 && _root.Node.Count == 1)
        {
            var old = _root.Node;
            _root.Node = old.Children[0];
            _root.Height = --cursor.Height;
            Free(old);
        }
    }

    /// <summary>Frees the last leaf and the nodes above that have no other child; returns how many. Weights and first entries are not kept.</summary>
    private int FreeLastLeaf(scoped ref TreeCursor cursor)
    {
        for (var level = 0; level <= _root.Height; level++)
        {
            var node = cursor[level].Node;
            if (level > 0 && --node.Count > 0) return level;
            Free(node);
        }

        var freed = _root.Height + 1;
        _root.Node = default;
        _root.Height = 0;
        _root.Weight = 0;
        return freed;
    }
}
