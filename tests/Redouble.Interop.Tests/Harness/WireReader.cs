using System.Net.Sockets;
using System.Text;

namespace Redouble.Interop.Tests.Harness;

/// <summary>A buffered reader over a blocking socket that counts what it hands out. The socket's receive timeout bounds every call.</summary>
internal sealed class WireReader(Socket socket)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Bytes handed out so far.</summary>
    public long Consumed { get; private set; }

    public bool HasBuffered => _start < _end;

    public byte ReadByte()
    {
        if (_start == _end)
        {
            Fill();
        }

        Consumed++;
        return _buffer[_start++];
    }

    /// <summary>One line without its line end; a lone LF ends a line too.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            byte b = ReadByte();
            if (b == (byte)'\n')
            {
                return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
            }

            line.Append((char)b);
        }
    }

    public byte[] ReadExactly(int count)
    {
        var bytes = new byte[count];
        int filled = 0;
        while (filled < count)
        {
            if (_start == _end)
            {
                Fill();
            }

            int take = Math.Min(count - filled, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(bytes.AsSpan(filled));
            _start += take;
            filled += take;
        }

        Consumed += count;
        return bytes;
    }

    /// <summary>Reads until the bytes end with <paramref name="mark"/>; the mark is part of the result.</summary>
    public byte[] ReadUntil(ReadOnlySpan<byte> mark)
    {
        var bytes = new MemoryStream();
        while (true)
        {
            bytes.WriteByte(ReadByte());
            if (bytes.Length >= mark.Length && bytes.GetBuffer().AsSpan((int)bytes.Length - mark.Length, mark.Length).SequenceEqual(mark))
            {
                return bytes.ToArray();
            }
        }
    }

    /// <summary>Everything up to the end of the connection, or until nothing came for the socket's receive timeout.</summary>
    public byte[] ReadToEnd()
    {
        var bytes = new MemoryStream();
        try
        {
            while (true)
            {
                bytes.WriteByte(ReadByte());
            }
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException or TimeoutException)
        {
            return bytes.ToArray();
        }
    }

    private void Fill()
    {
        int n;
        try
        {
            n = socket.Receive(_buffer);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new TimeoutException($"nothing received for {socket.ReceiveTimeout} ms (after {Consumed} bytes)", e);
        }

        if (n == 0)
        {
            throw new EndOfStreamException($"connection closed by the server (after {Consumed} bytes)");
        }

        _start = 0;
        _end = n;
    }
}
