using Redouble.Core.Memory;

namespace Redouble.Storage.Snapshots;

/// <summary>Frames in a row of blocks, the last of them still being filled.</summary>
/// <param name="blocks">Where the blocks come from.</param>
/// <param name="firstCapacity">Bytes of the first block, where there are many chains with little in each; those that follow double it.</param>
internal sealed class FrameChain(BlockPool blocks, int firstCapacity = BlockPool.StandardCapacity)
{
    /// <summary>
    /// Bytes of large values after which a block is full: the helper's quantum. Without it a few of them would hold up everything: they alone can
    /// use up what may be under way, while the block that refers to them waits for its 16 KB of frames.
    /// </summary>
    private const long ValueBytesMax = 64 * 1024;

    private readonly Queue<Block> _full = new();
    private Block _current;
    private long _currentValueBytes;
    private int _nextCapacity;

    /// <summary>Memory of its blocks, referenced large values included.</summary>
    public long Bytes { get; private set; }

    public bool HasFullBlocks => _full.Count > 0 || IsCurrentFull;

    public bool IsEmpty => _full.Count == 0 && _current.IsNone;

    // One frame may fill it, and be all that there is for now: whoever waits until there is less would wait for ever.
    private bool IsCurrentFull => !_current.IsNone && _current.Length >= BlockPool.StandardCapacity;

    /// <summary>Takes the first block; an unfinished one only when <paramref name="evenPartial"/>.</summary>
    public bool TryTake(bool evenPartial, out Block block)
    {
        if (!_full.TryDequeue(out block))
        {
            if (!(evenPartial || IsCurrentFull) || _current.IsNone) return false;
            block = _current;
            _current = Block.None;
            _currentValueBytes = 0;
        }

        Bytes -= SnapshotQueue.BytesOf(block);
        return true;
    }

    /// <summary>Appends a block of frames.</summary>
    public void Add(Block block)
    {
        FinishBlock();
        _full.Enqueue(block);
        Bytes += SnapshotQueue.BytesOf(block);
    }

    /// <summary>Room for a frame of <paramref name="size"/> bytes; <paramref name="rented"/> are the bytes of memory taken for it.</summary>
    public Span<byte> Reserve(int size, out long rented)
    {
        rented = 0;
        if (_current.IsNone || _current.Capacity - _current.Length < size)
        {
            _nextCapacity = IsEmpty ? firstCapacity : Math.Min(_nextCapacity * 2, BlockPool.StandardCapacity);
            FinishBlock();
            _current = _nextCapacity < BlockPool.StandardCapacity ? blocks.RentExactly(Math.Max(size, _nextCapacity)) : blocks.Rent(size);
            rented = BlockPool.MemoryBytes(_current);
            Bytes += rented;
        }

        var span = _current.Free[..size];
        _current.Length += size;
        return span;
    }

    /// <summary>The frame just appended refers to a block that takes so many bytes.</summary>
    public void AddValue(long bytes)
    {
        _current.Tag++;
        Bytes += bytes;
        _currentValueBytes += bytes;
        if (_currentValueBytes >= ValueBytesMax) FinishBlock();
    }

    private void FinishBlock()
    {
        if (!_current.IsNone) _full.Enqueue(_current);
        _current = Block.None;
        _currentValueBytes = 0;
    }
}
