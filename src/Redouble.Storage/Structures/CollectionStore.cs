using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Structures;

/// <summary>
/// Creates, copies and frees the collections of one heap. A detached collection of more than a few elements is freed in slices: ten
/// million elements stall nobody.
/// </summary>
internal sealed class CollectionStore(TableHome home, RecordStore records)
{
    /// <summary>Elements, and leaves of a cut, that are freed at once.</summary>
    public const int FreedAtOnceMax = 64;

    private readonly List<Collection> _pending = [];
    private readonly List<StreamGroup> _pendingGroups = [];
    private readonly Stack<nint> _pendingLeaves = new();
    private readonly RecordBuffer _bucket = new();
    private readonly RecordBuffer _sampled = new();
    private ulong _cursor;        // elements of the last pending collection, freed up to here
    private bool _elementsAreFreed;
    private long _deferred; // collections that were not freed at once
    private LeafFreer _leafFreer = new(new LeafStore(home.Heap));

    private readonly struct LeafFreer(LeafStore leaves) : ITreeVisitor
    {
        public LeafStore Leaves => leaves;

        public void Visit(in TreeEntry entry) => leaves.Free(ListLeaf.At(entry.Item));
    }

    /// <summary>Collections, groups of streams, and leaves, that wait to be freed.</summary>
    public int Pending => _pending.Count + _pendingGroups.Count + _pendingLeaves.Count;

    /// <summary>Collections that wait to be freed.</summary>
    public int PendingCollections => _pending.Count;

    /// <summary>Collections that had to wait, and are freed.</summary>
    public long FreedLater => _deferred - _pending.Count;

    /// <summary>
    /// Bytes that detached collections, groups and leaves are about to give back; the elements of a collection are told from the first ones. What waits for a
    /// snapshot is among them.
    /// </summary>
    public long PendingBytes { get; private set; }

    public TableHome Home => home;

    /// <summary>The leaves of lists and streams.</summary>
    public LeafStore Leaves => _leafFreer.Leaves;

    /// <summary>The groups of streams.</summary>
    public StreamGroupTable Groups { get; } = new();

    public Collection Create(ValueType type)
    {
        var created = Collection.Create(type, home);
        if (type == ValueType.Stream) StreamState.Create(created, home);
        return created;
    }

    /// <summary>The groups of a stream, to be changed.</summary>
    public StreamGroups GroupsFor(Collection stream)
    {
        ref var state = ref StreamState.Of(stream);
        if (state.Groups == 0) state.Groups = Groups.Add(new StreamGroups(home.Heap));
        return Groups[state.Groups]!;
    }

    /// <summary>The record that owned it is gone. While a snapshot holds a ticket on it, it stays.</summary>
    public void Detach(Collection collection)
    {
        collection.IsDetached = true;
        collection.PendingBytes = collection.Ticket != 0 || IsLarge(collection) ? Estimate(collection) : 0;
        PendingBytes += collection.PendingBytes;
        if (collection.Ticket == 0) Free(collection);
    }

    /// <summary>Lets a snapshot's ticket go; frees the collection when nobody else has it.</summary>
    public void LetGo(Collection collection)
    {
        collection.Ticket = 0;
        if (collection.IsDetached) Free(collection);
    }

    /// <summary>Frees a group whose stream has it no more, in slices. While a snapshot has not emitted it, it stays.</summary>
    public void Discard(StreamGroup group)
    {
        if (!group.IsDetached) PendingBytes += group.PendingBytes = group.Bytes;
        group.IsDetached = true;
        if (group.Capture != null) return;
        var all = int.MaxValue;
        if (group.Parts > FreedAtOnceMax) _pendingGroups.Add(group);
        else FreeSome(group, ref all);
    }

    /// <summary>Frees a leaf that is in no tree any more, in a later slice: one of many that a cut took off.</summary>
    public void Discard(ListLeaf leaf)
    {
        _pendingLeaves.Push(leaf.Place);
        PendingBytes += LeafStore.SizeOf(leaf);
    }

