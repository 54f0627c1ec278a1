using System.Buffers.Binary;

namespace Redouble.Core.Compression;

/// <summary>
/// Compresses strings into the format of <see cref="Lzf"/>. One instance per helper thread: it owns a hash table of 32 KB (which fits the
/// first-level cache) from three bytes to the place where they were seen last, and reuses it without clearing: places are numbered on
/// from value to value, so one from an earlier value is below the present value's first and counts as none. The output depends on the
/// input alone.
/// </summary>
public sealed class LzfCompressor
{
    private const int HashBits = 13;

    // Places restart, and the table is cleared, before they could wrap.
    internal const int PlacesMax = int.MaxValue / 2;

    private readonly int[] _places = new int[1 << HashBits];
    private int _base;

    public LzfCompressor()
        : this(1)
    {
    }

    // Tests begin near the wrap.
    internal LzfCompressor(int firstPlace) => _base = firstPlace;

    /// <summary>
    /// Compresses <paramref name="source"/> into <paramref name="destination"/> and returns the number of bytes written, or 0 when the
    /// result does not fit. Give a destination shorter than the source by what compression must save at least.
    /// </summary>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length < 4 || destination.Length < 4 || source.Length > PlacesMax) return 0;
        if (_base > PlacesMax - source.Length)
        {
            Array.Clear(_places);
            _base = 1;
        }

        var written = Run(source, destination, _places, _base);
        _base += source.Length;
        return written;
    }

    private static int Run(ReadOnlySpan<byte> source, Span<byte> destination, int[] places, int first)
    {
        var at = 0;
        var literals = 0; // bytes in front of `at` that are not written yet
        var written = 0;
        var last = source.Length - 4; // a hash reads four bytes
        while (at <= last)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]) & 0xffffff;
            ref var place = ref places[(word * 0x9e3779b1u) >> (32 - HashBits)];
            var candidate = place - first;
            place = first + at;
            var distance = at - candidate;
            if (candidate < 0 || distance > Lzf.DistanceMax
                || (BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) & 0xffffff) != word)
            {
                at++;
                literals++;
                continue;
            }

            var limit = Math.Min(source.Length - at, Lzf.CopyMax);
            var length = 3 + source.Slice(at + 3, limit - 3).CommonPrefixLength(source.Slice(candidate + 3, limit - 3));
            if (!WriteLiterals(source.Slice(at - literals, literals), destination, ref written)) return 0;
            literals = 0;
            if (!WriteCopy(distance, length, destination, ref written)) return 0;
            at += length;

            // The end of a copy is a likely start of the next one: remember the two places before it.
            for (var i = Math.Max(0, at - 2); i < at && i <= last; i++)
            {
                word = BinaryPrimitives.ReadUInt32LittleEndian(source[i..]) & 0xffffff;
                places[(word * 0x9e3779b1u) >> (32 - HashBits)] = first + i;
            }
        }

        literals += source.Length - at;
        return WriteLiterals(source[^literals..], destination, ref written) ? written : 0;
    }

    private static bool WriteLiterals(ReadOnlySpan<byte> literals, Span<byte> destination, ref int written)
    {
        while (!literals.IsEmpty)
        {
            var count = Math.Min(literals.Length, Lzf.LiteralsMax);
            if (destination.Length - written < count + 1) return false;
            destination[written] = (byte)(count - 1);
            literals[..count].CopyTo(destination[(written + 1)..]);
            written += count + 1;
            literals = literals[count..];
        }

        return true;
    }

    private static bool WriteCopy(int distance, int length, Span<byte> destination, ref int written)
    {
        var code = length - 2;
        var size = code >= 7 ? 3 : 2;
        if (destination.Length - written < size) return false;
        destination[written++] = (byte)((Math.Min(code, 7) << 5) | ((distance - 1) >> 8));
        if (size == 3) destination[written++] = (byte)(code - 7);
        destination[written++] = (byte)(distance - 1);
        return true;
    }
}
