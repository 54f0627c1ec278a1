using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Structures;

/// <summary>Allocates, copies, grows and frees records in one heap. Nothing here knows of tables.</summary>
internal sealed unsafe class RecordStore
{
    private readonly NativeHeap _heap;
    private readonly BlockPool _blocks;

    public RecordStore(TableHome home, BlockPool blocks)
    {
        _heap = home.Heap;
        _blocks = blocks;
        Collections = new CollectionStore(home, this);
    }

    /// <summary>Bytes of the address that stands for a block in the value area.</summary>
    private const int BlockAddressSize = 8;

    /// <summary>Bytes from which a packed collection that has to move gets room for more.</summary>
    private const int PackedGrowthMin = 512;

    /// <summary>To a multiple of so many bytes a smaller one grows where it grows by less.</summary>
    private const int PackedStep = 16;

    /// <summary>What large values other than strings are kept in.</summary>
    public CollectionStore Collections { get; }

    /// <summary>Bytes of all records, rounded as the heap rounds them; blocks not included.</summary>
    public long RecordBytes { get; private set; }

    /// <summary>Bytes of the blocks that records own.</summary>
    public long BlockBytes { get; private set; }

    /// <summary>
    /// Bytes of strings' blocks that no record owns any more and a snapshot's ticket keeps. A block that is given up loses its tag, which tells the ticket so.
    /// </summary>
    public long FormerBytes { get; private set; }

