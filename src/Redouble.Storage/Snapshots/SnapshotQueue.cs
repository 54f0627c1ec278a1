using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The frames of a snapshot on their way to the encoder: a chain of blocks, filled by the data thread, handed over whole. The blocks
/// stay the data thread's; the encoder reads them under a lease and the data thread releases them afterwards.
/// </summary>
public sealed class SnapshotQueue(BlockPool blocks)
{
    /// <summary>
    /// Bytes of large values after which a block is full: the helper's quantum. Without it a few of them would hold up everything: they alone can
    /// use up what may be under way, while the block that refers to them waits for its 16 KB of frames.
    /// </summary>
    private const long ValueBytesMax = 64 * 1024;

    private readonly Queue<Block> _full = new();
    private Block _current;
    private long _currentValueBytes;

    /// <summary>Bytes of queued and leased blocks, referenced large values included.</summary>
    public long Bytes { get; private set; }

    /// <summary>The part of <see cref="Bytes"/> that nobody has taken.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Records appended so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Bytes of frames appended so far, large values included.</summary>
    public long FrameBytes { get; private set; }

    /// <summary>Whether a whole block waits to be taken.</summary>
    public bool HasFullBlocks => _full.Count > 0;

    /// <summary>Whether nothing waits to be taken.</summary>
    public bool IsEmpty => _full.Count == 0 && _current.IsNone;

    /// <summary>Memory of a block of frames, the large values that it refers to included.</summary>
    public static long BytesOf(Block block)
    {
        long bytes = block.Capacity;
        if (block.Tag == 0) return bytes;
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame)) bytes += frame.HasBlock ? frame.Block.Capacity : 0;
        return bytes;
    }

    /// <summary>Takes the next block to encode; an unfinished one only when <paramref name="evenPartial"/>.</summary>
    public bool TryTake(bool evenPartial, out Block block)
    {
        if (!_full.TryDequeue(out block))
        {
            if (!evenPartial || _current.IsNone) return false;
            block = _current;
            _current = Block.None;
            _currentValueBytes = 0;
        }

        WaitingBytes -= BytesOf(block);
        return true;
    }

    /// <summary>Counts a block of frames that was rented elsewhere as a taken one.</summary>
    public void Adopt(Block block) => Bytes += BytesOf(block);

    /// <summary>Gives a taken block back after its frames have been encoded or are not wanted any more.</summary>
    public void Release(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        if (block.Tag != 0)
        {
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                if (!frame.HasBlock) continue;
                Bytes -= frame.Block.Capacity;
                blocks.Release(frame.Block);
            }
        }

        Bytes -= block.Capacity;
        blocks.Release(block);
    }

    /// <summary>Drops everything that has not been taken.</summary>
    public void Clear()
    {
        while (TryTake(evenPartial: true, out var block)) Release(block);
    }

    internal void Append(Record record, int database)
    {
        var size = SnapshotFrame.SizeOf(record);
        if (_current.IsNone || _current.Capacity - _current.Length < size) StartBlock(size);
        SnapshotFrame.Write(_current.Free[..size], record, database);
        _current.Length += size;
        Frames++;
        FrameBytes += size;
        if (!record.IsBlock) return;
        _current.Tag++;
        Count(record.Block.Capacity);
        FrameBytes += record.ValueLength;
        _currentValueBytes += record.Block.Capacity;
        if (_currentValueBytes >= ValueBytesMax) FinishBlock();
    }

    private void StartBlock(int size)
    {
        FinishBlock();
        _current = blocks.Rent(size);
        Count(_current.Capacity);
    }

    private void FinishBlock()
    {
        if (!_current.IsNone) _full.Enqueue(_current);
        _current = Block.None;
        _currentValueBytes = 0;
    }

    private void Count(long bytes)
    {
        Bytes += bytes;
        WaitingBytes += bytes;
    }
}
