using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Redouble.Core.Compression;

/// <summary>
/// Compresses strings into the format of <see cref="Lzf"/>. One instance per helper thread: it owns a hash table of 32 KB (which fits the
/// first-level cache) from four bytes to the place where they were seen last, and reuses it without clearing: places are numbered on
/// from value to value, so one from an earlier value is below the present value's first and counts as none. The output depends on the
/// input alone.
/// <para>
/// Two things make it fast where there is little to save. Copies are of four bytes at least: one of three, which the format has, saves nothing where it
/// interrupts a run of literals, and random hexadecimal digits are full of them. And the longer it has found nothing, the larger its steps, so that what
/// does not compress is passed at several GB/s; a copy that is found late is made longer to its front. Text becomes 1 to 2 % longer by that, digits and
/// the like are not compressed at all, JSON is as before.
/// </para>
/// </summary>
public sealed class LzfCompressor
{
    private const int HashBits = 13;

    /// <summary>Shortest copy, bytes.</summary>
    private const int CopyMin = sizeof(uint);

    /// <summary>After so many literals in a row (a power of two) the step is one byte longer, and again after as many.</summary>
    private const int LiteralsPerStepLog2 = 5;

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
        if (source.Length < CopyMin || destination.Length < CopyMin || source.Length > PlacesMax) return 0;
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
        var literals = 0; // where the bytes begin that are not written yet
        var written = 0;
        var last = source.Length - sizeof(uint);
        while (at <= last)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            ref var place = ref places[PlaceOf(word)];
            var candidate = place - first;
            place = first + at;
            // None, or one that lies ahead: the copy before this was found late, made longer to its front, and cut off at its end.
            if ((uint)candidate >= (uint)at || at - candidate > Lzf.DistanceMax || BinaryPrimitives.ReadUInt32LittleEndian(source[candidate..]) != word)
            {
                at += 1 + ((at - literals) >> LiteralsPerStepLog2);
                continue;
            }

            var limit = Math.Min(source.Length - at, Lzf.CopyMax);
            var length = CopyMin + source.Slice(at + CopyMin, limit - CopyMin).CommonPrefixLength(source.Slice(candidate + CopyMin, limit - CopyMin));
            while (at > literals && candidate > 0 && source[at - 1] == source[candidate - 1])
            {
                at--;
                candidate--;
                length = Math.Min(length + 1, Lzf.CopyMax); // what is cut off its end is for the next copy
            }

            if (!WriteLiterals(source, literals, at - literals, destination, ref written)) return 0;
            if (!WriteCopy(at - candidate, length, destination, ref written)) return 0;
            at += length;
            literals = at;

            // The end of a copy is a likely start of the next one: remember the two places before it.
            for (var i = at - 2; i < at && i <= last; i++) places[PlaceOf(BinaryPrimitives.ReadUInt32LittleEndian(source[i..]))] = first + i;
        }

        return WriteLiterals(source, literals, source.Length - literals, destination, ref written) ? written : 0;
    }

    private static uint PlaceOf(uint word) => (word * 0x9e3779b1u) >> (32 - HashBits);

    private static bool WriteLiterals(ReadOnlySpan<byte> source, int from, int count, Span<byte> destination, ref int written)
    {
        while (count > 0)
        {
            var run = Math.Min(count, Lzf.LiteralsMax);
            if (destination.Length - written < run + 1) return false;
            destination[written++] = (byte)(run - 1);
            if (source.Length - from >= Lzf.LiteralsMax && destination.Length - written >= Lzf.LiteralsMax)
                Vector256.Create(source.Slice(from, Lzf.LiteralsMax)).CopyTo(destination[written..]); // what is too much is overwritten
            else
                source.Slice(from, run).CopyTo(destination[written..]);
            written += run;
            from += run;
            count -= run;
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
