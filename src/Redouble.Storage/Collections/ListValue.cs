using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>A list as a reader sees it. Packed: a listpack of its elements. A missing record is an empty list. Values die at the next write.</summary>
public readonly ref struct ListReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a list, or none.</param>
    public ListReader(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        _packed = Listpack.Empty;
        if (record.IsMissing) return;
        if (record.Record.IsCollection) _collection = record.Record.Collection;
        else _packed = record.Value;
    }

    /// <summary>Elements.</summary>
    public long Count => _collection.IsMissing ? Listpack.Count(_packed) : Leaves.Count;

    private ListLeaves Leaves => new(_keyspace, _collection);

    /// <summary>A cursor at the element of an index, counted from the tail when it is negative; at none when there is no such element.</summary>
    public ListCursor Seek(long index)
    {
        if (_collection.IsMissing) return new ListCursor(_packed, Listpack.Seek(_packed, index));
        var leaves = Leaves;
        var place = leaves.Seek(index < 0 ? index + leaves.Count : index, out var within);
        return new ListCursor(place, within);
    }

    /// <summary>Whether an element equals the value.</summary>
    public bool Contains(ReadOnlySpan<byte> value) =>
        _collection.IsMissing ? Listpack.Find(_packed, Listpack.First(_packed), value, skip: 0) >= 0 : Leaves.Contains(value);

    /// <summary>Whether the list is packed and would not be with an element of that many bytes more.</summary>
    public bool IsTooSmallFor(int bytes) =>
        _collection.IsMissing && _keyspace.Limits.ListExceedsListpack(_packed.Length + (long)bytes, Listpack.Count(_packed) + 1);

    /// <summary>What the list is written to files as: its leaves, or itself while it is packed.</summary>
    public ListNodes Nodes() => _collection.IsMissing ? new ListNodes(_packed) : new ListNodes(Leaves.First(), Leaves.LeafCount);
}

