using System.Numerics;

namespace Redouble.Core.Text;

/// <summary>
/// Turns the exact value of a number's text into the nearest float of a given format, ties to even: the arithmetic behind C's strtod and
/// strtold. A float is Significand × 2^Exponent with at most <see cref="Precision"/> bits in the significand, all of them used unless the
/// exponent is already <see cref="MinExponent"/> (a subnormal).
/// <code>
///             precision   min exponent   max exponent
/// double         53          −1074            971
/// x87 extended   64         −16445          16320
/// </code>
/// </summary>
internal readonly struct BinaryRounding(int precision, int minExponent, int maxExponent, int maxDigits)
{
    /// <summary>19 digits fit in 64 bits; up to 10^18 as divisor leaves 68 bits of quotient.</summary>
    private const int ShortDigits = 19;
    private const int ShortScale = 18;
    private const int WorkBits = 128;

    public static readonly BinaryRounding Double = new(53, -1074, 971, 800);

    public static readonly BinaryRounding Extended = new(64, -16445, 16320, int.MaxValue);

    /// <summary>Bits of the significand.</summary>
    public int Precision => precision;

    /// <summary>The least exponent.</summary>
    public int MinExponent => minExponent;

    /// <summary>Rounds a scanned number. False when its magnitude is beyond the largest float; a tiny one becomes 0.</summary>
    public bool TryRound(in FloatText text, out ulong significand, out int exponent)
    {
        if (text.DigitCount == 0)
        {
            (significand, exponent) = (0, minExponent);
            return true;
        }

        // Far outside of the range: decided without arithmetic, so that a huge exponent costs nothing.
        bool isHexadecimal = text.Kind == FloatKind.Hexadecimal;
        double bits = ((isHexadecimal ? 4.0 : 3.33) * text.DigitCount) + ((isHexadecimal ? 1.0 : 3.33) * text.Exponent);
        const double slack = 500;
        if (bits < minExponent - slack)
        {
            (significand, exponent) = (0, minExponent);
            return true;
        }

        if (bits > maxExponent + precision + slack)
        {
            (significand, exponent) = (0, 0);
            return false;
        }

        if (isHexadecimal)
        {
            RoundHexadecimal(text, out significand, out exponent);
        }
        else
        {
            RoundDecimal(text, out significand, out exponent);
        }

        return exponent <= maxExponent;
    }

    /// <summary>Whether a rounded exponent is that of a finite float.</summary>
    public bool IsInRange(int exponent) => exponent <= maxExponent;

    /// <summary>
    /// Rounds value × 2^exponent. <paramref name="sticky"/> says that the true value is a little larger; the value must then have at least
    /// two bits more than the precision.
    /// </summary>
    public void Round(UInt128 value, bool sticky, int exponent, out ulong significand, out int roundedExponent)
    {
        int bits = WorkBits - (int)UInt128.LeadingZeroCount(value);
        int shift = bits - precision;
        shift = Math.Max(shift, minExponent - exponent);
        roundedExponent = exponent + shift;
        if (value == 0)
        {
            (significand, roundedExponent) = (0, minExponent);
            return;
        }

        if (shift <= 0)
        {
            significand = (ulong)(value << -shift);
            return;
        }

        if (shift > WorkBits)
        {
            significand = 0; // below half of the least float
            return;
        }

        UInt128 kept = shift == WorkBits ? UInt128.Zero : value >> shift;
        UInt128 rest = shift == WorkBits ? value : value - (kept << shift);
        UInt128 half = UInt128.One << (shift - 1);
        if (rest > half || (rest == half && (sticky || (kept & 1) == 1)))
        {
            kept++;
        }

        if (kept >> precision != 0)
        {
            kept >>= 1; // all ones rounded up to the next power of two
            roundedExponent++;
        }

        significand = (ulong)kept;
    }

    private void RoundHexadecimal(in FloatText text, out ulong significand, out int exponent)
    {
        const int maxHexDigits = 31;
        UInt128 value = 0;
        int used = Math.Min(text.DigitCount, maxHexDigits);
        for (int i = 0; i < used; i++)
        {
            value = (value << 4) | (UInt128)HexDigits.ValueOf(text.DigitAt(i));
        }

        Round(value, HasNonZeroDigit(text, used), (int)(text.Exponent + (4L * (text.DigitCount - used))), out significand, out exponent);
    }

    private void RoundDecimal(in FloatText text, out ulong significand, out int exponent)
    {
        int scale = (int)text.Exponent;
        if (text.DigitCount > ShortDigits || scale > ShortScale || scale < -ShortScale)
        {
            RoundLongDecimal(text, out significand, out exponent);
            return;
        }

        ulong digits = ReadChunk(text, 0, text.DigitCount);
        if (scale >= 0)
        {
            Round((UInt128)digits * TenToThe(scale), false, 0, out significand, out exponent);
            return;
        }

        int shift = WorkBits - 64 + BitOperations.LeadingZeroCount(digits);
        UInt128 dividend = (UInt128)digits << shift;
        (UInt128 quotient, UInt128 rest) = UInt128.DivRem(dividend, TenToThe(-scale));
        Round(quotient, rest != 0, -shift, out significand, out exponent);
    }

    private void RoundLongDecimal(in FloatText text, out ulong significand, out int exponent)
    {
        // Boundaries between two doubles have fewer than 800 digits: beyond that, one 1 stands for all digits that are not zero.
        int used = Math.Min(text.DigitCount, maxDigits);
        BigInteger value = BigInteger.Zero;
        for (int i = 0; i < used; i += ShortScale)
        {
            int count = Math.Min(ShortScale, used - i);
            value = (value * TenToThe(count)) + ReadChunk(text, i, count);
        }

        long scale = text.Exponent + (text.DigitCount - used);
        if (HasNonZeroDigit(text, used))
        {
            value = (value * 10) + 1;
            scale--;
        }

        BigInteger power = BigInteger.Pow(10, (int)Math.Abs(scale));
        if (scale >= 0)
        {
            RoundQuotient(value * power, BigInteger.One, 0, out significand, out exponent);
            return;
        }

        int shift = (int)Math.Max(0, WorkBits + 2 - (value.GetBitLength() - power.GetBitLength()));
        RoundQuotient(value << shift, power, -shift, out significand, out exponent);
    }

    private void RoundQuotient(BigInteger dividend, BigInteger divisor, int exponent, out ulong significand, out int roundedExponent)
    {
        BigInteger quotient = BigInteger.DivRem(dividend, divisor, out BigInteger rest);
        int excess = (int)Math.Max(0, quotient.GetBitLength() - WorkBits);
        BigInteger top = quotient >> excess;
        bool sticky = !rest.IsZero || top << excess != quotient;
        Round((UInt128)top, sticky, exponent + excess, out significand, out roundedExponent);
    }

    private static bool HasNonZeroDigit(in FloatText text, int from)
    {
        for (int i = from; i < text.DigitCount; i++)
        {
            if (text.DigitAt(i) != '0')
            {
                return true;
            }
        }

        return false;
    }

    private static ulong ReadChunk(in FloatText text, int start, int count)
    {
        ulong value = 0;
        for (int i = start; i < start + count; i++)
        {
            value = (value * 10) + text.DigitAt(i) - '0';
        }

        return value;
    }

    private static ulong TenToThe(int power)
    {
        ulong result = 1;
        for (int i = 0; i < power; i++)
        {
            result *= 10;
        }

        return result;
    }
}
