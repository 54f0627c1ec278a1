using System.Buffers;

namespace Redouble.Core.Text;

/// <summary>
/// Redis' printable form of a string, as MONITOR, SLOWLOG, error texts, the AOF manifest and CONFIG REWRITE show it: in double quotes, with
/// <c>\\ \" \n \r \t \a \b</c>, and <c>\xhh</c> for every other byte outside 0x20–0x7E. <see cref="ArgumentSplitter"/> reads it back.
/// </summary>
public static class QuotedText
{
    /// <summary>The longest quoted form of so many bytes: each as <c>\xhh</c>, and two quotes.</summary>
    public static int MaxLength(int textLength) => checked((textLength * 4) + 2);

    /// <summary>Writes the quoted form and returns its length.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="destination">Room for the quoted form; <see cref="MaxLength"/> is always enough.</param>
    /// <exception cref="IndexOutOfRangeException">The destination is too short.</exception>
    public static int Format(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        destination[0] = (byte)'"';
        int at = FormatPart(text, destination[1..]) + 1;
        destination[at++] = (byte)'"';
        return at;
    }

    /// <summary>As <see cref="Format"/>, without the quotes: of a text that is long, part by part.</summary>
    /// <param name="destination">Room for the quoted form; four times the text is always enough.</param>
    public static int FormatPart(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int at = 0;
        foreach (byte value in text)
        {
            byte escape = EscapeOf(value);
            if (escape == 0)
            {
                destination[at++] = value;
                continue;
            }

            destination[at++] = (byte)'\\';
            destination[at++] = escape;
            if (escape == 'x')
            {
                destination[at++] = "0123456789abcdef"u8[value >> 4];
                destination[at++] = "0123456789abcdef"u8[value & 15];
            }
        }

        return at;
    }

    /// <summary>Whether a configuration value or file name must be quoted to survive: it has a byte that would be escaped, or a space.</summary>
    public static bool NeedsQuotes(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (value == ' ' || EscapeOf(value) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Splits a whole line into arguments of their own, by the rules of <see cref="ArgumentSplitter"/>. False when its quotes are unbalanced;
    /// nothing is added to <paramref name="arguments"/> then.
    /// </summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, List<byte[]> arguments)
    {
        int before = arguments.Count;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(line.Length);
        var splitter = new ArgumentSplitter(line);
        ArgumentSplitStatus status;
        while ((status = splitter.Next(scratch, out int written)) == ArgumentSplitStatus.Argument)
        {
            arguments.Add(scratch.AsSpan(0, written).ToArray());
        }

        ArrayPool<byte>.Shared.Return(scratch);
        if (status == ArgumentSplitStatus.Unbalanced)
        {
            arguments.RemoveRange(before, arguments.Count - before);
        }

        return status == ArgumentSplitStatus.End;
    }

    // The byte behind the backslash, or 0 for a byte that stands for itself.
    private static byte EscapeOf(byte value) => value switch
    {
        (byte)'\\' or (byte)'"' => value,
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        (byte)'\a' => (byte)'a',
        (byte)'\b' => (byte)'b',
        < 0x20 or > 0x7E => (byte)'x',
        _ => 0,
    };
}
