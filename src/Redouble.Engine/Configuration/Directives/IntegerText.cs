using System.Globalization;
using Redouble.Core.Text;

namespace Redouble.Engine.Configuration.Directives;

/// <summary>Integers as directives accept them.</summary>
internal static class IntegerText
{
    /// <summary>The canonical form only: what printing the number gives. " 1", "+1", "01" and "-0" are no integers.</summary>
    public static bool TryParse(string text, out long number) => Integers.TryParse(ConfigText.ToBytes(text), out number);

    /// <summary>
    /// The lenient form of the C library: leading blanks, a sign, leading zeros; the end must follow the last digit. No text at all is 0.
    /// </summary>
    public static bool TryParseLenient(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        if (text.IsEmpty) return true;
        text = text.TrimStart(" \t\n\v\f\r");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>An octal number with an optional sign; the empty text is 0.</summary>
    public static bool TryParseOctal(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        bool negative = text.StartsWith("-");
        foreach (char c in negative ? text[1..] : text)
        {
            if (c is < '0' or > '7' || number > long.MaxValue >> 3) return false;
            number = (number << 3) | (uint)(c - '0');
        }

        if (negative) number = -number;
        return true;
    }
}
