using Redouble.Storage.Collections;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A hash, set or sorted set: a cursor through its elements. An element with the stamp of before is emitted when the cursor, or a write, comes to it.
/// Those of a sorted set come from the greatest to the smallest, as in a file of Redis, which is several times as fast for a Redis to load as any order:
/// an element that has not changed since the start has its place in the order still.
/// </summary>
/// <param name="saved">What writers save before the ticket's turn comes.</param>
/// <param name="bucket">Room for the records of a bucket, which all tickets share: there may be very many that wait.</param>
/// <param name="collections">What the values are kept in.</param>
internal sealed class ElementTicket(FrameChain saved, RecordBuffer bucket, CollectionStore collections) : CollectionTicket(collections)
{
    /// <summary>Elements of a sorted set that are emitted together: as many as the bucket of a table has, or two.</summary>
    private const int ElementsPerGroup = 14;

    private ulong _cursor;            // of a sorted set: the score where the walk is
    private byte[] _member = [];      // and the member there, which has been looked at
    private int _memberLength;
    private bool _hasBegun;
    private bool _isTimed;            // some of its fields expire

    /// <summary>What writers saved before the ticket's turn came.</summary>
    public FrameChain Saved => saved;

    protected override long EarliestMs => Collection.Type == ValueType.Hash ? Collection.Times(Collections.Home).EarliestMs : -1;

    public override int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var table = Collection.Elements(Collections.Home);
        const int elementsPerBlock = 16; // to be moved
        var looked = 0;
        for (; looked < elementsMax && queue.WaitingPartBytes < partBytesMax; looked += elementsPerBlock)
        {
            if (!queue.TryMoveToParts(saved)) break;
        }

        if (Collection.Type == ValueType.SortedSet) return looked + EmitInOrder(queue, epoch, elementsMax - looked, partBytesMax);
        while (looked < elementsMax && queue.WaitingPartBytes < partBytesMax)
        {
            var next = table.ReadBucket(_cursor, bucket);
            if (next != 0) table.PrefetchRecordsAt(next);
            EmitGroup(queue, epoch);
            looked += bucket.Count + 1;
            _cursor = next;
            if (next != 0) continue;
            IsFinished = true;
            return looked;
        }

        return looked;
    }

    // Emits those of the elements in the bucket that have the stamp of before: in runs, as far as they are short.
    private void EmitGroup(SnapshotQueue queue, byte epoch)
    {
        for (var i = 0; i < bucket.Count; i++)
        {
            i = EmitRun(queue, epoch, i);
            if (i == bucket.Count) return;
            var element = bucket[i];
            if (element.Epoch == epoch) continue;
            queue.AppendElement(element);
            element.Epoch = epoch;
        }
    }

    // Emits the short elements from an index on; returns the index of the first one that is not.
    private int EmitRun(SnapshotQueue queue, byte epoch, int from)
    {
        if (_isTimed) return from;
        var type = Collection.Type;
        var length = 0;
        var end = from;
        for (; end < bucket.Count && bucket[end].Epoch != epoch; end++)
        {
            var size = ElementRun.SizeOf(type, bucket[end]);
            if (size == 0) break;
            length += size;
        }

        if (length == 0) return from;
        var run = queue.AppendRun(length);
        for (var i = from; i < end; i++)
        {
            var element = bucket[i];
            run = ElementRun.Write(run, type, element);
            element.Epoch = epoch;
        }

        return end;
    }

    public override void Abandon(SnapshotQueue queue) => queue.DropHeld(saved);

    protected override long Capture()
    {
        _cursor = 0;
        _hasBegun = false;
        _isTimed = EarliestMs >= 0;
        return Collection.Elements(Collections.Home).Count;
    }

    private int EmitInOrder(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var order = Collection.Order(Collections.Home);
        var cursor = _hasBegun ? order.Seek(new SortedTable.Place(_cursor, _member.AsSpan(0, _memberLength))) : order.End();
        var looked = 0;
        while (looked < elementsMax && queue.WaitingPartBytes < partBytesMax && !IsFinished)
        {
            bucket.Clear();
            while (bucket.Count < ElementsPerGroup && looked < elementsMax)
            {
                IsFinished = !cursor.MovePrevious();
                if (IsFinished) break;
                cursor.PrefetchRecordBefore();
                bucket.Add(Record.At(cursor.Item));
                looked++;
            }

            EmitGroup(queue, epoch);
        }

        if (looked > 0 && !IsFinished) Remember(cursor.Key, Record.At(cursor.Item).Key);
        return looked;
    }

    private void Remember(ulong score, ReadOnlySpan<byte> member)
    {
        const int retainedMax = 4096;
        _hasBegun = true;
        _cursor = score;
        _memberLength = member.Length;
        if (_member.Length < member.Length || _member.Length > retainedMax) _member = new byte[member.Length];
        member.CopyTo(_member);
    }
}
