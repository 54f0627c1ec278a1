using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Redouble.Core.Text;

/// <summary>
/// Decimal integers as Redis reads and writes them. They are on the path of every command (lengths, INCR, integer replies), so nothing
/// here allocates and the common one-to-eight-digit case takes no overflow test per digit.
/// <code>
/// reader                what it accepts                                       used for
/// TryParse              -?[1-9][0-9]*, or 0; all of Int64                     values, INCR, integer arguments, listpack and intset members
/// TryParseUnsigned      the same without a sign; all of UInt64                lengths and ids that Redouble writes itself
/// TryParseStreamPart    TryParse and not negative, else C's strtoull          the two halves of a stream id
/// TryParseScanCursor    C's strtoull, no leading space, may be empty          SCAN family
/// </code>
/// C's strtoull, base 10: white space, one optional sign, digits with leading zeros; a minus negates modulo 2^64; more than 64 bits is an
/// error. A NUL byte ends the text there.
/// </summary>
public static class Integers
{
    /// <summary>Most bytes that <see cref="Format(long, Span{byte})"/> writes: a sign and 19 digits.</summary>
    public const int MaxLength = 20;

    private const ulong NegativeLimit = 1UL << 63;

    /// <summary>Digits up to which a plain loop is used; above, eight are read at a time.</summary>
    private const int ShortLength = 8;

    /// <summary>"00" to "99", so that two digits cost one division.</summary>
    private static ReadOnlySpan<byte> DigitPairs =>
        "0001020304050607080910111213141516171819"u8 +
        "2021222324252627282930313233343536373839"u8 +
        "4041424344454647484950515253545556575859"u8 +
        "6061626364656667686970717273747576777879"u8 +
        "8081828384858687888990919293949596979899"u8;

    /// <summary>Powers[n] is the smallest number of n + 1 digits, and 0 for n = 0.</summary>
    private static ReadOnlySpan<ulong> Powers =>
    [
        0, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ];

    /// <summary>
    /// Reads a whole number in the one form in which Redis writes it: no plus sign, no leading zero, no space, no "-0", 1 to 20 bytes, within Int64.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.IsEmpty)
        {
            return false;
        }

        // The common case: a positive number that cannot overflow. One-digit numbers may be 0, longer ones may not begin with it.
        long result = text[0] - '0';
        if ((ulong)result > 9 || (result == 0 && text.Length > 1) || text.Length > ShortLength)
        {
            return TryParseLong(text, out value);
        }

        for (int i = 1; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9)
            {
                return false;
            }

