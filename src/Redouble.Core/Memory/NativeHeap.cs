using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Core.Memory;

/// <summary>
/// The allocator under the data set: one instance per owning thread (and per simulated node), no locks.
/// <code>
/// chunk, 64 KB, aligned  | slab header, 64 B | object | object | …     |   a slab: objects of one size class
///                        | bytes …                                     |   start of a large run of whole chunks (ChunkSpans)
/// </code>
/// A small object never lies at the start of a chunk and a large run always does, so <see cref="Free"/> needs no size: the low 16
/// bits of the address tell the two apart, the address without them is the slab's header.
/// Costs: about 15 instructions to allocate or free a small object; per slab 64 bytes and what is left at its end, by rounding to the
/// size class at most an eighth up to 8 KB and a third up to 32 KB, to whole chunks above that.
/// Freed chunks are given back to the system in steps by <see cref="Trim"/>.
/// A guarded build puts a canary behind each object, poisons freed ones and keeps them in quarantine (<c>HeapGuard</c>).
/// </summary>
public sealed unsafe partial class NativeHeap : IDisposable
{
    internal const int ChunkSize = ChunkSpans.ChunkSize;
    internal const int SlabHeaderSize = 64;

    /// <summary>Address space taken at a time where nothing else is asked for, bytes.</summary>
    public const long SpanBytesDefault = ChunkSpans.SpanAlignment;

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
        public int Listed;     // in its class's list of slabs with room, in the list of those that are evacuated, or in none
    }

    private readonly Slab*[] _withRoom = new Slab*[SizeClasses.Count];
    private readonly ulong[] _emptied = new ulong[(SizeClasses.Count + 63) / 64]; // bit per class whose only slab with room may be empty
    private readonly ChunkSpans _chunks;
#if GUARDED
    private readonly HeapGuard _guard;
#endif
    private long _usedBytes;

    /// <param name="spanBytes">Address space taken at a time: a multiple of 64 KB, at most 64 MB. Small ones suit simulated nodes.</param>
    /// <param name="limitBytes">Address space at which the system is taken to refuse more.</param>
    public NativeHeap(long spanBytes = SpanBytesDefault, long limitBytes = long.MaxValue)
    {
        _chunks = new ChunkSpans(spanBytes, limitBytes);
#if GUARDED
        _guard = new HeapGuard(this);
#endif
    }

    /// <summary>Bytes of live objects, rounded as <see cref="RoundedSize"/> rounds.</summary>
#if GUARDED
    public long UsedBytes => _usedBytes - _guard.QuarantinedBytes;
#else
    public long UsedBytes => _usedBytes;
#endif

    /// <summary>Bytes of chunks in use, or free and not given back: about what is resident.</summary>
    public long HeldBytes => _chunks.HeldBytes;

    /// <summary>Bytes of chunks in use: what is in use and the holes between.</summary>
    public long ActiveBytes => _chunks.HeldBytes - _chunks.DirtyBytes;

    /// <summary>Address space taken from the system, bytes.</summary>
    public long ReservedBytes => _chunks.ReservedBytes;

    /// <summary>
    /// Whether the system has refused memory and what is left is for finishing what is under way: nothing that needs more should be begun. It ends when
    /// enough has been freed, or the system gives again.
    /// </summary>
    public bool IsShort => _chunks.IsShort;

    /// <summary>Bytes that have to be freed, while the system refuses memory, for a quarter of what was put by to be left; 0 when it is.</summary>
    public long MissingBytes => _chunks.MissingBytes;

    /// <summary>Allocates at least <paramref name="size"/> bytes, not zeroed, aligned to 8 if the size is a multiple of that, else to 4.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for a large object. Nothing has changed.</exception>
    /// <exception cref="OutOfMemoryException">Not even for a small one: the reserve is used up.</exception>
#if GUARDED
    public byte* Allocate(long size) => _guard.Arm(AllocateUnguarded(size + HeapGuard.CanarySize));

    internal byte* AllocateUnguarded(long size)
#else
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the common case is a pop from the class's first slab
    public byte* Allocate(long size)
