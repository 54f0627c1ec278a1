using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// The leaves of a large list. All changes go through here, so that a leaf which belongs to the running snapshot is replaced rather than written or freed.
/// <code>
/// tree      ─► (entries, leaf) (entries, leaf) (entries, leaf) …        an element is found by the entries before it
/// leaf      a listpack up to the limit of list-max-listpack-size, or one longer element, plain
/// </code>
/// Pushing fills a leaf to its limit before it begins the next, and an insertion into a full one splits it where it inserts: what is built from either end,
/// or by insertions at one place, is packed. (Redis also compresses leaves in the middle, if list-compress-depth says so. Here that
/// directive is only remembered: it would save memory at the cost of every access to the middle, and nobody can see it from outside.)
/// </summary>
internal readonly ref partial struct ListLeaves
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Collection _collection;
    private readonly CountedTree<WeightedEntries> _tree;

    public ListLeaves(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _collection = collection;
        _tree = collection.Leaves(keyspace.Home);
    }

    /// <summary>Elements.</summary>
    public long Count => _tree.Weight;

    /// <summary>Leaves.</summary>
    public long LeafCount => _tree.Count;

    private LeafStore Store => _keyspace.Store.Collections.Leaves;

    private int BytesMax => _keyspace.Limits.ListLeafBytesMax;

    private int EntriesMax => _keyspace.Limits.ListLeafEntriesMax;

    /// <summary>The place of an element, and its index within the leaf; the end when there is none.</summary>
    public TreeCursor Seek(long index, out long within)
    {
        if (index != 0) return _tree.SeekWeight(index, out within);
        within = 0;
        return _tree.First();
    }

    public TreeCursor First() => _tree.First();

    /// <summary>The element at one end, which there is.</summary>
    public PackedValue AtEdge(bool first)
    {
        _tree.TryGetEdge(first, out var entry);
        var leaf = ListLeaf.At(entry.Item);
        var content = leaf.Content;
        return leaf.IsPlain ? new PackedValue(content) : Listpack.Get(content, first ? Listpack.HeaderSize : Listpack.Last(content));
    }

    /// <summary>The only leaf's listpack, if it is one.</summary>
    public bool TryGetOnly(out ReadOnlySpan<byte> listpack)
    {
        listpack = default;
        if (_tree.Count != 1) return false;
        var leaf = ListLeaf.At(_tree.First().Item);
        if (leaf.IsPlain) return false;
        listpack = leaf.Content;
        return true;
    }

    /// <summary>Adds an element at an end. It must not be a span over a leaf.</summary>
    public void Push(ReadOnlySpan<byte> value, bool atHead)
    {
        var entrySize = Listpack.EncodedSize(value);
        if (_tree.TryGetEdge(atHead, out var entry) && Accepts(entry, entrySize))
        {
            var leaf = ListLeaf.At(entry.Item);
            if (leaf.HasRoom(entrySize, atHead) && !IsHeld(leaf))
            {
                Add(leaf, value, entrySize, atHead);
                _tree.SetEdgeKey(atHead, entry.Key + 1);
                return;
            }
        }

        var edge = atHead ? _tree.First() : _tree.Last();
        if (!edge.AtEnd && Accepts(edge.Entry, entrySize))
        {
            AddAtEnd(ref edge, value, entrySize, atHead);
            return;
        }

        if (!edge.AtEnd) Fit(ref edge);
        if (!atHead) edge.MoveNext();
        InsertLeaf(ref edge, value, entrySize, atHead);
    }

    /// <summary>Adds all entries of a listpack at the tail; as a leaf of their own where they are within its limits.</summary>
    public void Append(ReadOnlySpan<byte> listpack)
    {
        var count = Listpack.Count(listpack);
        if (listpack.Length <= BytesMax && count <= EntriesMax)
        {
            if (count > 0) _tree.Append(new TreeEntry((ulong)count, Store.Create(listpack, 0, _keyspace.Epoch, roomInFront: false).Place));
            return;
        }

        var at = Listpack.HeaderSize;
        while (count > 0) count -= AppendRun(listpack, ref at);
    }

    /// <summary>Removes elements; there are as many.</summary>
    public void RemoveRange(long start, long count)
    {
        if (count == 1 && (start == 0 || start == Count - 1) && TryRemoveAtEdge(start == 0)) return;
        var within = 0L;
        var cursor = start == 0 ? _tree.First() : start == Count - 1 ? _tree.Last() : _tree.SeekWeight(start, out within);
        if (start == Count - 1) within = (long)cursor.Key - 1;
        for (var cut = 0; count > 0; cut++)
        {
            var entries = (long)cursor.Key;
            var taken = Math.Min(count, entries - within);
            if (taken == entries) RemoveLeaf(ref cursor, isFreedLater: cut > CollectionStore.FreedAtOnceMax);
            else RemoveWithin(ref cursor, (int)within, (int)taken);
            if (taken < entries) cursor.MoveNext();
            within = 0;
            count -= taken;
        }
    }

    // One element at an end whose leaf stays.
    private bool TryRemoveAtEdge(bool atHead)
    {
        _tree.TryGetEdge(atHead, out var entry);
        var leaf = ListLeaf.At(entry.Item);
        if (entry.Key == 1 || IsHeld(leaf)) return false;
        var content = leaf.Content;
        if (atHead) leaf.MoveStart(Listpack.CutHead(content, Listpack.After(content, Listpack.HeaderSize), 1));
        else leaf.Length = Listpack.CutTail(content, Listpack.Last(content), (int)entry.Key - 1);
        _tree.SetEdgeKey(atHead, entry.Key - 1);
        return true;
    }

    /// <summary>Gives the element at an index, which exists, another value.</summary>
    public void Set(long index, ReadOnlySpan<byte> value)
    {
        var cursor = _tree.SeekWeight(index, out var within);
        var leaf = ListLeaf.At(cursor.Item);
        if (cursor.Key == 1)
        {
            _tree.SetItem(ref cursor, NewLeaf(value, Listpack.EncodedSize(value), 0, inFront: false).Place);
            Release(leaf);
            return;
        }

        var at = Listpack.Seek(leaf.Content, within);
        var size = Listpack.ReplaceSize(leaf.Content, at, value);
        if (size <= BytesMax)
        {
            leaf = Open(ref cursor, Math.Max(0, size - leaf.Length), inFront: false);
            leaf.Length = Listpack.Replace(leaf.Room, at, value);
            return;
        }

        RemoveWithin(ref cursor, (int)within, 1);
        leaf = ListLeaf.At(cursor.Item);
        Insert(ref cursor, OffsetOf(leaf.Content, within), value);
    }

    // The entry of that index, or the end of the listpack behind the last.
    private static int OffsetOf(ReadOnlySpan<byte> listpack, long index)
    {
        var at = Listpack.Seek(listpack, index);
        return at >= 0 ? at : Listpack.End(listpack);
    }

    private bool Accepts(TreeEntry entry, int entrySize)
    {
        var leaf = ListLeaf.At(entry.Item);
        return !leaf.IsPlain && leaf.Length + (long)entrySize <= BytesMax && (long)entry.Key < EntriesMax;
    }

    private bool IsPlain(int entrySize) => Listpack.EmptySize + (long)entrySize > BytesMax;

    private bool IsHeld(ListLeaf leaf) => _keyspace.IsHeld(_collection, leaf);

    private void Release(ListLeaf leaf, bool isFreedLater = false) => _keyspace.Release(_collection, leaf, isFreedLater);

    /// <summary>The leaf at the cursor to be written, with room for so many bytes more on one side.</summary>
    private ListLeaf Open(scoped ref TreeCursor cursor, int more, bool inFront)
    {
        var leaf = ListLeaf.At(cursor.Item);
        if (leaf.Capacity - leaf.Length >= more && !IsHeld(leaf))
        {
            leaf.MoveForRoom(more, inFront);
            return leaf;
        }

        var needed = leaf.Length + more;
        return Exchange(ref cursor, leaf, more == 0 ? needed : Math.Max(needed, Math.Min(BytesMax, needed + needed / 2)), inFront);
    }

    private ListLeaf Exchange(scoped ref TreeCursor cursor, ListLeaf leaf, int capacity, bool inFront)
    {
        var copy = Store.Copy(leaf, capacity, _keyspace.Epoch, inFront);
        _tree.SetItem(ref cursor, copy.Place);
        Release(leaf);
        return copy;
    }

    // A leaf that is not at the edge any more, or has lost entries, need not keep room for more than it has.
    private void Fit(scoped ref TreeCursor cursor)
    {
        var leaf = ListLeaf.At(cursor.Item);
        if (leaf.Capacity - leaf.Length > leaf.Capacity / 8 && !IsHeld(leaf)) Exchange(ref cursor, leaf, leaf.Length, inFront: false);
    }

    private void AddAtEnd(scoped ref TreeCursor cursor, ReadOnlySpan<byte> value, int entrySize, bool atHead)
    {
        var leaf = Open(ref cursor, entrySize, atHead);
        Add(leaf, value, entrySize, atHead);
        _tree.SetKey(ref cursor, cursor.Key + 1);
    }

    private static void Add(ListLeaf leaf, ReadOnlySpan<byte> value, int entrySize, bool atHead)
    {
        if (!atHead)
        {
            leaf.Length = Listpack.Append(leaf.Room, value);
            return;
        }

        leaf.MoveStart(-entrySize);
        Listpack.Prepend(leaf.Content, value, entrySize);
    }

    private ListLeaf NewLeaf(ReadOnlySpan<byte> value, int entrySize, int capacity, bool inFront)
    {
        if (IsPlain(entrySize)) return Store.CreatePlain(value, _keyspace.Epoch);
        var leaf = Store.Create(Listpack.Empty, Math.Max(capacity, Listpack.EmptySize + entrySize), _keyspace.Epoch, inFront);
        Add(leaf, value, entrySize, inFront);
        return leaf;
    }

    // Before the cursor, which then is at the new leaf.
    private void InsertLeaf(scoped ref TreeCursor cursor, ReadOnlySpan<byte> value, int entrySize, bool inFront)
    {
        // It will grow by halves: the only leaf of a small list does not take the room of a full one.
        const int firstShare = 8;
        _tree.Insert(ref cursor, new TreeEntry(1, NewLeaf(value, entrySize, BytesMax / firstShare, inFront).Place));
    }

    private void RemoveLeaf(scoped ref TreeCursor cursor, bool isFreedLater = false)
    {
        var leaf = ListLeaf.At(cursor.Item);
        _tree.Remove(ref cursor);
        Release(leaf, isFreedLater);
    }

    // Some of a leaf's entries, not all.
    private void RemoveWithin(scoped ref TreeCursor cursor, int within, int taken)
    {
        var leaf = Open(ref cursor, 0, inFront: false);
        var content = leaf.Content;
        if (within == 0) leaf.MoveStart(Listpack.CutHead(content, Listpack.Seek(content, taken), taken));
        else if (within + taken == (int)cursor.Key) leaf.Length = Listpack.CutTail(content, Listpack.Seek(content, within), within);
        else leaf.Length = Listpack.Delete(content, Listpack.Seek(content, within), taken);
        _tree.SetKey(ref cursor, cursor.Key - (ulong)taken);
    }

    // As many entries, from an offset on, as the last leaf takes, or one in a leaf of its own; returns how many.
    private int AppendRun(ReadOnlySpan<byte> listpack, ref int at)
    {
        var last = _tree.Last();
        var hasLast = !last.AtEnd && !ListLeaf.At(last.Item).IsPlain;
        var bytes = hasLast ? BytesMax - ListLeaf.At(last.Item).Length : 0;
        var entries = hasLast ? EntriesMax - (int)last.Key : 0;
        var end = at;
        var count = 0;
        while (count < entries && end < listpack.Length - 1)
        {
            var after = Listpack.After(listpack, end);
            if (after - at > bytes) break;
            end = after;
            count++;
        }

        if (count > 0)
        {
            var leaf = Open(ref last, end - at, inFront: false);
            leaf.Length = Listpack.AppendRun(leaf.Room, listpack[at..end], count);
            _tree.SetKey(ref last, last.Key + (ulong)count);
            at = end;
            return count;
        }

        Span<byte> digits = stackalloc byte[Core.Text.Integers.MaxLength];
        Push(Listpack.Get(listpack, at).Text(digits), atHead: false);
        at = Listpack.After(listpack, at);
        return 1;
    }
}
