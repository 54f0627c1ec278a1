using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A string of more than <see cref="Record.InlineValueMax"/> bytes that arrives in pieces, put together in the block that its record will own. The block
/// grows with what has arrived, by leaps towards the length that was announced; so a third of it is copied once more, and a length that is a lie takes no
/// more than four times what is there.
/// </summary>
internal sealed class LongString(RecordStore store)
{
    private const int CapacityMin = 1 << 20;
    private const int LeapMax = 4;

    private Block _block;
    private int _announced;

    /// <summary>Begins a string of so many bytes; what was there of another one is dropped.</summary>
    public void Begin(int length)
    {
        Drop();
        _announced = length;
    }

    /// <summary>The next bytes.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        if (_block.IsNone || _block.Capacity - _block.Length < piece.Length) Grow(piece.Length);
        piece.CopyTo(_block.Free);
        _block.Length += piece.Length;
    }

    /// <summary>A record of the string, which the caller owns.</summary>
    public Record Finish(ReadOnlySpan<byte> key, long expireAtMs, byte epoch, int clock)
    {
        if (_block.IsNone || _block.Length != _announced || _announced <= Record.InlineValueMax)
            throw new InvalidOperationException("A string is finished that is short, or not of the announced length.");
        var record = store.CreateString(key, _block, expireAtMs, epoch, clock);
        _block = Block.None;
        return record;
    }

    /// <summary>Gives back what was put together.</summary>
    public void Drop()
    {
        if (!_block.IsNone) store.ReleaseValue(_block);
        _block = Block.None;
    }

    private void Grow(int piece)
    {
        var length = _block.IsNone ? 0 : _block.Length;
        var needed = checked(length + piece);
        var larger = store.RentValue(Math.Max(needed, (int)Math.Min(_announced, Math.Max(CapacityMin, (long)LeapMax * needed))));
        if (length > 0) _block.Written.CopyTo(larger.Free);
        larger.Length = length;
        if (length > 0) store.ReleaseValue(_block);
        _block = larger;
    }
}
