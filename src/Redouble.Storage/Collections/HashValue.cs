using Redouble.Core.Platform;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// A hash as a reader sees it. Packed: a listpack of field, value, field, value, or, once a field was given a time, a <see cref="TimedListpack"/>.
/// Spans and values die at the next write.
/// </summary>
public readonly ref struct HashReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;
    private readonly int _entriesPerField;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a hash.</param>
    public HashReader(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        if (record.Record.IsCollection)
        {
            _collection = record.Record.Collection;
            return;
        }

        _packed = record.Value;
        _entriesPerField = HashWriter.EntriesPerField(record.Encoding);
    }

    internal HashReader(WriteRecord record)
    {
        _keyspace = record.Keyspace;
        if (record.IsCollection)
        {
            _collection = record.Collection;
            return;
        }

        _packed = record.Value;
        _entriesPerField = HashWriter.EntriesPerField(record.Encoding);
    }

    /// <summary>Fields, expired ones that are still present included.</summary>
    public long Count => _collection.IsMissing ? Listpack.Count(_packed) / _entriesPerField : Table.Count;

    /// <summary>Fields that are not expired, by the policy in force.</summary>
    public long LiveCount => Count - (_keyspace.IsFieldExpired(EarliestMs) ? CountExpired() : 0);

    /// <summary>Earliest unix time in milliseconds at which a field expires, or -1.</summary>
    public long EarliestMs => !_collection.IsMissing ? _collection.Times(_keyspace.Home).EarliestMs
        : _entriesPerField == TimedListpack.EntriesPerField ? TimedListpack.EarliestOf(_packed) : -1;

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

        var at = Listpack.Seek(_packed, _entriesPerField * (long)(random.NextUInt64() % (ulong)Count));
        value = Listpack.Get(_packed, Listpack.Next(_packed, at));
        return Listpack.Get(_packed, at);
    }

    /// <summary>Whether there is such a field, expired or not.</summary>
    public bool Contains(ReadOnlySpan<byte> field) => Find(field, out _, out _) != FieldState.Missing;

    /// <summary>What there is of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value, also when it has expired.</param>
    /// <param name="expireAtMs">Unix time in milliseconds at which it expires, or -1.</param>
    public FieldState Find(scoped ReadOnlySpan<byte> field, out PackedValue value, out long expireAtMs)
    {
        value = default;
        expireAtMs = -1;
        if (_collection.IsMissing)
        {
            var at = HashWriter.FindPacked(_packed, field, _entriesPerField);
            if (at < 0) return FieldState.Missing;
            value = Listpack.Get(_packed, Listpack.Next(_packed, at));
            if (_entriesPerField != TimedListpack.EntriesPerField) return FieldState.Live;
            expireAtMs = TimedListpack.ExpireAtMs(_packed, at);
        }
        else
        {
            var element = Table.Find(field);
            if (element.IsMissing) return FieldState.Missing;
            value = new PackedValue(element.Value);
            if (!element.HasExpiry) return FieldState.Live;
            expireAtMs = element.ExpireAtMs;
        }

        return _keyspace.IsFieldExpired(expireAtMs) ? FieldState.Expired : FieldState.Live;
    }

    private long CountExpired() => _collection.IsMissing
        ? TimedListpack.CountBefore(_packed, _keyspace.NowMs) : _collection.Times(_keyspace.Home).CountBefore(_keyspace.NowMs);
}

/// <summary>A hash that may be changed. One without fields is to be deleted by the caller.</summary>
public ref partial struct HashWriter
{
    private WriteRecord _record;

    /// <param name="record">A record of a hash.</param>
    public HashWriter(WriteRecord record) => _record = record;

    /// <summary>Fields, expired ones that are still present included.</summary>
    public readonly long Count => Read().Count;

    private readonly HashReader Read() => new(_record);

    private readonly CollectionLimits Limits => _record.Keyspace.Limits;

    // Entries of a packed field.
    private readonly int Stride => EntriesPerField(_record.Encoding);

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

    /// <summary>Sets a field; returns whether it is new. Neither argument may be a span over storage.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">The value.</param>
    /// <param name="keepsTime">Whether a field that expires goes on to; otherwise it loses its time.</param>
    public bool Set(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value, bool keepsTime = false)
    {
        if (!_record.IsCollection && (field.Length > Limits.HashMaxListpackValue || value.Length > Limits.HashMaxListpackValue)) Unpack();
        if (_record.IsCollection && !_record.HasFieldTimes) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Set(field, value);
        _record.BeginFieldTimes();
        var added = _record.IsCollection
            ? new ElementTable(_record.Keyspace, _record.OpenCollection()).SetTimed(field, value, keepsTime) : SetPacked(field, value, keepsTime);
        _record.EndFieldTimes();
        return added;
    }

    /// <summary>Removes a field; false when there is none.</summary>
    public bool Remove(scoped ReadOnlySpan<byte> field)
    {
        if (!_record.HasFieldTimes) return RemoveAny(field);
        _record.BeginFieldTimes();
        var removed = RemoveAny(field);
        _record.EndFieldTimes();
        return removed;
    }

    internal static int EntriesPerField(ValueEncoding encoding) => encoding == ValueEncoding.ListpackEx ? TimedListpack.EntriesPerField : 2;

    internal static int FindPacked(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> field, int entriesPerField = 2) =>
        Listpack.Find(packed, Listpack.First(packed), field, skip: entriesPerField - 1);

    private bool SetPacked(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value, bool keepsTime)
    {
        var stride = Stride;
        var packed = _record.Value;
        var at = FindPacked(packed, field, stride);
        if (at >= 0)
        {
            var valueAt = Listpack.Next(packed, at);
            var size = Listpack.Size(packed);
            var replaced = Listpack.ReplaceSize(packed, valueAt, value);
            var room = _record.Resize(Math.Max(size, replaced), mayGrowMore: true);
            Listpack.Replace(room, valueAt, value);
            if (replaced < size) _record.Resize(replaced);
            if (stride == TimedListpack.EntriesPerField && !keepsTime) SetPackedTime(at, -1);
            return false;
        }

        var used = Listpack.Size(packed);
        var timeSize = stride == TimedListpack.EntriesPerField ? Listpack.EncodedSize(0) : 0;
        var grown = _record.Resize(used + Listpack.EncodedSize(field) + Listpack.EncodedSize(value) + timeSize, mayGrowMore: true);
        Listpack.Append(grown, field);
        Listpack.Append(grown, value);
        if (timeSize > 0) Listpack.Append(grown, 0);
        if (Listpack.Count(grown) / stride > Limits.HashMaxListpackEntries) Unpack();
        return true;
    }

    private bool RemoveAny(scoped ReadOnlySpan<byte> field)
    {
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Remove(field);
        var at = FindPacked(_record.Value, field, Stride);
        if (at < 0) return false;
        var bytes = _record.Resize(_record.Value.Length);
        _record.Resize(Listpack.Delete(bytes, at, Stride));
        return true;
    }

    private void Unpack()
    {
        _record.BeginFieldTimes();
        _record.SetCollection(ElementTable.Unpack(_record.Keyspace, ValueType.Hash, _record.Value, _record.Encoding), ValueEncoding.HashTable);
        _record.EndFieldTimes();
    }
}
