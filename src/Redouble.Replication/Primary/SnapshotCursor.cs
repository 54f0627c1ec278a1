using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Primary;

/// <summary>A replica's place in a <see cref="SnapshotStream"/>.</summary>
public sealed class SnapshotCursor
{
    private readonly SnapshotStream _stream;
    private Block _block; // none until the first bytes are there
    private int _position;
    private bool _isClosed;

    internal SnapshotCursor(SnapshotStream stream)
    {
        _stream = stream;
        stream.Waiting++;
    }

    /// <summary>Bytes read so far.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Whether all bytes of the snapshot were read.</summary>
    public bool IsAtEnd => _stream.Status == SnapshotStatus.Completed && ReadBytes == _stream.Length;

    /// <summary>Fills <paramref name="segments"/> with the next bytes; returns how many segments, 0 when the encoder is behind or has ended.</summary>
    public int Peek(Span<OutputSegment> segments)
    {
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
            Settle();
            var step = (int)Math.Min(count, _block.Length - _position);
            if (step == 0) throw new ArgumentOutOfRangeException(nameof(count));
            _position += step;
            count -= step;
        }

        Settle();
        _stream.OnRead();
    }

    /// <summary>Gives up the place.</summary>
    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        if (_block.IsNone) _stream.Waiting--;
        var block = _block;
        _block = Block.None;
        _stream.Remove(this, block);
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
