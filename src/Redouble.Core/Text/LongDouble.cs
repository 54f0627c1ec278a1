using System.Numerics;

namespace Redouble.Core.Text;

/// <summary>
/// C's <c>long double</c> on x86-64, the x87 extended format, in which Redis computes INCRBYFLOAT and HINCRBYFLOAT and prints GEOPOS:
/// <code>
/// value = ± Significand × 2^Exponent     64-bit significand, its top bit set unless Exponent is −16445; rounding to nearest, ties to even
/// </code>
/// Results are those of that hardware bit for bit, on every machine. Numbers of up to 19 digits and 18 decimals are read and written
/// without allocation; the others take big integers.
/// </summary>
public readonly struct LongDouble
{
    /// <summary>Longest text that <see cref="TryParse"/> reads, in bytes.</summary>
    public const int MaxTextLength = (5 * 1024) - 1;

    /// <summary>Most bytes that <see cref="Format"/> writes: sign, 4933 digits, point, 17 decimals.</summary>
    public const int MaxFormattedLength = 1 + 4933 + 1 + Decimals;

    private const int Decimals = 17;
    private const ulong TenToDecimals = 100_000_000_000_000_000;
    private const int SignificandBits = 64;

    private readonly ulong _significand;
    private readonly int _exponent;
    private readonly bool _negative;
    private readonly FloatKind _kind;

    private LongDouble(bool negative, ulong significand, int exponent, FloatKind kind = FloatKind.Decimal)
    {
        bool overflows = kind == FloatKind.Decimal && !BinaryRounding.Extended.IsInRange(exponent);
        _negative = negative;
        _significand = significand;
        _exponent = exponent;
        _kind = overflows ? FloatKind.Infinity : kind;
    }

    /// <summary>Neither infinite nor NaN: what INCRBYFLOAT may store.</summary>
    public bool IsFinite => _kind is FloatKind.Decimal or FloatKind.None;

    /// <summary>
    /// Reads a number as C's strtold does (decimal, hexadecimal with <c>0x</c>, <c>inf</c>, <c>infinity</c>). False for: no text or more than
    /// <see cref="MaxTextLength"/> bytes, white space in front, anything behind the number, NaN, a finite number that overflows, and one
    /// other than zero that rounds to zero.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LongDouble value)
    {
        value = default;
        if (text.IsEmpty || text.Length > MaxTextLength || Integers.IsWhiteSpace(text[0]))
        {
            return false;
        }

        FloatText number = FloatText.Scan(text);
        if (number.Length != text.Length || number.Kind is FloatKind.None or FloatKind.NaN)
        {
            return false;
        }

        if (number.Kind == FloatKind.Infinity)
        {
            value = new LongDouble(number.IsNegative, 0, 0, FloatKind.Infinity);
            return true;
        }

        if (!BinaryRounding.Extended.TryRound(number, out ulong significand, out int exponent) || (significand == 0 && number.DigitCount > 0))
        {
            return false;
        }

        value = new LongDouble(number.IsNegative, significand, exponent);
        return true;
    }

    /// <summary>The exact value of an integer.</summary>
    public static LongDouble FromInt64(long value)
    {
        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        BinaryRounding.Extended.Round(magnitude, false, 0, out ulong significand, out int exponent);
        return new LongDouble(value < 0, significand, exponent);
    }

    /// <summary>The exact value of a double.</summary>
    public static LongDouble FromDouble(double value)
    {
        if (!double.IsFinite(value))
        {
            return new LongDouble(value < 0, 0, 0, double.IsNaN(value) ? FloatKind.NaN : FloatKind.Infinity);
        }

        const int fractionBits = 52;
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        int biased = (int)(bits >> fractionBits) & 0x7FF;
        ulong fraction = bits & ((1UL << fractionBits) - 1);
        ulong whole = biased == 0 ? fraction : fraction | (1UL << fractionBits);
        BinaryRounding.Extended.Round(whole, false, Math.Max(biased, 1) - 1075, out ulong significand, out int exponent);
        return new LongDouble(double.IsNegative(value), significand, exponent);
    }

    /// <summary>The rounded sum; infinite on overflow, NaN for infinities of opposite sign.</summary>
    public static LongDouble operator +(LongDouble left, LongDouble right)
    {
        if (!left.IsFinite || !right.IsFinite)
        {
            return AddSpecial(left, right);
        }

        if (left._significand == 0 || right._significand == 0)
        {
            return left._significand == 0 ? right : left;
        }

        (LongDouble high, LongDouble low) = left._exponent >= right._exponent ? (left, right) : (right, left);

        // The higher operand moves up by at most 63 bits; what is still missing, the lower one moves down, keeping a bit that says whether it lost
        // any. After a full move up the sum has 61 bits or more below the significand, so that bit never decides wrongly.
        int distance = high._exponent - low._exponent;
        int up = Math.Min(distance, SignificandBits - 1);
        int down = distance - up;
        UInt128 a = (UInt128)high._significand << up;
        UInt128 b = down >= SignificandBits ? UInt128.Zero : (UInt128)(low._significand >> down);
        bool lost = down >= SignificandBits || (b << down) != low._significand;
        b |= lost ? UInt128.One : UInt128.Zero;

        bool negative = high._negative;
        UInt128 sum;
        if (high._negative == low._negative)
        {
            sum = a + b;
        }
        else
        {
            negative = a >= b ? high._negative : low._negative;
            sum = a >= b ? a - b : b - a;
        }

        BinaryRounding.Extended.Round(sum, false, high._exponent - up, out ulong significand, out int exponent);
        return new LongDouble(negative && sum != 0, significand, exponent);
    }

    /// <summary>
    /// The least integer that is not below the product with <paramref name="factor"/>, which is rounded as C rounds it: how timeouts in seconds become
    /// milliseconds. The nearest 64-bit integer where there is none.
    /// </summary>
    /// <param name="factor">Greater than 0.</param>
    public long CeilingOfProduct(int factor)
    {
        if (!IsFinite) return _negative ? long.MinValue : long.MaxValue;
        BinaryRounding.Extended.Round((UInt128)_significand * (UInt128)factor, false, _exponent, out ulong significand, out int exponent);
        UInt128 magnitude;
        if (exponent >= 0)
        {
            magnitude = exponent >= SignificandBits ? (significand == 0 ? UInt128.Zero : UInt128.MaxValue) : (UInt128)significand << exponent;
        }
        else
        {
            ulong whole = exponent <= -SignificandBits ? 0 : significand >> -exponent;
            bool hasFraction = exponent <= -SignificandBits ? significand != 0 : whole << -exponent != significand;
            magnitude = (UInt128)whole + (hasFraction && !_negative ? UInt128.One : UInt128.Zero);
        }

        if (magnitude > long.MaxValue) return _negative ? long.MinValue : long.MaxValue;
        return _negative ? -(long)magnitude : (long)magnitude;
    }

    /// <summary>
    /// Writes the number as INCRBYFLOAT stores it: 17 decimals (C's <c>%.17Lf</c>) without trailing zeros and point, <c>0</c> for anything that rounds to
    /// zero, <c>inf</c>, <c>-inf</c>, <c>nan</c>. Returns the length.
    /// </summary>
    /// <param name="destination"><see cref="MaxFormattedLength"/> bytes are always enough.</param>
    public int Format(Span<byte> destination)
    {
        if (!IsFinite)
        {
            ReadOnlySpan<byte> word = _kind == FloatKind.NaN ? "nan"u8 : _negative ? "-inf"u8 : "inf"u8;
            word.CopyTo(destination);
            return word.Length;
        }

        if (_exponent > 0)
        {
            return FormatLarge(destination);
        }

        SplitAtPoint(out ulong whole, out ulong decimals);
        if (whole == 0 && decimals == 0)
        {
            destination[0] = (byte)'0';
            return 1;
        }

        int length = 0;
        if (_negative)
        {
            destination[length++] = (byte)'-';
        }

        length += Integers.Format(whole, destination[length..]);
        return decimals == 0 ? length : length + FormatDecimals(decimals, destination[length..]);
    }

    private static LongDouble AddSpecial(LongDouble left, LongDouble right)
    {
        bool isNaN = left._kind == FloatKind.NaN || right._kind == FloatKind.NaN || (!left.IsFinite && !right.IsFinite && left._negative != right._negative);
        return isNaN ? new LongDouble(false, 0, 0, FloatKind.NaN) : left.IsFinite ? right : left;
    }

    // For exponents up to 0: the whole part, and the fraction in units of 10^-17, rounded half to even.
    private void SplitAtPoint(out ulong whole, out ulong decimals)
    {
        int fractionBits = -_exponent;
        const int decisiveBits = 124; // 2^64 × 10^17 < 2^121: any smaller number is below half a unit
        whole = fractionBits >= SignificandBits ? 0 : _significand >> fractionBits;
        decimals = 0;
        if (fractionBits is 0 or > decisiveBits)
        {
            return;
        }

        ulong fraction = fractionBits >= SignificandBits ? _significand : _significand & ((1UL << fractionBits) - 1);
        UInt128 scaled = (UInt128)fraction * TenToDecimals;
        UInt128 kept = scaled >> fractionBits;
        UInt128 rest = scaled - (kept << fractionBits);
        UInt128 half = UInt128.One << (fractionBits - 1);
        decimals = (ulong)kept;
        if (rest > half || (rest == half && (decimals & 1) == 1))
        {
            decimals++;
        }

        if (decimals == TenToDecimals)
        {
            decimals = 0;
            whole++;
        }
    }

    private static int FormatDecimals(ulong decimals, Span<byte> destination)
    {
        int count = Decimals;
        while (decimals % 10 == 0)
        {
            decimals /= 10;
            count--;
        }

        destination[0] = (byte)'.';
        for (int i = count; i > 0; i--)
        {
            destination[i] = (byte)('0' + (decimals % 10));
            decimals /= 10;
        }

        return count + 1;
    }

    private int FormatLarge(Span<byte> destination)
    {
        BigInteger value = (BigInteger)_significand << _exponent;
        string digits = (_negative ? -value : value).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return System.Text.Encoding.ASCII.GetBytes(digits, destination);
    }
}
