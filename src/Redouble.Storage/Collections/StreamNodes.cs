using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// The nodes of a stream, and its state. All changes of entries go through here, so that a node which belongs to the running snapshot is replaced rather
/// than written or freed. A node is filled up to stream-node-max-bytes and -entries, and where one ends is seen from outside (XTRIM ~), so they
/// end where Redis' nodes do.
/// </summary>
internal readonly ref partial struct StreamNodes
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Collection _collection;
    private readonly CountedTree<OrderedEntries> _tree;

    public StreamNodes(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _collection = collection;
        _tree = collection.Order(keyspace.Home);
    }

    // The place behind the last node that may hold an id.
    private readonly struct BehindNodeOf(StreamId id) : ITreeProbe
    {
        private readonly StreamId _id = id;

        public bool LiesAfter(in TreeEntry entry) =>
            entry.Key < _id.Ms || (entry.Key == _id.Ms && StreamNode.IdOf(ListLeaf.At(entry.Item)).Sequence <= _id.Sequence);
    }

    /// <summary>Nodes.</summary>
    public long Count => _tree.Count;

    public ref StreamState State => ref StreamState.Of(_collection);

    private LeafStore Store => _keyspace.Store.Collections.Leaves;

    /// <summary>The first node.</summary>
    public TreeCursor First() => _tree.First();

    /// <summary>The entries between two ids, both included.</summary>
    public StreamCursor Range(StreamId low, StreamId high, bool isReverse)
    {
        var cursor = _tree.Seek(new BehindNodeOf(isReverse ? high : low));
        if (!cursor.MovePrevious() && isReverse) cursor = default;
        return new StreamCursor(cursor, low, high, isReverse);
    }

    /// <summary>The id of the first entry, deleted or not; the greatest one when there is none.</summary>
    public StreamId FirstStoredId()
    {
        var cursor = _tree.First();
        if (cursor.AtEnd) return StreamId.Max;
        var leaf = ListLeaf.At(cursor.Item);
        var listpack = StreamNode.ListpackOf(leaf);
        var at = StreamNode.FieldsAt(listpack);
        var entry = StreamNode.Skip(listpack, Listpack.After(listpack, at), Listpack.Get(listpack, at).Integer + 1);
        return StreamNode.Relative(StreamNode.IdOf(leaf), listpack, Listpack.After(listpack, entry));
    }

    /// <summary>Flags the entry of an id as deleted; false when there is none.</summary>
    public bool Delete(StreamId id)
    {
        var found = Range(id, id, isReverse: false);
        if (!found.MoveNext()) return false;
        var cursor = found.Nodes;
        Delete(ref cursor, found.EntryAt);
        ref var state = ref State;
        state.Length--;
        if (id > state.MaxDeletedId) state.MaxDeletedId = id;
        if (id == state.FirstId) FindFirstId();
        return true;
    }

    /// <summary>Cuts entries off the beginning; returns how many.</summary>
    public long Trim(in StreamTrim trim)
    {
        ref var state = ref State;
        long removed = 0;
        var cut = 0;
        for (var cursor = _tree.First(); !cursor.AtEnd; cut++)
        {
            if (trim.IsByLength && state.Length <= trim.MaxLength) break;
            var leaf = ListLeaf.At(cursor.Item);
            var entries = StreamNode.CountOf(StreamNode.ListpackOf(leaf));
            if (trim.Limit > 0 && removed + entries > trim.Limit) break;
            var isWhole = trim.IsByLength ? state.Length - entries >= trim.MaxLength : StreamNode.LastIdOf(leaf) < trim.MinId;
            if (isWhole)
            {
                RemoveNode(ref cursor, isFreedLater: cut > CollectionStore.FreedAtOnceMax);
                state.Length -= entries;
                removed += entries;
                continue;
            }

            if (!trim.IsApproximate) removed += TrimWithin(ref cursor, trim);
            break;
        }

        if (removed > 0) FindFirstId();
        return removed;
    }

    /// <summary>Adds a node that comes from a file; its entries have greater ids than those before.</summary>
    public void AppendNode(StreamId id, ReadOnlySpan<byte> listpack)
    {
        Span<byte> empty = stackalloc byte[StreamId.StoredSize];
        id.Write(empty);
        var leaf = Store.Create(empty, StreamId.StoredSize + listpack.Length, _keyspace.Epoch, roomInFront: false);
        listpack.CopyTo(StreamNode.RoomOf(leaf));
        StreamNode.Fit(leaf);
        _tree.Append(new TreeEntry(id.Ms, leaf.Place));
        var entries = StreamCursor.OfNode(leaf.Content);
        if (entries.MoveNext() && entries.Id < id) AppendAgain(leaf.Content.ToArray());
    }

    private void FindFirstId()
    {
        var first = Range(StreamId.Min, StreamId.Max, isReverse: false);
        State.FirstId = first.MoveNext() ? first.Id : default;
    }

    private void Delete(scoped ref TreeCursor cursor, int entryAt)
    {
        if (StreamNode.CountOf(StreamNode.ListpackOf(ListLeaf.At(cursor.Item))) == 1)
        {
            RemoveNode(ref cursor);
            return;
        }

        var leaf = Open(ref cursor, CountGrowthMax);
        var room = StreamNode.RoomOf(leaf);
        Listpack.Replace(room, entryAt, Listpack.Get(room, entryAt).Integer | StreamNode.Deleted);
        StreamNode.CountDeleted(leaf, 1);
    }

    private long TrimWithin(scoped ref TreeCursor cursor, in StreamTrim trim)
    {
        ref var state = ref State;
        var leaf = Open(ref cursor, CountGrowthMax);
        var id = StreamNode.IdOf(leaf);
        var listpack = StreamNode.ListpackOf(leaf);
        var fieldsAt = StreamNode.FieldsAt(listpack);
        var fields = Listpack.Get(listpack, fieldsAt).Integer;
        var end = Listpack.End(listpack);
        long removed = 0;
        for (var at = StreamNode.Skip(listpack, Listpack.After(listpack, fieldsAt), fields + 1); at < end;)
        {
            var flags = Listpack.Get(listpack, at).Integer;
            var idAt = Listpack.After(listpack, at);
            if (trim.IsByLength ? state.Length <= trim.MaxLength : StreamNode.Relative(id, listpack, idAt) >= trim.MinId) break;
            if ((flags & StreamNode.Deleted) == 0)
            {
                Listpack.Replace(listpack, at, flags | StreamNode.Deleted); // as long as before
                removed++;
                state.Length--;
            }

            var next = StreamNode.Skip(listpack, idAt, 2);
            at = (flags & StreamNode.SameFields) != 0
                ? StreamNode.Skip(listpack, next, fields + 1)
                : StreamNode.Skip(listpack, next, (2 * Listpack.Get(listpack, next).Integer) + 2);
        }

        StreamNode.CountDeleted(leaf, removed);
        return removed;
    }

    private void RemoveNode(scoped ref TreeCursor cursor, bool isFreedLater = false)
    {
        var leaf = ListLeaf.At(cursor.Item);
        _tree.Remove(ref cursor);
        Release(leaf, isFreedLater);
    }

    private bool IsHeld(ListLeaf leaf) => _keyspace.IsHeld(_collection, leaf);

    private void Release(ListLeaf leaf, bool isFreedLater = false) => _keyspace.Release(_collection, leaf, isFreedLater);

    /// <summary>The node at the cursor to be written, with room for so many bytes more.</summary>
    private ListLeaf Open(scoped ref TreeCursor cursor, int more)
    {
        var leaf = ListLeaf.At(cursor.Item);
        if (leaf.HasRoom(more, inFront: false) && !IsHeld(leaf)) return leaf;
        var needed = leaf.Length + more;
        return Exchange(ref cursor, leaf, Math.Max(needed, Math.Min(PreallocatedMax, 2 * leaf.Length)));
    }

    private ListLeaf Exchange(scoped ref TreeCursor cursor, ListLeaf leaf, int capacity)
    {
        var copy = Store.Copy(leaf, capacity, _keyspace.Epoch, roomInFront: false);
        _tree.SetItem(ref cursor, copy.Place);
        Release(leaf);
        return copy;
    }
}
