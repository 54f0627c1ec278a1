using System.Buffers.Binary;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// Goes through the elements of a hash, set or sorted set, packed or not. Nothing may be written to the keyspace meanwhile. Dispose of it.
/// <code>
/// using var cursor = new ElementCursor(keyspace, record);
/// while (cursor.MoveNext()) … cursor.Name … cursor.Value
/// </code>
/// In packed values an element is one entry (set) or two (hash: field, value; sorted set: member, score as text). In tables the value of a
/// sorted set's element is its score as 8 bytes.
/// </summary>
public ref struct ElementCursor
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly bool _isIntset;
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
        _entriesPerElement = record.Type == ValueType.Set ? 1 : 2;
    }

    /// <summary>Elements in all.</summary>
    public readonly long Count => _bucket != null ? _table.Count : _isIntset ? Intset.Count(_packed) : Listpack.Count(_packed) / _entriesPerElement;

    /// <summary>Field or member.</summary>
    public readonly PackedValue Name =>
        _bucket != null ? new PackedValue(_bucket[_at].Key) : _isIntset ? new PackedValue(Intset.Get(_packed, _at)) : Listpack.Get(_packed, _at);

    /// <summary>The hash's value; the sorted set's score as text while packed.</summary>
    public readonly PackedValue Value =>
        _bucket != null ? new PackedValue(_bucket[_at].Value) : Listpack.Get(_packed, Listpack.Next(_packed, _at));

    /// <summary>The score of a sorted set's element.</summary>
    public readonly double Score
    {
        get
        {
            if (_bucket != null) return BinaryPrimitives.ReadDoubleLittleEndian(_bucket[_at].Value);
            var text = Value;
            if (text.IsInteger) return text.Integer;
            return Doubles.TryParse(text.Bytes, out var score) ? score : throw new InvalidDataException("A sorted set holds a score that is no number.");
        }
    }

    /// <summary>Unix time in milliseconds at which a field expires, or -1.</summary>
    public readonly long ExpireAtMs => _bucket != null ? _bucket[_at].ExpireAtMs : -1;

    internal readonly Record Record => _bucket == null ? default : _bucket[_at];

    /// <summary>Goes to the next element; false behind the last.</summary>
    public bool MoveNext() => _bucket != null ? MoveInTable() : _isIntset ? ++_at < Intset.Count(_packed) : MoveInListpack();

    /// <summary>Gives back what it used.</summary>
    public readonly void Dispose()
    {
        if (_bucket != null) _keyspace.ReturnBuffer(_bucket);
    }

    private bool MoveInListpack()
    {
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
