using System.Buffers.Binary;
using Redouble.Core.Text;

namespace Redouble.Core.Bits;

/// <summary>
/// An integer of some width at any bit of a byte string, most significant bit first: <c>i1</c> to <c>i64</c>, <c>u1</c> to <c>u63</c>.
/// <code>
/// u5 at bit 6:   byte 0 xxxxxx|43|   byte 1 |210|xxxxx          at most 9 bytes: 64 bits from bit 7 of the first
/// </code>
/// </summary>
/// <param name="IsSigned">Whether it is a two's complement number.</param>
/// <param name="Bits">Its width.</param>
public readonly record struct BitFieldType(bool IsSigned, int Bits)
{
    private const int SignedMax = 64;
    private const int UnsignedMax = 63;

    private ulong Mask => Bits == 64 ? ulong.MaxValue : (1UL << Bits) - 1;

    /// <summary>Reads <c>i16</c>, <c>u8</c> and so on. C's string ends at a NUL byte, and so does this one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out BitFieldType type)
    {
        type = default;
        var end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        if (text.IsEmpty || text[0] is not ((byte)'i' or (byte)'u') || !Integers.TryParse(text[1..], out var bits)) return false;
        var signed = text[0] == 'i';
        if (bits < 1 || bits > (signed ? SignedMax : UnsignedMax)) return false;
        type = new BitFieldType(signed, (int)bits);
        return true;
    }

    /// <summary>The number at a bit; what lies behind the end of the bytes is zero.</summary>
    public long Read(ReadOnlySpan<byte> bytes, long offset)
    {
        Span<byte> window = stackalloc byte[9];
        window.Clear();
        var start = offset >> 3;
        if (start < bytes.Length) bytes[(int)start..(int)Math.Min(bytes.Length, start + window.Length)].CopyTo(window);
        var shift = (int)(offset & 7);
        var word = BinaryPrimitives.ReadUInt64BigEndian(window) << shift | (uint)window[8] >> (8 - shift);
        return IsSigned ? (long)word >> (64 - Bits) : (long)(word >> (64 - Bits));
    }

    /// <summary>Writes the low bits of a number at a bit; all of the field must be inside.</summary>
    public void Write(Span<byte> bytes, long offset, long value)
    {
        var shift = (int)(offset & 7);
        var field = bytes.Slice((int)(offset >> 3), (shift + Bits + 7) / 8);
        var mask = Mask << (64 - Bits);
        var word = (ulong)value << (64 - Bits);
        for (var i = 0; i < field.Length; i++)
        {
            var bits = i < 8 ? (byte)(mask >> shift >> (56 - 8 * i)) : (byte)(mask << (8 - shift));
            var part = i < 8 ? (byte)(word >> shift >> (56 - 8 * i)) : (byte)(word << (8 - shift));
            field[i] = (byte)((field[i] & ~bits) | (part & bits));
        }
    }

    /// <summary>
    /// Adds, and fits the sum into the field. False when it does not fit and <paramref name="overflow"/> is <see cref="BitFieldOverflow.Fail"/>.
    /// </summary>
    /// <param name="value">A number of the field, or any number with an increment of 0.</param>
    /// <param name="increment">What to add.</param>
    /// <param name="overflow">What to do with a sum that does not fit.</param>
    /// <param name="sum">What to write.</param>
    public bool TryAdd(long value, long increment, BitFieldOverflow overflow, out long sum)
    {
        sum = unchecked(value + increment);
        var beyond = IsSigned ? SignedOverflow(value, increment) : UnsignedOverflow((ulong)value, increment);
        if (beyond == 0) return true;
        if (overflow == BitFieldOverflow.Fail) return false;
        if (overflow == BitFieldOverflow.Saturate) sum = IsSigned ? beyond > 0 ? (long)(Mask >> 1) : ~(long)(Mask >> 1) : beyond > 0 ? (long)Mask : 0;
        else sum = IsSigned ? sum << (64 - Bits) >> (64 - Bits) : (long)((ulong)sum & Mask);
        return true;
    }

    // The order of Redis' tests, with arithmetic that wraps: a number far below the range of a narrow field counts as above it, and saturates there.
    private int SignedOverflow(long value, long increment)
    {
        var max = (long)(Mask >> 1);
        var min = ~max;
        var room = unchecked(max - value);
        var roomBelow = unchecked(min - value);
        if (value > max || (Bits < 64 && increment > room) || (value >= 0 && increment > 0 && increment > room)) return 1;
        return value < min || (Bits < 64 && increment < roomBelow) || (value < 0 && increment < 0 && increment < roomBelow) ? -1 : 0;
    }

    private int UnsignedOverflow(ulong value, long increment)
    {
        var room = unchecked((long)(Mask - value));
        var roomBelow = unchecked(-(long)value);
        if (value > Mask || (increment > 0 && increment > room)) return 1;
        return increment < 0 && increment < roomBelow ? -1 : 0;
    }
}
