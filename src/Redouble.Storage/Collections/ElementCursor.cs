using Redouble.Core.Platform;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>An element of a large hash, set or sorted set. It dies at the next write.</summary>
public readonly ref struct ElementView
{
    private readonly Record _element;

    internal ElementView(Record element) => _element = element;

    /// <summary>A number that no other element of the value has.</summary>
    public nint Identity => _element.Place;

    /// <summary>Field or member.</summary>
    public PackedValue Name => new(_element.Key);

    /// <summary>The hash's value.</summary>
    public PackedValue Value => new(_element.Value);

    /// <summary>The sorted set's score.</summary>
    public double Score => SortedTable.ScoreOf(_element);
}

/// <summary>
/// Goes through the elements of a hash, set or sorted set, packed or not. Nothing may be written to the keyspace meanwhile. Dispose of it.
/// <code>
/// using var cursor = new ElementCursor(keyspace, record);
/// while (cursor.MoveNext()) … cursor.Name … cursor.Value
/// </code>
/// In packed values an element is one entry (set), a pair (hash: field, value; sorted set: member, score as text) or three entries (hash with times).
/// In tables the value of a sorted set's element is its score as 8 bytes.
/// </summary>
public ref struct ElementCursor
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly bool _isIntset;
    private readonly bool _isPairs;
    private readonly int _entriesPerElement;
    private readonly ElementTable _table;
    private readonly RecordBuffer? _bucket;
    private int _at; // listpack: offset of the name; intset: index; table: index in the bucket
    private ulong _next;
    private bool _lastBucket;

    /// <param name="keyspace">The keyspace.</param>
    /// <param name="record">A record of a hash, set or sorted set.</param>
    public ElementCursor(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        _at = -1;
        if (record.Record.IsCollection)
        {
            _table = new ElementTable(keyspace, record.Record.Collection);
            _bucket = keyspace.RentBuffer();
            return;
        }

        _packed = record.Value;
        _isIntset = record.Encoding == ValueEncoding.Intset;
        _isPairs = IsPairs(record.Type, record.Encoding);
        _entriesPerElement = record.Encoding == ValueEncoding.ListpackEx ? TimedListpack.EntriesPerField : 1;
    }

    internal ElementCursor(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _at = -1;
        _table = new ElementTable(keyspace, collection);
        _bucket = keyspace.RentBuffer();
    }

    internal ElementCursor(Keyspace.Keyspace keyspace, ReadOnlySpan<byte> packed, ValueEncoding encoding, ValueType type)
    {
        _keyspace = keyspace;
        _at = -1;
        _packed = packed;
        _isIntset = encoding == ValueEncoding.Intset;
        _isPairs = IsPairs(type, encoding);
        _entriesPerElement = encoding == ValueEncoding.ListpackEx ? TimedListpack.EntriesPerField : 1;
    }

    /// <summary>Elements in all.</summary>
    public readonly long Count => _bucket != null ? _table.Count : _isIntset ? Intset.Count(_packed)
        : _isPairs ? PackedPairs.Count(_packed) : Listpack.Count(_packed) / _entriesPerElement;

    /// <summary>Field or member.</summary>
    public readonly PackedValue Name =>
        _bucket != null ? new PackedValue(_bucket[_at].Key) : _isIntset ? new PackedValue(Intset.Get(_packed, _at)) : Listpack.Get(_packed, _at);

    /// <summary>The hash's value; the sorted set's score as text while packed.</summary>
    public readonly PackedValue Value =>
        _bucket != null ? new PackedValue(_bucket[_at].Value)
        : Listpack.Get(_packed, _isPairs ? PackedPairs.After(_packed, _at) : Listpack.Next(_packed, _at));

    /// <summary>The score of a sorted set's element.</summary>
    public readonly double Score => _bucket != null ? SortedTable.ScoreOf(_bucket[_at]) : SortedTable.ScoreOf(Value);

    /// <summary>Unix time in milliseconds at which a field expires, or -1.</summary>
    public readonly long ExpireAtMs => _bucket != null ? _bucket[_at].ExpireAtMs
        : _entriesPerElement == TimedListpack.EntriesPerField ? TimedListpack.ExpireAtMs(_packed, _at) : -1;

    internal readonly Record Record => _bucket == null ? default : _bucket[_at];

    /// <summary>An element of a large value chosen at random, wherever the cursor is.</summary>
    public readonly ElementView Random(IRandomSource random) => new(_table.Random(random));

    /// <summary>Goes to the next element; false behind the last.</summary>
    public bool MoveNext() => _bucket != null ? MoveInTable() : _isIntset ? ++_at < Intset.Count(_packed) : MoveInListpack();

    /// <summary>
    /// Goes to the bucket of a large value at a scan cursor, in front of its first element; returns the cursor of the next one, 0 at the end. As
    /// with the cursor of SCAN: its upper 48 bits are those of the hash, and an element that stays throughout is met exactly once.
    /// </summary>
    public ulong EnterBucket(ulong cursor)
    {
        const int unusedBits = 16;
        _next = cursor << unusedBits;
        _at = -1;
        return _table.ReadBucket(_next, _bucket!) >> unusedBits;
    }

    /// <summary>Goes to the next element of the bucket; false behind the last.</summary>
    public bool MoveInBucket()
    {
        // A table that shrank since the cursor was given out has coarser buckets: skip what the cursor has passed.
        while (++_at < _bucket!.Count)
        {
            if (_next == 0 || _keyspace.Hash(_bucket[_at].Key) >= _next) return true;
        }

        return false;
    }

    /// <summary>Gives back what it used.</summary>
    public readonly void Dispose()
    {
        if (_bucket != null) _keyspace.ReturnBuffer(_bucket);
    }

    private static bool IsPairs(ValueType type, ValueEncoding encoding) => encoding == ValueEncoding.Listpack && type != ValueType.Set;

    private bool MoveInListpack()
    {
        if (_isPairs)
        {
            _at = _at < 0 ? PackedPairs.First(_packed) : PackedPairs.Next(_packed, _at);
            return _at >= 0;
        }

        if (_at < 0)
        {
            _at = Listpack.First(_packed);
            return _at >= 0;
        }

        for (var i = 0; i < _entriesPerElement && _at >= 0; i++) _at = Listpack.Next(_packed, _at);
        return _at >= 0;
    }

    private bool MoveInTable()
    {
        while (++_at >= _bucket!.Count)
        {
            if (_lastBucket) return false;
            _next = _table.ReadBucket(_next, _bucket);
            _lastBucket = _next == 0;
            _at = -1;
        }

        return true;
    }
}