    /// <summary>Frees about <paramref name="elementsMax"/> elements of detached collections; returns whether more could be freed now.</summary>
    public bool FreeSlice(ref int elementsMax)
    {
        for (; elementsMax > 0 && _pendingLeaves.TryPop(out var place); elementsMax--)
        {
            var leaf = ListLeaf.At(place);
            PendingBytes -= LeafStore.SizeOf(leaf);
            Leaves.Free(leaf);
        }

        while (_pendingGroups.Count > 0 && elementsMax > 0)
        {
            if (!FreeSome(_pendingGroups[^1], ref elementsMax)) return true;
            _pendingGroups.RemoveAt(_pendingGroups.Count - 1);
        }

        while (_pending.Count > 0 && elementsMax > 0)
        {
            var collection = _pending[^1];
            var used = home.Heap.UsedBytes;
            var isFreed = FreeSome(collection, ref elementsMax);
            NoteFreed(collection, isFreed ? long.MaxValue : used - home.Heap.UsedBytes);
            if (!isFreed) return true;
            collection.Free(home);
            _pending.RemoveAt(_pending.Count - 1);
            _cursor = 0;
            _elementsAreFreed = false;
        }

        return Pending > 0;
    }

    /// <summary>A copy of all its elements.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for one of them. Those before it are freed in slices.</exception>
    public Collection Copy(Collection from, byte epoch)
    {
        var copy = Create(from.Type);
        try
        {
            if (from.HasElements) CopyElements(from, copy, epoch);
            if (from.Type == ValueType.SortedSet) CopyOrder(from, copy);
            if (from.Type == ValueType.List) CopyLeaves(from, copy, epoch);
            if (from.Type == ValueType.Stream) CopyStream(from, copy, epoch);
        }
        catch (InsufficientMemoryException)
        {
            Detach(copy);
            throw;
        }

        return copy;
    }

    private void Free(Collection collection)
    {
        if (!IsLarge(collection))
        {
            FreeAtOnce(collection);
            return;
        }

        // The last one may be freed in part, so new ones go before it.
        _pending.Insert(Math.Max(0, _pending.Count - 1), collection);
        _deferred++;
    }

    // Does not wait behind a large one: what is removed to make room makes it.
    private void FreeAtOnce(Collection collection)
    {
        var ofPending = (_cursor, _elementsAreFreed);
        (_cursor, _elementsAreFreed) = (0, false);
        var all = int.MaxValue;
        FreeSome(collection, ref all);
        NoteFreed(collection, long.MaxValue);
        collection.Free(home);
        (_cursor, _elementsAreFreed) = ofPending;
    }

    private bool IsLarge(Collection collection) => PartsOf(collection) > FreedAtOnceMax;

    private long PartsOf(Collection collection)
    {
        if (collection.HasElements) return collection.Elements(home).Count;
        var parts = collection.Leaves(home).Count;
        foreach (var group in GroupsOf(collection)) parts += group.Parts;
        return parts;
    }

    private IReadOnlyList<StreamGroup> GroupsOf(Collection collection) =>
        collection.Type == ValueType.Stream && Groups[StreamState.Of(collection).Groups] is { } groups ? groups.All : [];

    private void NoteFreed(Collection collection, long bytes)
    {
        var noted = Math.Min(bytes, collection.PendingBytes);
        collection.PendingBytes -= noted;
        PendingBytes -= noted;
    }

    /// <summary>Bytes of what is pending in the groups of a stream.</summary>
    public long GroupBytes(Collection collection)
    {
        long bytes = 0;
        foreach (var group in GroupsOf(collection)) bytes += group.Bytes;
        return bytes;
    }

    /// <summary>About how many bytes it takes, told from its first elements.</summary>
    public long Estimate(Collection collection)
    {
        const int samples = 16;
        long sum = 0, looked = 0;
        if (!collection.HasElements)
        {
            var order = collection.Order(home);
            for (var cursor = order.First(); !cursor.AtEnd && looked < samples; cursor.MoveNext(), looked++)
            {
                sum += ListLeaf.HeaderSize + ListLeaf.At(cursor.Item).Capacity;
            }

            return collection.OwnBytes + GroupBytes(collection) + (sum * order.Count / Math.Max(1, looked));
        }

        var table = collection.Elements(home);
        ulong at = 0;
        do
        {
            at = table.ReadBucket(at, _sampled);
            for (var i = 0; i < _sampled.Count; i++, looked++) sum += RecordStore.SizeOf(_sampled[i]);
        }
        while (at != 0 && looked < samples);
        return collection.OwnBytes + table.Bytes + (sum * table.Count / Math.Max(1, looked));
    }

