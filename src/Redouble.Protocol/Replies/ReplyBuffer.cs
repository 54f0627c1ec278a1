using System.Runtime.CompilerServices;
using Redouble.Core.Memory;

namespace Redouble.Protocol.Replies;

/// <summary>
/// What a client has yet to be sent: a chain of segments, each a stretch of a <see cref="Block"/> that it holds a reference to.
/// <code>
///   closed segments (ring, made when first needed)                 open segment
///   | block A, 100..16320 | lent value, 0..900000 | block B, 0..40 |  block B, 40.._written ► writing goes on here
///     ▲ sending goes on here
///
///   deferred header:   … closed, up to g | gap of 24 bytes | open from g + 24: the body …
///                      once the count is known, the header is put at the end of the gap and its segment starts there
/// </code>
/// In the common case there is one open segment only: a reply costs one bounds check and a copy, and an idle client holds no
/// block. Owned by the data thread. What was peeked stays where it is until it is advanced over, whatever is appended meanwhile.
/// </summary>
public sealed class ReplyBuffer
{
    /// <summary>Longest stretch that <see cref="Reserve"/> gives, bytes.</summary>
    public const int ReserveMax = 1024;

    private const int HeaderGap = 24;
    private const int CompactedMax = 1024;
    private const int RingRetainedMax = 64;

    private readonly BlockPool _pool;
    private OutputSegment[] _ring = [];
    private int _head;
    private int _count;
    private long _sequence;    // number of the segment at _head; the open one is number _sequence + _count
    private long _closedBytes;
    private Block _tail;       // the buffer holds a reference of its own on it
    private int _openStart;
    private int _written;
    private bool _openIsDeferred;
    private int _deferredCount;

    /// <param name="pool">Lends the blocks and takes them back.</param>
    public ReplyBuffer(BlockPool pool) => _pool = pool;

    /// <summary>
    /// Bytes not sent yet at which <see cref="Observer"/> is asked for the limit, when a block is full or lent. When that is reached, the output is cut: all
    /// of it is dropped, and so is whatever else is written, so that a reply under way takes no more memory. By default there is none. The same happens when
    /// the system gives no more memory and the observer lets the output have none of what is left.
    /// </summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>Whether it was cut; nothing is to be sent any more.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Knows the limit; needed where one is set.</summary>
    public IOutputObserver? Observer { get; set; }

    /// <summary>Bytes not sent yet, lent ones included: what client-output-buffer-limit bounds.</summary>
    public long PendingBytes => _closedBytes + (_written - _openStart);

    /// <summary>Segments not sent yet.</summary>
    public int SegmentCount => _count + (_written > _openStart ? 1 : 0);

    /// <summary>Whether nothing is left to send.</summary>
    public bool IsEmpty => PendingBytes == 0;

    /// <summary>At least <paramref name="size"/> writable bytes (at most <see cref="ReserveMax"/>), to be followed by <see cref="Commit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once per reply
    public Span<byte> Reserve(int size)
    {
        if (!_tail.IsNone)
        {
            var free = _tail.Data[_written..];
            if (free.Length >= size) return free;
        }

        return NextBlock(size);
    }

    /// <summary>Makes the first <paramref name="length"/> bytes of the last reserved span part of the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once per reply
    public void Commit(int length)
    {
        var written = _written + length;
        if ((uint)written > BlockPool.StandardCapacity) ThrowOverrun();
        _written = written;
    }

