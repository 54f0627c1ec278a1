using System.Text;

namespace Redouble.Core.Text;

/// <summary>What clients have sent, as error texts repeat it.</summary>
public static class ErrorText
{
    /// <summary>Bytes of the name of a command or subcommand that are shown.</summary>
    public const int NameMax = 128;

    /// <summary>Bytes of any other word that are shown: enough for every one that somebody could have meant, and a text of bounded length.</summary>
    public const int WordMax = 16 * 1024;

    /// <summary>A word up to its first zero byte, and no more than <paramref name="max"/> bytes: Redis prints it as a C string.</summary>
    public static string Shown(ReadOnlySpan<byte> word, int max = WordMax)
    {
        var end = word.IndexOf((byte)0);
        if (end >= 0) word = word[..end];
        return Encoding.Latin1.GetString(word[..Math.Min(word.Length, Math.Max(0, max))]);
    }

    /// <summary>A peer's bytes, <paramref name="max"/> at most, in one line of printable ASCII, for messages.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes, int max)
    {
        bytes = bytes[..Math.Min(bytes.Length, max)];
        return string.Create(bytes.Length, bytes, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = bytes[i] is >= (byte)' ' and <= (byte)'~' ? (char)bytes[i] : '?';
        });
    }

    /// <summary>As the first, for a word that is text already, one byte per character.</summary>
    public static string Shown(string word)
    {
        var end = word.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? word : word[..end];
    }
}
