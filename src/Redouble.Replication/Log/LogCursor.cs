using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Log;

/// <summary>
/// A reader's place in the <see cref="ReplicationLog"/>: the next byte it will send. It holds a reference on its block and with it all
/// later ones. Sending is peek, send, advance; bytes may be peeked at again after a short send.
/// </summary>
public sealed class LogCursor
{
    private readonly ReplicationLog _log;
    private Block _block;
    private int _position;

    internal LogCursor(ReplicationLog log, Block block, int position)
    {
        _log = log;
        _block = block;
        _position = position;
    }

    internal int ListIndex { get; set; }

    /// <summary>Whether it still has a place; a log that starts a new history closes its cursors.</summary>
    public bool IsOpen => !_block.IsNone;

    /// <summary>Offset of the next byte.</summary>
    public long Offset => _block.BaseOffset + _position;

    /// <summary>Bytes not read yet.</summary>
    public long PendingBytes => _log.EndOffset + 1 - Offset;

    /// <summary>Bytes that the log keeps because of this cursor: from the start of its block.</summary>
    public long PinnedBytes => _log.EndOffset + 1 - _block.BaseOffset;

    /// <summary>The next contiguous bytes; empty at the end of the log.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        SkipFinishedBlocks();
        return _block.Written[_position..];
    }

    /// <summary>Fills <paramref name="segments"/> with the next bytes, for a vectored send; returns how many segments.</summary>
    public int Peek(Span<OutputSegment> segments)
    {
        SkipFinishedBlocks();
        var block = _block;
        var position = _position;
        var count = 0;
        while (count < segments.Length && !block.IsNone && position < block.Length)
        {
            segments[count++] = new OutputSegment(block, position, block.Length - position);
            block = block.Next;
            position = 0;
        }

        return count;
    }

    /// <summary>Moves on by <paramref name="count"/> bytes, which may span blocks.</summary>
    public void Advance(long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)count, (ulong)PendingBytes);
        while (count > 0)
        {
            SkipFinishedBlocks();
            var step = (int)Math.Min(count, _block.Length - _position);
            _position += step;
            count -= step;
        }

        SkipFinishedBlocks(); // or a replica that keeps up would hold a block that is done
    }

    /// <summary>Gives up the place.</summary>
    public void Close()
    {
        if (!IsOpen) return;
        _log.Unpin(_block);
        _block = Block.None;
        _log.Remove(this);
    }

    private void SkipFinishedBlocks()
    {
        // Invariant: a block with a successor is never written to again.
        while (_position == _block.Length && !_block.Next.IsNone)
        {
            var next = _block.Next;
            next.Retain();
            _log.Unpin(_block);
            _block = next;
            _position = 0;
        }
    }
}
