using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The frames of a snapshot on their way to the encoder: a chain of blocks, filled by the data thread, handed over whole. The blocks
/// stay the data thread's; the encoder reads them under a lease and the data thread releases them afterwards.
/// </summary>
public sealed class SnapshotQueue(BlockPool blocks)
{
    private readonly Queue<Block> _full = new();
    private Block _current;

    /// <summary>Bytes of queued and leased blocks, referenced large values included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records appended so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Bytes of frames appended so far, large values included.</summary>
    public long FrameBytes { get; private set; }

    /// <summary>Whether a whole block waits to be taken.</summary>
    public bool HasFullBlocks => _full.Count > 0;

    /// <summary>Takes the next block to encode; an unfinished one only when <paramref name="evenPartial"/>.</summary>
    public bool TryTake(bool evenPartial, out Block block)
    {
        if (_full.TryDequeue(out block)) return true;
        if (!evenPartial || _current.IsNone) return false;
        block = _current;
        _current = Block.None;
        return true;
    }

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
        if (_current.IsNone || _current.Capacity - _current.Length < size)
        {
            if (!_current.IsNone) _full.Enqueue(_current);
            _current = blocks.Rent(size);
            Bytes += _current.Capacity;
        }

        SnapshotFrame.Write(_current.Free[..size], record, database);
        _current.Length += size;
        Frames++;
        FrameBytes += size;
        if (!record.IsBlock) return;
        _current.Tag++;
        Bytes += record.Block.Capacity;
        FrameBytes += record.ValueLength;
    }
}
