using System.Globalization;

namespace Redouble.Core.Text;

/// <summary>
/// Double-precision numbers as Redis reads and writes them: sorted-set scores, the double type of RESP3, Lua numbers.
/// <code>
/// reader        used for                               differs in
/// TryParse      ZADD, ZINCRBY, GEOADD, timeouts …      nothing around the number; overflow and underflow to 0 are errors
/// TryParseBound min and max of ZRANGEBYSCORE …         C's strtod: leading space, empty text is 0, a NUL ends the text, overflow is inf
/// </code>
/// Both take what strtod takes: decimal, hexadecimal (<c>0x1.8p3</c>), <c>inf</c> and <c>infinity</c> in any case; both refuse NaN.
/// </summary>
public static class Doubles
{
    /// <summary>Most bytes that either formatter writes: sign, 17 digits and 7 zeros.</summary>
    public const int MaxLength = 25;

    private const int SignificantDigits = 17;
    private const double LargestPlainInteger = 4611686018427387904.0; // 2^62
    private const int ExactPowers = 23;
    private const int FastDigits = 15;

    /// <summary>10^0 to 10^22, the powers of ten that a double holds exactly.</summary>
    private static ReadOnlySpan<double> PowersOfTen =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>
    /// Reads a double. False for: empty text, white space in front, anything behind the number, NaN, a finite number that overflows, and one other than
    /// zero that rounds to zero.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        if (TryParseShort(text, out value))
        {
            return true;
        }

        value = 0;
        if (text.IsEmpty || Integers.IsWhiteSpace(text[0]))
        {
            return false;
        }

        FloatText number = FloatText.Scan(text);
        if (number.Length != text.Length || !TryConvert(number, out double converted, out bool isInRange) || !isInRange)
        {
            return false;
        }

