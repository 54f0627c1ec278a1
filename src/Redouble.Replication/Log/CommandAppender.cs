namespace Redouble.Replication.Log;

/// <summary>
/// Writes one command into the log, argument by argument: <c>*N CRLF $length CRLF argument CRLF …</c>. The command is part of the
/// stream, and moves the offset, when it is ended.
/// </summary>
public ref struct CommandAppender
{
    private const int HeaderMax = 14; // '$' or '*', 11 digits of an int, CRLF

    private readonly ReplicationLog _log;
    private readonly AppendKind _kind;
    private Span<byte> _free; // rest of the log's tail block
    private int _used;        // bytes of it written
    private long _flushed;    // bytes of the command in earlier blocks
    private int _missing;

    internal CommandAppender(ReplicationLog log, int argumentCount, AppendKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(argumentCount, 1);
        _log = log;
        _kind = kind;
        _missing = argumentCount;
        _free = log.TailFree;
        if (_free.Length >= HeaderMax) _used = Format(_free, (byte)'*', argumentCount);
        else WriteHeaderAcrossBlocks((byte)'*', argumentCount);
    }

    /// <summary>Appends an argument.</summary>
    public void Argument(scoped ReadOnlySpan<byte> bytes)
    {
        _missing--;
        var destination = _free[_used..];
        if (destination.Length - HeaderMax - 2 < bytes.Length)
        {
            WriteHeaderAcrossBlocks((byte)'$', bytes.Length);
            WriteAcrossBlocks(bytes);
            WriteAcrossBlocks("\r\n"u8);
            return;
        }

        var start = Format(destination, (byte)'$', bytes.Length);
        bytes.CopyTo(destination[start..]);
        var end = start + bytes.Length;
        destination[end] = (byte)'\r';
        destination[end + 1] = (byte)'\n';
        _used += end + 2;
    }

    /// <summary>Appends a number as an argument, in decimal.</summary>
    public void Argument(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length);
        Argument(digits[..length]);
    }

    /// <summary>Makes the command part of the stream.</summary>
    public void End()
    {
        if (_missing != 0) throw new InvalidOperationException("A command in the log has another number of arguments than was announced.");
        _log.Advance(_used);
        _log.Note(_flushed + _used, _kind);
    }

    private void WriteHeaderAcrossBlocks(byte sign, int value)
    {
        Span<byte> header = stackalloc byte[HeaderMax];
        WriteAcrossBlocks(header[..Format(header, sign, value)]);
    }

    private void WriteAcrossBlocks(scoped ReadOnlySpan<byte> bytes)
    {
        _log.Advance(_used);
        _log.Write(bytes);
        _flushed += _used + bytes.Length;
        _free = _log.TailFree;
        _used = 0;
    }

    // Lengths of one and two digits are nearly all there are; the library's formatting costs more than the copy of the argument.
    private static int Format(Span<byte> destination, byte sign, int value)
    {
        destination[0] = sign;
        int digits;
        if (value < 10)
        {
            destination[1] = (byte)('0' + value);
            digits = 1;
        }
        else if (value < 100)
        {
            var tens = value / 10;
            destination[1] = (byte)('0' + tens);
            destination[2] = (byte)('0' + value - (tens * 10));
            digits = 2;
        }
        else
        {
            value.TryFormat(destination[1..], out digits);
        }

        destination[digits + 1] = (byte)'\r';
        destination[digits + 2] = (byte)'\n';
        return digits + 3;
    }
}
