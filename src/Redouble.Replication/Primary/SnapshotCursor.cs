using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Primary;

/// <summary>A replica's place in a <see cref="SnapshotStream"/>: in its chain of blocks, or in its file.</summary>
public sealed class SnapshotCursor
{
    private readonly SnapshotStream _stream;
    private Block _block; // none until the first bytes are there; of a file the page that it is at
    private int _position;
    private bool _isClosed;

    internal SnapshotCursor(SnapshotStream stream)
    {
        _stream = stream;
        stream.Waiting++;
    }

    private SnapshotCursor(SnapshotCursor other)
    {
        (_stream, _block, _position, ReadBytes) = (other._stream, other._block, other._position, other.ReadBytes);
        if (_block.IsNone) _stream.Waiting++;
        else _block.Retain();
    }

    /// <summary>Bytes read so far.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Whether all bytes of the snapshot were read.</summary>
    public bool IsAtEnd => _stream.Status == SnapshotStatus.Completed && ReadBytes == _stream.Length;

    /// <summary>Whether it reads a file, and holds nobody up.</summary>
    public bool IsOnFile { get; private set; }

    /// <summary>Why it will not get to the end, or null.</summary>
    public string? Failure => _stream.Status == SnapshotStatus.Failed ? _stream.Error : IsOnFile ? _stream.FileFailure : null;

    internal Block Page => _block;

    /// <summary>Another one at the same place, which no replica reads.</summary>
    internal SnapshotCursor Duplicate() => new(this);

    internal bool HasPageWith(long position) =>
        IsOnFile && !_block.IsNone && position >= _block.BaseOffset && position < _block.BaseOffset + _block.Length;

    /// <summary>From here on it reads the stream's file.</summary>
    internal void MoveToFile()
    {
        var block = _block;
        if (block.IsNone) _stream.Waiting--;
        IsOnFile = true;
        _block = Block.None;
        _position = 0;
        _stream.Leave(block);
    }

    /// <summary>Fills <paramref name="segments"/> with the next bytes; returns how many segments, 0 when the encoder is behind or has ended.</summary>
    public int Peek(Span<OutputSegment> segments)
    {
        if (IsOnFile) return segments.IsEmpty ? 0 : PeekPage(segments);
        Settle();
        var block = _block;
        var position = _position;
        var count = 0;
        while (count < segments.Length && !block.IsNone)
        {
            if (position < block.Length) segments[count++] = new OutputSegment(block, position, block.Length - position);
            block = block.Next;
            position = 0;
        }

        return count;
    }

    /// <summary>Moves on by bytes that were peeked.</summary>
    public void Advance(long count)
    {
        ReadBytes += count;
        while (count > 0)
        {
            if (!IsOnFile) Settle();
            var step = (int)Math.Min(count, _block.Length - _position);
            if (step == 0) throw new ArgumentOutOfRangeException(nameof(count));
            _position += step;
            count -= step;
        }

        if (!IsOnFile) Settle();
    }

    /// <summary>Gives up the place.</summary>
    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        if (_block.IsNone && !IsOnFile) _stream.Waiting--;
        var block = _block;
        _block = Block.None;
        _stream.Remove(this, block);
    }

    private int PeekPage(Span<OutputSegment> segments)
    {
        if (_block.IsNone || _position == _block.Length)
        {
            var isThere = !_isClosed && _stream.TryReadPage(ref _block, ReadBytes);
            _position = isThere ? (int)(ReadBytes - _block.BaseOffset) : _block.IsNone ? 0 : _block.Length;
            if (!isThere) return 0;
        }

        segments[0] = new OutputSegment(_block, _position, _block.Length - _position);
        return 1;
    }

    // Goes to the block that has the next byte, if there is one.
    private void Settle()
    {
        if (_block.IsNone)
        {
            if (_isClosed || _stream.Head.IsNone) return;
            _block = _stream.Head;
            _block.Retain();
            _stream.Waiting--;
        }

        while (_position == _block.Length && !_block.Next.IsNone)
        {
            var passed = _block;
            _block = passed.Next;
            _block.Retain();
            _position = 0;
            _stream.Leave(passed);
        }
    }
}