        value = converted;
        return true;
    }

    /// <summary>Reads a bound of a score range, without its opening parenthesis. False for NaN and for text that is not all a number.</summary>
    public static bool TryParseBound(ReadOnlySpan<byte> text, out double value)
    {
        int end = text.IndexOf((byte)0);
        text = end < 0 ? text : text[..end];
        value = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        FloatText number = FloatText.Scan(text);
        if (number.Length != text.Length || !TryConvert(number, out double converted, out _))
        {
            return false;
        }

        value = converted;
        return true;
    }

    /// <summary>
    /// Writes a double as Redis 7.2 replies it and returns the length: <c>nan</c>, <c>inf</c>, <c>-inf</c>, <c>0</c>, <c>-0</c>; whole
    /// numbers up to 2^62 as integers; everything else with the digits of Grisu2, plain or as <c>d.ddde±x</c>.
    /// </summary>
    /// <param name="value">Any double.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    public static int Format(double value, Span<byte> destination)
    {
        if (TryFormatSpecial(value, destination, out int length))
        {
            return length;
        }

        if (Math.Abs(value) <= LargestPlainInteger && (long)value == value)
        {
            return Integers.Format((long)value, destination);
        }

        if (value < 0)
        {
            destination[length++] = (byte)'-';
            value = -value;
        }

        Span<byte> digits = stackalloc byte[Grisu2.MaxDigits + 1];
        int count = Grisu2.Generate(value, digits, out int exponent);
        return length + DoubleLayout.WriteShortest(digits[..count], exponent, destination[length..]);
    }

    /// <summary>
    /// Writes a double with 17 significant digits (C's <c>%.17g</c>) as Redis before 7.2 replied it and old RDB types store it; NaN and infinities as
    /// <see cref="Format"/> does. Returns the length.
    /// </summary>
    /// <param name="value">Any double.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    public static int FormatSeventeen(double value, Span<byte> destination)
    {
        if (TryFormatSpecial(value, destination, out int length))
        {
            return length;
        }

        if (value < 0)
        {
            destination[length++] = (byte)'-';
        }

        Span<byte> scientific = stackalloc byte[32];
        Math.Abs(value).TryFormat(scientific, out int written, "E16", CultureInfo.InvariantCulture); // d.ddddddddddddddddE±xxx
        scientific[1] = scientific[0];
        int exponent = ReadExponent(scientific[(SignificantDigits + 2)..written]);
        ReadOnlySpan<byte> digits = scientific.Slice(1, SignificantDigits).TrimEnd((byte)'0');
        return length + DoubleLayout.WriteGeneral(digits, exponent, SignificantDigits, destination[length..]);
    }

    // The common score: an optional minus, up to 15 digits, perhaps a point among them. Both the digits and the power of ten are exact doubles,
    // so the one division rounds correctly (William Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990).
    private static bool TryParseShort(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        bool negative = !text.IsEmpty && text[0] == '-';
        ReadOnlySpan<byte> digits = negative ? text[1..] : text;
        if (digits.Length is 0 or > FastDigits)
        {
            return false;
        }

        long number = 0;
        int decimals = -1;
        foreach (byte character in digits)
        {
            uint digit = (uint)character - '0';
            if (digit <= 9)
            {
                number = (number * 10) + digit;
                decimals += decimals >= 0 ? 1 : 0;
            }
            else if (character == '.' && decimals < 0)
            {
                decimals = 0;
            }
            else
            {
                return false;
            }
        }

        if (decimals >= 0 && digits.Length == 1)
        {
            return false;
        }

        double magnitude = decimals > 0 ? number / PowersOfTen[decimals] : number;
        value = negative ? -magnitude : magnitude;
        return true;
    }

    private static bool TryConvert(in FloatText number, out double value, out bool isInRange)
    {
        value = 0;
        isInRange = true;
        switch (number.Kind)
        {
            case FloatKind.None or FloatKind.NaN:
                return false;
            case FloatKind.Infinity:
                value = double.PositiveInfinity;
                break;
            default:
                if (!TryConvertExactly(number, out value))
                {
                    isInRange = BinaryRounding.Double.TryRound(number, out ulong significand, out int exponent);
                    value = isInRange ? Compose(significand, exponent) : double.PositiveInfinity;
                    isInRange &= value != 0 || number.DigitCount == 0;
                }

                break;
        }

        value = number.IsNegative ? -value : value;
        return true;
    }

    private static bool TryConvertExactly(in FloatText number, out double value)
    {
        value = 0;
        if (number.Kind != FloatKind.Decimal || number.DigitCount > FastDigits || Math.Abs(number.Exponent) >= ExactPowers)
        {
            return false;
        }

        long digits = 0;
        for (int i = 0; i < number.DigitCount; i++)
        {
            digits = (digits * 10) + number.DigitAt(i) - '0';
        }

        int scale = (int)number.Exponent;
        value = scale < 0 ? digits / PowersOfTen[-scale] : digits * PowersOfTen[scale];
        return true;
    }

    // From an integer of at most 53 bits and a power of two; an exponent of −1074 with a short significand is a subnormal.
    private static double Compose(ulong significand, int exponent)
    {
        const int fractionBits = 52;
        bool isNormal = significand >> fractionBits != 0;
        ulong biased = isNormal ? (ulong)(exponent - BinaryRounding.Double.MinExponent + 1) : 0;
        return BitConverter.UInt64BitsToDouble((biased << fractionBits) | (significand & ((1UL << fractionBits) - 1)));
    }

    private static bool TryFormatSpecial(double value, Span<byte> destination, out int length)
    {
        length = 0;
        if (double.IsFinite(value) && value != 0)
        {
            return false;
        }

        ReadOnlySpan<byte> word = value == 0
            ? double.IsNegative(value) ? "-0"u8 : "0"u8
            : double.IsNaN(value) ? "nan"u8 : value < 0 ? "-inf"u8 : "inf"u8;
        word.CopyTo(destination);
        length = word.Length;
        return true;
    }

    private static int ReadExponent(ReadOnlySpan<byte> text)
    {
        int value = 0;
        foreach (byte digit in text[1..])
        {
            value = (value * 10) + digit - '0';
        }

        return text[0] == '-' ? -value : value;
    }
}
