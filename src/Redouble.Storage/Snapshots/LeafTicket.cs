using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A list or stream: the addresses of its leaves as of the start, in order. What a stream has beside them comes after, from a <see cref="StreamTailTicket"/>.
/// <code>
/// leaf, old stamp                     as it was: nobody writes or frees it    ─► emitted, and stamped
/// leaf, old stamp, orphaned           replaced by a copy, or removed          ─► emitted, and freed
/// leaf, new stamp                     emitted, or came later                      not the ticket's any more
/// </code>
/// Memory: 8 bytes per leaf, and the orphaned leaves until their turn.
/// </summary>
internal sealed class LeafTicket(SnapshotQueue queue, CollectionStore collections) : CollectionTicket(collections)
{
    /// <summary>What emitting a leaf counts for, in elements of a table: about 8 KB are copied.</summary>
    private const int ElementsPerLeaf = 16;

    private readonly StreamTailTicket _tail = new(queue, collections);
    private nint[] _leaves = [];
    private int _count;
    private int _next;
#if GUARDED
    private ulong[] _checksums = [];
#endif

    public override int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var looked = 0;
        while (_next < _count && looked < elementsMax && queue.WaitingPartBytes < partBytesMax)
        {
            var leaf = ListLeaf.At(_leaves[_next]);
            Verify(leaf);
            var content = leaf.Content;
            content.CopyTo(queue.AppendPart(content.Length, leaf.IsPlain ? ValueEncoding.Raw : ValueEncoding.Listpack));
            _next++;
            if (leaf.IsOrphaned) Free(queue, leaf);
            else leaf.Epoch = epoch;
            looked += ElementsPerLeaf;
        }

        if (_next < _count) return looked;
        if (Collection.Type == ValueType.Stream)
        {
            looked += _tail.Emit(elementsMax - looked, partBytesMax);
            if (!_tail.IsFinished) return looked;
        }

        Finish();
        return looked;
    }

    public override void Abandon(SnapshotQueue queue)
    {
        for (; _next < _count; _next++)
        {
            var leaf = ListLeaf.At(_leaves[_next]);
            if (leaf.IsOrphaned) Free(queue, leaf);
        }

        Finish();
    }

    protected override long Capture()
    {
        var home = Collections.Home;
        long count;
        if (Collection.Type == ValueType.List)
        {
            var leaves = Collection.Leaves(home);
            count = leaves.Count;
            leaves.CopyItems(Reserve(count));
        }
        else
        {
            var leaves = Collection.Order(home);
            count = leaves.Count;
            leaves.CopyItems(Reserve(count));
            _tail.Begin(StreamState.Of(Collection));
        }

        CaptureChecksums();
        return count;
    }

    private Span<nint> Reserve(long count)
    {
        _count = (int)count;
        _next = 0;
        if (_leaves.Length < _count) _leaves = new nint[_count];
        return _leaves;
    }

    private void Finish()
    {
        const int retainedMax = 1 << 14;
        IsFinished = true;
        _tail.End();
        if (_leaves.Length > retainedMax) _leaves = [];
    }

    private void Free(SnapshotQueue queue, ListLeaf leaf)
    {
        queue.HeldBytes -= leaf.Capacity;
        queue.LeafBytes -= leaf.Capacity;
        Collections.Leaves.Free(leaf);
    }

    [System.Diagnostics.Conditional("GUARDED")]
    private void CaptureChecksums()
    {
#if GUARDED
        _checksums = new ulong[_count];
        for (var i = 0; i < _count; i++) _checksums[i] = Core.Checksums.Crc64.Append(0, ListLeaf.At(_leaves[i]).Content);
#endif
    }

    [System.Diagnostics.Conditional("GUARDED")]
    private void Verify(ListLeaf leaf)
    {
#if GUARDED
        if (_checksums[_next] != Core.Checksums.Crc64.Append(0, leaf.Content))
            throw new InvalidOperationException("A leaf was changed or freed after the snapshot's start and before it was emitted.");
#endif
    }
}
