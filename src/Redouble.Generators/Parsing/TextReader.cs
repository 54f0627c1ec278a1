using System.Globalization;

namespace Redouble.Generators.Parsing;

/// <summary>A cursor over a short string, with errors that show the place.</summary>
internal sealed class TextReader(string text)
{
    private int _at;

    public bool AtEnd => _at == text.Length;

    /// <summary>The next character, or NUL at the end.</summary>
    public char Peek => AtEnd ? '\0' : text[_at];

    public bool StartsWith(string expected) => string.CompareOrdinal(text, _at, expected, 0, expected.Length) == 0;

    public bool Take(string expected)
    {
        if (!StartsWith(expected)) return false;
        _at += expected.Length;
        return true;
    }

    public string TakeWhile(Func<char, bool> accept)
    {
        var from = _at;
        while (!AtEnd && accept(Peek)) _at++;
        return text.Substring(from, _at - from);
    }

    public void SkipBlanks() => TakeWhile(c => c == ' ');

    public int TakeInteger()
    {
        var negative = Take("-");
        var digits = TakeWhile(c => c is >= '0' and <= '9');
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) throw Error("a number is expected");
        return negative ? -value : value;
    }

    public FormatException Error(string message) => new($"{message}: '{text.Substring(0, _at)}' >>> '{text.Substring(_at)}'");
}
