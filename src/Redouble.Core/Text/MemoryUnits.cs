namespace Redouble.Core.Text;

/// <summary>
/// Amounts of memory in configuration and INFO. Units, in any letter case: none or b (1), k 1000, kb 1024, m 1000², mb 1024², g 1000³, gb 1024³.
/// </summary>
public static class MemoryUnits
{
    /// <summary>Bytes that <see cref="FormatHuman"/> needs at most: "1048576.00P" is shorter than an unscaled number with its B.</summary>
    public const int MaxHumanLength = Integers.MaxLength + 1;

    private const int MaxDigits = 127;

    /// <summary>
    /// Reads an amount as configuration directives do. False for a minus sign, an unknown unit or more than 127 digits. As in Redis, no
    /// digits at all count as 0, digits beyond 64 bits as 2^64 − 1, and the product with the unit wraps modulo 2^64.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong bytes)
    {
        bytes = 0;
        int digits = 0;
        while (digits < text.Length && (uint)text[digits] - '0' <= 9)
        {
            digits++;
        }

        ulong unit = UnitOf(text[digits..]);
        if (unit == 0 || digits > MaxDigits)
        {
            return false;
        }

        ulong number = 0;
        foreach (byte digit in text[..digits])
        {
            ulong value = (ulong)digit - '0';
            if (number > (ulong.MaxValue - value) / 10)
            {
                number = ulong.MaxValue;
                break;
            }

            number = (number * 10) + value;
        }

        bytes = unchecked(number * unit);
        return true;
    }

    /// <summary>
    /// Writes an amount as INFO's <c>used_memory_human</c> does ("512B", "1.50M"): below 1024 and from 2^60 on in bytes, else with two
    /// decimals in K, M, G, T or P of 1024. Returns the length.
    /// </summary>
    public static int FormatHuman(ulong bytes, Span<byte> destination)
    {
        const int bitsPerUnit = 10;
        ReadOnlySpan<byte> units = "KMGTP"u8;
        int unit = 0;
        while (unit < units.Length && bytes >= 1UL << (bitsPerUnit * (unit + 1)))
        {
            unit++;
        }

        int length;
        if (unit == 0 || bytes >= 1UL << (bitsPerUnit * (units.Length + 1)))
        {
            length = Integers.Format(bytes, destination);
            destination[length] = (byte)'B';
            return length + 1;
        }

        // C's %.2f of the quotient as a double: rounded to nearest, an exact half to even.
        int shift = bitsPerUnit * unit;
        UInt128 scaled = (UInt128)(double)bytes * 100;
        ulong hundredths = (ulong)(scaled >> shift);
        UInt128 rest = scaled - ((UInt128)hundredths << shift);
        UInt128 half = UInt128.One << (shift - 1);
        hundredths += rest > half || (rest == half && (hundredths & 1) == 1) ? 1UL : 0UL;

        length = Integers.Format(hundredths / 100, destination);
        destination[length++] = (byte)'.';
        destination[length++] = (byte)('0' + (hundredths / 10 % 10));
        destination[length++] = (byte)('0' + (hundredths % 10));
        destination[length++] = units[unit - 1];
        return length;
    }

    private static ulong UnitOf(ReadOnlySpan<byte> unit)
    {
        if (unit.IsEmpty)
        {
            return 1;
        }

        bool binary = unit.Length == 2 && AsciiCase.ToLower(unit[1]) == 'b';
        if (unit.Length > 1 && !binary)
        {
            return 0;
        }

        ulong factor = binary ? 1024UL : 1000UL;
        return AsciiCase.ToLower(unit[0]) switch
        {
            (byte)'b' => binary ? 0UL : 1UL,
            (byte)'k' => factor,
            (byte)'m' => factor * factor,
            (byte)'g' => factor * factor * factor,
            _ => 0UL,
        };
    }
}