    public Record CreateString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ValueEncoding encoding, long expireAtMs, byte epoch, int clock) =>
        CreatePacked(key, ValueType.String, encoding, value, expireAtMs, epoch, clock);

    /// <summary>A record whose value is those bytes: a string, or a packed collection.</summary>
    public Record CreatePacked(
        ReadOnlySpan<byte> key, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> value, long expireAtMs, byte epoch, int clock)
    {
        var record = CreateSized(key, value.Length, type, encoding, expireAtMs, epoch, clock, growth: false);
        value.CopyTo(record.Value);
        return record;
    }

    /// <summary>A record with a value area of <paramref name="length"/> undefined bytes, inline or in a block.</summary>
    public Record CreateSized(ReadOnlySpan<byte> key, int length, ValueType type, ValueEncoding encoding, long expireAtMs, byte epoch, int clock, bool growth)
    {
        if (length <= Record.InlineValueMax) return Allocate(key, length, type, encoding, expireAtMs, epoch, clock);
        var block = RentBlock(length, growth); // first: it may find no room
        try
        {
            var record = Allocate(key, BlockAddressSize, type, encoding, expireAtMs, epoch, clock);
            record.SetBlock(block);
            return record;
        }
        catch (InsufficientMemoryException)
        {
            ReleaseBlock(block); // nor may a long key
            throw;
        }
    }

    /// <summary>A record of a string that owns the block, which is from <see cref="RentValue"/> and longer than <see cref="Record.InlineValueMax"/>.</summary>
    public Record CreateString(ReadOnlySpan<byte> key, Block value, long expireAtMs, byte epoch, int clock)
    {
        var record = Allocate(key, BlockAddressSize, ValueType.String, ValueEncoding.Raw, expireAtMs, epoch, clock);
        record.SetBlock(value);
        return record;
    }

    /// <summary>An empty block for a value.</summary>
    public Block RentValue(int capacity)
    {
        var block = RentBlock(capacity, growth: false);
        block.Length = 0;
        return block;
    }

    /// <summary>A block that was rented elsewhere, as if it were from <see cref="RentValue"/>; the reference becomes the record's.</summary>
    public Block Adopt(Block block)
    {
        BlockBytes += block.Capacity + Block.HeaderSize;
        return block;
    }

    /// <summary>Gives back a block that no record owns.</summary>
    public void ReleaseValue(Block block) => ReleaseBlock(block);

    /// <summary>A ticket is done with a block.</summary>
    public void ReleaseFromTicket(Block block)
    {
        if (block.Tag == 0) FormerBytes -= BlockPool.MemoryBytes(block);
        block.Tag = 0;
        _blocks.Release(block);
    }

    /// <summary>A record that owns the collection.</summary>
    public Record CreateCollection(ReadOnlySpan<byte> key, Collection collection, ValueEncoding encoding, long expireAtMs, byte epoch, int clock)
    {
        var record = Allocate(key, BlockAddressSize, collection.Type, encoding, expireAtMs, epoch, clock);
        record.SetCollection(collection);
        return record;
    }

    /// <summary>The same value under another key or with another expiry; a block or collection moves along or is copied.</summary>
    public Record Copy(Record from, ReadOnlySpan<byte> key, long expireAtMs, byte epoch, bool takeBlock)
    {
        if (!takeBlock && from.IsBlock)
        {
            var sized = CreateSized(key, from.Block.Length, from.Type, from.Encoding, expireAtMs, epoch, from.Clock, growth: false);
            from.Value.CopyTo(sized.Value);
            return sized;
        }

        if (!takeBlock && from.IsCollection) return CopyCollection(from, key, expireAtMs, epoch);
        var record = Allocate(key, from.InlineLength, from.Type, from.Encoding, expireAtMs, epoch, from.Clock);
        if (from.IsCollection)
        {
            record.SetCollection(from.Collection);
            from.ForgetOwned();
        }
        else if (from.IsBlock)
        {
            record.SetBlock(from.Block);
            from.ForgetOwned();
        }
        else
        {
            from.Value.CopyTo(record.Value);
        }

        return record;
    }

    private Record CopyCollection(Record from, ReadOnlySpan<byte> key, long expireAtMs, byte epoch)
    {
        var copy = Collections.Copy(from.Collection, epoch);
        try
        {
            return CreateCollection(key, copy, from.Encoding, expireAtMs, epoch, from.Clock);
        }
        catch (InsufficientMemoryException)
        {
            Collections.Detach(copy);
            throw;
        }
    }

    /// <summary>
    /// Makes the value <paramref name="length"/> bytes long, in place when it fits; the result may be another record, and then the old one
    /// has to be freed. A block that a reply or a snapshot holds is replaced rather than written.
    /// </summary>
    public Record Resize(Record record, int length, bool growth, byte epoch)
    {
        if (record.IsBlock && length > Record.InlineValueMax)
        {
            var block = record.Block;
            if (block.References == 1 && block.Capacity >= length)
            {
                block.Length = length;
                return record;
            }

            if (TryGrow(ref block, length, growth))
            {
                record.SetBlock(block);
                return record;
            }

            var larger = RentBlock(length, growth);
            Common(block.Written, larger.Data[..length]);
            ReleaseBlock(block);
            record.SetBlock(larger);
            return record;
        }

        if (!record.IsBlock && length <= Record.InlineValueMax && record.FitsInPlace(length))
        {
            record.SetInlineLength(length);
            return record;
        }

        // Room for a quarter more, as far as the width of the length and the place of the value stay the same.
        var roomMax = length <= byte.MaxValue ? byte.MaxValue : Record.InlineValueMax;
        var room = length;
        if (growth && length <= Record.InlineValueMax)
        {
            // A small collection that grows by small steps gets room for a few; by larger ones it would have to move at the next all the same.
            if (record.Type == ValueType.String || length > PackedGrowthMin) room = Math.Min(roomMax, length + length / 4);
            else if (length - record.InlineLength < PackedStep) room = Math.Min(roomMax, length + RoomToStep(record, length));
        }

        var moved = CreateSized(record.Key, room, record.Type, record.Encoding, record.ExpireAtMs, epoch, record.Clock, growth);
        Common(record.Value, moved.Value[..length]);
        if (room != length) moved.SetInlineLength(length);
        return moved;
    }

    /// <summary>
    /// Whether the value may be made <paramref name="length"/> bytes long and written where it is although a snapshot's ticket holds its block: it has room, and
    /// nobody else reads it.
    /// </summary>
    public static bool StaysUnderTicket(Record record, int length) =>
        record.IsBlock && record.Block is { Tag: not 0, References: 2 } block && block.Capacity >= length;

    /// <summary>Bytes that a record takes of the heap with the block that it owns; a collection's are its own.</summary>
    public static long SizeOf(Record record) => NativeHeap.AllocatedSize(record.Address) + (record.IsBlock ? BlockPool.MemoryBytes(record.Block) : 0);

    /// <summary>Whether the record should be moved (<see cref="NativeHeap.IsEvacuated"/>).</summary>
    public static bool IsEvacuated(Record record) => NativeHeap.IsEvacuated(record.Address);

    /// <summary>Moves a record out of a slab that is evacuated; one that is elsewhere stays. The caller lets everybody know who refers to it.</summary>
    public Record Move(Record record)
    {
        if (!NativeHeap.IsEvacuated(record.Address)) return record;
        var size = record.UsableSize; // of the same class, so that its flags stay true
        var moved = _heap.Allocate(size);
        new Span<byte>(record.Address, record.Size).CopyTo(new Span<byte>(moved, record.Size));
        _heap.Free(record.Address);
        return new Record(moved);
    }

    /// <summary>Moves the block of a string out of such a slab, if nobody else reads it; true when it did.</summary>
    public bool TryMoveBlock(Record record)
    {
        var block = record.Block;
        if (block.References > 1 || block.Tag != 0 || !BlockPool.IsEvacuated(block)) return false;
        var moved = RentBlock(block.Capacity, growth: false);
        moved.Length = block.Length;
        block.Written.CopyTo(moved.Data);
        ReleaseBlock(block);
        record.SetBlock(moved);
        return true;
    }

    public void Free(Record record)
    {
        if (record.IsBlock) ReleaseBlock(record.Block);
        else if (record.IsCollection) Collections.Detach(record.Collection);
        RecordBytes -= NativeHeap.UsableSize(record.Address);
        _heap.Free(record.Address);
    }

    // Up to 128 bytes the heap's own classes are the steps.
    private static int RoomToStep(Record record, int length)
    {
        const int steppedMax = 128;
        var size = Record.SizeFor(record.KeyLength, length, record.HasExpiry);
        return size <= steppedMax ? 0 : -size & (PackedStep - 1);
    }

    private static void Common(ReadOnlySpan<byte> from, Span<byte> to) => from[..Math.Min(from.Length, to.Length)].CopyTo(to);

    private Record Allocate(ReadOnlySpan<byte> key, int inline, ValueType type, ValueEncoding encoding, long expireAtMs, byte epoch, int clock)
    {
        var hasExpiry = expireAtMs >= 0;
        var address = _heap.Allocate(Record.SizeFor(key.Length, inline, hasExpiry));
        RecordBytes += NativeHeap.UsableSize(address);
        var record = Record.Write(address, key, inline, hasExpiry, type, encoding, epoch, clock);
        if (hasExpiry) record.ExpireAtMs = expireAtMs;
        return record;
    }

    private Block RentBlock(int length, bool growth)
    {
        var block = _blocks.Rent(RoomFor(length, growth));
        block.Length = length;
        BlockBytes += block.Capacity + Block.HeaderSize;
        return block;
    }

    private bool TryGrow(ref Block block, int length, bool growth)
    {
        var capacity = block.Capacity;
        if (length < capacity || block.Tag != 0 || !_blocks.TryGrow(ref block, RoomFor(length, growth))) return false;
        block.Length = length;
        BlockBytes += block.Capacity - capacity;
        return true;
    }

    private static int RoomFor(int length, bool growth) => growth ? Math.Max(length, (int)Math.Min(length * 2L, length + (1L << 20))) : length;

    private void ReleaseBlock(Block block)
    {
        BlockBytes -= block.Capacity + Block.HeaderSize;
        if (block.Tag != 0)
        {
            block.Tag = 0;
            FormerBytes += BlockPool.MemoryBytes(block);
        }

        _blocks.Release(block);
    }
}
