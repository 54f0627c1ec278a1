namespace Redouble.Core.Text;

/// <summary>Places the decimal point, zeros and exponent around the digits of a double. Digits are ASCII, without sign.</summary>
internal static class DoubleLayout
{
    /// <summary>Redis 7.2's choice: whole with up to 7 zeros, plain decimal near 1, else <c>d.ddde±x</c>. The value is digits × 10^scale.</summary>
    public static int WriteShortest(ReadOnlySpan<byte> digits, int scale, Span<byte> destination)
    {
        const int trailingZeros = 7;
        int exponent = scale + digits.Length - 1;
        int magnitude = Math.Abs(exponent);
        if (scale >= 0 && magnitude < digits.Length + trailingZeros)
        {
            return WriteWhole(digits, scale, destination);
        }

        return scale < 0 && (scale > -7 || magnitude < 4) ? WriteDecimal(digits, scale, destination) : WriteScientific(digits, exponent, 1, destination);
    }

    /// <summary>C's <c>%g</c>: plain from 10^−4 up to 10^precision, else <c>d.ddde±xx</c>. The value is d.ddd × 10^exponent.</summary>
    public static int WriteGeneral(ReadOnlySpan<byte> digits, int exponent, int precision, Span<byte> destination)
    {
        if (exponent < -4 || exponent >= precision)
        {
            return WriteScientific(digits, exponent, 2, destination);
        }

        int scale = exponent + 1 - digits.Length;
        return scale >= 0 ? WriteWhole(digits, scale, destination) : WriteDecimal(digits, scale, destination);
    }

    private static int WriteWhole(ReadOnlySpan<byte> digits, int zeros, Span<byte> destination)
    {
        digits.CopyTo(destination);
        destination.Slice(digits.Length, zeros).Fill((byte)'0');
        return digits.Length + zeros;
    }

    private static int WriteDecimal(ReadOnlySpan<byte> digits, int scale, Span<byte> destination)
    {
        int whole = digits.Length + scale;
        if (whole > 0)
        {
            digits[..whole].CopyTo(destination);
            destination[whole] = (byte)'.';
            digits[whole..].CopyTo(destination[(whole + 1)..]);
            return digits.Length + 1;
        }

        int zeros = -whole;
        "0."u8.CopyTo(destination);
        destination.Slice(2, zeros).Fill((byte)'0');
        digits.CopyTo(destination[(2 + zeros)..]);
        return 2 + zeros + digits.Length;
    }

    private static int WriteScientific(ReadOnlySpan<byte> digits, int exponent, int minExponentDigits, Span<byte> destination)
    {
        int length = 0;
        destination[length++] = digits[0];
        if (digits.Length > 1)
        {
            destination[length++] = (byte)'.';
            digits[1..].CopyTo(destination[length..]);
            length += digits.Length - 1;
        }

        destination[length++] = (byte)'e';
        destination[length++] = (byte)(exponent < 0 ? '-' : '+');
        int magnitude = Math.Abs(exponent);
        if (minExponentDigits == 2 && magnitude < 10)
        {
            destination[length++] = (byte)'0';
        }

        return length + Integers.Format((ulong)magnitude, destination[length..]);
    }
}
