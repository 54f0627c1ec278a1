using System.Numerics;

namespace Redouble.Core.Text;

/// <summary>
/// Decimal digits of a double by Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", PLDI 2010).
/// The digits always read back as the same double, but about once in a thousand they are not the shortest or not the nearest ones, because
/// the interval that the algorithm knows is a little narrower than the true one. Redis 7.2 prints exactly these, so no other printer will do.
/// <code>
///        lower ───────────── value ───────────── upper      halfway to the neighbouring doubles
///      all three × a cached power of ten: 64-bit significands, one binary exponent in −60…−32, each off by less than one unit
///        lower + 1 … value ………………………… upper − 1          safe interval: any decimal in it is the double
///      digits of upper are cut off as soon as what is left fits into the interval, and the last one is then lowered towards the value
/// </code>
/// </summary>
internal static class Grisu2
{
    /// <summary>Most digits that come out.</summary>
    public const int MaxDigits = 17;

    private const int FractionBits = 52;
    private const ulong HiddenBit = 1UL << FractionBits;
    private const int ExponentBias = 1075;

    /// <summary>Writes the digits of a positive finite double and returns their count; the value is digits × 10^<paramref name="exponent"/>.</summary>
    /// <param name="value">Greater than zero, finite.</param>
    /// <param name="digits">ASCII digits, without leading zeros; room for <see cref="MaxDigits"/> and one.</param>
    /// <param name="exponent">Power of ten.</param>
    public static int Generate(double value, Span<byte> digits, out int exponent)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        int biased = (int)(bits >> FractionBits);
        ulong fraction = bits & (HiddenBit - 1);
        ulong significand = biased == 0 ? fraction : fraction | HiddenBit;
        int binaryExponent = Math.Max(biased, 1) - ExponentBias;

        // Upper is (2f + 1) × 2^(e − 1), normalized; the others are brought to its exponent. Below a power of two doubles lie twice as dense (that
        // this does not hold for the least normal double is ignored, as in Redis).
        ulong upper = (significand << 1) + 1;
        int upperShift = BitOperations.LeadingZeroCount(upper);
        int upperExponent = binaryExponent - 1 - upperShift;
        upper <<= upperShift;
        int lowerBits = significand == HiddenBit ? 2 : 1;
        ulong lower = ((significand << lowerBits) - 1) << (binaryExponent - lowerBits - upperExponent);
        ulong middle = significand << (binaryExponent - upperExponent);

        int index = CachedPowers.IndexFor(upperExponent);
        ulong power = CachedPowers.Significand(index);
        int productExponent = upperExponent + CachedPowers.BinaryExponent(index) + 64;
        upper = MultiplyHigh(upper, power) - 1;
        lower = MultiplyHigh(lower, power) + 1;
        middle = MultiplyHigh(middle, power);

        exponent = -CachedPowers.DecimalExponent(index);
        return CutDigits(new Interval(upper, upper - lower, upper - middle, -productExponent), digits, ref exponent);
    }

    /// <summary>The upper half of the product, rounded.</summary>
    private static ulong MultiplyHigh(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high + (low >> 63);
    }

    /// <summary>Fixed-point numbers with <paramref name="PointBits"/> bits behind the point.</summary>
    /// <param name="Upper">The upper end, whose digits are taken.</param>
    /// <param name="Width">Upper end minus lower end.</param>
    /// <param name="ToValue">Upper end minus the double itself.</param>
    /// <param name="PointBits">32 to 60.</param>
    private readonly record struct Interval(ulong Upper, ulong Width, ulong ToValue, int PointBits);

    private static int CutDigits(Interval interval, Span<byte> digits, ref int exponent)
    {
        int pointBits = interval.PointBits;
        ulong one = 1UL << pointBits;
        ulong whole = interval.Upper >> pointBits;
        ulong fraction = interval.Upper & (one - 1);
        int count = 0;

        // Digits before the point.
        int position = Integers.CountDigits(whole);
        for (ulong unit = TenToThe(position - 1); position > 0; unit /= 10)
        {
            ulong digit = whole / unit;
            whole -= digit * unit;
            digits[count++] = (byte)('0' + digit);
            position--;
            ulong rest = (whole << pointBits) + fraction;
            if (rest <= interval.Width)
            {
                exponent += position;
                LowerLastDigit(ref digits[count - 1], rest, interval.Width, unit << pointBits, interval.ToValue);
                return count;
            }
        }

        // Digits behind it: everything grows tenfold per digit, so the unit stays 1.
        ulong width = interval.Width;
        ulong toValue = interval.ToValue;
        do
        {
            fraction *= 10;
            width *= 10;
            toValue *= 10;
            digits[count++] = (byte)('0' + (fraction >> pointBits));
            fraction &= one - 1;
            position--;
        }
        while (fraction >= width);

        exponent += position;
        LowerLastDigit(ref digits[count - 1], fraction, width, one, toValue);
        return count;
    }

    /// <summary>Lowers the last digit while that stays inside the interval and comes closer to the value.</summary>
    /// <param name="digit">The last digit.</param>
    /// <param name="rest">Upper end minus the digits so far.</param>
    /// <param name="width">Width of the interval.</param>
    /// <param name="unit">What one step of the digit is worth.</param>
    /// <param name="toValue">Upper end minus the value.</param>
    private static void LowerLastDigit(ref byte digit, ulong rest, ulong width, ulong unit, ulong toValue)
    {
        while (rest < toValue && width - rest >= unit && (rest + unit < toValue || toValue - rest > rest + unit - toValue))
        {
            digit--;
            rest += unit;
        }
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
