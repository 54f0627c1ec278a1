using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A record that may be changed: the snapshot has its old state, watchers know. Only the keyspace hands it out. It is valid until the
/// next call on the keyspace other than its own; a guarded build checks that.
/// </summary>
public ref struct WriteRecord
{
    private readonly Keyspace _keyspace;
    private readonly KeyTable _table;
    private readonly ulong _hash;
#if GUARDED
    private Record _unchecked;
    private long _generation;
#else
    private Record Record;
#endif

    internal WriteRecord(Keyspace keyspace, KeyTable table, Record record, ulong hash)
    {
        _keyspace = keyspace;
        _table = table;
        _hash = hash;
        Record = record;
    }

#if GUARDED
    private Record Record
    {
        readonly get
        {
            _keyspace?.Guard.Check(_generation);
            return _unchecked;
        }

        set
        {
            _unchecked = value;
            _generation = _keyspace.Guard.Generation;
        }
    }
#endif

    /// <summary>Whether there is no such key.</summary>
    public readonly bool IsMissing => Record.IsMissing;

    /// <summary>Type of the value.</summary>
    public readonly ValueType Type => Record.Type;

    /// <summary>Encoding of the value.</summary>
    public readonly ValueEncoding Encoding
    {
        get => Record.Encoding;
        set
        {
            var record = Record;
            record.Encoding = value;
        }
    }

    /// <summary>The packed bytes of the value, or of a string.</summary>
    public readonly ReadOnlySpan<byte> Value => Record.Value;

    /// <summary>Bytes of <see cref="Value"/>.</summary>
    internal readonly int Length => Record.ValueLength;

    /// <summary>Whether the value is not packed.</summary>
    internal readonly bool IsCollection => Record.IsCollection;

    internal readonly Collection Collection => Record.Collection;

    internal readonly Keyspace Keyspace => _keyspace;

    /// <summary>
    /// Makes the value <paramref name="length"/> bytes long and returns it to be written; the first bytes keep their content, further ones are undefined.
    /// What a reply or a snapshot still reads is left to them here, at the cost of one copy: <see cref="OpenRange"/> is for parts of large strings.
    /// </summary>
    /// <param name="length">New length in bytes.</param>
    /// <param name="mayGrowMore">Leaves room for appends when the value has to move.</param>
    public Span<byte> Resize(int length, bool mayGrowMore = false)
    {
        Record = _keyspace.ResizeValue(_table, Record, _hash, length, mayGrowMore);
        return Record.Value;
    }

    /// <summary>
    /// A part of a string, to be written. The string grows up to its end where it has to; bytes that are new are zero. Beside <see cref="Resize"/> the only way
    /// to the bytes: it has the snapshot save the range first, and nothing outside it can be written.
    /// </summary>
    /// <param name="offset">First byte.</param>
    /// <param name="count">Bytes; with 0 the string only grows.</param>
    /// <param name="mayGrowMore">Leaves room for appends when the value has to move.</param>
    public Span<byte> OpenRange(int offset, int count, bool mayGrowMore = false)
    {
        Record = _keyspace.OpenRange(_table, Record, _hash, offset, count, mayGrowMore);
        return Record.Value.Slice(offset, count);
    }

    /// <summary>Whether it is a hash with fields that expire, and nobody is changing them.</summary>
    internal readonly bool HasFieldTimes => Record.IsIndexed;

    /// <summary>Fields that expire are about to change; <see cref="EndFieldTimes"/> follows.</summary>
    internal readonly void BeginFieldTimes() => _table.Unindex(Record);

    /// <summary>They have changed.</summary>
    internal readonly void EndFieldTimes() => _table.Index(Record);

    /// <summary>Elements of a large value are about to change.</summary>
    internal Collection OpenCollection()
    {
        var record = Record;
        _keyspace.OnWrite();
        Record = record;
        return record.Collection;
    }

    /// <summary>Puts a large value in the place of the packed one, or of another large one.</summary>
    internal void SetCollection(Collection collection, ValueEncoding encoding) =>
        Record = _keyspace.ReplaceValue(_table, Record, _hash, collection, encoding);

    /// <summary>Puts packed bytes in the place of a large value.</summary>
    internal void SetPacked(ReadOnlySpan<byte> packed, ValueEncoding encoding) =>
        Record = _keyspace.ReplaceValue(_table, Record, _hash, packed, encoding);
}
