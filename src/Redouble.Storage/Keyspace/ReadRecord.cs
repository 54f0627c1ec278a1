using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A record as a reader sees it: no setters. Its spans are over storage and die at the next write to the keyspace; copy what has to
/// outlive it.
/// </summary>
public readonly ref struct ReadRecord
{
    internal readonly Record Record;

    internal ReadRecord(Record record) => Record = record;

    /// <summary>Whether there is no such key.</summary>
    public bool IsMissing => Record.IsMissing;

    /// <summary>Type of the value.</summary>
    public ValueType Type => Record.Type;

    /// <summary>Encoding of the value.</summary>
    public ValueEncoding Encoding => Record.Encoding;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => Record.Key;

    /// <summary>The bytes of a string value.</summary>
    public ReadOnlySpan<byte> Value => Record.Value;

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
    public long MemoryBytes => NativeHeap.RoundedSize(Record.Size) + (Record.IsBlock ? Record.Block.Capacity + Block.HeaderSize : 0);
}
