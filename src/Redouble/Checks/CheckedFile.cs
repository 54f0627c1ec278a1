using Redouble.Server.Polling;

namespace Redouble.Checks;

/// <summary>A file as the checks read it: bytes at a position, lines of bounded length.</summary>
internal sealed class CheckedFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _end;

    private CheckedFile(FileStream stream) => _stream = stream;

    /// <summary>Opens a file, to be cut if need be.</summary>
    /// <exception cref="IOException">With the system's text.</exception>
    public static CheckedFile Open(string path, bool forWriting)
    {
        try
        {
            if (path.Length == 0) throw new FileNotFoundException();
            if (Directory.Exists(path)) throw new IOException("Is a directory");
            if (FileCalls.IsPipe(path)) throw new IOException("Is a pipe"); // it has no length, and opening it may wait for ever
            return new CheckedFile(new FileStream(path, FileMode.Open, forWriting ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite,
                bufferSize: 0));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException("No such file or directory", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException("Permission denied", failure);
        }
    }

    /// <summary>Bytes of the file.</summary>
    public long Length => _stream.Length;

    /// <summary>Of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>Whether a read has met the end of the file.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The next byte without taking it, or -1 at the end.</summary>
    public int Peek()
    {
        if (_at == _end) Fill();
        return _at == _end ? -1 : _buffer[_at];
    }

    /// <summary>Takes bytes up to and including a line end, at most so many; empty at the end.</summary>
    public byte[] ReadLine(int lengthMax)
    {
        List<byte> line = [];
        while (line.Count < lengthMax && Peek() is var value and >= 0)
        {
            _at++;
            Position++;
            line.Add((byte)value);
            if (value == '\n') break;
        }

        return [.. line];
    }

    /// <summary>Takes bytes into <paramref name="into"/>; fewer than it holds at the end of the file only.</summary>
    public int Read(Span<byte> into)
    {
        var total = 0;
        while (total < into.Length && Peek() >= 0)
        {
            var part = Math.Min(_end - _at, into.Length - total);
            _buffer.AsSpan(_at, part).CopyTo(into[total..]);
            _at += part;
            total += part;
        }

        Position += total;
        return total;
    }

    /// <summary>What is at hand of the next bytes, at least one unless the file has ended. <see cref="Take"/> uses them up.</summary>
    public ReadOnlySpan<byte> Window()
    {
        Peek();
        return _buffer.AsSpan(_at, _end - _at);
    }

    /// <summary>Uses up bytes of the window.</summary>
    public void Take(int count)
    {
        _at += count;
        Position += count;
    }

    /// <summary>Goes on from a place.</summary>
    public void Seek(long position)
    {
        if (position >= Position && position - Position <= _end - _at)
        {
            Take((int)(position - Position));
            return;
        }

        _stream.Position = Position = position;
        _at = _end = 0;
    }

    /// <summary>Cuts the file, and puts a few bytes in the place of what was cut.</summary>
    public void Truncate(long length, ReadOnlySpan<byte> end)
    {
        _stream.SetLength(length);
        _stream.Position = length;
        _stream.Write(end);
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    private void Fill()
    {
        _at = 0;
        _end = _stream.Read(_buffer);
        HasEnded |= _end == 0;
    }
}
