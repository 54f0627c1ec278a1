using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Core.Platform;

namespace Redouble.Storage.Structures;

/// <summary>What tables of one keyspace share: where their memory comes from, and how their keys are hashed.</summary>
internal sealed class TableHome(NativeHeap heap, KeyHash hash)
{
    public readonly NativeHeap Heap = heap;
    public readonly KeyHash Hash = hash;
}

/// <summary>The state of a <see cref="RecordTable"/>, in native memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RecordTableState
{
    public ulong* Directory;
    public int* Counts;  // entries of the segment, kept at its first directory index
    public int Depth;
    public int FreedTo;  // directory index before which a table in disposal has no segments any more
    public long Count;
    public long Bytes;
    public long Capacity;
}

/// <summary>
/// The keyspace table, and that of the elements of large hashes, sets and sorted sets: hash-ordered, segmented, split one segment at a time.
/// <code>
/// hash, 64 bits   | directory index: depth bits | bucket: 10 bits | …          … | tag: 8 bits |
/// directory       2^depth entries: | buckets log2, 8 | local depth, 8 | segment address, 48 |
/// segment         2^k buckets of 64 bytes, k ≤ 10: at most 64 KB, one chunk of the heap
/// bucket          | tag 0 … tag 6 | control | slot 0 | … | slot 6 |
/// slot            | 15 hash bits (53 … 39) | has expiry | record address, 48 |
/// </code>
/// A bucket's index follows the directory's bits in the hash, so buckets stand in hash order through the whole table, and splitting a
/// segment sends bucket b to buckets 2b and 2b + 1 of the two halves. A prefix of the hash therefore names a place that growth and
/// shrinking do not move: it is the cursor of SCAN, snapshots, active expiry and VERIFY. A full bucket gives its last slot to a chain
/// of overflow buckets that belong to it (control bit 7).
/// Costs at the fill of 0.9 at which a segment splits: 9.8 bytes per key of slots, about 3 of overflow; a lookup touches the bucket and the
/// record; a split of a full segment moves 6,450 slots without touching a record (its next hash bit is in the slot).
/// </summary>
internal readonly unsafe partial struct RecordTable
{
    public const int SlotsPerBucket = 7;
    private const int BucketSize = 64;
    private const int BucketsLog2Max = 10;
    private const int InitialBucketsLog2 = 2;
    private const int FillPercentMax = 90;
    private const ulong AddressMask = (1UL << 48) - 1;
    private const ulong ExpiryBit = 1UL << 48;
    private const int StoredBitsShift = 39; // the lowest of the stored hash bits
    private const ulong StoredMask = 0x7FFFUL << 49;
    private const ulong LowBytes = 0x0101_0101_0101_0101;
    private const ulong SevenHighBits = 0x0080_8080_8080_8080;
    private const ulong OverflowControl = 1UL << 63;

    // Invariant: the state of a table of this home, in the native heap or in a root there, not disposed of.
    private readonly RecordTableState* _state;
    private readonly TableHome _home;

    /// <summary>The table whose state is there; <see cref="Initialize"/> makes a new one of it.</summary>
    public RecordTable(RecordTableState* state, TableHome home)
    {
        _state = state;
        _home = home;
    }

    /// <summary>Records in the table.</summary>
    public long Count => _state->Count;

    /// <summary>
    /// Bytes that directory, segments and overflow buckets take of the heap, as it rounds them, and the state where it was made with the table.
    /// </summary>
    public long Bytes => _state->Bytes;

    /// <summary>Slots of all segments, overflow buckets not counted.</summary>
    public long Capacity => _state->Capacity;

    /// <summary>Bytes of the state of a table from <see cref="Create"/>, as the heap rounds them.</summary>
    public static long StateBytes => NativeHeap.RoundedSize(sizeof(RecordTableState));

    /// <summary>A new table with its state in the heap of its home.</summary>
    public static RecordTable Create(TableHome home)
    {
        var table = new RecordTable((RecordTableState*)home.Heap.Allocate(sizeof(RecordTableState)), home);
        table.Initialize();
        table._state->Bytes += StateBytes;
        return table;
    }

    /// <summary>Makes an empty table of the state, whatever it held.</summary>
    public void Initialize()
    {
        *_state = default;
        _state->Directory = (ulong*)Allocate(sizeof(ulong));
        _state->Counts = (int*)Allocate(sizeof(int));
        _state->Directory[0] = Entry(NewSegment(InitialBucketsLog2), 0, InitialBucketsLog2);
        _state->Counts[0] = 0;
    }

    /// <summary>Where a record's slot is; valid until the next insertion or removal.</summary>
    public ref struct Position
    {
        internal ulong* Slot;

        internal ulong* Bucket;

        public readonly bool Found => Slot != null;

        public readonly Record Record => new((byte*)(*Slot & AddressMask));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // issued for a batch of requests ahead of their execution
    public void PrefetchBucket(ulong hash)
    {
        if (Sse.IsSupported) Sse.Prefetch0(BucketOf(hash));
    }

    /// <summary>The bucket is in the cache: starts fetching the record's first line.</summary>
    public void PrefetchRecord(ulong hash)
    {
        if (Sse.IsSupported && LikelyRecord(hash) is { IsMissing: false } record) Sse.Prefetch0(record.Address);
    }

    /// <summary>The record's first line is there and tells what else belongs to it. Returns whether a collection does, which is fetched then.</summary>
    public bool PrefetchRest(ulong hash)
    {
        if (LikelyRecord(hash) is not { IsMissing: false } record) return false;
        record.PrefetchRest();
        return record.IsCollection;
    }

    /// <summary>The bucket is in the cache: starts fetching a record that is as short as those of elements are, wherever in its line it begins.</summary>
    public void PrefetchShortRecord(ulong hash)
    {
        if (!Sse.IsSupported || LikelyRecord(hash) is not { IsMissing: false } record) return;
        Sse.Prefetch0(record.Address);
        Sse.Prefetch0(record.Address + 40);
    }

    /// <summary>The elements of a record's value; false when it has none in a table.</summary>
    public bool TryGetElements(ulong hash, out RecordTable elements)
    {
        elements = default;
        if (LikelyRecord(hash) is not { IsMissing: false, IsCollection: true } record || !record.Collection.HasElements) return false;
        elements = record.Collection.Elements(_home);
        return true;
    }

    /// <summary>The record that has the hash, as far as bucket and slot tell without a look at it: in one case of some millions it is another's.</summary>
    public Record LikelyRecord(ulong hash)
    {
        var bucket = BucketOf(hash);
        while (true)
        {
            var control = *bucket;
            for (var match = Matches(control, hash); match != 0; match &= match - 1)
            {
                var index = System.Numerics.BitOperations.TrailingZeroCount(match) >> 3;
                if (index == SlotsPerBucket - 1 && (control & OverflowControl) != 0) continue;
                var slot = bucket[1 + index];
                if (((slot ^ StoredBits(hash)) & StoredMask) == 0) return new Record((byte*)(slot & AddressMask));
            }

            if ((control & OverflowControl) == 0) return default;
            bucket = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
        }
    }

    public Position Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var bucket = BucketOf(hash);
        var stored = StoredBits(hash);
        while (true)
        {
            var control = *bucket;
            for (var match = Matches(control, hash); match != 0; match &= match - 1)
            {
                var index = System.Numerics.BitOperations.TrailingZeroCount(match) >> 3;
                if (index == SlotsPerBucket - 1 && (control & OverflowControl) != 0) continue;
                var slot = bucket + 1 + index;
                if (((*slot ^ stored) & StoredMask) != 0 || (*slot & AddressMask) == 0) continue;
                if (new Record((byte*)(*slot & AddressMask)).KeyEquals(key)) return new Position { Slot = slot, Bucket = bucket };
            }

            if ((control & OverflowControl) == 0) return default;
            bucket = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
        }
    }

    /// <summary>The slot that refers to exactly this record.</summary>
    public Position Find(Record record, ulong hash)
    {
        var bucket = BucketOf(hash);
        while (true)
        {
            var slots = (*bucket & OverflowControl) != 0 ? SlotsPerBucket - 1 : SlotsPerBucket;
            for (var i = 1; i <= slots; i++)
            {
                if ((bucket[i] & AddressMask) == (ulong)record.Address) return new Position { Slot = bucket + i, Bucket = bucket };
            }

            if ((*bucket & OverflowControl) == 0) return default;
            bucket = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
        }
    }

    /// <summary>Adds a record whose key is not in the table.</summary>
    public void Insert(Record record, ulong hash, bool hasExpiry)
    {
        var index = DirectoryIndex(hash);
        var entry = _state->Directory[index];
        var buckets = 1 << (int)(entry >> 56);
        var first = FirstIndex(index, (int)(entry >> 48) & 255);
        if (_state->Counts[first] + 1 > buckets * SlotsPerBucket * FillPercentMax / 100)
        {
            Grow(hash);
            index = DirectoryIndex(hash);
            first = FirstIndex(index, (int)(_state->Directory[index] >> 48) & 255);
        }

        Place(BucketOf(hash), SlotValue(record, hash, hasExpiry), (byte)hash);
        _state->Counts[first]++;
        _state->Count++;
    }

    /// <summary>Removes the slot; the record itself is the caller's.</summary>
    public void Remove(Position position, ulong hash)
    {
        var home = BucketOf(hash);
        var last = home;
        ulong* before = null;
        while ((*last & OverflowControl) != 0)
        {
            before = last;
            last = (ulong*)(last[SlotsPerBucket] & AddressMask);
        }

        // The chain's last occupied slot moves into the hole, so that only the last bucket has holes to its right.
        var moved = LastOccupied(last);
        var tag = (byte)(*last >> (8 * (moved - 1)));
        *position.Slot = last[moved];
        SetTag(position.Bucket, (int)(position.Slot - position.Bucket) - 1, tag);
        last[moved] = 0;
        SetTag(last, moved - 1, 0);
        if (before != null && last[1] == 0) DropOverflow(before, last);

        var index = DirectoryIndex(hash);
        var depth = (int)(_state->Directory[index] >> 48) & 255;
        var first = FirstIndex(index, depth);
        _state->Counts[first]--;
        _state->Count--;
        if (_state->Counts[first] < ShrinkBelow(_state->Directory[index])) Shrink(hash);
    }

    /// <summary>Lets the slot refer to the record's new place.</summary>
    public static void Update(Position position, Record record, bool hasExpiry) =>
        *position.Slot = (*position.Slot & StoredMask) | (hasExpiry ? ExpiryBit : 0) | (ulong)record.Address;

    public static bool SlotHasExpiry(Position position) => (*position.Slot & ExpiryBit) != 0;

    /// <summary>
    /// Copies the records of the bucket at <paramref name="cursor"/> (a hash whose bits below the bucket are ignored) to
    /// <paramref name="into"/>, emptied first, and returns the hash at which the next bucket starts, or 0 behind the last one.
    /// </summary>
    public ulong ReadBucket(ulong cursor, RecordBuffer into)
    {
        into.Clear();
        var bucket = BucketOf(cursor);
        while (true)
        {
            var overflow = (*bucket & OverflowControl) != 0;
            var slots = overflow ? SlotsPerBucket - 1 : SlotsPerBucket;
            for (var i = 1; i <= slots && bucket[i] != 0; i++) into.Add(new Record((byte*)(bucket[i] & AddressMask)));
            if (!overflow) break;
            bucket = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
        }

        return NextBucket(cursor);
    }

    /// <summary>
    /// A record chosen at random, each as likely as any other; there must be one. A bucket at random, then a place in it: one that is empty is drawn again, so
    /// fuller buckets count for more. A bucket of a segment that has not been split like others is hit more often, and has as many more places.
    /// </summary>
    /// <param name="random">Draws.</param>
    /// <param name="bucket">Room for a bucket.</param>
    public Record Draw(IRandomSource random, RecordBuffer bucket)
    {
        const int placesMax = 12;
        const int shiftMax = 3; // segments that differ by more are too rare to be worth the draws
        while (true)
        {
            var at = random.NextUInt64();
            ReadBucket(at, bucket);
            var finest = _state->Depth == 0 ? 0 : _state->Depth + BucketsLog2Max;
            var shift = Math.Clamp(finest - BitsAt(at), 0, shiftMax);
            var place = random.NextUInt64() % ((ulong)Math.Max(placesMax, bucket.Count) << shift);
            if (place < (ulong)bucket.Count) return bucket[(int)place];
        }
    }

    private int BitsAt(ulong hash)
    {
        var entry = _state->Directory[DirectoryIndex(hash)];
        return ((int)(entry >> 48) & 255) + (int)(entry >> 56);
    }

    /// <summary>Starts fetching the bucket at the cursor and the records of the bucket, for walks.</summary>
    public void PrefetchAt(ulong cursor)
    {
        if (Sse.IsSupported) Sse.Prefetch0(BucketOf(cursor));
    }

    public void PrefetchRecordsAt(ulong cursor)
    {
        if (!Sse.IsSupported) return;
        var bucket = BucketOf(cursor);
        for (var i = 1; i <= SlotsPerBucket; i++)
        {
            var address = (byte*)(bucket[i] & AddressMask);
            Sse.Prefetch0(address);
            Sse.Prefetch0(address + 64);
        }
    }

    /// <summary>Hash at which the bucket behind the cursor's starts; 0 at the end.</summary>
    public ulong NextBucket(ulong cursor)
    {
        var bits = BitsAt(cursor);
        return bits == 0 ? 0 : ((cursor >> (64 - bits)) + 1) << (64 - bits);
    }

    /// <summary>Frees the memory of a table from <see cref="Create"/>, not the records.</summary>
    public void Dispose()
    {
        while (DisposeSegment())
        {
        }

        _home.Heap.Free((byte*)_state);
    }

    /// <summary>Frees one segment of a table that is used no more, 64 KB to be looked through; false when nothing is left.</summary>
    public bool DisposeSegment()
    {
        if (_state->Directory == null) return false;
        if (_state->FreedTo < 1 << _state->Depth)
        {
            var entry = _state->Directory[_state->FreedTo];
            _state->FreedTo += 1 << (_state->Depth - ((int)(entry >> 48) & 255));
            FreeSegment(entry);
            return true;
        }

        Free((byte*)_state->Directory);
        Free((byte*)_state->Counts);
        _state->Directory = null;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the first half of every lookup
    private ulong* BucketOf(ulong hash)
    {
        var entry = _state->Directory[DirectoryIndex(hash)];
        var local = (int)(entry >> 48) & 255;
        var bucketsLog2 = (int)(entry >> 56);
        var bucket = (hash << local) >> (64 - bucketsLog2);
        return (ulong*)((byte*)(entry & AddressMask) + bucket * BucketSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // with BucketOf; a shift by 64 is a shift by 0 on the hardware, hence two steps
    private int DirectoryIndex(ulong hash) => (int)(hash >> 1 >> (63 - _state->Depth));

    private int FirstIndex(int index, int local) => index >> (_state->Depth - local) << (_state->Depth - local);

    private static ulong Entry(byte* segment, int localDepth, int bucketsLog2) => (ulong)segment | (ulong)localDepth << 48 | (ulong)bucketsLog2 << 56;

    private static ulong StoredBits(ulong hash) => hash >> StoredBitsShift << 49;

    private static ulong SlotValue(Record record, ulong hash, bool hasExpiry) => StoredBits(hash) | (hasExpiry ? ExpiryBit : 0) | (ulong)record.Address;

    /// <summary>One bit per tag that may equal the hash's: exact up to a rare false positive right of a true match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // three operations on the tag word
    private static ulong Matches(ulong tags, ulong hash)
    {
        var difference = tags ^ LowBytes * (byte)hash;
        return (difference - LowBytes) & ~difference & SevenHighBits;
    }

    private static void SetTag(ulong* bucket, int index, byte tag) => ((byte*)bucket)[index] = tag;

    private static int LastOccupied(ulong* bucket)
    {
        for (var i = SlotsPerBucket; i >= 1; i--)
        {
            if (bucket[i] != 0) return i;
        }

        throw new UnreachableException("A chain of buckets that holds a record has an empty last bucket.");
    }

    private byte* NewSegment(int bucketsLog2)
    {
        var bytes = BucketSize << bucketsLog2;
        var segment = Allocate(bytes);
        new Span<byte>(segment, bytes).Clear();
        _state->Capacity += SlotsPerBucket << bucketsLog2;
        return segment;
    }

    private void FreeSegment(ulong entry)
    {
        var bucketsLog2 = (int)(entry >> 56);
        var segment = (ulong*)(entry & AddressMask);
        for (var i = 0; i < 1 << bucketsLog2; i++)
        {
            var bucket = segment + i * 8;
            while ((*bucket & OverflowControl) != 0)
            {
                var next = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
                if (bucket != segment + i * 8) Free((byte*)bucket);
                bucket = next;
            }

            if (bucket != segment + i * 8) Free((byte*)bucket);
        }

        Free((byte*)segment);
        _state->Capacity -= SlotsPerBucket << bucketsLog2;
    }

    private byte* Allocate(long size)
    {
        var memory = _home.Heap.Allocate(size);
        _state->Bytes += NativeHeap.AllocatedSize(memory);
        return memory;
    }

    private void Free(byte* memory)
    {
        _state->Bytes -= NativeHeap.AllocatedSize(memory);
        _home.Heap.Free(memory);
    }

    private void Place(ulong* bucket, ulong slot, byte tag)
    {
        while ((*bucket & OverflowControl) != 0) bucket = (ulong*)(bucket[SlotsPerBucket] & AddressMask);
        var free = FirstFree(bucket);
        if (free <= SlotsPerBucket)
        {
            bucket[free] = slot;
            SetTag(bucket, free - 1, tag);
            return;
        }

        var overflow = (ulong*)Allocate(BucketSize);
        new Span<byte>(overflow, BucketSize).Clear();
        overflow[1] = bucket[SlotsPerBucket];
        overflow[2] = slot;
        SetTag(overflow, 0, (byte)(*bucket >> 48));
        SetTag(overflow, 1, tag);
        bucket[SlotsPerBucket] = (ulong)overflow;
        SetTag(bucket, SlotsPerBucket - 1, 0);
        *bucket |= OverflowControl;
    }

    // Without a branch: how full a bucket is nobody can predict. Reads the 64 bytes of the bucket and no more.
    private static int FirstFree(ulong* bucket)
    {
        var low = Vector256.Equals(Vector256.Load(bucket), Vector256<ulong>.Zero).ExtractMostSignificantBits();
        var high = Vector256.Equals(Vector256.Load(bucket + 4), Vector256<ulong>.Zero).ExtractMostSignificantBits();
        return System.Numerics.BitOperations.TrailingZeroCount((low | high << 4) & ~1u); // the first word has the tags
    }

    private void DropOverflow(ulong* before, ulong* empty)
    {
        before[SlotsPerBucket] = 0;
        *before &= ~OverflowControl;
        Free((byte*)empty);
    }

    private void Grow(ulong hash)
    {
        var index = DirectoryIndex(hash);
        var entry = _state->Directory[index];
        var local = (int)(entry >> 48) & 255;
        var bucketsLog2 = (int)(entry >> 56);
        if (bucketsLog2 < BucketsLog2Max)
        {
            var larger = Entry(NewSegment(bucketsLog2 + 1), local, bucketsLog2 + 1);
            Distribute(entry, larger, larger, local + bucketsLog2);
            SetEntries(index, local, larger);
            FreeSegment(entry);
            return;
        }

        if (local == _state->Depth) DoubleDirectory();
        index = DirectoryIndex(hash);
        var low = Entry(NewSegment(BucketsLog2Max), local + 1, BucketsLog2Max);
        var high = Entry(NewSegment(BucketsLog2Max), local + 1, BucketsLog2Max);
        var inLow = Distribute(entry, low, high, local + BucketsLog2Max);
        var span = 1 << (_state->Depth - local);
        var first = FirstIndex(index, local);
        var total = _state->Counts[first];
        for (var i = 0; i < span; i++) _state->Directory[first + i] = i < span / 2 ? low : high;
        _state->Counts[first] = inLow;
        _state->Counts[first + span / 2] = total - inLow;
        FreeSegment(entry);
    }

    /// <summary>
    /// Sends each record of bucket b to bucket 2b or 2b + 1 by its next hash bit, where the first half of the buckets goes on in
    /// <paramref name="low"/> and the second in <paramref name="high"/> (the same segment when one segment doubles). Returns the records in low.
    /// </summary>
    private int Distribute(ulong from, ulong low, ulong high, int bit)
    {
        var buckets = 1 << (int)(from >> 56);
        var inLow = 0;
        var doubles = low == high;
        for (var b = 0; b < buckets; b++)
        {
            var bucket = (ulong*)(from & AddressMask) + b * 8;
            var target = doubles || b < buckets / 2 ? low : high;
            var targetIndex = doubles || b < buckets / 2 ? 2 * b : 2 * b - buckets;
            for (var slots = new SlotCursor(bucket); slots.MoveNext();)
            {
                Place((ulong*)(target & AddressMask) + (targetIndex + NextHashBit(slots.Slot, bit)) * 8, slots.Slot, slots.Tag);
                if (target == low) inLow++;
            }
        }

        return inLow;
    }

    /// <summary>Bit number <paramref name="bit"/> of the record's hash, counted from the top; from the slot where it is kept there.</summary>
    private int NextHashBit(ulong slot, int bit)
    {
        var position = 63 - bit;
        if (position >= StoredBitsShift && position < StoredBitsShift + 15) return (int)(slot >> (49 + position - StoredBitsShift)) & 1;
        return (int)(_home.Hash.Compute(new Record((byte*)(slot & AddressMask)).Key) >> position) & 1;
    }

    private void SetEntries(int index, int local, ulong entry)
    {
        var first = FirstIndex(index, local);
        for (var i = 0; i < 1 << (_state->Depth - local); i++) _state->Directory[first + i] = entry;
    }

    private void DoubleDirectory()
    {
        var size = 1 << _state->Depth;
        var larger = (ulong*)Allocate(2L * size * sizeof(ulong));
        var counts = (int*)Allocate(2L * size * sizeof(int));
        for (var i = 0; i < size; i++)
        {
            larger[2 * i] = larger[2 * i + 1] = _state->Directory[i];
            counts[2 * i] = _state->Counts[i];
            counts[2 * i + 1] = 0;
        }

        Free((byte*)_state->Directory);
        Free((byte*)_state->Counts);
        _state->Directory = larger;
        _state->Counts = counts;
        _state->Depth++;
    }

    /// <summary>Fill below which a segment is halved or merged: a quarter of what makes it split, so that neither repeats soon.</summary>
    private static int ShrinkBelow(ulong entry)
    {
        var bucketsLog2 = (int)(entry >> 56);
        return bucketsLog2 <= InitialBucketsLog2 ? 0 : (SlotsPerBucket << bucketsLog2) * FillPercentMax / 100 / 4;
    }

    private void Shrink(ulong hash)
    {
        var index = DirectoryIndex(hash);
        var entry = _state->Directory[index];
        var local = (int)(entry >> 48) & 255;
        var bucketsLog2 = (int)(entry >> 56);
        if (local == 0)
        {
            var smaller = Entry(NewSegment(bucketsLog2 - 1), 0, bucketsLog2 - 1);
            Gather(entry, smaller, 0);
            SetEntries(index, 0, smaller);
            FreeSegment(entry);
            return;
        }

        var span = 1 << (_state->Depth - local);
        var first = FirstIndex(index, local);
        var buddyFirst = first ^ span;
        var buddy = _state->Directory[buddyFirst];
        if (((int)(buddy >> 48) & 255) != local || _state->Counts[first] + _state->Counts[buddyFirst] > (SlotsPerBucket << BucketsLog2Max) / 2) return;
        var lowFirst = Math.Min(first, buddyFirst);
        var merged = Entry(NewSegment(BucketsLog2Max), local - 1, BucketsLog2Max);
        Gather(_state->Directory[lowFirst], merged, 0);
        Gather(_state->Directory[lowFirst + span], merged, 1 << (BucketsLog2Max - 1));
        FreeSegment(_state->Directory[lowFirst]);
        FreeSegment(_state->Directory[lowFirst + span]);
        _state->Counts[lowFirst] += _state->Counts[lowFirst + span];
        _state->Counts[lowFirst + span] = 0;
        SetEntries(lowFirst, local - 1, merged);
        HalveDirectoryWhilePossible();
    }

    /// <summary>Sends buckets 2b and 2b + 1 to bucket b, from <paramref name="firstBucket"/> on.</summary>
    private void Gather(ulong from, ulong to, int firstBucket)
    {
        var buckets = 1 << (int)(from >> 56);
        for (var b = 0; b < buckets; b++)
        {
            var bucket = (ulong*)(from & AddressMask) + b * 8;
            var target = (ulong*)(to & AddressMask) + (firstBucket + b / 2) * 8;
            for (var slots = new SlotCursor(bucket); slots.MoveNext();) Place(target, slots.Slot, slots.Tag);
        }
    }

    private void HalveDirectoryWhilePossible()
    {
        while (_state->Depth > 0)
        {
            var size = 1 << _state->Depth;
            for (var i = 0; i < size; i++)
            {
                if (((int)(_state->Directory[i] >> 48) & 255) == _state->Depth) return;
            }

            for (var i = 0; i < size / 2; i++)
            {
                _state->Directory[i] = _state->Directory[2 * i];
                _state->Counts[i] = _state->Counts[2 * i];
            }

            _state->Depth--;
        }
    }

    /// <summary>The slots of a bucket in use, and of the buckets that it overflows to. The table does not change meanwhile.</summary>
    private ref struct SlotCursor(ulong* bucket)
    {
        private ulong* _bucket = bucket;
        private int _index;

        public readonly ulong Slot => _bucket[_index];

        public readonly byte Tag => (byte)(*_bucket >> (8 * (_index - 1)));

        public bool MoveNext()
        {
            while (true)
            {
                var overflow = (*_bucket & OverflowControl) != 0;
                var slots = overflow ? SlotsPerBucket - 1 : SlotsPerBucket;
                if (++_index <= slots && _bucket[_index] != 0) return true;
                if (!overflow) return false;
                _bucket = (ulong*)(_bucket[SlotsPerBucket] & AddressMask);
                _index = 0;
            }
        }
    }
}