    private bool FreeSome(StreamGroup group, ref int elementsMax)
    {
        var used = home.Heap.UsedBytes;
        var isFreed = group.FreeSlice(ref elementsMax);
        var noted = isFreed ? group.PendingBytes : Math.Min(group.PendingBytes, used - home.Heap.UsedBytes);
        group.PendingBytes -= noted;
        PendingBytes -= noted;
        return isFreed;
    }

    private bool FreeSome(Collection collection, ref int elementsMax)
    {
        if (collection.Type == ValueType.Stream) return FreeStream(collection, ref elementsMax);
        if (collection.Type == ValueType.List) return collection.Leaves(home).FreeSlice(ref elementsMax, ref _leafFreer);
        if (collection.Type is ValueType.SortedSet or ValueType.Hash && !collection.Order(home).FreeSlice(ref elementsMax)) return false;
        if (!collection.HasElements) return true;
        const int elementsPerSegment = 64; // that take about as long
        var table = collection.Elements(home);
        while (!_elementsAreFreed)
        {
            if (elementsMax <= 0) return false;
            _cursor = table.ReadBucket(_cursor, _bucket);
            for (var i = 0; i < _bucket.Count; i++) records.Free(_bucket[i]);
            elementsMax -= _bucket.Count + 1;
            _elementsAreFreed = _cursor == 0;
        }

        while (table.DisposeSegment())
        {
            elementsMax -= elementsPerSegment;
            if (elementsMax <= 0) return false;
        }

        return true;
    }

    private bool FreeStream(Collection stream, ref int elementsMax)
    {
        if (!stream.Order(home).FreeSlice(ref elementsMax, ref _leafFreer)) return false;
        var number = StreamState.Of(stream).Groups;
        if (Groups[number] is { } groups)
        {
            if (!groups.FreeSlice(ref elementsMax)) return false;
            Groups.Free(number);
        }

        StreamState.Free(stream, home);
        return true;
    }

    private void CopyStream(Collection from, Collection copy, byte epoch)
    {
        var nodes = copy.Order(home);
        for (var cursor = from.Order(home).First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var leaf = ListLeaf.At(cursor.Item);
            nodes.Append(new TreeEntry(cursor.Key, Leaves.Copy(leaf, leaf.Length, epoch, roomInFront: false).Place));
        }

        ref var state = ref StreamState.Of(copy);
        state = StreamState.Of(from);
        if (Groups[state.Groups] is { } groups) state.Groups = Groups.Add(groups.Copy());
    }

    private void CopyLeaves(Collection from, Collection copy, byte epoch)
    {
        var leaves = copy.Leaves(home);
        for (var cursor = from.Leaves(home).First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var leaf = ListLeaf.At(cursor.Item);
            leaves.Append(new TreeEntry(cursor.Key, Leaves.Copy(leaf, leaf.Length, epoch, roomInFront: false).Place));
        }
    }

    // The same order, with the copies of its elements.
    private void CopyOrder(Collection from, Collection copy)
    {
        var order = copy.Order(home);
        var elements = copy.Elements(home);
        for (var cursor = from.Order(home).First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var member = Record.At(cursor.Item).Key;
            order.Append(new TreeEntry(cursor.Key, elements.Find(member, home.Hash.Compute(member)).Record.Place));
        }
    }

    private void CopyElements(Collection source, Collection target, byte epoch)
    {
        var from = source.Elements(home);
        var to = target.Elements(home);
        var bucket = new RecordBuffer();
        ulong cursor = 0;
        do
        {
            cursor = from.ReadBucket(cursor, bucket);
            for (var i = 0; i < bucket.Count; i++)
            {
                var element = bucket[i];
                var copy = records.Copy(element, element.Key, element.ExpireAtMs, epoch, takeBlock: false);
                to.Insert(copy, home.Hash.Compute(element.Key), element.HasExpiry);
                if (copy.HasExpiry) target.Times(home).Add(copy, copy.ExpireAtMs);
            }
        }
        while (cursor != 0);
    }
}
