namespace Redouble.Core.Memory;

/// <summary>
/// Lends <see cref="Block"/>s of one standard size and keeps a bounded number of returned ones; larger blocks are allocated for
/// their one use. Owned by one thread.
/// </summary>
public sealed unsafe class BlockPool : IDisposable
{
    /// <summary>Bytes of a standard block with its header: four of them fill a slab of the heap.</summary>
    public const int StandardSize = (64 * 1024 - 64) / 4 & ~15;

    /// <summary>Bytes that a standard block takes of the heap.</summary>
    public static readonly long StandardMemoryBytes = NativeHeap.RoundedSize(StandardSize);

    /// <summary>Data bytes of a standard block.</summary>
    public const int StandardCapacity = StandardSize - Block.HeaderSize;

    private readonly NativeHeap _heap;
    private readonly bool _ownsHeap;
    private readonly int _retainedMax;
    private Block.Header* _returned;
    private int _returnedCount;

    /// <summary>A pool with a heap of its own.</summary>
    /// <param name="retainedBytesMax">Bytes of returned standard blocks kept for reuse.</param>
    public BlockPool(long retainedBytesMax = 8 << 20)
        : this(new NativeHeap(), retainedBytesMax) => _ownsHeap = true;

    /// <summary>A pool over the owning thread's heap.</summary>
    public BlockPool(NativeHeap heap, long retainedBytesMax = 8 << 20)
    {
        _heap = heap;
#if GUARDED
        _retainedMax = 0; // returned blocks go through the heap's quarantine
#else
        _retainedMax = (int)Math.Min(int.MaxValue, retainedBytesMax / StandardSize);
#endif
    }

    /// <summary>Bytes of all blocks lent out, headers included, as the heap rounds them.</summary>
    public long LentBytes { get; private set; }

    /// <summary>
    /// Bytes of lent blocks that nothing has been written to yet, and perhaps never will be: room for what clients have announced. Kept by who rents them.
    /// </summary>
    public long AbsentBytes { get; set; }

    /// <summary>Whether the heap is short of memory (<see cref="NativeHeap.IsShort"/>).</summary>
    public bool IsShort => _heap.IsShort;

    /// <summary>Where its memory comes from.</summary>
    public NativeHeap Heap => _heap;

    /// <summary>Bytes of returned blocks kept for reuse.</summary>
    public long RetainedBytes => _returnedCount * StandardMemoryBytes;

    /// <summary>A standard block with one reference, length 0.</summary>
    public Block Rent()
    {
        var header = _returned;
        if (header != null)
        {
            _returned = header->Next;
            _returnedCount--;
        }
        else
        {
            header = (Block.Header*)_heap.Allocate(StandardSize);
        }

        LentBytes += StandardMemoryBytes;
        return Initialize(header, StandardCapacity, pooled: 1);
    }

    /// <summary>A block with room for at least <paramref name="capacity"/> bytes: as much as the heap gives anyway.</summary>
    public Block Rent(int capacity)
    {
        if (capacity <= StandardCapacity) return Rent();
        return InitializeLarge((Block.Header*)_heap.Allocate((long)capacity + Block.HeaderSize));
    }

    /// <summary>As <see cref="Rent(int)"/>, for what will be written bit by bit: <see cref="Filled"/> is to be called for each.</summary>
    public Block RentAhead(int capacity)
    {
        if (capacity < NativeHeap.ChunkSize) return Rent(capacity);
        return InitializeLarge((Block.Header*)_heap.AllocateAhead((long)capacity + Block.HeaderSize));
    }

    /// <summary>So many bytes have been written to what <see cref="RentAhead"/> gave.</summary>
    public void Filled(int bytes) => _heap.Filled(bytes);

    private Block InitializeLarge(Block.Header* header)
    {
        LentBytes += NativeHeap.AllocatedSize((byte*)header);
        var usable = NativeHeap.UsableSize((byte*)header) - Block.HeaderSize;
        var block = Initialize(header, (int)Math.Min(usable, int.MaxValue), pooled: 0);
        if (NativeHeap.IsNewMapping((byte*)header)) header->ZeroFrom = 0;
        return block;
    }

    /// <summary>
    /// Makes room for at least <paramref name="capacity"/> bytes in a very large block without copying what it holds; only its one holder may do that, and goes
    /// on with the new handle. False where a larger block has to be rented instead.
    /// </summary>
    public bool TryGrow(ref Block block, int capacity)
    {
        var header = block.Pointer;
        if (header->References != 1 || header->Pooled != 0) return false;
        var before = NativeHeap.AllocatedSize((byte*)header);
        header = (Block.Header*)_heap.TryGrow((byte*)header, (long)capacity + header->Front + Block.HeaderSize);
        if (header == null) return false;
        LentBytes += NativeHeap.AllocatedSize((byte*)header) - before;
        header->ZeroFrom = header->Capacity;
        header->Capacity = (int)Math.Min(NativeHeap.UsableSize((byte*)header) - Block.HeaderSize - header->Front, int.MaxValue);
        block = new Block(header);
        return true;
    }

    /// <summary>A block of its own for about <paramref name="capacity"/> bytes, be they few: for what is kept long and seldom.</summary>
    public Block RentExactly(int capacity)
    {
        var header = (Block.Header*)_heap.Allocate((long)capacity + Block.HeaderSize);
        LentBytes += NativeHeap.AllocatedSize((byte*)header);
        return Initialize(header, capacity, pooled: 0);
    }

    /// <summary>Bytes that the block takes of the heap.</summary>
    public static long MemoryBytes(Block block) => NativeHeap.AllocatedSize((byte*)block.Pointer);

    /// <summary>Whether a block of its own for so many bytes would take hardly less memory.</summary>
    public static bool IsFilledBy(Block block, int bytes) =>
        block.Pointer->Pooled == 0 && MemoryBytes(block) <= NativeHeap.RoundedSize(bytes + Block.HeaderSize) + (bytes / 8);

    /// <summary>Whether the block should be moved (<see cref="NativeHeap.IsEvacuated"/>).</summary>
    public static bool IsEvacuated(Block block) => NativeHeap.IsEvacuated((byte*)block.Pointer);

    /// <summary>Gives up one reference; the last one returns the block to the pool.</summary>
    public void Release(Block block)
    {
        var header = block.Pointer;
        if (header->References <= 0) throw new InvalidOperationException("A block was released more often than it was retained.");
        if (--header->References > 0) return;
        LentBytes -= header->Pooled != 0 ? StandardMemoryBytes : NativeHeap.AllocatedSize((byte*)header);
        if (header->Pooled == 0 || _returnedCount >= _retainedMax)
        {
            _heap.Free((byte*)header);
            return;
        }

        header->Next = _returned;
        _returned = header;
        _returnedCount++;
    }

    /// <summary>Frees the retained blocks. A heap of its own goes with it.</summary>
    public void Dispose()
    {
        while (_returned != null)
        {
            var header = _returned;
            _returned = header->Next;
            _heap.Free((byte*)header);
        }

        _returnedCount = 0;
        if (_ownsHeap) _heap.Dispose();
    }

    private static Block Initialize(Block.Header* header, int capacity, int pooled)
    {
        *header = default;
        header->Capacity = capacity;
        header->References = 1;
        header->Pooled = pooled;
        header->ZeroFrom = capacity;
        return new Block(header);
    }
}
