using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A walk through all databases that moves records, elements, leaves and large strings out of the slabs that the heap has taken out of use
/// (<c>NativeHeap.PlanEvacuation</c>). Every such object has one owner, who is at hand when the walk comes to it:
/// <code>
/// record       the slot of the table; with an expiry that of the second table, with fields that expire its place in their order
/// element      the slot of its collection's table; in a sorted set the tree by score, in a hash that by time
/// leaf         the tree of its list or stream; left alone while a snapshot has it in its list
/// block        its record; left alone while a reply or a snapshot reads it
/// </code>
/// It goes in hash order like any walk, so the table may change between two steps. Stamps move along: for a running snapshot nothing has happened.
/// Roots of collections, nodes of trees and what is no data stays where it is; a slab that has such an object is taken into use again afterwards.
/// A step is bounded by what it looks at and what it copies: a collection of which not all parts fit into what is left of a step has steps of its own.
/// </summary>
/// <param name="keyspace">The keyspace.</param>
/// <param name="partsAtOnceMax">Elements or leaves of a collection that are looked at together with its key, if the step has room for them.</param>
public sealed class Relocation(Keyspace keyspace, long partsAtOnceMax)
{
    private const int BytesPerPart = 1024; // copying as much takes about as long as looking at an object

    private readonly Queue<(byte[] Key, ValueType Type)> _large = new(); // collections in the current bucket that are moved in steps
    private int _database;
    private ulong _cursor;
    private int _largeDatabase;
    private long _left; // of the step: objects to be looked at
    private ulong _inner; // place in the first of them: a hash, or the weight of the leaves before

    /// <summary>Objects moved.</summary>
    public long Moved { get; private set; }

    /// <summary>Objects that were looked at and stayed.</summary>
    public long Stayed { get; private set; }

    /// <summary>Keys of which something was moved.</summary>
    public long KeysMoved { get; private set; }

    /// <summary>Keys of which nothing was.</summary>
    public long KeysStayed { get; private set; }

    /// <summary>Looks at about so many objects; false when the walk is through.</summary>
    public bool Step(int objectsMax)
    {
        keyspace.OnWrite();
        _left = objectsMax;
        while (_left > 0)
        {
            if (_large.TryPeek(out var large))
            {
                if (!MoveParts(large.Key, large.Type)) continue;
                _large.Dequeue();
                _inner = 0;
            }
            else if (_database == keyspace.Databases.Length)
            {
                return false;
            }
            else
            {
                MoveBucket(keyspace.Databases[_database].Table);
            }
        }

        return true;
    }

    private void MoveBucket(KeyTable table)
    {
        Count(false); // an empty table takes a step, too
        var mover = new KeyMover(this, table);
        _cursor = table.Records.Relocate(_cursor, ref mover);
        if (_cursor == 0) _database++;
    }

    // Some parts of the collection under the key; true when it is through, or there is none any more. Whatever changes keys may have come between: a value of
    // another type has places of another kind.
    private bool MoveParts(byte[] key, ValueType type)
    {
        Count(false);
        var position = keyspace.Databases[_largeDatabase].Table.Records.Find(key, keyspace.Hash(key));
        return !position.Found || !position.Record.IsCollection || position.Record.Type != type || MoveParts(position.Record.Collection, ref _inner);
    }

    private bool MoveParts(Collection collection, ref ulong at)
    {
        if (!collection.HasElements) return MoveLeaves(collection, ref at);
        var table = collection.Elements(keyspace.Home);
        var mover = new ElementMover(this, collection);
        do
        {
            Count(false);
            at = table.Relocate(at, ref mover);
        }
        while (at != 0 && _left > 0);
        return at == 0;
    }

    private bool MoveLeaves(Collection collection, ref ulong at)
    {
        if (collection.Ticket != 0) return true;
        return collection.Type == ValueType.List
            ? MoveLeaves(collection.Leaves(keyspace.Home), ref at) : MoveLeaves(collection.Order(keyspace.Home), ref at);
    }

