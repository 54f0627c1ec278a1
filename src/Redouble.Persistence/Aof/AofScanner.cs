using Redouble.Protocol.Requests;

namespace Redouble.Persistence.Aof;

/// <summary>What stands next in an append-only file.</summary>
public enum AofItem : byte
{
    /// <summary>Its end is not in the window; it may come.</summary>
    Incomplete,

    /// <summary>A whole command.</summary>
    Command,

    /// <summary>A line that begins with '#'.</summary>
    Annotation,

    /// <summary>The file ends in the middle of a command.</summary>
    Truncated,

    /// <summary>Neither a command nor an annotation.</summary>
    Malformed,
}

/// <summary>
/// Finds commands and annotations, exactly as leniently as Redis does when it loads a file, and so unlike the requests of a client: numbers are read up to
/// what is no digit, lines may end in LF alone, and the two bytes behind an argument are skipped unseen.
/// <code>
///   *2 CRLF $6 CRLF SELECT CRLF $1 CRLF 0 CRLF   command; places of its arguments are relative to its '*'
///   #TS:1700000000 CRLF                          annotation; after 1023 bytes it counts as ended, and what follows as another line
/// </code>
/// </summary>
public static class AofScanner
{
    /// <summary>Bytes of a line that are read at once.</summary>
    public const int LineMax = 1023;

    /// <summary>Looks at the start of the window.</summary>
    /// <param name="window">Not empty.</param>
    /// <param name="isEnd">Whether the file ends behind the window.</param>
    /// <param name="arguments">The places of a command's arguments are appended, and nothing otherwise.</param>
    /// <param name="length">Bytes of the item; when it is incomplete, those that the window needs at least before it is worth asking again.</param>
    public static AofItem Scan(ReadOnlySpan<byte> window, bool isEnd, ArgumentTable arguments, out long length)
    {
        length = 0;
        if (window[0] == '*')
        {
            var first = arguments.Count;
            var item = ScanCommand(window, isEnd, arguments, ref length);
            if (item != AofItem.Command) arguments.Truncate(first);
            return item;
        }

        if (window[0] != '#') return AofItem.Malformed;
        var end = LineEnd(window, 0, isEnd);
        length = end < 0 ? window.Length + 1 : end;
        return end < 0 ? AofItem.Incomplete : AofItem.Annotation;
    }

    private static AofItem ScanCommand(ReadOnlySpan<byte> window, bool isEnd, ArgumentTable arguments, ref long length)
    {
        if (window.Length == 1) return Cut(window, isEnd, ref length);
        var at = ReadNumber(window, 0, isEnd, out var count);
        if (at < 0) return Cut(window, isEnd, ref length);
        if (count is < 1 or > int.MaxValue) return AofItem.Malformed;
        for (var i = 0L; i < count; i++)
        {
            if (at == window.Length) return Cut(window, isEnd, ref length);
            if (window[at] != '$') return AofItem.Malformed;
            at = ReadNumber(window, at, isEnd, out var size);
            if (at < 0) return Cut(window, isEnd, ref length);
            if (size < 0) return AofItem.Malformed;
            var end = at + size + 2;
            if (end > window.Length)
            {
                length = Math.Max(end, window.Length * 2L);
                return isEnd ? AofItem.Truncated : AofItem.Incomplete;
            }

            arguments.Add(at, (int)size);
            at = (int)end;
        }

        length = at;
        return AofItem.Command;
    }

    // The next look is worth it when there is twice as much: then all looks at a long command together cost no more than two.
    private static AofItem Cut(ReadOnlySpan<byte> window, bool isEnd, ref long length)
    {
        length = window.Length * 2L;
        return isEnd ? AofItem.Truncated : AofItem.Incomplete;
    }

    // Reads the line at 'at', whose first byte has been looked at. Returns where the next line begins, or -1 when the end of this one is not there.
    private static int ReadNumber(ReadOnlySpan<byte> window, int at, bool isEnd, out long number)
    {
        number = 0;
        var position = at + 1;
        while (position < window.Length && (uint)(window[position] - '0') <= 9 && position - at < 16) number = (number * 10) + (window[position++] - '0');
        if (position + 1 < window.Length && window[position] == '\r' && window[position + 1] == '\n' && position > at + 1) return position + 2;
        var end = LineEnd(window, at, isEnd);
        if (end >= 0) number = NumberOf(window[(at + 1)..end]);
        return end;
    }

    private static int LineEnd(ReadOnlySpan<byte> window, int at, bool isEnd)
    {
        var line = window.Slice(at, Math.Min(LineMax, window.Length - at));
        var end = line.IndexOf((byte)'\n');
        if (end >= 0) return at + end + 1;
        return line.Length == LineMax || isEnd ? at + line.Length : -1;
    }

    // As strtol: white space, a sign, digits up to anything else; 0 where there is no number.
    private static long NumberOf(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && Core.Text.Integers.IsWhiteSpace(text[0])) text = text[1..];
        var isNegative = !text.IsEmpty && text[0] == '-';
        if (!text.IsEmpty && text[0] is (byte)'-' or (byte)'+') text = text[1..];
        var value = 0L;
        const long largest = long.MaxValue / 20;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9' || value > largest) break;
            value = (value * 10) + (digit - '0');
        }

        return isNegative ? -value : value;
    }
}
