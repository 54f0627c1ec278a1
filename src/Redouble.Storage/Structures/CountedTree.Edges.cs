namespace Redouble.Storage.Structures;

/// <content>
/// The first and the last entry without a cursor: queues work there all the time, and a way down the edge needs no remembering.
/// </content>
internal readonly unsafe ref partial struct CountedTree<TOrder>
{
    /// <summary>The first or last entry; false in an empty tree.</summary>
    public bool TryGetEdge(bool first, out TreeEntry entry)
    {
        entry = default;
        var node = _root.Node;
        if (node.IsNull) return false;
        for (var level = _root.Height; level > 0; level--) node = node.Children[first ? 0 : node.Count - 1];
        entry = node.Entries[first ? 0 : node.Count - 1];
        return true;
    }

    /// <summary>Changes the key of the first or last entry, as <see cref="SetKey"/>. There is one.</summary>
    public void SetEdgeKey(bool first, ulong key)
    {
        var node = _root.Node;
        var leaf = node;
        for (var level = _root.Height; level > 0; level--) leaf = leaf.Children[first ? 0 : leaf.Count - 1];
        var place = first ? 0 : leaf.Count - 1;
        var entry = new TreeEntry(key, leaf.Entries[place].Item);
        var change = TOrder.IsWeighted ? (long)key - (long)leaf.Entries[place].Key : 0;
        leaf.Entries[place] = entry;
        _root.Weight += change;

        // A node knows the first entry below each child: of the last child it is this one where its leaf has no other, and so up the edge.
        var isFirstBelow = place == 0;
        for (var level = _root.Height; level > 0; level--)
        {
            var child = first ? 0 : node.Count - 1;
            node.Weights[child] += change;
            if (isFirstBelow && (first || IsOnlyPath(node.Children[child], level - 1))) node.Entries[child] = entry;
            node = node.Children[child];
        }
    }

    /// <summary>Puts entries in front of all others, the last one first: a leaf at a time. The caller keeps the order.</summary>
    public void Prepend(ReadOnlySpan<ulong> keys, ReadOnlySpan<nint> items)
    {
        while (!keys.IsEmpty)
        {
            var cursor = First();
            OpenLeaf(ref cursor);
            var leaf = cursor[0].Node;
            var run = Math.Min(keys.Length, leaf.Capacity - leaf.Count);
            leaf.OpenGap(0, run);
            for (var i = 0; i < run; i++) leaf.Entries[run - 1 - i] = new TreeEntry(keys[i], items[i]);
            _root.Count += run;
            AddWeight(ref cursor, LeafWeight(leaf, 0, run));
            SpreadFirst(ref cursor, 0);
            keys = keys[run..];
            items = items[run..];
        }
    }

    // Whether the last entry below a node is its first one too.
    private static bool IsOnlyPath(TreeNode node, int level)
    {
        for (; level > 0; level--)
        {
            if (node.Count > 1) return false;
            node = node.Children[0];
        }

        return node.Count == 1;
    }
}