#endif
    {
        if ((ulong)size > SizeClasses.SmallMax) return AllocateLarge(size);
        var sizeClass = SizeClasses.ClassOf((int)size);
        var slab = _withRoom[sizeClass];
        if (slab == null || slab->FreeList == null) return AllocateSlow(sizeClass);
        var taken = slab->FreeList;
        slab->FreeList = *(byte**)taken;
        slab->Live++;
        _usedBytes += slab->ObjectSize;
        if (slab->Live == slab->Capacity) Unlist(slab);
        return taken;
    }

    /// <summary>
    /// As <see cref="Allocate"/>, for a large object that will be written bit by bit: its owner calls <see cref="Filled"/> for each. So what has been freed
    /// goes back to the system in as many steps, and nobody waits for all of it.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for it.</exception>
#if GUARDED
    public byte* AllocateAhead(long size) => _guard.Arm(AllocateLarge(Math.Max(size, SizeClasses.SmallMax) + GuardBytes, isFilledSlowly: true));
#else
    public byte* AllocateAhead(long size) => AllocateLarge(size, isFilledSlowly: true);
#endif

    /// <summary>So many bytes have been written to what <see cref="AllocateAhead"/> gave.</summary>
    public void Filled(long bytes) => _chunks.EmptyRetired(bytes);

    /// <summary>
    /// Throws now what allocating so many bytes would throw, in one piece or in blocks: for who changes something before it. From a megabyte on; what is less
    /// finds room, unless the system has refused more already.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for them.</exception>
    public void RequireRoom(long size)
    {
        const long largeMin = 1 << 20;
        if (size < (_chunks.WasRefused ? ChunkSize / 2 : largeMin)) return;
        var headers = size / 128; // of blocks, and of the slabs that they are in
        _chunks.RequireRoom(((size + headers) / ChunkSize) + 1);
    }

    /// <summary>Whether <see cref="RequireRoom"/> would throw nothing: for who can do with less.</summary>
    public bool HasRoom(long size)
    {
        try
        {
            RequireRoom(size);
            return true;
        }
        catch (InsufficientMemoryException)
        {
            return false;
        }
    }

    /// <summary>Frees what <see cref="Allocate"/> returned.</summary>
#if GUARDED
    public void Free(byte* pointer) => _guard.Retire(pointer);

    internal void FreeUnguarded(byte* pointer)
#else
    public void Free(byte* pointer)
#endif
    {
        if (IsLarge(pointer))
        {
            _usedBytes -= ChunkSpans.RunBytes(pointer);
            _chunks.Free(pointer);
            return;
        }

        var slab = SlabOf(pointer);
        *(byte**)pointer = slab->FreeList;
        slab->FreeList = pointer;
        _usedBytes -= slab->ObjectSize;
        slab->Live--;
        if (slab->Listed == Unlisted) List(slab);
        if (slab->Live == 0) OnEmpty(slab);
    }

    /// <summary>
    /// Makes an object longer without a copy, and returns where it is now: one that is too large to share a mapping. What is behind its old allocation is zero.
    /// Null where it would have to be copied; then nothing has changed.
    /// </summary>
    public byte* TryGrow(byte* pointer, long size)
    {
        if (!IsLarge(pointer)) return null;
        var before = ChunkSpans.RunBytes(pointer);
#if GUARDED
        HeapGuard.Check(pointer);
#endif
        var grown = _chunks.TryGrow(pointer, (size + GuardBytes + ChunkSize - 1) / ChunkSize);
        if (grown == null) return null;
        _usedBytes += ChunkSpans.RunBytes(grown) - before;
#if GUARDED
        new Span<byte>(grown + before - GuardBytes, GuardBytes).Clear();
        _guard.Arm(grown);
#endif
        return grown;
    }

    /// <summary>Bytes that the object may use.</summary>
#if GUARDED
    public static long UsableSize(byte* pointer) => AllocatedSize(pointer) - HeapGuard.CanarySize;
#else
    public static long UsableSize(byte* pointer) => AllocatedSize(pointer);
#endif

    /// <summary>Bytes of each object that its user does not have: the guarded build's.</summary>
#if GUARDED
    public const int GuardBytes = HeapGuard.CanarySize;
#else
    public const int GuardBytes = 0;
