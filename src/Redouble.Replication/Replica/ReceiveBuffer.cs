using Redouble.Core.Memory;

namespace Redouble.Replication.Replica;

/// <summary>
/// Received bytes that are not used up, contiguous in one block: | used | unread | free |. Grows with what has really arrived, never
/// with what a peer announces, up to <paramref name="bytesMax"/>, and goes back to its first size when it is empty.
/// </summary>
/// <param name="pool">Where the block comes from.</param>
/// <param name="capacity">First size, bytes.</param>
/// <param name="bytesMax">Most unread bytes. Whoever reads them has to use some up, or give up, before there are as many.</param>
public sealed class ReceiveBuffer(BlockPool pool, int capacity, int bytesMax = ReceiveBuffer.Largest)
{
    /// <summary>Most bytes that any buffer may be allowed to hold: a block's size is an int.</summary>
    public const int Largest = 2_000_000_000;

    private Block _block;
    private int _firstCapacity; // what the pool made of the wish
    private int _start;
    private int _end;

    /// <summary>Bytes received and not consumed.</summary>
    public Span<byte> Unread => _block.IsNone ? [] : _block.Data[_start.._end];

    /// <summary>Most unread bytes.</summary>
    public int BytesMax => bytesMax;

    private int Capacity => Math.Min(_block.Capacity, bytesMax);

    /// <summary>Room for the next bytes, empty only when <see cref="BytesMax"/> are unread.</summary>
    public Span<byte> GetFree()
    {
        if (_start == _end) _start = _end = 0;
        if (_block.IsNone)
        {
            _block = pool.Rent(capacity);
            _firstCapacity = _block.Capacity;
        }

        if (_end == Capacity) MakeRoom();
        return _block.Data[_end..Capacity];
    }

    /// <summary>Counts bytes written into what <see cref="GetFree"/> gave.</summary>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_block.Capacity - _end));
        _end += count;
    }

    /// <summary>Uses up the first bytes.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_end - _start));
        _start += count;
        if (_start == _end && !_block.IsNone && _block.Capacity > _firstCapacity) Clear();
    }

    /// <summary>Drops all bytes and gives the block back.</summary>
    public void Clear()
    {
        if (!_block.IsNone) pool.Release(_block);
        _block = Block.None;
        _start = _end = 0;
    }

    private void MakeRoom()
    {
        var unread = _end - _start;
        if (unread <= Capacity / 2 || Capacity == bytesMax)
        {
            _block.Data[_start.._end].CopyTo(_block.Data);
        }
        else
        {
            var larger = pool.Rent((int)Math.Min(_block.Capacity * 2L, bytesMax));
            _block.Data[_start.._end].CopyTo(larger.Data);
            pool.Release(_block);
            _block = larger;
        }

        _start = 0;
        _end = unread;
    }
}
