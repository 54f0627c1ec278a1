using Redouble.Core.Memory;

namespace Redouble.Storage.Structures;

/// <summary>Moves what a walk through a table comes to.</summary>
internal interface IRecordMover
{
    /// <summary>Where the record is from now on: itself, if it stays.</summary>
    Record Move(Record record);
}

/// <content>Moving records, and the buckets that others overflow to, out of slabs that are evacuated.</content>
internal readonly unsafe partial struct RecordTable
{
    /// <summary>
    /// Offers the records of the bucket at <paramref name="cursor"/> to a mover, and moves the bucket's own overflow. Returns the hash at which the next bucket
    /// starts, or 0 behind the last one. The mover changes nothing else in this table.
    /// </summary>
    public ulong Relocate<TMover>(ulong cursor, ref TMover mover)
        where TMover : IRecordMover, allows ref struct
    {
        var bucket = BucketOf(cursor);
        while (true)
        {
            var overflow = (*bucket & OverflowControl) != 0;
            var slots = overflow ? SlotsPerBucket - 1 : SlotsPerBucket;
            for (var i = 1; i <= slots && bucket[i] != 0; i++)
            {
                var moved = mover.Move(new Record((byte*)(bucket[i] & AddressMask)));
                bucket[i] = (bucket[i] & ~AddressMask) | (ulong)moved.Address;
            }

            if (!overflow) return NextBucket(cursor);
            bucket = MoveOverflow(bucket);
        }
    }

    private ulong* MoveOverflow(ulong* owner)
    {
        var bucket = (ulong*)(owner[SlotsPerBucket] & AddressMask);
        if (!NativeHeap.IsEvacuated((byte*)bucket)) return bucket;
        var moved = (ulong*)Allocate(BucketSize);
        new Span<byte>(bucket, BucketSize).CopyTo(new Span<byte>(moved, BucketSize));
        owner[SlotsPerBucket] = (ulong)moved;
        Free((byte*)bucket);
        return moved;
    }
}
