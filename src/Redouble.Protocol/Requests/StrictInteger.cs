namespace Redouble.Protocol.Requests;

/// <summary>
/// The one spelling of an integer that Redis takes in protocol headers: optional minus, no plus, no leading zero, no blank,
/// within 64 bits.
/// </summary>
internal static class StrictInteger
{
    /// <summary>Reads all of <paramref name="text"/> as an integer.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length == 1 && text[0] == '0') return true;
        var negative = text.Length > 0 && text[0] == '-';
        var digits = negative ? text[1..] : text;
        if (digits.Length is 0 or > 19 || digits[0] == '0') return false;
        ulong sum = 0;
        foreach (var c in digits)
        {
            var digit = (uint)(c - '0');
            if (digit > 9) return false;
            sum = (sum * 10) + digit; // 19 digits stay below 10^19 < 2^64
        }

        if (sum > long.MaxValue + (negative ? 1UL : 0UL)) return false;
        value = negative ? (long)(0 - sum) : (long)sum;
        return true;
    }
}
