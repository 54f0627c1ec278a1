using Redouble.Core.Platform;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// A hash as a reader sees it. Packed: a listpack of field, value, field, value. Spans and values die at the next write.
/// </summary>
public readonly ref struct HashReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a hash.</param>
    public HashReader(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        if (record.Record.IsCollection) _collection = record.Record.Collection;
        else _packed = record.Value;
    }

    /// <summary>Fields.</summary>
    public long Count => _collection.IsMissing ? Listpack.Count(_packed) / 2 : Table.Count;

    private ElementTable Table => new(_keyspace, _collection);

    /// <summary>A field chosen at random, each as likely as any other, with its value. There must be one.</summary>
    public PackedValue Random(IRandomSource random, out PackedValue value)
    {
        if (!_collection.IsMissing)
        {
            var element = Table.Random(random);
            value = new PackedValue(element.Value);
            return new PackedValue(element.Key);
        }

        var at = Listpack.Seek(_packed, 2 * (long)(random.NextUInt64() % (ulong)Count));
        value = Listpack.Get(_packed, Listpack.Next(_packed, at));
        return Listpack.Get(_packed, at);
    }

    /// <summary>The value of a field; false when there is none.</summary>
    public bool TryGet(ReadOnlySpan<byte> field, out PackedValue value)
    {
        value = default;
        if (_collection.IsMissing)
        {
            var at = HashWriter.FindPacked(_packed, field);
            if (at < 0) return false;
            value = Listpack.Get(_packed, Listpack.Next(_packed, at));
            return true;
        }

        var element = Table.Find(field);
        if (element.IsMissing) return false;
        value = new PackedValue(element.Value);
        return true;
    }
}

/// <summary>A hash that may be changed. One without fields is to be deleted by the caller.</summary>
public ref struct HashWriter
{
    private WriteRecord _record;

    /// <param name="record">A record of a hash.</param>
    public HashWriter(WriteRecord record) => _record = record;

    /// <summary>Fields.</summary>
    public readonly long Count => _record.IsCollection ? new ElementTable(_record.Keyspace, _record.Collection).Count : Listpack.Count(_record.Value) / 2;

    private readonly CollectionLimits Limits => _record.Keyspace.Limits;

    /// <summary>Opens the hash of a key, or creates an empty one, to set that many fields; more than fit into a listpack make it a table at once.</summary>
    public static HashWriter OpenOrCreate(Database database, ReadOnlySpan<byte> key, ulong hash, int fields = 1)
    {
        var record = database.OpenForWrite(key, hash);
        var opened = record.IsMissing ? Create(database, key, hash) : new HashWriter(record);
        if (fields > opened.Limits.HashMaxListpackEntries && !opened._record.IsCollection) opened.Unpack();
        return opened;
    }

    private static HashWriter Create(Database database, ReadOnlySpan<byte> key, ulong hash)
    {
        Span<byte> empty = stackalloc byte[Listpack.EmptySize];
        Listpack.WriteEmpty(empty);
        return new HashWriter(database.CreatePacked(key, hash, ValueType.Hash, ValueEncoding.Listpack, empty));
    }

    /// <summary>The value of a field; false when there is none. Valid until the next change.</summary>
    public readonly bool TryGet(ReadOnlySpan<byte> field, out PackedValue value)
    {
        value = default;
        if (_record.IsCollection)
        {
            var element = new ElementTable(_record.Keyspace, _record.Collection).Find(field);
            if (element.IsMissing) return false;
            value = new PackedValue(element.Value);
            return true;
        }

        var at = FindPacked(_record.Value, field);
        if (at < 0) return false;
        value = Listpack.Get(_record.Value, Listpack.Next(_record.Value, at));
        return true;
    }

    /// <summary>Sets a field; returns whether it is new. Neither argument may be a span over storage.</summary>
    public bool Set(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value)
    {
        if (!_record.IsCollection && (field.Length > Limits.HashMaxListpackValue || value.Length > Limits.HashMaxListpackValue)) Unpack();
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Set(field, value);

        var packed = _record.Value;
        var at = FindPacked(packed, field);
        if (at >= 0)
        {
            var valueAt = Listpack.Next(packed, at);
            var size = Listpack.Size(packed);
            var replaced = Listpack.ReplaceSize(packed, valueAt, value);
            var room = _record.Resize(Math.Max(size, replaced), mayGrowMore: true);
            Listpack.Replace(room, valueAt, value);
            if (replaced < size) _record.Resize(replaced);
            return false;
        }

        var used = Listpack.Size(packed);
        var grown = _record.Resize(used + Listpack.EncodedSize(field) + Listpack.EncodedSize(value), mayGrowMore: true);
        Listpack.Append(grown, field);
        Listpack.Append(grown, value);
        if (Listpack.Count(grown) / 2 > Limits.HashMaxListpackEntries) Unpack();
        return true;
    }

    /// <summary>Removes a field; false when there is none.</summary>
    public bool Remove(scoped ReadOnlySpan<byte> field)
    {
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Remove(field);
        var at = FindPacked(_record.Value, field);
        if (at < 0) return false;
        var bytes = _record.Resize(_record.Value.Length);
        _record.Resize(Listpack.Delete(bytes, at, 2));
        return true;
    }

    internal static int FindPacked(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> field) => Listpack.Find(packed, Listpack.First(packed), field, skip: 1);

    private void Unpack() =>
        _record.SetCollection(ElementTable.Unpack(_record.Keyspace, ValueType.Hash, _record.Value, isIntset: false), ValueEncoding.HashTable);
}
