namespace Redouble.Core.Text;

/// <summary>What <see cref="ArgumentSplitter.Next"/> found.</summary>
public enum ArgumentSplitStatus
{
    /// <summary>One argument was written.</summary>
    Argument,

    /// <summary>The line is used up.</summary>
    End,

    /// <summary>A quote is not closed, or its closing is not followed by white space. The whole line counts as wrong.</summary>
    Unbalanced,
}

/// <summary>
/// Takes a line of redis.conf or an inline command apart into arguments.
/// <code>
/// outside   white space ends the argument (space, \t, \n, \r; a \v or \f only between arguments); a quote may open in mid-argument
/// "…"       \n \r \t \b \a, \xhh with two hex digits, any other \c is c
/// '…'       only \' is an escape
/// </code>
/// A closing quote must be followed by white space or the end of the line. A NUL byte ends the line. One pass, no allocation: an argument
/// is never longer than its text in the line.
/// </summary>
public ref struct ArgumentSplitter
{
    private readonly ReadOnlySpan<byte> _line;
    private int _at;

    /// <summary>Starts at the beginning of a line, given without or with its line end.</summary>
    public ArgumentSplitter(ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)0);
        _line = end < 0 ? line : line[..end];
        _at = 0;
    }

    /// <summary>Writes the next argument.</summary>
    /// <param name="destination">As long as the line, or as what is left of it.</param>
    /// <param name="written">Bytes of the argument; 0 is possible (an empty pair of quotes).</param>
    public ArgumentSplitStatus Next(Span<byte> destination, out int written)
    {
        written = 0;
        while (_at < _line.Length && Integers.IsWhiteSpace(_line[_at]))
        {
            _at++;
        }

        if (_at == _line.Length)
        {
            return ArgumentSplitStatus.End;
        }

        while (_at < _line.Length)
        {
            byte value = _line[_at++];
            switch (value)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r':
                    return ArgumentSplitStatus.Argument;
                case (byte)'"' or (byte)'\'':
                    return ReadQuoted(value, destination, ref written) ? ArgumentSplitStatus.Argument : ArgumentSplitStatus.Unbalanced;
                default:
                    destination[written++] = value;
                    break;
            }
        }

        return ArgumentSplitStatus.Argument;
    }

    private bool ReadQuoted(byte quote, Span<byte> destination, ref int written)
    {
        while (_at < _line.Length)
        {
            byte value = _line[_at++];
            if (value == quote)
            {
                return _at == _line.Length || Integers.IsWhiteSpace(_line[_at]);
            }

            if (value == '\\' && _at < _line.Length)
            {
                if (quote == '"')
                {
                    value = ReadEscape();
                }
                else if (_line[_at] == quote)
                {
                    value = quote;
                    _at++;
                }
            }

            destination[written++] = value;
        }

        return false;
    }

    private byte ReadEscape()
    {
        byte value = _line[_at++];
        if (value == 'x' && _at + 2 <= _line.Length && IsHex(_line[_at]) && IsHex(_line[_at + 1]))
        {
            int high = HexDigits.ValueOf(_line[_at]);
            int low = HexDigits.ValueOf(_line[_at + 1]);
            _at += 2;
            return (byte)((high << 4) | low);
        }

        return value switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => (byte)'\a',
            _ => value,
        };
    }

    private static bool IsHex(byte value) => HexDigits.ValueOf(value) >= 0;
}
