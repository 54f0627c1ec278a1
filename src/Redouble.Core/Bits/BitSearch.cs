using System.Numerics;

namespace Redouble.Core.Bits;

/// <summary>Finds bits in byte strings. Bit 0 is the most significant bit of the first byte.</summary>
public static class BitSearch
{
    /// <summary>
    /// The first bit of that value from bit <paramref name="first"/> to bit <paramref name="last"/>, both included and inside; -1 when there is none.
    /// </summary>
    public static long IndexOf(ReadOnlySpan<byte> bytes, bool value, long first, long last)
    {
        if (first > last) return -1;
        int firstByte = (int)(first >> 3), lastByte = (int)(last >> 3);
        var firstMask = 0xFF >> (int)(first & 7);
        var lastMask = ~(0x7F >> (int)(last & 7)) & 0xFF;
        if (firstByte == lastByte) return InByte(bytes[firstByte], value, firstMask & lastMask, firstByte);

        var found = InByte(bytes[firstByte], value, firstMask, firstByte);
        if (found >= 0) return found;

        // The runtime compares a vector of bytes at a time.
        var between = bytes[(firstByte + 1)..lastByte];
        var at = between.IndexOfAnyExcept(value ? (byte)0 : (byte)0xFF);
        return at >= 0 ? InByte(between[at], value, 0xFF, firstByte + 1 + at) : InByte(bytes[lastByte], value, lastMask, lastByte);
    }

    private static long InByte(byte bits, bool value, int mask, int index)
    {
        var wanted = (value ? bits : ~bits) & mask;
        return wanted == 0 ? -1 : (long)index * 8 + BitOperations.LeadingZeroCount((uint)wanted) - 24;
    }
}