    private bool MoveLeaves<TOrder>(CountedTree<TOrder> tree, ref ulong at)
        where TOrder : struct, ITreeOrder
    {
        if (tree.Count == 0 || at >= (ulong)tree.Weight) return true;
        var cursor = tree.SeekWeight((long)at, out _);
        do
        {
            var leaf = ListLeaf.At(cursor.Item);
            var moved = keyspace.Store.Collections.Leaves.Move(leaf);
            Count(!moved.Equals(leaf), moved.Length);
            if (!moved.Equals(leaf)) tree.SetItem(ref cursor, moved.Place);
            if (!cursor.MoveNext()) return true;
        }
        while (_left > 0);

        at = (ulong)tree.Rank(cursor);
        return false;
    }

    private void Count(bool moved, long bytes = 0)
    {
        _left--;
        if (moved)
        {
            Moved++;
            _left -= bytes / BytesPerPart;
        }
        else
        {
            Stayed++;
        }
    }

    private Record MoveRecord(KeyTable table, Record record)
    {
        var expiring = record.HasExpiry ? table.Expires.Find(record, keyspace.Hash(record.Key)) : default;
        var indexed = record.IsIndexed;
        if (indexed) table.Unindex(record);
        var moved = keyspace.Store.Move(record);
        if (expiring.Found) RecordTable.Update(expiring, moved, hasExpiry: true);
        if (indexed) table.Index(moved);
        keyspace.Snapshot?.RecordMoved(record, moved);
        return moved;
    }

    private Record MoveElement(Collection collection, Record element)
    {
        if (collection.Type == ValueType.SortedSet)
        {
            var order = new SortedTable(keyspace, collection);
            var cursor = order.CursorOf(element);
            var inOrder = keyspace.Store.Move(element);
            order.Order.SetItem(ref cursor, inOrder.Place);
            return inOrder;
        }

        if (!element.HasExpiry) return keyspace.Store.Move(element);
        var times = collection.Times(keyspace.Home);
        times.Remove(element, element.ExpireAtMs);
        var moved = keyspace.Store.Move(element);
        times.Add(moved, moved.ExpireAtMs);
        return moved;
    }

    private readonly ref struct KeyMover(Relocation walk, KeyTable table) : IRecordMover
    {
        public Record Move(Record record)
        {
            var before = walk.Moved;
            if (record.IsBlock) walk.Count(walk.Store.TryMoveBlock(record), record.ValueLength);
            var evacuated = RecordStore.IsEvacuated(record);
            if (evacuated) record = walk.MoveRecord(table, record);
            walk.Count(evacuated, record.Size);
            if (record.IsCollection) walk.MoveValue(record);
            if (walk.Moved > before) walk.KeysMoved++;
            else walk.KeysStayed++;
            return record;
        }
    }

    private readonly ref struct ElementMover(Relocation walk, Collection collection) : IRecordMover
    {
        public Record Move(Record record)
        {
            if (record.IsBlock) walk.Count(walk.Store.TryMoveBlock(record), record.ValueLength);
            var evacuated = RecordStore.IsEvacuated(record);
            walk.Count(evacuated, record.Size);
            return evacuated ? walk.MoveElement(collection, record) : record;
        }
    }

    private RecordStore Store => keyspace.Store;

    // At once, or later in steps when it is large.
    private void MoveValue(Record record)
    {
        var collection = record.Collection;
        var parts = collection.HasElements ? collection.Elements(keyspace.Home).Count : collection.Order(keyspace.Home).Count;
        if (parts > Math.Min(partsAtOnceMax, _left))
        {
            _large.Enqueue((record.Key.ToArray(), record.Type));
            _largeDatabase = _database;
            return;
        }

        ulong at = 0;
        while (!MoveParts(collection, ref at))
        {
            // what it copies may be more than the step has room for
        }
    }
}
