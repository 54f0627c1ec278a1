using Redouble.Core.Memory;

namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: the stream that comes while the data set it belongs behind is still being transferred or loaded, in the order in which it came.
/// <code>
///   taken ··· │ block │──►│ block │──►│ tail ····│free│
///                 ▲ Take                         ▲ Commit
/// </code>
/// The driver receives straight into the tail, so holding costs no copy; taking costs one. Blocks go back as they are emptied.
/// </summary>
internal sealed class HeldStream(BlockPool pool)
{
    private Block _head;
    private Block _tail;
    private int _position; // in the head

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Most bytes that were held since <see cref="Clear"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Whether nothing is held.</summary>
    public bool IsEmpty => Bytes == 0;

    /// <summary>Room for the next bytes, never empty.</summary>
    public Span<byte> GetFree()
    {
        if (_tail.IsNone || _tail.Free.IsEmpty)
        {
            var block = pool.Rent();
            if (_tail.IsNone) (_head, _position) = (block, 0);
            else _tail.Next = block;
            _tail = block;
        }

        return _tail.Free;
    }

    /// <summary>Counts bytes written into what <see cref="GetFree"/> gave.</summary>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_tail.IsNone ? 0 : _tail.Free.Length));
        if (!_tail.IsNone) _tail.Length += count;
        Bytes += count;
        PeakBytes = Math.Max(PeakBytes, Bytes);
    }

    /// <summary>Appends a copy of the bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var free = GetFree();
            var part = Math.Min(free.Length, bytes.Length);
            bytes[..part].CopyTo(free);
            Commit(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>Moves the first bytes into <paramref name="room"/>; returns how many, 0 when there are none or no room.</summary>
    public int Take(Span<byte> room)
    {
        var taken = 0;
        while (taken < room.Length && Bytes > 0)
        {
            var written = _head.Written[_position..];
            var part = Math.Min(written.Length, room.Length - taken);
            written[..part].CopyTo(room[taken..]);
            taken += part;
            _position += part;
            Bytes -= part;
            if (_position == _head.Length) DropHead();
        }

        return taken;
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        while (!_head.IsNone) DropHead();
        Bytes = PeakBytes = 0;
    }

    private void DropHead()
    {
        var next = _head.Next;
        pool.Release(_head);
        _head = next;
        _position = 0;
        if (next.IsNone) _tail = Block.None;
    }
}
