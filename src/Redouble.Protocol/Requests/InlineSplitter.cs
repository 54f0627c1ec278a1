namespace Redouble.Protocol.Requests;

/// <summary>
/// Splits an inline request the way Redis does: blanks separate; "…" knows \n \r \t \b \a \xHH and \ before any other character;
/// '…' knows \' only; a quote may open inside a word, and a closing quote must be followed by a blank or the end.
/// </summary>
internal static class InlineSplitter
{
    /// <summary>
    /// Adds the arguments of <paramref name="line"/> to <paramref name="args"/>. Escapes are resolved in place, which never needs more
    /// room than the text had: each argument ends up at or before where it stood. False when quotes do not balance.
    /// </summary>
    public static bool TrySplit(Span<byte> line, ArgumentTable args)
    {
        var read = 0;
        while (true)
        {
            while (read < line.Length && IsSpace(line[read])) read++;
            if (read == line.Length) return true;
            var start = read;
            if (!TryWord(line, ref read, out var length)) return false;
            args.Add(start, length);
        }
    }

    private static bool TryWord(Span<byte> line, ref int read, out int length)
    {
        var start = read;
        var write = read;
        length = 0;
        while (read < line.Length && line[read] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
        {
            var c = line[read];
            if (c is (byte)'"' or (byte)'\'')
            {
                read++;
                var closed = c == '"' ? TryDoubleQuoted(line, ref read, ref write) : TrySingleQuoted(line, ref read, ref write);
                if (!closed || (read < line.Length && !IsSpace(line[read]))) return false;
                break;
            }

            line[write++] = c;
            read++;
        }

        length = write - start;
        return true;
    }

    private static bool TryDoubleQuoted(Span<byte> line, ref int read, ref int write)
    {
        while (read < line.Length)
        {
            var c = line[read++];
            if (c == '"') return true;
            if (c == '\\' && read < line.Length) c = Escape(line, ref read);
            line[write++] = c;
        }

        return false;
    }

    private static bool TrySingleQuoted(Span<byte> line, ref int read, ref int write)
    {
        while (read < line.Length)
        {
            var c = line[read++];
            if (c == '\'') return true;
            if (c == '\\' && read < line.Length && line[read] == '\'') c = line[read++];
            line[write++] = c;
        }

        return false;
    }

    private static byte Escape(ReadOnlySpan<byte> line, ref int read)
    {
        var c = line[read++];
        if (c == 'x' && line.Length - read >= 2 && char.IsAsciiHexDigit((char)line[read]) && char.IsAsciiHexDigit((char)line[read + 1]))
        {
            var value = (byte)((HexDigit(line[read]) << 4) | HexDigit(line[read + 1]));
            read += 2;
            return value;
        }

        return c switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            _ => c,
        };
    }

    private static int HexDigit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

    // The blanks of C's isspace.
    private static bool IsSpace(byte c) => c == ' ' || (uint)(c - '\t') <= '\r' - '\t';
}
