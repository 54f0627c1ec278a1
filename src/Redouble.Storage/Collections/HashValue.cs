using Redouble.Core.Platform;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// A hash as a reader sees it. Packed: <see cref="PackedPairs"/>, or, once a field was given a time, a <see cref="TimedListpack"/>.
/// Spans and values die at the next write.
/// </summary>
public readonly ref struct HashReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;
    private readonly bool _isTimed;

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
        _isTimed = record.Encoding == ValueEncoding.ListpackEx;
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
        _isTimed = record.Encoding == ValueEncoding.ListpackEx;
    }

    /// <summary>Fields, expired ones that are still present included.</summary>
    public long Count => !_collection.IsMissing ? Table.Count
        : _isTimed ? Listpack.Count(_packed) / TimedListpack.EntriesPerField : PackedPairs.Count(_packed);

    /// <summary>Fields that are not expired, by the policy in force.</summary>
    public long LiveCount => Count - (_keyspace.IsFieldExpired(EarliestMs) ? CountExpired() : 0);

    /// <summary>Earliest unix time in milliseconds at which a field expires, or -1.</summary>
    public long EarliestMs => !_collection.IsMissing ? _collection.Times(_keyspace.Home).EarliestMs
        : _isTimed ? TimedListpack.EarliestOf(_packed) : -1;

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

        var index = (int)(random.NextUInt64() % (ulong)Count);
        if (!_isTimed)
        {
            var field = PackedPairs.Seek(_packed, index);
            value = PackedPairs.Get(_packed, PackedPairs.After(_packed, field));
            return PackedPairs.Get(_packed, field);
        }

        var at = Listpack.Seek(_packed, (long)index * TimedListpack.EntriesPerField);
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
        if (_collection.IsMissing && !_isTimed)
        {
            var at = PackedPairs.Find(_packed, field);
            if (at < 0) return FieldState.Missing;
            value = PackedPairs.Get(_packed, PackedPairs.After(_packed, at));
            return FieldState.Live;
        }

        if (_collection.IsMissing)
        {
            var at = TimedListpack.Find(_packed, field);
            if (at < 0) return FieldState.Missing;
            value = Listpack.Get(_packed, Listpack.Next(_packed, at));
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

    // Whether the packed fields are a TimedListpack.
    private readonly bool IsTimed => _record.Encoding == ValueEncoding.ListpackEx;

    /// <summary>Opens the hash of a key, or creates an empty one, to set that many fields; more than fit into a listpack make it a table at once.</summary>
    public static HashWriter OpenOrCreate(Database database, ReadOnlySpan<byte> key, ulong hash, int fields = 1)
    {
        var record = database.OpenForWrite(key, hash);
        var opened = record.IsMissing ? Create(database, key, hash) : new HashWriter(record);
        if (fields > opened.Limits.HashMaxListpackEntries && !opened._record.IsCollection) opened.Unpack();
        return opened;
    }

    private static HashWriter Create(Database database, ReadOnlySpan<byte> key, ulong hash) =>
        new(database.CreatePacked(key, hash, ValueType.Hash, ValueEncoding.Listpack, PackedPairs.Empty));

    /// <summary>Sets a field; returns whether it is new. Neither argument may be a span over storage.</summary>
    /// <param name="field">The field.</param>
    /// <param name="value">The value.</param>
    /// <param name="keepsTime">Whether a field that expires goes on to; otherwise it loses its time.</param>
    public bool Set(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value, bool keepsTime = false)
    {
        if (!_record.IsCollection && !FitsPacked(field, value)) Unpack();
        if (!_record.HasFieldTimes)
            return _record.IsCollection ? new ElementTable(_record.Keyspace, _record.OpenCollection()).Set(field, value) : SetPacked(field, value, keepsTime);
        _record.BeginFieldTimes();
        try
        {
            return _record.IsCollection
                ? new ElementTable(_record.Keyspace, _record.OpenCollection()).SetTimed(field, value, keepsTime) : SetPacked(field, value, keepsTime);
        }
        finally
        {
            _record.EndFieldTimes();
        }
    }

    /// <summary>Removes a field; false when there is none.</summary>
    public bool Remove(scoped ReadOnlySpan<byte> field)
    {
        if (!_record.HasFieldTimes) return RemoveAny(field);
        _record.BeginFieldTimes();
        try
        {
            return RemoveAny(field);
        }
        finally
        {
            _record.EndFieldTimes();
        }
    }

    private readonly bool FitsPacked(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value) =>
        field.Length <= Limits.HashMaxListpackValue && value.Length <= Limits.HashMaxListpackValue
        && Limits.MayGrow(_record.Length, (long)field.Length + value.Length);

    private bool SetPacked(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value, bool keepsTime) =>
        IsTimed ? SetTimed(field, value, keepsTime) : SetUntimed(field, value);

    private bool SetUntimed(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value)
    {
        var packed = _record.Value;
        var size = packed.Length;
        var at = PackedPairs.Find(packed, field);
        if (at >= 0)
        {
            var valueAt = PackedPairs.After(packed, at);
            var replaced = size + PackedPairs.EncodedSize(value) - (PackedPairs.After(packed, valueAt) - valueAt);
            var room = _record.Resize(Math.Max(size, replaced), mayGrowMore: true);
            PackedPairs.Replace(room, size, valueAt, value);
            if (replaced < size) _record.Resize(replaced);
            return false;
        }

        var grown = _record.Resize(size + PackedPairs.EncodedSize(field) + PackedPairs.EncodedSize(value), mayGrowMore: true);
        PackedPairs.Append(grown, size, field, value);
        if (PackedPairs.Count(grown) > Limits.HashMaxListpackEntries) Unpack();
        return true;
    }

    private bool SetTimed(scoped ReadOnlySpan<byte> field, scoped ReadOnlySpan<byte> value, bool keepsTime)
    {
        var packed = _record.Value;
        var size = packed.Length;
        var at = TimedListpack.Find(packed, field);
        if (at >= 0)
        {
            var valueAt = Listpack.Next(packed, at);
            var replaced = Listpack.ReplaceSize(packed, valueAt, value);
            var room = _record.Resize(Math.Max(size, replaced), mayGrowMore: true);
            Listpack.Replace(room, valueAt, value);
            if (replaced < size) _record.Resize(replaced);
            if (!keepsTime) SetPackedTime(at, -1);
            return false;
        }

        var entries = Listpack.EncodedSize(field) + Listpack.EncodedSize(value) + Listpack.EncodedSize(0);
        var grown = _record.Resize(size + entries, mayGrowMore: true);
        Listpack.Append(grown, field);
        Listpack.Append(grown, value);
        Listpack.Append(grown, 0);
        if (Listpack.Count(grown) / TimedListpack.EntriesPerField > Limits.HashMaxListpackEntries) Unpack();
        return true;
    }

    private bool RemoveAny(scoped ReadOnlySpan<byte> field)
    {
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Remove(field);
        var at = IsTimed ? TimedListpack.Find(_record.Value, field) : PackedPairs.Find(_record.Value, field);
        if (at < 0) return false;
        var bytes = _record.Resize(_record.Value.Length);
        _record.Resize(IsTimed ? Listpack.Delete(bytes, at, TimedListpack.EntriesPerField) : PackedPairs.Delete(bytes, at));
        return true;
    }

    private void Unpack()
    {
        var collection = ElementTable.Unpack(_record.Keyspace, ValueType.Hash, _record.Value, _record.Encoding);
        _record.BeginFieldTimes();
        try
        {
            _record.SetCollection(collection, ValueEncoding.HashTable);
        }
        finally
        {
            _record.EndFieldTimes();
        }
    }
}
