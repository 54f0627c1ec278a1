namespace Redouble.Core.Text;

/// <summary>What a <see cref="FloatText"/> holds.</summary>
internal enum FloatKind
{
    /// <summary>The text does not begin with a number.</summary>
    None,
    Decimal,
    Hexadecimal,
    Infinity,
    NaN,
}

/// <summary>
/// The longest number at the start of a text, as C's strtod sees it in the C locale, not yet converted:
/// <code>
/// space* [+-]? ( digits [. digits] [e [+-] digits]  |  0x hexdigits [. hexdigits] [p [+-] digits]  |  inf | infinity | nan [ (…) ] )
/// </code>
/// One of the two digit groups may be empty, letters have any case. The value of a decimal is Digits × 10^Exponent with the point dropped
/// from the digits, that of a hexadecimal Digits × 2^Exponent.
/// </summary>
internal readonly ref struct FloatText
{
    /// <summary>Exponents are cut off here: far beyond any float, and sums with a text length stay within 64 bits.</summary>
    private const int MaxExponent = 2_000_000_000;

    private FloatText(FloatKind kind, bool negative, int length)
    {
        Kind = kind;
        IsNegative = negative;
        Length = length;
    }

    public FloatKind Kind { get; private init; }

    public bool IsNegative { get; private init; }

    /// <summary>Bytes that belong to the number, leading spaces included; 0 for <see cref="FloatKind.None"/>.</summary>
    public int Length { get; private init; }

    /// <summary>Digits before the point, without leading zeros.</summary>
    public ReadOnlySpan<byte> Whole { get; private init; }

    /// <summary>Digits behind the point; without leading zeros when <see cref="Whole"/> is empty.</summary>
    public ReadOnlySpan<byte> Fraction { get; private init; }

    /// <summary>Power of ten, or of two, by which all digits together, read as one whole number, are to be multiplied.</summary>
    public long Exponent { get; private init; }

    /// <summary>Digits from the first that is not 0.</summary>
    public int DigitCount => Whole.Length + Fraction.Length;

    /// <summary>The digit at a position, counted from the first that is not 0.</summary>
    public byte DigitAt(int index) => index < Whole.Length ? Whole[index] : Fraction[index - Whole.Length];

    public static FloatText Scan(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && Integers.IsWhiteSpace(text[at]))
        {
            at++;
        }

        bool negative = at < text.Length && text[at] == '-';
        if (at < text.Length && (negative || text[at] == '+'))
        {
            at++;
        }

        ReadOnlySpan<byte> rest = text[at..];
        if (rest.Length >= 3 && AsciiCase.ToLower(rest[0]) is (byte)'i' or (byte)'n')
        {
            return ScanWord(rest, negative, at);
        }

        if (rest.Length >= 2 && rest[0] == '0' && AsciiCase.ToLower(rest[1]) == 'x')
        {
            FloatText hexadecimal = ScanDigits(rest[2..], negative, at + 2, FloatKind.Hexadecimal);
            if (hexadecimal.Kind != FloatKind.None)
            {
                return hexadecimal;
            }
        }

        return ScanDigits(rest, negative, at, FloatKind.Decimal);
    }

    private static FloatText ScanWord(ReadOnlySpan<byte> rest, bool negative, int at)
    {
        if (AsciiCase.EqualsIgnoreCase(rest[..3], "nan"u8))
        {
            // What may follow in parentheses does not matter: no caller accepts a NaN.
            return new FloatText(FloatKind.NaN, negative, at + 3);
        }

        if (!AsciiCase.EqualsIgnoreCase(rest[..3], "inf"u8))
        {
            return default;
        }

        bool isLong = rest.Length >= 8 && AsciiCase.EqualsIgnoreCase(rest[..8], "infinity"u8);
        return new FloatText(FloatKind.Infinity, negative, at + (isLong ? 8 : 3));
    }

    private static FloatText ScanDigits(ReadOnlySpan<byte> rest, bool negative, int before, FloatKind kind)
    {
        bool isHexadecimal = kind == FloatKind.Hexadecimal;
        int wholeLength = CountDigits(rest, isHexadecimal);
        int at = wholeLength;
        ReadOnlySpan<byte> fraction = default;
        if (at < rest.Length && rest[at] == '.')
        {
            int fractionLength = CountDigits(rest[(at + 1)..], isHexadecimal);
            fraction = rest.Slice(at + 1, fractionLength);
            at += 1 + fractionLength;
        }

        if (wholeLength + fraction.Length == 0)
        {
            return default;
        }

        long exponent = ScanExponent(rest[at..], isHexadecimal ? (byte)'p' : (byte)'e', out int exponentLength);
        exponent -= (isHexadecimal ? 4L : 1L) * fraction.Length;
        ReadOnlySpan<byte> whole = rest[..wholeLength].TrimStart((byte)'0');
        return new FloatText(kind, negative, before + at + exponentLength)
        {
            Whole = whole,
            Fraction = whole.IsEmpty ? fraction.TrimStart((byte)'0') : fraction,
            Exponent = exponent,
        };
    }

    // The exponent counts only when at least one digit follows; otherwise the number ends before its letter.
    private static long ScanExponent(ReadOnlySpan<byte> rest, byte letter, out int length)
    {
        length = 0;
        if (rest.IsEmpty || AsciiCase.ToLower(rest[0]) != letter)
        {
            return 0;
        }

        bool negative = rest.Length > 1 && rest[1] == '-';
        int first = negative || (rest.Length > 1 && rest[1] == '+') ? 2 : 1;
        int at = first;
        long exponent = 0;
        for (; at < rest.Length && (uint)rest[at] - '0' <= 9; at++)
        {
            exponent = Math.Min((exponent * 10) + rest[at] - '0', MaxExponent);
        }

        length = at > first ? at : 0;
        return negative ? -exponent : exponent;
    }

    private static int CountDigits(ReadOnlySpan<byte> text, bool isHexadecimal)
    {
        int count = 0;
        while (count < text.Length && (isHexadecimal ? HexDigits.ValueOf(text[count]) >= 0 : (uint)text[count] - '0' <= 9))
        {
            count++;
        }

        return count;
    }
}
