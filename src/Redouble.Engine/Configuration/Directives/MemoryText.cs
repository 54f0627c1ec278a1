namespace Redouble.Engine.Configuration.Directives;

/// <summary>
/// Amounts of memory as directives accept and write them: digits and a unit. <c>k m g</c> are powers of 1000, <c>kb mb gb</c> powers of
/// 1024, in any case; <c>b</c> is a byte.
/// </summary>
internal static class MemoryText
{
    /// <summary>Reads an amount. No digits are 0, too many are the largest 64-bit number; a product that does not fit is refused.</summary>
    public static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        int end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        if (!TryUnit(text.AsSpan(end), out ulong unit)) return false;
        foreach (char digit in text.AsSpan(0, end))
        {
            UInt128 next = ((UInt128)bytes * 10) + (uint)(digit - '0');
            if (next > ulong.MaxValue)
            {
                bytes = ulong.MaxValue;
                break;
            }

            bytes = (ulong)next;
        }

        UInt128 product = (UInt128)bytes * unit;
        bytes = (ulong)product;
        return product <= ulong.MaxValue;
    }

    /// <summary>Writes an amount in the largest power of 1024 that divides it.</summary>
    public static string Format(long bytes)
    {
        if (bytes != 0 && bytes % (1L << 30) == 0) return $"{bytes >> 30}gb";
        if (bytes != 0 && bytes % (1L << 20) == 0) return $"{bytes >> 20}mb";
        if (bytes != 0 && bytes % (1L << 10) == 0) return $"{bytes >> 10}kb";
        return $"{bytes}";
    }

    private static bool TryUnit(ReadOnlySpan<char> text, out ulong unit)
    {
        Span<char> lower = stackalloc char[3];
        unit = 0;
        if (text.Length > lower.Length) return false;
        int length = text.ToLowerInvariant(lower);
        unit = lower[..length] switch
        {
            "" or "b" => 1,
            "k" => 1000,
            "kb" => 1UL << 10,
            "m" => 1000_000,
            "mb" => 1UL << 20,
            "g" => 1000_000_000,
            "gb" => 1UL << 30,
            _ => 0,
        };
        return unit != 0;
    }
}
