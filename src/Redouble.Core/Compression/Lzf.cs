using System.Runtime.Intrinsics;

namespace Redouble.Core.Compression;

/// <summary>
/// Decompression of LZF, the format of compressed strings in RDB files (liblzf's). The stream is a sequence of two kinds of element:
/// <code>
/// 000nnnnn b…             a run of n + 1 literal bytes (1 to 32)
/// lllooooo [n] oooooooo   copy l + 2 bytes (l = 1 to 6; l = 7: 9 + n bytes) from o + 1 bytes back (1 to 8192)
/// </code>
/// A copy may reach into what it writes itself, which repeats a pattern. The stream holds no length: the caller knows it.
/// Three bytes can stand for at most 264, so an announced length above <see cref="LengthMax"/> is a lie that needs no memory to detect.
/// </summary>
public static class Lzf
{
    /// <summary>Longest run of literals, bytes.</summary>
    public const int LiteralsMax = 32;

    /// <summary>Longest copy, bytes.</summary>
    public const int CopyMax = 264;

    /// <summary>Furthest a copy reaches back, bytes.</summary>
    public const int DistanceMax = 8192;

    /// <summary>The most bytes that <paramref name="compressedLength"/> bytes of LZF can stand for.</summary>
    public static long LengthMax(long compressedLength) => compressedLength >= long.MaxValue / 88 ? long.MaxValue : compressedLength * 88;

    /// <summary>
    /// Decompresses all of <paramref name="source"/> into exactly all of <paramref name="destination"/>; false when the stream is broken,
    /// reaches before its start, or is of another length.
    /// </summary>
    public static bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var (read, written) = ReadFast(source, destination);
        source = source[read..];
        while (TryReadElement(source, destination, ref written, out var consumed) == LzfElement.Read) source = source[consumed..];
        return source.IsEmpty && written == destination.Length;
    }

    // Elements far from both ends, a vector at a time: what is copied beyond an element is overwritten by the next one. Stops at the first that is not
    // so simple.
    private static (int Read, int Written) ReadFast(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        const int margin = CopyMax + 16;
        var (read, written) = (0, 0);
        while (source.Length - read > LiteralsMax && destination.Length - written >= margin)
        {
            int control = source[read];
            if (control < LiteralsMax)
            {
                Vector256.Create(source.Slice(read + 1, LiteralsMax)).CopyTo(destination[written..]);
                read += 2 + control;
                written += control + 1;
                continue;
            }

            var length = (control >> 5) + 2;
            var isLong = length == 9;
            if (isLong) length += source[read + 1];
            var size = isLong ? 3 : 2;
            var distance = (((control & 0x1f) << 8) | source[read + size - 1]) + 1;
            if (distance > written) break;
            if (distance >= Vector128<byte>.Count)
            {
                var target = destination.Slice(written - distance, distance + length + Vector128<byte>.Count);
                for (var i = 0; i < length; i += Vector128<byte>.Count)
                    Vector128.Create(target.Slice(i, Vector128<byte>.Count)).CopyTo(target[(i + distance)..]);
            }
            else
            {
                Copy(destination, written, distance, length);
            }

            read += size;
            written += length;
        }

        return (read, written);
    }

    /// <summary>
    /// Decompresses the first element of <paramref name="source"/> behind the <paramref name="written"/> bytes of <paramref name="window"/>.
    /// </summary>
    /// <param name="consumed">Bytes of the element; when it is cut off, the bytes needed to get further.</param>
    internal static LzfElement TryReadElement(ReadOnlySpan<byte> source, Span<byte> window, ref int written, out int consumed)
    {
        consumed = 1;
        if (source.IsEmpty) return LzfElement.Cut;
        int control = source[0];
        if (control < LiteralsMax)
        {
            var count = control + 1;
            consumed = 1 + count;
            if (source.Length < consumed) return LzfElement.Cut;
            if (window.Length - written < count) return LzfElement.Broken;
            source.Slice(1, count).CopyTo(window[written..]);
            written += count;
            return LzfElement.Read;
        }

        var length = (control >> 5) + 2;
        consumed = length == 9 ? 3 : 2;
        if (source.Length < consumed) return LzfElement.Cut;
        if (length == 9) length += source[1];
        var distance = (((control & 0x1f) << 8) | source[consumed - 1]) + 1;
        if (distance > written || window.Length - written < length) return LzfElement.Broken;
        Copy(window, written, distance, length);
        written += length;
        return LzfElement.Read;
    }

    private static void Copy(Span<byte> window, int at, int distance, int length)
    {
        if (distance >= length)
        {
            window.Slice(at - distance, length).CopyTo(window[at..]);
        }
        else if (distance == 1)
        {
            window.Slice(at, length).Fill(window[at - 1]);
        }
        else
        {
            // The copy overlaps itself: what was copied first is copied again.
            var target = window.Slice(at - distance, distance + length);
            for (var i = distance; i < target.Length; i++) target[i] = target[i - distance];
        }
    }
}

/// <summary>What the bytes at hand said about one element of an LZF stream.</summary>
internal enum LzfElement
{
    /// <summary>The element was written to the window.</summary>
    Read,

    /// <summary>More bytes are needed.</summary>
    Cut,

    /// <summary>It reaches before the start, or past the end of the window.</summary>
    Broken,
}
