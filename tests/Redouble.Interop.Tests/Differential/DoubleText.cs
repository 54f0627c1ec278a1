using System.Globalization;

namespace Redouble.Interop.Tests.Differential;

/// <summary>How Redis 7.2 prints a double, checked apart from the server's own printer.</summary>
internal static class DoubleText
{
    /// <summary>Numbers of fewer digits than this are always printed with those.</summary>
    private const int MissDigitsMin = 10;

    private const long PlainIntegerMax = 1L << 62;

    /// <summary>True when <paramref name="actual"/> is how 7.2 prints the double that 7.0 printed as <paramref name="expected"/>.</summary>
    public static bool Is72Of(string? expected, string? actual) =>
        TryParse(expected, out double left) && TryParse(actual, out double right)
        && BitConverter.DoubleToInt64Bits(left) == BitConverter.DoubleToInt64Bits(right)
        && Is72(right, actual!);

    /// <summary>True when 7.0 (17 digits, as printf's %.17g) and 7.2 print this number alike.</summary>
    public static bool PrintedAlike(double value) => Math.Abs(value) < 1e17 && value == Math.Truncate(value);

    /// <summary>
    /// Integers up to 2^62 as such; else the digits that the text itself shows must be laid out by the rule, and be the shortest ones, or 17 (the printer's
    /// algorithm, Grisu2, misses the shortest now and then).
    /// </summary>
    private static bool Is72(double value, string text)
    {
        if (value == Math.Truncate(value) && Math.Abs(value) <= PlainIntegerMax)
        {
            return text == (value == 0 && double.IsNegative(value) ? "-0" : ((long)value).ToString(CultureInfo.InvariantCulture));
        }

        (string digits, int power) = Digits(text);
        (string shortest, _) = Digits(value.ToString("R", CultureInfo.InvariantCulture));
        bool few = digits.Length == shortest.Length || (shortest.Length >= MissDigitsMin && digits.Length is 16 or 17);
        return few && text == (value < 0 ? "-" : "") + Layout(digits, power);
    }

    private static string Layout(string digits, int power)
    {
        int exponent = Math.Abs(power + digits.Length - 1);
        if (power >= 0 && exponent < digits.Length + 7)
        {
            return digits + new string('0', power);
        }

        if (power < 0 && (power > -7 || exponent < 4))
        {
            int point = digits.Length + power;
            return point > 0 ? $"{digits[..point]}.{digits[point..]}" : $"0.{new string('0', -point)}{digits}";
        }

        string fraction = digits.Length > 1 ? $".{digits[1..]}" : "";
        return $"{digits[0]}{fraction}e{(power + digits.Length - 1 < 0 ? '-' : '+')}{exponent}";
    }

    /// <summary>The significant digits of a number's text, without zeros at either end, and the power of ten of the last one.</summary>
    private static (string Digits, int Power) Digits(string text)
    {
        string[] parts = text.TrimStart('-').Split('e', 'E');
        int power = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        string[] mantissa = parts[0].Split('.');
        string digits = mantissa[0] + (mantissa.Length > 1 ? mantissa[1] : "");
        power -= mantissa.Length > 1 ? mantissa[1].Length : 0;
        string trimmed = digits.TrimEnd('0');
        return (trimmed.TrimStart('0'), power + digits.Length - trimmed.Length);
    }

    private static bool TryParse(string? text, out double value)
    {
        value = 0;
        return text is { Length: > 0 } && text.All(c => char.IsAsciiDigit(c) || c is '.' or '-' or '+' or 'e')
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
