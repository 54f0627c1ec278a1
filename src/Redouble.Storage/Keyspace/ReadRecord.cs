using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A record as a reader sees it: no setters. Its spans are over storage and die at the next write to the keyspace; copy what has to
/// outlive it. A guarded build checks that at every access (<c>WriteGuard</c>).
/// </summary>
public readonly ref struct ReadRecord
{
#if GUARDED
    private readonly Record _record;
    private readonly WriteGuard? _guard;
    private readonly long _generation;

    internal ReadRecord(Record record) => _record = record;

    internal ReadRecord(Record record, WriteGuard guard)
        : this(record)
    {
        _guard = guard;
        _generation = guard.Generation;
    }

    internal Record Record
    {
        get
        {
            _guard?.Check(_generation);
            return _record;
        }
    }
#else
    internal readonly Record Record;

    internal ReadRecord(Record record) => Record = record;
#endif

    /// <summary>Whether there was no such key: the answer of the look-up, which stays true.</summary>
#if GUARDED
    public bool IsMissing => _record.IsMissing;
#else
    public bool IsMissing => Record.IsMissing;
#endif

    /// <summary>The same record to be kept beside others.</summary>
#if GUARDED
    public RecordHandle Hold() => new(_record, _generation);
#else
    public RecordHandle Hold() => new(Record);
#endif

    /// <summary>Type of the value.</summary>
    public ValueType Type => Record.Type;

    /// <summary>Encoding of the value.</summary>
    public ValueEncoding Encoding => Record.Encoding;

    /// <summary>The key.</summary>
#if GUARDED
    public ReadOnlySpan<byte> Key => Lent(Record.Key);
#else
    public ReadOnlySpan<byte> Key => Record.Key;
#endif

    /// <summary>The bytes of a string value.</summary>
#if GUARDED
    public ReadOnlySpan<byte> Value => Lent(Record.Value);
#else
    public ReadOnlySpan<byte> Value => Record.Value;
#endif

    /// <summary>Whether the value's bytes are all of it: a string, or a packed collection.</summary>
    public bool IsPacked => !Record.IsCollection;

    /// <summary>Bytes of the value.</summary>
    public int ValueLength => Record.ValueLength;

    /// <summary>Whether the value is a block of its own, which a reply may take a reference to.</summary>
    public bool IsBlock => Record.IsBlock;

    /// <summary>The value's block; only when <see cref="IsBlock"/>.</summary>
    public Block Block => Record.Block;

    /// <summary>Whether the key has an expiry.</summary>
    public bool HasExpiry => Record.HasExpiry;

    /// <summary>Unix time in milliseconds at which the key expires, or -1.</summary>
    public long ExpireAtMs => Record.ExpireAtMs;

    /// <summary>24 bits: seconds of last access, or minutes (16) and logarithmic counter (8) under an LFU policy.</summary>
    public int Clock => Record.Clock;

    /// <summary>Bytes the record takes from the heap, its block included.</summary>
    public long MemoryBytes => Record.UsableSize + (Record.IsBlock ? Record.Block.Capacity + Block.HeaderSize : 0);

#if GUARDED
    private ReadOnlySpan<byte> Lent(ReadOnlySpan<byte> bytes) => _guard == null ? bytes : _guard.Lend(bytes);
#endif
}