            result = (result * 10) + digit;
        }

        value = result;
        return true;
    }

    /// <summary>Reads a whole number without a sign in its one canonical form, within UInt64: <see cref="TryParse"/>'s strictness.</summary>
    public static bool TryParseUnsigned(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        return (text.Length == 1 && text[0] == '0') || TryParseNonZero(text, out value);
    }

    /// <summary>
    /// Reads one half of a stream id (XADD, XREAD, XRANGE …): a canonical negative number is refused, anything else is read as C's
    /// strtoull does: "+1", "01" and " 1" are good, and so is "-01", which wraps to 2^64 − 1.
    /// </summary>
    public static bool TryParseStreamPart(ReadOnlySpan<byte> text, out ulong value)
    {
        if (TryParse(text, out long signed))
        {
            value = signed < 0 ? 0 : (ulong)signed;
            return signed >= 0;
        }

        text = UpToNul(text);
        return ReadLikeC(text, out value, out int used) && used > 0 && used == text.Length;
    }

    /// <summary>
    /// Reads the cursor of SCAN, HSCAN, SSCAN and ZSCAN. An empty cursor is 0, "-1" is 2^64 − 1; a leading white space, anything after
    /// the digits, and more than 64 bits are errors.
    /// </summary>
    public static bool TryParseScanCursor(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        text = UpToNul(text);
        return text.IsEmpty || (!IsWhiteSpace(text[0]) && ReadLikeC(text, out value, out int used) && used == text.Length);
    }

    /// <summary>Writes a number and returns its length, at most <see cref="MaxLength"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is too short.</exception>
    public static int Format(long value, Span<byte> destination)
    {
        if (value >= 0)
        {
            return Format((ulong)value, destination);
        }

        destination[0] = (byte)'-';
        return 1 + Format(0 - (ulong)value, destination[1..]);
    }

    /// <summary>Writes a number and returns its length, at most <see cref="MaxLength"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is too short.</exception>
    public static int Format(ulong value, Span<byte> destination)
    {
        if (value < 10)
        {
            destination[0] = (byte)('0' + value);
            return 1;
        }

        int length = CountDigits(value);
        Span<byte> digits = destination[..length];
        int end = length;
        while (value >= 100)
        {
            ulong rest = value / 100;
            CopyPair((int)(value - (rest * 100)), digits, end -= 2);
            value = rest;
        }

        if (value >= 10)
        {
            CopyPair((int)value, digits, end - 2);
        }
        else
        {
            digits[0] = (byte)('0' + value);
        }

        return length;
    }

    /// <summary>Bytes that <see cref="Format(long, Span{byte})"/> writes, the sign included.</summary>
    public static int CountDigits(long value) => value >= 0 ? CountDigits((ulong)value) : 1 + CountDigits(0 - (ulong)value);

    /// <summary>Decimal digits of a number, 1 to 20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a dozen instructions, inside every integer reply
    public static int CountDigits(ulong value)
    {
        // log10(2) is about 1233/4096: an estimate of floor(log10(value)) that is right or one too high.
        int estimate = ((BitOperations.Log2(value | 1) + 1) * 1233) >> 12;
        return estimate + (value >= Powers[estimate] ? 1 : 0);
    }

    /// <summary>White space of C's isspace in the C locale: space, \t, \n, \v, \f, \r.</summary>
    public static bool IsWhiteSpace(byte value) => value == ' ' || (uint)(value - '\t') <= '\r' - '\t';

    // Negative, or more than a few digits, or wrong.
    private static bool TryParseLong(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        bool negative = text[0] == '-';
        if (!TryParseNonZero(negative ? text[1..] : text, out ulong magnitude) ||
            (magnitude >= NegativeLimit && !(negative && magnitude == NegativeLimit)))
        {
            return false;
        }

        value = negative ? (long)(0 - magnitude) : (long)magnitude;
        return true;
    }

    // One to twenty digits, the first of them not 0.
    private static bool TryParseNonZero(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 20 || text[0] == '0')
        {
            return false;
        }

        ulong result = 0;
        int safe = Math.Min(text.Length, 19); // 19 digits fit in 64 bits whatever they are
        int i = 0;
        while (safe - i >= 8)
        {
            if (!TryParseEight(BinaryPrimitives.ReadUInt64LittleEndian(text[i..]), out uint eight))
            {
                return false;
            }

            result = (result * 100_000_000) + eight;
            i += 8;
        }

        for (; i < safe; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9)
            {
                return false;
            }

            result = (result * 10) + digit;
        }

        return text.Length <= 19 ? Accept(result, out value) : TryAppendDigit(result, text[19], out value);
    }

    private static bool Accept(ulong result, out ulong value)
    {
        value = result;
        return true;
    }

    private static bool TryAppendDigit(ulong result, byte last, out ulong value)
    {
        uint digit = (uint)last - '0';
        value = (result * 10) + digit;
        return digit <= 9 && (result < ulong.MaxValue / 10 || (result == ulong.MaxValue / 10 && digit <= ulong.MaxValue % 10));
    }

    // Eight digits in one word, the first in the lowest byte: neighbours are joined to two-digit, then four-digit, then eight-digit numbers.
    private static bool TryParseEight(ulong word, out uint value)
    {
        ulong digits = word ^ 0x3030303030303030;
        value = 0;
        if ((((digits & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676 | digits) & 0x8080808080808080) != 0)
        {
            return false; // some byte is above 9
        }

        digits = ((digits * 10) + (digits >> 8)) & 0x00FF00FF00FF00FF;
        digits = ((digits * 100) + (digits >> 16)) & 0x0000FFFF0000FFFF;
        value = (uint)((digits * 10_000) + (digits >> 32));
        return true;
    }

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    /// <summary>C's strtoull: false on overflow; <paramref name="used"/> is 0 when there is no number.</summary>
    private static bool ReadLikeC(ReadOnlySpan<byte> text, out ulong value, out int used)
    {
        int i = 0;
        while (i < text.Length && IsWhiteSpace(text[i]))
        {
            i++;
        }

        bool negative = i < text.Length && text[i] == '-';
        if (i < text.Length && (negative || text[i] == '+'))
        {
            i++;
        }

        int first = i;
        value = 0;
        used = 0;
        for (; i < text.Length && (uint)text[i] - '0' <= 9; i++)
        {
            if (!TryAppendDigit(value, text[i], out value))
            {
                return false;
            }
        }

        used = i > first ? i : 0;
        value = negative ? 0 - value : value;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // two moves
    private static void CopyPair(int pair, Span<byte> digits, int at)
    {
        ushort both = BinaryPrimitives.ReadUInt16LittleEndian(DigitPairs.Slice(pair * 2, 2));
        BinaryPrimitives.WriteUInt16LittleEndian(digits.Slice(at, 2), both);
    }
}
