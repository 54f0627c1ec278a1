using Redouble.Core.Platform;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// The elements of a large hash, set or sorted set: records in a table of their own. All changes go through here, so that the
/// running snapshot has an element's old state before it changes or goes.
/// </summary>
internal readonly ref struct ElementTable
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Collection _collection;
    private readonly RecordTable _table;

    public ElementTable(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _collection = collection;
        _table = collection.Elements(keyspace.Home);
    }

    public long Count => _table.Count;

    // The fields of a hash that expire.
    private TimeOrder Times => _collection.Times(_keyspace.Home);

    /// <summary>A collection with the elements of a packed hash, set or sorted set.</summary>
    public static Collection Unpack(Keyspace.Keyspace keyspace, ValueType type, ReadOnlySpan<byte> packed, ValueEncoding encoding)
    {
        var collection = keyspace.Store.Collections.Create(type);
        var table = new ElementTable(keyspace, collection);
        Span<byte> nameDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> valueDigits = stackalloc byte[Integers.MaxLength];
        var elements = new ElementCursor(keyspace, packed, encoding, type);
        while (elements.MoveNext())
        {
            var name = elements.Name.Text(nameDigits);
            if (type == ValueType.Set) table.Add(name, []);
            else if (type == ValueType.Hash) table.Add(name, elements.Value.Text(valueDigits), elements.ExpireAtMs);
            else new SortedTable(keyspace, collection).Add(name, elements.Score);
        }

        return collection;
    }

    public ulong Hash(ReadOnlySpan<byte> name) => _keyspace.Hash(name);

    public Record Find(ReadOnlySpan<byte> name) => Find(name, _keyspace.Hash(name));

    public Record Find(ReadOnlySpan<byte> name, ulong hash)
    {
        var position = _table.Find(name, hash);
        return position.Found ? position.Record : default;
    }

    /// <summary>Adds an element that is not there; returns its record.</summary>
    public Record Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expireAtMs = -1) => Add(name, _keyspace.Hash(name), value, expireAtMs);

    /// <summary>Adds an element without a value; false when it is there.</summary>
    public bool TryAdd(ReadOnlySpan<byte> name)
    {
        var hash = _keyspace.Hash(name);
        if (_table.Find(name, hash).Found) return false;
        Add(name, hash, [], -1);
        return true;
    }

    /// <summary>Adds an element, or gives the one that is there the value; returns whether it was added.</summary>
    public bool Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var hash = _keyspace.Hash(name);
        var position = _table.Find(name, hash);
        if (!position.Found)
        {
            Add(name, hash, value, -1);
            return true;
        }

        var element = position.Record;
        BeforeChange(element);
        var resized = _keyspace.Store.Resize(element, value.Length, growth: false, _keyspace.Epoch);
        value.CopyTo(resized.Value);
        if (resized.Equals(element)) return false;
        RecordTable.Update(position, resized, resized.HasExpiry);
        _keyspace.Store.Free(element);
        return false;
    }

    /// <summary>As <c>Set</c>, for a hash with fields that expire: the field loses its time unless it <paramref name="keepsTime"/>.</summary>
    public bool SetTimed(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool keepsTime)
    {
        var element = Find(name);
        if (element.IsMissing || !element.HasExpiry) return Set(name, value);
        if (!keepsTime)
        {
            SetTime(name, -1);
            return Set(name, value);
        }

        var time = element.ExpireAtMs;
        Times.Remove(element, time); // it may move
        try
        {
            return Set(name, value);
        }
        finally
        {
            Times.Add(Find(name), time);
        }
    }

    /// <summary>Gives a field of a hash that is there a time, or takes it away with -1.</summary>
    public void SetTime(ReadOnlySpan<byte> name, long expireAtMs)
    {
        var position = _table.Find(name, _keyspace.Hash(name));
        var element = position.Record;
        if (element.ExpireAtMs == expireAtMs) return;
        BeforeChange(element);
        if (element.HasExpiry && expireAtMs >= 0)
        {
            Times.Remove(element, element.ExpireAtMs);
            element.ExpireAtMs = expireAtMs;
        }
        else
        {
            var copy = _keyspace.Store.Copy(element, element.Key, expireAtMs, _keyspace.Epoch, takeBlock: true); // first: there may be no room for it
            if (element.HasExpiry) Times.Remove(element, element.ExpireAtMs);
            RecordTable.Update(position, copy, copy.HasExpiry);
            _keyspace.Store.Free(element);
            element = copy;
        }

        if (expireAtMs >= 0) Times.Add(element, expireAtMs);
    }

    public bool Remove(ReadOnlySpan<byte> name)
    {
        var hash = _keyspace.Hash(name);
        var position = _table.Find(name, hash);
        if (!position.Found) return false;
        Remove(position, position.Record, hash);
        return true;
    }

    /// <summary>Removes an element that is there.</summary>
    public void Remove(Record element, ulong hash) => Remove(_table.Find(element, hash), element, hash);

    /// <summary>An element that is about to change or go: the snapshot first.</summary>
    public void BeforeChange(Record element)
    {
        if (_collection.Ticket != 0) _keyspace.Snapshot!.SaveElement(_collection, element);
        element.Epoch = _keyspace.Epoch;
    }

    /// <summary>An element chosen at random, each as likely as any other. There must be one.</summary>
    public Record Random(IRandomSource random)
    {
        var bucket = _keyspace.RentBuffer();
        var found = _table.Draw(random, bucket);
        _keyspace.ReturnBuffer(bucket);
        return found;
    }

    /// <summary>Reads the bucket at the cursor; returns the next cursor, 0 at the end.</summary>
    public ulong ReadBucket(ulong cursor, RecordBuffer into)
    {
        var next = _table.ReadBucket(cursor, into);
        if (next != 0) _table.PrefetchRecordsAt(next);
        return next;
    }

    /// <summary>Adds an element that is not there; returns its record.</summary>
    public Record Add(ReadOnlySpan<byte> name, ulong hash, ReadOnlySpan<byte> value, long expireAtMs = -1)
    {
        var element = Create(name, value, expireAtMs);
        Insert(element, hash);
        return element;
    }

    /// <summary>Starts to fetch the bucket of an element.</summary>
    public void Prefetch(ulong hash) => _table.PrefetchBucket(hash);

    /// <summary>An element for <see cref="Insert"/>; until then it is the caller's.</summary>
    public Record Create(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expireAtMs) =>
        _keyspace.Store.CreateString(name, value, ValueEncoding.Raw, expireAtMs, _keyspace.Epoch, 0);

    /// <summary>Adds an element that is not there.</summary>
    public void Insert(Record element, ulong hash)
    {
        _table.Insert(element, hash, element.HasExpiry);
        if (element.HasExpiry) Times.Add(element, element.ExpireAtMs);
    }

    /// <summary>Makes room for elements that are announced to come, once.</summary>
    public void ReserveAnnounced(ref long count) => _table.ReserveAnnounced(ref count);

    private void Remove(RecordTable.Position position, Record element, ulong hash)
    {
        BeforeChange(element);
        if (element.HasExpiry) Times.Remove(element, element.ExpireAtMs);
        _table.Remove(position, hash);
        _keyspace.Store.Free(element);
    }
}