#endif

    /// <summary>Bytes that the object takes of <see cref="UsedBytes"/>.</summary>
    public static long AllocatedSize(byte* pointer) => IsLarge(pointer) ? ChunkSpans.RunBytes(pointer) : SlabOf(pointer)->ObjectSize;

    /// <summary>Whether a new object has come from the system as it is, zeroed: one that is too large to share a mapping.</summary>
    public static bool IsNewMapping(byte* pointer) => IsLarge(pointer) && ChunkSpans.HasOwnMapping(pointer);

    /// <summary>Bytes that an allocation of <paramref name="size"/> bytes will take of <see cref="UsedBytes"/>.</summary>
    public static long RoundedSize(long size)
    {
#if GUARDED
        size += HeapGuard.CanarySize;
#endif
        return size <= SizeClasses.SmallMax ? SizeClasses.SizeOf(SizeClasses.ClassOf((int)size)) : (size + ChunkSize - 1) / ChunkSize * ChunkSize;
    }

    /// <summary>Bytes that an object allocated with <paramref name="size"/> may use: <see cref="UsableSize"/> without a look at its slab.</summary>
#if GUARDED
    public static long UsableSizeFor(long size) => RoundedSize(size) - HeapGuard.CanarySize;
#else
    public static long UsableSizeFor(long size) => RoundedSize(size);
