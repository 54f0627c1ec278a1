using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Core.Memory;

/// <summary>
/// The allocator under the data set: one instance per owning thread (and per simulated node), no locks.
/// <code>
/// span, 64 MB, aligned   | chunk 0: span header | chunk 1 | chunk 2 | …                 | chunk 1023 |
/// chunk, 64 KB, aligned  | slab header, 64 B | object | object | …                      |   a slab: objects of one size class
///                        | bytes …                                                      |   start of a large run of whole chunks
/// </code>
/// A small object never lies at the start of a chunk and a large run always does, so <see cref="Free"/> needs no size: the low 16
/// bits of the address tell the two apart, the address without them is the slab's header, without the low 26 bits the span's.
/// Costs: about 15 instructions to allocate or free a small object; 64 bytes per slab of waste, at most an eighth by size class.
/// Freed chunks are given back to the system in steps by <see cref="Trim"/>.
/// </summary>
public sealed unsafe class NativeHeap : IDisposable
{
    internal const int ChunkSize = 64 * 1024;
    internal const int SlabHeaderSize = 64;
    private const long SpanAlignment = 64L << 20;
    private const int ChunksPerSpan = (int)(SpanAlignment / ChunkSize);

    [StructLayout(LayoutKind.Sequential, Size = SlabHeaderSize)]
    private struct Slab
    {
        public Slab* Next;
        public Slab* Previous;
        public byte* FreeList;
        public int SizeClass;
        public int Live;
        public int Bump;       // objects handed out from the untouched end so far
        public int Capacity;
        public int ObjectSize;
        public int Listed;     // whether it is in its class's list of slabs with room
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Span
    {
        public Span* Next;
        public long Bytes;         // of the whole mapping
        public int FreeChunks;
        public int SearchFrom;     // no free chunk below this index
        public fixed int Run[ChunksPerSpan]; // > 0: chunks of the run starting here; 0: free; -1: inside a run
        public fixed byte Dirty[ChunksPerSpan]; // free, but its pages have been written
    }

    private readonly Slab*[] _withRoom = new Slab*[SizeClasses.Count];
    private readonly long _spanBytes;
    private Span* _spans;
    private long _dirtyChunks;

