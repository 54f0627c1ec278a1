using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Redouble.Core.Hashing;

namespace Redouble.Storage.Structures;

/// <summary>
/// A HyperLogLog as Redis stores it in a string: an estimate of how many different elements it was shown, within 0.81 %, in at most 12 KB. The hash of an
/// element names one of 16,384 registers (its low 14 bits) and a rank: the place of the lowest set bit of the other 50, 1 to 51. A register keeps the
/// highest rank it has seen.
/// <code>
/// byte   0  1  2  3    4          5  6  7    8 … 15                                   16 …
///      | H  Y  L  L | encoding | unused   | count, 64 bits, little-endian           | registers: dense 12,288 bytes, or sparse opcodes
///                     0 dense              bit 63 set: the registers have changed
///                     1 sparse             since, it has to be computed again
/// </code>
/// The bytes may come from a client (SET, RESTORE): nothing here trusts more than <see cref="IsWellFormed"/> and the length of the spans.
/// See Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm" (2007).
/// </summary>
public static class HyperLogLogBytes
{
    /// <summary>Bytes in front of the registers.</summary>
    public const int HeaderSize = 16;

    /// <summary>Registers of every HyperLogLog.</summary>
    public const int RegisterCount = 1 << IndexBits;

    /// <summary>Bytes of one with dense registers.</summary>
    public const int DenseSize = HeaderSize + HyperLogLogDense.Size;

    /// <summary>Bytes of one that has seen nothing.</summary>
    public const int EmptySize = HeaderSize + HyperLogLogSparse.EmptySize;

    /// <summary>Highest rank that a hash can have.</summary>
    public const int RankMax = 64 - IndexBits + 1;

    private const int IndexBits = 14;
    private const uint Seed = 0xADC83B19;
    private const int EncodingAt = 4;
    private const int CountAt = 8;
    private const byte Dense = 0;
    private const byte Sparse = 1;
    private const ulong StaleBit = 1UL << 63;

    /// <summary>Whether this may be a HyperLogLog: header and, for dense registers, length. Sparse ones are only checked by who reads them all.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> value) =>
        value.Length >= HeaderSize && value.StartsWith("HYLL"u8) && (value[EncodingAt] == Sparse || (value[EncodingAt] == Dense && value.Length == DenseSize));

    /// <summary>Whether a well-formed one has dense registers.</summary>
    public static bool IsDense(ReadOnlySpan<byte> value) => value[EncodingAt] == Dense;

    /// <summary>Writes one that has seen nothing, <see cref="EmptySize"/> bytes.</summary>
    public static void WriteEmpty(Span<byte> value)
    {
        WriteHeader(value, Sparse);
        HyperLogLogSparse.WriteEmpty(value[HeaderSize..]);
    }

    /// <summary>The register of an element, and its rank there.</summary>
    public static (int Register, int Rank) Locate(ReadOnlySpan<byte> element)
    {
        var hash = MurmurHash64A.Compute(element, Seed);
        var rest = hash >> IndexBits | 1UL << (64 - IndexBits);
        return ((int)(hash & (RegisterCount - 1)), BitOperations.TrailingZeroCount(rest) + 1);
    }

    /// <summary>The count that was computed last; false when the registers have changed since.</summary>
    public static bool TryGetCount(ReadOnlySpan<byte> value, out long count)
    {
        count = BinaryPrimitives.ReadInt64LittleEndian(value[CountAt..]);
        return count >= 0;
    }

    /// <summary>Keeps a count for <see cref="TryGetCount"/>.</summary>
    public static void SetCount(Span<byte> value, long count) => BinaryPrimitives.WriteInt64LittleEndian(value[CountAt..], count);

    /// <summary>Marks the count as out of date. Its other bits stay.</summary>
    public static void MarkChanged(Span<byte> value)
    {
        var count = BinaryPrimitives.ReadUInt64LittleEndian(value[CountAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(value[CountAt..], count | StaleBit);
    }

    /// <summary>Estimates how many different elements it has seen; false when the sparse registers are corrupt.</summary>
    public static bool TryCount(ReadOnlySpan<byte> value, out long count)
    {
        Span<int> histogram = stackalloc int[CardinalityEstimate.HistogramSize];
        histogram.Clear();
        count = 0;
        if (IsDense(value)) HyperLogLogDense.AddTo(histogram, value[HeaderSize..]);
        else if (!HyperLogLogSparse.TryAddTo(histogram, value[HeaderSize..])) return false;
        count = CardinalityEstimate.Of(histogram);
        return true;
    }

    /// <summary>Estimates the same for registers of one byte each.</summary>
    public static long Count(ReadOnlySpan<byte> registers)
    {
        Span<int> histogram = stackalloc int[CardinalityEstimate.HistogramSize];
        histogram.Clear();
        AddTo(histogram, registers);
        return CardinalityEstimate.Of(histogram);
    }

    /// <summary>Raises registers of one byte each to those of a HyperLogLog; false when its sparse registers are corrupt, and some are raised then.</summary>
    public static bool TryMerge(ReadOnlySpan<byte> value, Span<byte> registers)
    {
        if (!IsDense(value)) return HyperLogLogSparse.TryMerge(value[HeaderSize..], registers);
        HyperLogLogDense.Merge(value[HeaderSize..], registers);
        return true;
    }

    /// <summary>Writes a sparse one as a dense one of <see cref="DenseSize"/> bytes; false when its registers are corrupt.</summary>
    public static bool TryMakeDense(ReadOnlySpan<byte> sparse, Span<byte> dense)
    {
        Span<byte> registers = stackalloc byte[RegisterCount];
        registers.Clear();
        if (!HyperLogLogSparse.TryMerge(sparse[HeaderSize..], registers)) return false;
        sparse[..HeaderSize].CopyTo(dense);
        dense[EncodingAt] = Dense;
        HyperLogLogDense.Write(registers, dense[HeaderSize..]);
        return true;
    }

    private static void AddTo(Span<int> histogram, ReadOnlySpan<byte> registers)
    {
        foreach (var ranks in MemoryMarshal.Cast<byte, ulong>(registers)) CardinalityEstimate.Count(histogram, ranks);
    }

    private static void WriteHeader(Span<byte> value, byte encoding)
    {
        value[..HeaderSize].Clear();
        "HYLL"u8.CopyTo(value);
        value[EncodingAt] = encoding;
    }
}