/// <summary>A list that may be changed. One without elements is to be deleted by the caller. No argument may be a span over it.</summary>
public ref struct ListWriter
{
    private WriteRecord _record;

    /// <param name="record">A record of a list.</param>
    public ListWriter(WriteRecord record) => _record = record;

    /// <summary>Elements.</summary>
    public readonly long Count => _record.IsCollection ? Read().Count : Listpack.Count(_record.Value);

    /// <summary>Creates a list without elements under a key that does not exist.</summary>
    public static ListWriter Create(Database database, ReadOnlySpan<byte> key, ulong hash) =>
        new(database.CreatePacked(key, hash, ValueType.List, ValueEncoding.Listpack, Listpack.Empty));

    /// <summary>Creates a list of one short element under a key that does not exist: the record gets its size at once.</summary>
    public static void Create(Database database, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> element)
    {
        Span<byte> room = stackalloc byte[ShortElementMax * 2];
        Listpack.WriteEmpty(room);
        database.CreatePacked(key, hash, ValueType.List, ValueEncoding.Listpack, room[..Listpack.Append(room, element)]);
    }

    /// <summary>Bytes of an element that <see cref="Create(Database, ReadOnlySpan{byte}, ulong, ReadOnlySpan{byte})"/> takes.</summary>
    public const int ShortElementMax = 256;

    /// <summary>A cursor at the element of an index, as <see cref="ListReader.Seek"/>; of use until the next change.</summary>
    public readonly ListCursor Seek(long index)
    {
        if (!_record.IsCollection) return new ListCursor(_record.Value, Listpack.Seek(_record.Value, index));
        var leaves = Read();
        var place = leaves.Seek(index < 0 ? index + leaves.Count : index, out var within);
        return new ListCursor(place, within);
    }

    /// <summary>The element at one end, which there is; valid until the next change.</summary>
    public readonly PackedValue AtEdge(bool first) =>
        _record.IsCollection ? Read().AtEdge(first) : Listpack.Get(_record.Value, first ? Listpack.HeaderSize : Listpack.Last(_record.Value));

    /// <summary>Elements will be added, of so many bytes in all: a list that would be too large for a listpack with them is none any more.</summary>
    public void PrepareFor(long bytes, int elements)
    {
        if (_record.IsCollection) return;
        var packed = _record.Value;
        if (!_record.Keyspace.Limits.ListExceedsListpack(packed.Length + bytes, Listpack.Count(packed) + (long)elements)) return;
        var collection = _record.Keyspace.Store.Collections.Create(ValueType.List);
        new ListLeaves(_record.Keyspace, collection).Append(packed);
        _record.SetCollection(collection, ValueEncoding.QuickList);
    }

    /// <summary>Adds an element at an end, after <see cref="PrepareFor"/>.</summary>
    public void Push(scoped ReadOnlySpan<byte> element, bool atHead)
    {
        if (_record.IsCollection)
        {
            Write().Push(element, atHead);
            return;
        }

        var room = Grow(element);
        Listpack.Insert(room, atHead ? Listpack.HeaderSize : Listpack.End(room), element);
    }

    /// <summary>Removes elements; there are as many from <paramref name="start"/> on.</summary>
    public void RemoveRange(long start, long count)
    {
        if (count == 0) return;
        if (_record.IsCollection)
        {
            Write().RemoveRange(start, count);
            return;
        }

        var packed = _record.Resize(_record.Value.Length);
        var at = Listpack.Seek(packed, start);
        var isTail = start + count == Listpack.Count(packed);
        _record.Resize(isTail ? Listpack.CutTail(packed, at, (int)start) : Listpack.Delete(packed, at, (int)count));
    }

    /// <summary>Gives the element at an index from the head, which exists, another value, after <see cref="PrepareFor"/>.</summary>
    public void Set(long index, scoped ReadOnlySpan<byte> element)
    {
        if (_record.IsCollection)
        {
            Write().Set(index, element);
            return;
        }

        var packed = _record.Value;
        var at = Listpack.Seek(packed, index);
        var size = packed.Length;
        var replaced = Listpack.ReplaceSize(packed, at, element);
        Listpack.Replace(_record.Resize(Math.Max(size, replaced), mayGrowMore: true), at, element);
        if (replaced < size) _record.Resize(replaced);
    }

    /// <summary>Inserts an element before or behind the first one that equals the pivot, after <see cref="PrepareFor"/>; false when none does.</summary>
    public bool InsertBeside(scoped ReadOnlySpan<byte> pivot, scoped ReadOnlySpan<byte> element, bool before)
    {
        if (_record.IsCollection) return Write().InsertBeside(pivot, element, before);
        var packed = _record.Value;
        var at = Listpack.Find(packed, Listpack.First(packed), pivot, skip: 0);
        if (at < 0) return false;
        if (!before) at = Listpack.After(packed, at);
        Listpack.Insert(Grow(element), at, element);
        return true;
    }

    /// <summary>Removes at most <paramref name="countMax"/> elements that equal the value, from one end on; returns how many.</summary>
    public long RemoveEqual(scoped ReadOnlySpan<byte> value, long countMax, bool fromTail)
    {
        if (_record.IsCollection) return Write().RemoveEqual(value, countMax, fromTail);
        var packed = _record.Value;
        var first = fromTail ? ListLeaves.FindBackwards(packed, Listpack.End(packed), value) : Listpack.Find(packed, Listpack.First(packed), value, skip: 0);
        if (first < 0) return 0;
        var removed = ListLeaves.RemoveEqual(_record.Resize(packed.Length), first, value, countMax, fromTail, out var size);
        _record.Resize(size);
        return removed;
    }

    /// <summary>Elements were removed: a list that has fallen to half of what a listpack holds becomes one again.</summary>
    public void Shrink()
    {
        if (!_record.IsCollection || !Read().TryGetOnly(out var listpack)) return;
        if (_record.Keyspace.Limits.ListFitsHalfListpack(listpack)) _record.SetPacked(listpack, ValueEncoding.Listpack);
    }

    private readonly ListLeaves Read() => new(_record.Keyspace, _record.Collection);

    private ListLeaves Write() => new(_record.Keyspace, _record.OpenCollection());

    private Span<byte> Grow(scoped ReadOnlySpan<byte> element) =>
        _record.Resize(checked(_record.Value.Length + Listpack.EncodedSize(element)), mayGrowMore: true);
}