#endif

    /// <summary>Bytes that an object may use for which at most <paramref name="size"/> bytes are taken of <see cref="UsedBytes"/>, 16 or more.</summary>
    public static long UsableSizeWithin(long size)
    {
        var rounded = size / ChunkSize * ChunkSize;
        if (rounded == 0)
        {
            var sizeClass = SizeClasses.ClassOf((int)Math.Min(size, SizeClasses.SmallMax));
            rounded = SizeClasses.SizeOf(SizeClasses.SizeOf(sizeClass) > size ? sizeClass - 1 : sizeClass);
        }
#if GUARDED
        rounded -= HeapGuard.CanarySize;
#endif
        return rounded;
    }

    /// <summary>
    /// Gives memory back to the system that has not been needed for some time, up to <paramref name="bytesMax"/> bytes; returns the bytes
    /// given. To be called at regular intervals: what is free during 50 calls in a row is surplus.
    /// </summary>
    /// <param name="bytesMax">How much.</param>
    /// <param name="isAlone">
    /// Whether no other thread can be touching memory of this heap. Else what lies scattered in huge pages stays: taking them apart would wait for the other.
    /// </param>
    public long Trim(long bytesMax = 2 << 20, bool isAlone = true) => _chunks.Trim(bytesMax, isAlone);

    /// <summary>
    /// Free bytes to be made resident and kept so, for what is known to come: a first touch takes longer than the use of the memory. They come
    /// through <see cref="TryTakeAhead"/>; what is more than this is given back by <see cref="Trim"/> like any memory that nobody needs.
    /// </summary>
    public long Reserve
    {
        get => _chunks.Reserve;
        set => _chunks.Reserve = value;
    }

    /// <summary>
    /// Pages that the heap will need next, to be made resident by another thread, which spares this one the wait when it comes to them; false
    /// when there are none, or <see cref="AheadDone"/> has not been called for the last ones.
    /// </summary>
    public bool TryTakeAhead(out PagesAhead pages) => _chunks.TryTakeAhead(out pages);

    /// <summary>What <see cref="TryTakeAhead"/> gave is resident.</summary>
    public void AheadDone() => _chunks.AheadDone();

    /// <summary>Gives up to <paramref name="bytesMax"/> bytes of free memory back to the system at once (MEMORY PURGE); returns the bytes given.</summary>
    /// <param name="bytesMax">How much.</param>
    /// <param name="isAlone">As for <see cref="Trim"/>.</param>
    public long Purge(long bytesMax, bool isAlone = true)
    {
#if GUARDED
        _guard.Release();
#endif
        for (var sizeClass = 0; sizeClass < _withRoom.Length; sizeClass++)
        {
            // Frees keep one empty slab per class. It is the only one there, or somewhere among those that filled up since.
            Slab* next;
            for (var slab = _withRoom[sizeClass]; slab != null; slab = next)
            {
                next = slab->Next;
                if (slab->Live == 0) ReturnSlab(slab);
            }
        }

        return _chunks.Purge(bytesMax, isAlone);
    }

    /// <summary>Returns all memory to the system; every object of this heap is gone.</summary>
    public void Dispose()
    {
#if GUARDED
        _guard.Release();
#endif
        _chunks.Dispose();
        Array.Clear(_withRoom);
        _evacuated = null;
        EvacuatedSlabs = 0;
        EndEvacuation(0);
        _usedBytes = 0;
    }

    /// <summary><see cref="Allocate"/> for callers without pointers: the address.</summary>
    internal nint UnsafeAllocate(long size) => (nint)Allocate(size);

    /// <summary><see cref="Free"/> for callers without pointers.</summary>
    internal void UnsafeFree(nint address) => Free((byte*)address);

    /// <summary><see cref="IsEvacuated"/> for callers without pointers.</summary>
    internal static bool UnsafeIsEvacuated(nint address) => IsEvacuated((byte*)address);

    /// <summary><see cref="UsableSize"/> for callers without pointers.</summary>
    internal static long UnsafeUsableSize(nint address) => UsableSize((byte*)address);

    private static bool IsLarge(byte* pointer) => ((long)pointer & (ChunkSize - 1)) == 0;

    private static Slab* SlabOf(byte* pointer) => (Slab*)((long)pointer & ~(long)(ChunkSize - 1));

    private byte* AllocateSlow(int sizeClass)
    {
        var slab = _withRoom[sizeClass];
        if (slab == null)
        {
            slab = TakeEmptied();
            if (slab == null) slab = (Slab*)_chunks.Allocate(1);
            *slab = default;
            slab->SizeClass = sizeClass;
            slab->ObjectSize = SizeClasses.SizeOf(sizeClass);
            slab->Capacity = (ChunkSize - SlabHeaderSize) / slab->ObjectSize;
            List(slab);
        }

        // No freed object in a listed slab: it has room, so its untouched end is not used up.
        var taken = (byte*)slab + SlabHeaderSize + ((long)slab->Bump * slab->ObjectSize);
        slab->Bump++;
        slab->Live++;
        _usedBytes += slab->ObjectSize;
        if (slab->Live == slab->Capacity) Unlist(slab);
        return taken;
    }

    private byte* AllocateLarge(long size, bool isFilledSlowly = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size); // of a sum that was too large for its type
        var chunks = (size + ChunkSize - 1) / ChunkSize;
        var run = _chunks.Allocate(chunks, isFilledSlowly);
        _usedBytes += chunks * ChunkSize;
        return run;
    }

    private void List(Slab* slab)
    {
        Link(slab, ref _withRoom[slab->SizeClass]);
        slab->Listed = WithRoom;
    }

    private static void Link(Slab* slab, ref Slab* head)
    {
        slab->Previous = null;
        slab->Next = head;
        if (head != null) head->Previous = slab;
        head = slab;
    }

    private void Unlist(Slab* slab)
    {
        if (slab == _planAt) _planAt = slab->Next;
        if (slab->Previous != null) slab->Previous->Next = slab->Next;
        else if (slab->Listed == Evacuated) _evacuated = slab->Next;
        else _withRoom[slab->SizeClass] = slab->Next;
        if (slab->Next != null) slab->Next->Previous = slab->Previous;
        slab->Next = slab->Previous = null;
        slab->Listed = Unlisted;
    }

    // The only slab of a class with room is kept, for the next object; but nobody gets a new chunk as long as there is one of them.
    private void OnEmpty(Slab* slab)
    {
        if (slab->Next != null || slab->Previous != null || slab->Listed == Evacuated) ReturnSlab(slab);
        else _emptied[slab->SizeClass >> 6] |= 1UL << slab->SizeClass;
    }

    private Slab* TakeEmptied()
    {
        for (var word = 0; word < _emptied.Length; word++)
        {
            while (_emptied[word] != 0)
            {
                var slab = _withRoom[(word << 6) + BitOperations.TrailingZeroCount(_emptied[word])];
                _emptied[word] &= _emptied[word] - 1;
                if (slab == null || slab->Live != 0) continue;
                Unlist(slab);
                return slab;
            }
        }

        return null;
    }

    private void ReturnSlab(Slab* slab)
    {
        if (slab->Listed == Evacuated) EvacuatedSlabs--;
        Unlist(slab);
        _chunks.Free((byte*)slab);
    }
}