    /// <summary>Appends bytes; long ones fill block after block.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var free = Reserve(1);
            var part = Math.Min(free.Length, bytes.Length);
            bytes[..part].CopyTo(free);
            Commit(part);
            bytes = bytes[part..];
        }
    }

    /// <summary>
    /// Appends <paramref name="length"/> bytes of <paramref name="block"/> without copying them. The buffer retains the block until they
    /// are sent; they must not change meanwhile.
    /// </summary>
    public void Lend(Block block, int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if ((uint)offset > (uint)(block.Capacity - length)) throw new ArgumentOutOfRangeException(nameof(offset));
        if (length == 0 || IsCut) return;
        CloseSegment();
        block.Retain();
        Push(new OutputSegment(block, offset, length));
        if (_closedBytes >= Limit) CutAtLimit();
    }

    /// <summary>The first segment to send. False when there is none.</summary>
    public bool TryPeek(out OutputSegment segment)
    {
        ThrowIfDeferred();
        segment = _count > 0 ? _ring[_head] : new OutputSegment(_tail, _openStart, _written - _openStart);
        return segment.Length > 0;
    }

    /// <summary>Fills <paramref name="segments"/> with the first segments to send; returns how many.</summary>
    public int Peek(Span<OutputSegment> segments)
    {
        ThrowIfDeferred();
        var found = Math.Min(_count, segments.Length);
        for (var i = 0; i < found; i++) segments[i] = _ring[(_head + i) & (_ring.Length - 1)];
        if (found < segments.Length && _written > _openStart) segments[found++] = new OutputSegment(_tail, _openStart, _written - _openStart);
        return found;
    }

    /// <summary>Drops the first <paramref name="length"/> bytes, which have been sent, and releases their blocks.</summary>
    public void Advance(long length)
    {
        ThrowIfDeferred();
        if (length < 0 || length > PendingBytes) throw new ArgumentOutOfRangeException(nameof(length));
        while (length > 0 && _count > 0)
        {
            var first = _ring[_head];
            var part = (int)Math.Min(length, first.Length);
            length -= part;
            _closedBytes -= part;
            if (part < first.Length) _ring[_head] = first with { Offset = first.Offset + part, Length = first.Length - part };
            else DropFirst(first.Block);
        }

        _openStart += (int)length;
        if (_count > 0 || _openStart < _written) return;
        ReleaseTail();
        if (_ring.Length > RingRetainedMax) (_ring, _head) = ([], 0);
    }

    /// <summary>Drops everything and releases all blocks.</summary>
    public void Clear()
    {
        while (_count > 0) DropFirst(_ring[_head].Block);
        _closedBytes = 0;
        _deferredCount = 0;
        ReleaseTail();
        (_ring, _head) = ([], 0);
    }

    /// <summary>The current end of the output, to come back to with <see cref="Rollback"/>. Nothing may be sent in between.</summary>
    public ReplyMark Mark() => new(_sequence + _count, _written > _openStart || _openIsDeferred ? _written : -1, _deferredCount);

    /// <summary>Takes back everything written since <paramref name="mark"/>.</summary>
    /// <param name="mark">From <see cref="Mark"/>.</param>
    /// <param name="keepsBlock">Whether a block that is begun remains with the output: the next reply is written at once, and is taken back, too.</param>
    public void Rollback(ReplyMark mark, bool keepsBlock = false)
    {
        if (IsCut) return;
        if (mark.Segment < _sequence) throw new InvalidOperationException("The output was sent beyond the mark.");
        _deferredCount = mark.DeferredCount;
        if (mark.Segment == _sequence + _count && mark.Written >= 0)
        {
            _written = mark.Written;
        }
        else if (keepsBlock && mark.Segment == _sequence + _count)
        {
            _written = _openStart;
        }
        else
        {
            ReleaseTail();
            while (_sequence + _count > mark.Segment) TakeBackLast(mark);
        }

        _openIsDeferred = mark.Written >= 0 && _written == _openStart;
    }

    /// <summary>Leaves room for a header whose count is not known yet; nested ones are closed in reverse order.</summary>
    public DeferredHeader BeginDeferred()
    {
        if (IsCut) return default;
        CloseSegment();
        Reserve(HeaderGap);
        _written += HeaderGap;
        _openStart = _written;
        _openIsDeferred = true;
        _deferredCount++;
        return new DeferredHeader(_sequence + _count);
    }

    /// <summary>Puts <paramref name="header"/> (at most 24 bytes) in front of what was written since <paramref name="deferred"/> began.</summary>
    public void EndDeferred(DeferredHeader deferred, ReadOnlySpan<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, HeaderGap);
        if (IsCut) return;
        var index = deferred.Segment - _sequence;
        if (_deferredCount == 0 || index < 0 || index > _count) throw new InvalidOperationException("No such deferred header is open.");
        _deferredCount--;
        if (index == _count)
        {
            _openStart -= header.Length;
            header.CopyTo(_tail.Data[_openStart..]);
            _openIsDeferred = false;
            Compact(HeaderGap - header.Length);
            return;
        }

        ref var segment = ref _ring[(_head + (int)index) & (_ring.Length - 1)];
        segment = segment with { Offset = segment.Offset - header.Length, Length = segment.Length + header.Length };
        header.CopyTo(segment.Block.Data[segment.Offset..]);
        _closedBytes += header.Length;
    }

    /// <summary>Copies all pending bytes to <paramref name="destination"/>, for captured replies.</summary>
    public void CopyTo(Span<byte> destination)
    {
        for (var i = 0; i < _count; i++)
        {
            var bytes = _ring[(_head + i) & (_ring.Length - 1)].Bytes;
            bytes.CopyTo(destination);
            destination = destination[bytes.Length..];
        }

        if (!_tail.IsNone) _tail.Data[_openStart.._written].CopyTo(destination);
    }

    // The segment that was open at the mark is opened again; what came behind it goes.
    private void TakeBackLast(ReplyMark mark)
    {
        var last = _ring[(_head + --_count) & (_ring.Length - 1)];
        _closedBytes -= last.Length;
        if (_sequence + _count == mark.Segment && mark.Written >= 0) (_tail, _openStart, _written) = (last.Block, last.Offset, mark.Written);
        else _pool.Release(last.Block);
    }

    // A short body moves over what is left of the gap when the segment before it ends there: one segment instead of two to send.
    private void Compact(int gap)
    {
        var length = _written - _openStart;
        if (_count == 0 || length > CompactedMax) return;
        var last = _ring[(_head + _count - 1) & (_ring.Length - 1)];
        if (last.Block != _tail || last.Offset + last.Length != _openStart - gap) return;
        var data = _tail.Data;
        data[_openStart.._written].CopyTo(data[(_openStart - gap)..]);
        _written -= gap;
        _openStart = last.Offset;
        _closedBytes -= last.Length;
        _count--;
        _pool.Release(last.Block);
    }

    private Span<byte> NextBlock(int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, ReserveMax);
        if (!IsCut && PendingBytes >= Limit) CutAtLimit();
        if (!IsCut && _pool.IsShort && Observer is { } observer && !observer.MayGrow(this)) Cut();
        return IsCut ? NowhereBlock() : FurtherBlock();
    }

    private Span<byte> FurtherBlock()
    {
        CloseSegment();
        if (!_tail.IsNone) _pool.Release(_tail);
        _tail = _pool.Rent();
        _openStart = _written = 0;
        return _tail.Data;
    }

    // What is written behind a cut goes into the same block over and over.
    private Span<byte> NowhereBlock()
    {
        if (_tail.IsNone) _tail = _pool.Rent();
        _openStart = _written = 0;
        return _tail.Data;
    }

    private void CutAtLimit()
    {
        Limit = Observer!.LimitOf(this);
        if (PendingBytes < Limit) return;
        Cut();
        Observer.OnCut(this);
    }

    private void Cut()
    {
        Clear();
        IsCut = true;
    }

    // The bytes written so far become a closed segment with a reference of its own; writing goes on behind them.
    private void CloseSegment()
    {
        if (_tail.IsNone || (_written == _openStart && !_openIsDeferred)) return;
        _tail.Retain();
        Push(new OutputSegment(_tail, _openStart, _written - _openStart));
        _openStart = _written;
        _openIsDeferred = false;
    }

    private void Push(OutputSegment segment)
    {
        if (_count == _ring.Length)
        {
            var larger = new OutputSegment[Math.Max(8, _ring.Length * 2)];
            for (var i = 0; i < _count; i++) larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
            (_ring, _head) = (larger, 0);
        }

        _ring[(_head + _count++) & (_ring.Length - 1)] = segment;
        _closedBytes += segment.Length;
    }

    private void DropFirst(Block block)
    {
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        _sequence++;
        _pool.Release(block);
    }

    private void ReleaseTail()
    {
        if (!_tail.IsNone) _pool.Release(_tail);
        _tail = Block.None;
        _openStart = _written = 0;
        _openIsDeferred = false;
    }

    private void ThrowIfDeferred()
    {
        if (_deferredCount > 0) throw new InvalidOperationException("A deferred header is still open.");
    }

    private static void ThrowOverrun() => throw new InvalidOperationException("More was written than had been reserved.");
}
