using System.Numerics;

namespace Redouble.Storage.Structures;

/// <content>Growth in one leap, for who knows how many records will come.</content>
internal readonly unsafe partial struct RecordTable
{
    /// <summary>For no more than so many is room made on somebody's word, which may be wrong: 17 MB, some milliseconds of work in one go.</summary>
    public const int TrustedMax = 1 << 20;

    private const int RecordsPerSegmentMax = (SlotsPerBucket << BucketsLog2Max) * FillPercentMax / 100;

    /// <summary>
    /// Room for records that are announced to come, once: the number is 0 afterwards. While memory is short the table grows a little at a time instead, and who
    /// fills it is refused in time.
    /// </summary>
    public void ReserveAnnounced(ref long records)
    {
        if (records > 0 && !_home.Heap.IsShort) Reserve(Math.Min(records, TrustedMax));
        records = 0;
    }

    /// <summary>
    /// Gives the table the shape that it would grow to with so many records. Each of those it has is moved once; growing there, a segment at a time, moves
    /// it at every doubling. A table that is that large already, or whose records are spread more unevenly than by chance, stays as it is.
    /// </summary>
    public void Reserve(long records)
    {
        var (depth, bucketsLog2) = ShapeFor(records);
        if (depth < _state->Depth || depth + bucketsLog2 <= LongestPrefix()) return;
        var directory = _state->Directory;
        var counts = _state->Counts;
        var oldDepth = _state->Depth;
        var larger = (ulong*)Allocate((long)sizeof(ulong) << depth);
        var largerCounts = (int*)Allocate((long)sizeof(int) << depth);
        for (var i = 0; i < 1 << depth; i++)
        {
            larger[i] = Entry(NewSegment(bucketsLog2), depth, bucketsLog2);
            largerCounts[i] = 0;
        }

        // Not before there is room for all of it.
        _state->Directory = larger;
        _state->Counts = largerCounts;
        _state->Depth = depth;

        for (var i = 0; i < 1 << oldDepth;)
        {
            var local = (int)(directory[i] >> 48) & 255;
            Spread(directory[i], (ulong)i >> (oldDepth - local));
            FreeSegment(directory[i]);
            i += 1 << (oldDepth - local);
        }

        Free((byte*)directory);
        Free((byte*)counts);
    }

    /// <summary>
    /// Gives back what was reserved for records that have not come. A table that has grown and shrunk with its records stays as it is. About as much work in
    /// one go as <see cref="Reserve"/> was; none while memory is short, as each step needs room for a segment.
    /// </summary>
    public void Fit()
    {
        if (_home.Heap.IsShort) return;
        ulong hash = 0;
        do
        {
            int local;
            long before;
            do
            {
                before = _state->Capacity;
                var index = DirectoryIndex(hash);
                var entry = _state->Directory[index];
                local = (int)(entry >> 48) & 255;
                if (_state->Counts[FirstIndex(index, local)] < ShrinkBelow(entry)) Shrink(hash);
            }
            while (_state->Capacity != before);
            hash = local == 0 ? 0 : ((hash >> (64 - local)) + 1) << (64 - local);
        }
        while (hash != 0);
    }

    // Directory bits, and those of the buckets of each segment.
    private static (int Depth, int BucketsLog2) ShapeFor(long records)
    {
        if (records > RecordsPerSegmentMax) return (BitOperations.Log2((ulong)((records - 1) / RecordsPerSegmentMax)) + 1, BucketsLog2Max);
        var bucketsLog2 = InitialBucketsLog2;
        while ((SlotsPerBucket << bucketsLog2) * FillPercentMax / 100 < records) bucketsLog2++;
        return (0, bucketsLog2);
    }

    // The most hash bits that tell the buckets of a segment apart from all others.
    private int LongestPrefix()
    {
        var longest = 0;
        for (var i = 0; i < 1 << _state->Depth; i++)
            longest = Math.Max(longest, ((int)(_state->Directory[i] >> 48) & 255) + (int)(_state->Directory[i] >> 56));
        return longest;
    }

    // Puts the records of a segment of before, whose hashes begin with the prefix, into the segments of now.
    private void Spread(ulong from, ulong prefix)
    {
        var fromLog2 = (int)(from >> 56);
        var known = ((int)(from >> 48) & 255) + fromLog2;
        for (var b = 0; b < 1 << fromLog2; b++)
        {
            var bucket = (ulong*)(from & AddressMask) + (b * 8);
            for (var slots = new SlotCursor(bucket); slots.MoveNext();) PlaceBelow(prefix << fromLog2 | (uint)b, known, slots.Slot, slots.Tag);
        }
    }

    private void PlaceBelow(ulong prefix, int known, ulong slot, byte tag)
    {
        var bucketsLog2 = (int)(*_state->Directory >> 56);
        for (; known < _state->Depth + bucketsLog2; known++) prefix = prefix << 1 | (uint)NextHashBit(slot, known);
        var index = (int)(prefix >> bucketsLog2);
        Place((ulong*)(_state->Directory[index] & AddressMask) + ((prefix & ((1UL << bucketsLog2) - 1)) * 8), slot, tag);
        _state->Counts[index]++;
    }
}