    /// <param name="spanBytes">Address space taken at a time: a multiple of 64 KB, at most 64 MB. Small ones suit simulated nodes.</param>
    public NativeHeap(long spanBytes = SpanAlignment)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spanBytes, SpanAlignment);
        ArgumentOutOfRangeException.ThrowIfLessThan(spanBytes, 4L * ChunkSize);
        _spanBytes = spanBytes / ChunkSize * ChunkSize;
    }

    /// <summary>Bytes of live objects, rounded to their size classes.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Bytes of chunks in use or dirty: about what is resident.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Allocates at least <paramref name="size"/> bytes, not zeroed, aligned to 8.</summary>
    /// <exception cref="OutOfMemoryException">The system gives no more memory.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the common case is a pop from the class's first slab
    public byte* Allocate(long size)
    {
        if (size > SizeClasses.SmallMax) return AllocateLarge(size);
        var sizeClass = SizeClasses.ClassOf((int)size);
        var slab = _withRoom[sizeClass];
        if (slab == null || slab->FreeList == null) return AllocateSlow(sizeClass);
        var taken = slab->FreeList;
        slab->FreeList = *(byte**)taken;
        slab->Live++;
        UsedBytes += slab->ObjectSize;
        if (slab->Live == slab->Capacity) Unlist(slab);
        return taken;
    }

    /// <summary>Frees what <see cref="Allocate"/> returned.</summary>
    public void Free(byte* pointer)
    {
        if (((long)pointer & (ChunkSize - 1)) == 0)
        {
            FreeLarge(pointer);
            return;
        }

        var slab = (Slab*)((long)pointer & ~(long)(ChunkSize - 1));
#if GUARDED
        new Span<byte>(pointer, slab->ObjectSize).Fill(0xDD);
#endif
        *(byte**)pointer = slab->FreeList;
        slab->FreeList = pointer;
        UsedBytes -= slab->ObjectSize;
        slab->Live--;
        if (slab->Listed == 0) List(slab);
        if (slab->Live == 0 && (slab->Next != null || slab->Previous != null)) ReturnSlab(slab);
    }

    /// <summary>Bytes that the object may use.</summary>
    public static long UsableSize(byte* pointer)
    {
        if (((long)pointer & (ChunkSize - 1)) != 0) return ((Slab*)((long)pointer & ~(long)(ChunkSize - 1)))->ObjectSize;
        var span = SpanOf(pointer);
        return (long)span->Run[ChunkIndex(span, pointer)] * ChunkSize;
    }

    /// <summary>Bytes that an allocation of <paramref name="size"/> bytes will take.</summary>
    public static long RoundedSize(long size) =>
        size <= SizeClasses.SmallMax ? SizeClasses.SizeOf(SizeClasses.ClassOf((int)size)) : (size + ChunkSize - 1) / ChunkSize * ChunkSize;

    /// <summary>Gives up to <paramref name="bytesMax"/> of free but dirty chunks back to the system; returns the bytes given.</summary>
    public long Trim(long bytesMax = 2 << 20)
    {
        long given = 0;
        for (var span = _spans; span != null && _dirtyChunks > 0 && given < bytesMax; span = span->Next)
        {
            var chunks = (int)Math.Min(span->Bytes / ChunkSize, ChunksPerSpan);
            for (var i = 1; i < chunks && given < bytesMax; i++)
            {
                if (span->Dirty[i] == 0) continue;
                SystemMemory.Discard((byte*)span + (long)i * ChunkSize, ChunkSize);
                span->Dirty[i] = 0;
                _dirtyChunks--;
                HeldBytes -= ChunkSize;
                given += ChunkSize;
            }
        }

        return given;
    }

    /// <summary>Returns all memory to the system; every object of this heap is gone.</summary>
    public void Dispose()
    {
        while (_spans != null)
        {
            var span = _spans;
            _spans = span->Next;
            SystemMemory.Release((byte*)span, span->Bytes);
        }

        Array.Clear(_withRoom);
        UsedBytes = HeldBytes = _dirtyChunks = 0;
    }

    private static Span* SpanOf(byte* pointer) => (Span*)((long)pointer & ~(SpanAlignment - 1));

    private static int ChunkIndex(Span* span, byte* pointer) => (int)((pointer - (byte*)span) / ChunkSize);

    private byte* AllocateSlow(int sizeClass)
    {
        var slab = _withRoom[sizeClass];
        if (slab == null)
        {
            slab = (Slab*)AllocateChunks(1);
            *slab = default;
            slab->SizeClass = sizeClass;
            slab->ObjectSize = SizeClasses.SizeOf(sizeClass);
            slab->Capacity = (ChunkSize - SlabHeaderSize) / slab->ObjectSize;
            List(slab);
        }

        var taken = (byte*)slab + SlabHeaderSize + (long)slab->Bump * slab->ObjectSize;
        slab->Bump++;
        slab->Live++;
        UsedBytes += slab->ObjectSize;
        if (slab->Live == slab->Capacity) Unlist(slab);
        return taken;
    }

    private void List(Slab* slab)
    {
        ref var head = ref _withRoom[slab->SizeClass];
        slab->Previous = null;
        slab->Next = head;
        if (head != null) head->Previous = slab;
        head = slab;
        slab->Listed = 1;
    }

    private void Unlist(Slab* slab)
    {
        if (slab->Previous != null) slab->Previous->Next = slab->Next;
        else _withRoom[slab->SizeClass] = slab->Next;
        if (slab->Next != null) slab->Next->Previous = slab->Previous;
        slab->Next = slab->Previous = null;
        slab->Listed = 0;
    }

    private void ReturnSlab(Slab* slab)
    {
        Unlist(slab);
        FreeChunks((byte*)slab);
    }

    private byte* AllocateLarge(long size)
    {
        var chunks = (size + ChunkSize - 1) / ChunkSize;
        UsedBytes += chunks * ChunkSize;
        return AllocateChunks(chunks);
    }

    private void FreeLarge(byte* pointer)
    {
        UsedBytes -= UsableSize(pointer);
        FreeChunks(pointer);
    }

    private byte* AllocateChunks(long count)
    {
        for (var span = _spans; span != null; span = span->Next)
        {
            if (span->FreeChunks < count) continue;
            var found = FindRun(span, (int)count);
            if (found > 0) return TakeRun(span, found, count);
        }

        var fresh = AddSpan(count);
        return TakeRun(fresh, 1, count);
    }

    private static int FindRun(Span* span, int count)
    {
        var chunks = (int)Math.Min(span->Bytes / ChunkSize, ChunksPerSpan);
        var i = span->SearchFrom;
        while (i + count <= chunks)
        {
            var taken = span->Run[i];
            if (taken > 0)
            {
                i += taken;
                continue;
            }

            var end = i;
            while (end < i + count && span->Run[end] == 0) end++;
            if (end == i + count) return i;
            i = end;
        }

        return 0;
    }

    private byte* TakeRun(Span* span, int index, long count)
    {
        var inMap = (int)Math.Min(count, ChunksPerSpan - index);
        span->Run[index] = (int)count;
        for (var i = 1; i < inMap; i++) span->Run[index + i] = -1;
        for (var i = 0; i < inMap; i++)
        {
            if (span->Dirty[index + i] == 0) continue;
            span->Dirty[index + i] = 0;
            _dirtyChunks--;
            HeldBytes -= ChunkSize;
        }

        span->FreeChunks -= inMap;
        if (index == span->SearchFrom) span->SearchFrom = index + inMap;
        HeldBytes += count * ChunkSize;
        return (byte*)span + (long)index * ChunkSize;
    }

    private void FreeChunks(byte* pointer)
    {
        var span = SpanOf(pointer);
        var index = ChunkIndex(span, pointer);
        var count = span->Run[index];
        if (count <= 0) throw new InvalidOperationException($"Freed an address that is not allocated: 0x{(long)pointer:x}.");
        if (span->Bytes > SpanAlignment)
        {
            // A mapping of its own for a run larger than a span.
            HeldBytes -= (long)count * ChunkSize;
            RemoveSpan(span);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            span->Run[index + i] = 0;
            span->Dirty[index + i] = 1;
        }

        _dirtyChunks += count;
        span->FreeChunks += count;
        span->SearchFrom = Math.Min(span->SearchFrom, index);
    }

    private Span* AddSpan(long chunks)
    {
        var bytes = Math.Max(_spanBytes, (chunks + 1) * ChunkSize);
        if (bytes > _spanBytes) bytes = bytes > SpanAlignment ? bytes : SpanAlignment;
        var span = (Span*)SystemMemory.Reserve(bytes, SpanAlignment);
        if (span == null) throw new OutOfMemoryException($"The system refused {bytes} bytes of memory; {HeldBytes} are held.");
        span->Bytes = bytes;
        span->FreeChunks = (int)Math.Min(bytes / ChunkSize, ChunksPerSpan) - 1;
        span->SearchFrom = 1;
        span->Run[0] = 1;
        span->Next = _spans;
        _spans = span;
        return span;
    }

    private void RemoveSpan(Span* removed)
    {
        if (_spans == removed)
        {
            _spans = removed->Next;
        }
        else
        {
            var span = _spans;
            while (span->Next != removed) span = span->Next;
            span->Next = removed->Next;
        }

        SystemMemory.Release((byte*)removed, removed->Bytes);
    }
}
