using Redouble.Core.Text;

namespace Redouble.Replication.Log;

/// <summary>
/// Walks over the commands of the log, from an edge on. It looks at the lengths and at the first bytes of the first two words; values are passed over, so
/// a command costs what its words cost, whatever their size and whatever blocks they lie in.
/// <code>
///   *3 CRLF  $3 CRLF SET CRLF  $5 CRLF hello CRLF  $9 CRLF ········· CRLF
///   │            └ Name              └ Word              └ passed over    │
///   Start                                                            End (of the next command's first byte)
/// </code>
/// </summary>
/// <param name="cursor">Where to begin; the reader moves it.</param>
public sealed class LogFrameReader(LogCursor cursor)
{
    private const int LineMax = 24;  // sign, digits, CRLF, with room to spare
    private const int ShownMax = 16; // of a word: the longest that matter are REPLCONF and a database's number

    private readonly byte[] _line = new byte[LineMax];
    private readonly byte[] _name = new byte[ShownMax];
    private readonly byte[] _word = new byte[ShownMax];
    private int _nameLength, _wordLength;

    /// <summary>Offset of the command's first byte.</summary>
    public long Start { get; private set; }

    /// <summary>Offset behind the command.</summary>
    public long End => cursor.Offset;

    /// <summary>Words of the command; 0 for a blank line.</summary>
    public long Count { get; private set; }

    /// <summary>Whether the command has that name, given in lower case.</summary>
    public bool Is(ReadOnlySpan<byte> lowerName) => Count > 0 && AsciiCase.EqualsIgnoreCase(_name.AsSpan(0, _nameLength), lowerName);

    /// <summary>Whether it is SELECT, and of which database.</summary>
    public bool IsSelect(out int database)
    {
        database = -1;
        if (Count != 2 || !Is("select"u8) || !Integers.TryParse(_word.AsSpan(0, _wordLength), out var number)) return false;
        database = (int)Math.Clamp(number, -1, int.MaxValue);
        return true;
    }

    /// <summary>Whether it may change data, or frames what does: no blank line, keepalive or message.</summary>
    public bool HasEffect => Count > 0 && !Is("ping"u8) && !Is("replconf"u8) && !Is("publish"u8) && !Is("spublish"u8);

    /// <summary>Moves over the next command; false when the bytes are none, after which the reader is of no more use.</summary>
    public bool TryRead()
    {
        Start = cursor.Offset;
        Count = _nameLength = _wordLength = 0;
        var next = cursor.Peek();
        if (next.IsEmpty) return false;
        if (next[0] is (byte)'\r' or (byte)'\n')
        {
            cursor.Advance(1);
            return true;
        }

        if (!TryReadNumber((byte)'*', out var count) || count < 1) return false;
        for (long i = 0; i < count; i++)
        {
            if (!TryReadNumber((byte)'$', out var length) || length > cursor.PendingBytes - 2) return false;
            if (i == 0) _nameLength = Copy(_name, length);
            else if (i == 1) _wordLength = Copy(_word, length);
            cursor.Advance(length - (i == 0 ? _nameLength : i == 1 ? _wordLength : 0));
            if (!IsLineEnd()) return false;
        }

        Count = count;
        return true;
    }

    private int Copy(Span<byte> destination, long length)
    {
        var wanted = (int)Math.Min(length, destination.Length);
        for (var done = 0; done < wanted;)
        {
            var bytes = cursor.Peek();
            var part = Math.Min(bytes.Length, wanted - done);
            bytes[..part].CopyTo(destination[done..]);
            cursor.Advance(part);
            done += part;
        }

        return wanted;
    }

    private bool IsLineEnd() => Copy(_line.AsSpan(0, 2), 2) == 2 && _line[0] == '\r' && _line[1] == '\n';

    private bool TryReadNumber(byte sign, out long number)
    {
        number = -1;
        var length = 0;
        while (true)
        {
            var bytes = cursor.Peek();
            bytes = bytes[..Math.Min(bytes.Length, LineMax - length)];
            if (bytes.IsEmpty) return false;
            var end = bytes.IndexOf((byte)'\n') + 1;
            var part = end > 0 ? end : bytes.Length;
            bytes[..part].CopyTo(_line.AsSpan(length));
            cursor.Advance(part);
            length += part;
            if (end > 0) break;
        }

        return length > 3 && _line[0] == sign && _line[length - 2] == '\r' && Integers.TryParse(_line.AsSpan(1, length - 3), out number) && number >= 0;
    }
}
