using System.Runtime.InteropServices;

namespace Redouble.Core.Memory;

/// <summary>
/// Runs of 64 KB chunks out of large mappings ("spans"): where <see cref="NativeHeap"/> gets its slabs and its large objects from.
/// <code>
/// span, aligned to 64 MB   | chunk 0: this header | chunk 1 | chunk 2 | …                     | last chunk |
/// run map, int per chunk     1                     3   -1  -1  0   0   2  -1  …                 &gt; 0 length of the run starting here, -1 inside, 0 free
/// dirty map, byte per chunk  0                     0   0   0   1   0   0   0                    free, but its pages have been written
/// list of spans            | some chunk free | … | some chunk free | full | … | full |          so a search ends at the first full one
/// </code>
/// Spans of full size are made of huge pages of 2 MB: a data set looked up at random costs a third of the time then, because its
/// translations fit the processor (SET and GET of 1M keys in pipelines of 64: 0.41 µs with small pages, 0.29 with huge ones). There is no
/// fork that would copy them. Such a span gives memory back by whole huge pages first. If none is free, those that are so in part are taken apart into small
/// pages: as long as one is huge, the system would fill the holes again.
/// The first touch of a huge page waits until the system has cleared it, 0.1 ms on bare metal and up to 8 in a virtual machine whose host has to find
/// the memory first. So when half a page of free chunks is left before the next page that has never been touched, or was given back, that one is
/// made resident ahead, by another thread (<see cref="TryTakeAhead"/>). So is what is known to be needed in a burst (<see cref="Reserve"/>): it counts as
/// dirty, and is given back like anything that nobody needs.
/// One span more than is needed is put by, as addresses only: when the system gives no more it is what running work is finished with (<see cref="IsShort"/>).
/// The header of any run is found by clearing the low 26 bits of its address. A run that needs more than 64 MB has a mapping of its own, of small pages: it is
/// a long string, which is written and read from one end to the other, and a client that sends one waits for a small page at a time. It grows without a copy
/// (<see cref="TryGrow"/>).
/// Free memory goes back to the system in steps, by <see cref="Trim"/>: what has stayed unused for a whole window of calls, so that
/// memory that is freed and taken again in turns keeps its pages. Nothing large is unmapped at once, unless the system refuses more: a large mapping is
/// emptied in steps first, and unmapping what is empty is cheap.
/// Pages are taken apart, or allowed to be huge again, only while no other thread can be touching memory of this heap: the system lets that wait for
/// every page fault in the same span, and the helper, which gets what others leave of a core, stayed in one for 2.4 s beside two busy processes.
/// </summary>
internal sealed unsafe class ChunkSpans : IDisposable
{
    public const int ChunkSize = 64 * 1024;
    public const long SpanAlignment = 64L << 20;

    /// <summary>Calls of <see cref="Trim"/> during which a chunk must have been surplus before it is given back.</summary>
    public const int TrimWindow = 50;

    private const int ChunksPerSpan = (int)(SpanAlignment / ChunkSize);
    private const int ChunksPerHugePage = (2 << 20) / ChunkSize;
    private const int LookAheadChunks = ChunksPerHugePage / 2;

    [StructLayout(LayoutKind.Sequential)]
    private struct Span
    {
        public Span* Next;
        public Span* Previous;
        public long Bytes;           // of the whole mapping
        public long Emptied;         // a mapping of its own that was freed: bytes from its start that have been given back
        public int Chunks;           // with the header's, as far as the maps go
        public int FreeChunks;
        public int DirtyChunks;
        public int SearchFrom;       // no free chunk below this index
        public int RunMax;           // no free run is longer
        public uint Resident;        // bit per huge page: touched, or asked for ahead, and not given back since
        public uint Small;           // bit per huge page: taken apart, it has small pages until all of it is free
        public fixed int Run[ChunksPerSpan];
        public fixed byte Dirty[ChunksPerSpan];
    }

    private readonly long _spanBytes;
    private readonly long _limitBytes;
    private readonly int _discardUnit; // chunks that go back to the system together
    private Span* _first;
    private Span* _last;
    private Span* _retired; // mappings of their own, freed and not yet emptied
    private Span* _reserved; // for when the system gives no more
    private long _freeChunks;
    private Span* _spare;   // the next span, nothing written to it yet
    private byte* _ahead;   // a unit to be made resident ahead
    private bool _aheadTaken;
    private byte* _filling; // the unit under way, if it is for the reserve
    private long _dirtyChunks;
    private long _dirtyLow;     // fewest dirty chunks since the window began
    private long _surplus;      // of them nobody has needed any during the last window
    private int _windowCalls;

    public ChunkSpans(long spanBytes, long limitBytes = long.MaxValue)
    {
        _limitBytes = limitBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spanBytes, SpanAlignment);
        ArgumentOutOfRangeException.ThrowIfLessThan(spanBytes, 4L * ChunkSize);
        _spanBytes = spanBytes / ChunkSize * ChunkSize;
        _discardUnit = _spanBytes == SpanAlignment ? ChunksPerHugePage : 1;
    }

    /// <summary>Bytes of chunks in use, dirty, or not yet given back: about what is resident.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes of free chunks that have not been given back.</summary>
    public long DirtyBytes => _dirtyChunks * ChunkSize;

    /// <summary>Whether the system has refused a span, and the reserve is in use.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Whether the system has refused a span, the reserve is in use, and less than half of a span is free.</summary>
    public bool IsShort => WasRefused && _freeChunks * ChunkSize < _spanBytes / 2;

    /// <summary>Bytes that a quarter of a span has more than is free, while the system refuses memory.</summary>
    public long MissingBytes => WasRefused && _reserved == null ? Math.Max(0, (_spanBytes / 4) - (_freeChunks * ChunkSize)) : 0;

    /// <summary>Address space taken from the system.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Free bytes that are to be resident, where there are huge pages.</summary>
    public long Reserve { get; set; }

    private long ReserveChunks => _discardUnit > 1 ? (Reserve + ChunkSize - 1) / ChunkSize : 0;

    /// <summary>Bytes of the run at this address.</summary>
    public static long RunBytes(byte* run)
    {
        var span = SpanOf(run);
        return (long)span->Run[ChunkIndex(span, run)] * ChunkSize;
    }

    /// <summary>Whether the run is alone in a mapping, which is never used for another.</summary>
    public static bool HasOwnMapping(byte* run) => SpanOf(run)->Bytes > SpanAlignment;

    /// <summary>A run of chunks, not zeroed.</summary>
    /// <param name="chunks">How many.</param>
    /// <param name="isFilledSlowly">
    /// Whether as much of what has been freed is given back while it is being written (<see cref="EmptyRetired"/>), and not now.
    /// </param>
    /// <exception cref="InsufficientMemoryException">There is no room for a run of several chunks. Nothing has changed.</exception>
    /// <exception cref="OutOfMemoryException">There is none for a single one, and the reserve is used up.</exception>
    public byte* Allocate(long chunks, bool isFilledSlowly = false)
    {
        var span = Find(chunks, out var index);
        if (span != null) return TakeRun(span, index, chunks);
        return TakeRun(AddSpan(chunks, isFilledSlowly), 1, chunks);
    }

    /// <summary>
    /// Throws what allocating so many chunks would throw, in one run or in many. Nothing is kept for it but a span that others can use: a mapping of its own
    /// would be in the way of those who ask, and is gone again at once.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for them.</exception>
    public void RequireRoom(long chunks)
    {
        if (Find(chunks, out _) != null) return;
        if (chunks >= ChunksPerSpan) chunks += ChunksPerSpan; // many small runs take whole spans
        var span = AddSpan(Math.Max(2, chunks), isFilledSlowly: true); // a single one cannot be refused, and asking for it should be harmless
        if (span->Bytes > SpanAlignment) Release(span);
    }

    /// <summary>
    /// Makes a run that is alone in a mapping longer, and returns where it is now; what is new is zero. Null where it has no mapping of its own, or the system
    /// does not do it, and then nothing has changed.
    /// </summary>
    public byte* TryGrow(byte* run, long chunks)
    {
        var span = SpanOf(run);
        var bytes = (chunks + 1) * ChunkSize;
        var added = bytes - span->Bytes;
        if (!HasOwnMapping(run) || added <= 0 || ReservedBytes + added > _limitBytes) return null;
        var moved = (Span*)SystemMemory.TryGrow((byte*)span, span->Bytes, bytes, SpanAlignment);
        if (moved == null) return null;
        Relink(span, moved);
        moved->Bytes = bytes;
        moved->Run[1] = (int)chunks;
        ReservedBytes += added;
        HeldBytes += added;
        return (byte*)moved + ChunkSize;
    }

    /// <summary>Frees a run by its address.</summary>
    public void Free(byte* run)
    {
        var span = SpanOf(run);
        var index = ChunkIndex(span, run);
        var count = span->Run[index];
        if (count <= 0) throw new InvalidOperationException($"Freed an address that is not allocated: 0x{(long)run:x}.");
        if (span->Bytes > SpanAlignment)
        {
            Unlink(span);
            span->Emptied = 0;
            span->Next = _retired;
            _retired = span;
            return;
        }

        for (var i = 0; i < count; i++)
        {
            span->Run[index + i] = 0;
            span->Dirty[index + i] = 1;
        }

        _freeChunks += count;
        _dirtyChunks += count;
        span->DirtyChunks += count;
        var wasFull = span->FreeChunks == 0;
        span->FreeChunks += count;
        span->RunMax = span->FreeChunks;
        span->SearchFrom = Math.Min(span->SearchFrom, index);
        if (!wasFull || span == _first) return;
        Unlink(span);
        LinkFirst(span);
    }

    /// <summary>
    /// Gives memory back that has not been needed during the last <see cref="TrimWindow"/> calls, up to <paramref name="bytesMax"/> bytes of
    /// it; returns the bytes given. To be called at regular intervals.
    /// </summary>
    /// <param name="bytesMax">How much.</param>
    /// <param name="isAlone">Whether no other thread can be touching memory of this heap, so that pages may be taken apart.</param>
    public long Trim(long bytesMax, bool isAlone)
    {
        if (WasRefused) RefillReserve();
        if (++_windowCalls >= TrimWindow)
        {
            _surplus = _dirtyLow;
            _dirtyLow = _dirtyChunks;
            _windowCalls = 0;
        }

        _surplus = Math.Min(_surplus, _dirtyChunks - ReserveChunks);
        var given = EmptyRetired(bytesMax);
        var chunks = Math.Min(_surplus, (bytesMax - given) / ChunkSize);
        if (chunks <= 0) return given;
        isAlone &= !_aheadTaken;
        var cleaned = Clean(chunks, isAlone);
        if (cleaned == 0) cleaned = CleanParts(chunks, isAlone);
        _surplus = cleaned == 0 ? 0 : _surplus - cleaned; // nothing to give: not before the next window
        return given + (cleaned * ChunkSize);
    }

    /// <summary>Gives up to <paramref name="bytesMax"/> bytes of free memory back at once; returns the bytes given.</summary>
    /// <param name="bytesMax">How much.</param>
    /// <param name="isAlone">As for <see cref="Trim"/>.</param>
    public long Purge(long bytesMax, bool isAlone)
    {
        var given = EmptyRetired(bytesMax);
        var chunks = (bytesMax - given) / ChunkSize;
        isAlone &= !_aheadTaken;
        var cleaned = Clean(chunks, isAlone);
        return given + ((cleaned + CleanParts(chunks - cleaned, isAlone)) * ChunkSize);
    }

    /// <summary>Pages that will be needed soon, to be made resident by another thread; <see cref="AheadDone"/> must follow.</summary>
    public bool TryTakeAhead(out PagesAhead pages)
    {
        pages = default;
        if (_aheadTaken) return false;
        if (_ahead == null && _dirtyChunks < ReserveChunks) _filling = FillReserve();
        if (_ahead == null) return false;
        pages = new PagesAhead((nint)_ahead, (long)_discardUnit * ChunkSize);
        _ahead = null;
        return _aheadTaken = true;
    }

    /// <summary>The pages are there. Until then no span is unmapped: another thread is about to touch it.</summary>
    public void AheadDone()
    {
        _aheadTaken = false;
        if (_filling != null) MarkDirty(_filling);
        _filling = null;
    }

    public void Dispose()
    {
        if (_aheadTaken) return; // the other thread may not be done: left to the end of the process
        if (_spare != null) SystemMemory.Release((byte*)_spare, _spanBytes);
        if (_reserved != null) SystemMemory.Release((byte*)_reserved, _spanBytes);
        _spare = _reserved = null;
        _ahead = _filling = null;
        ReleaseAll(_first);
        ReleaseAll(_retired);
        _first = _last = _retired = null;
        HeldBytes = ReservedBytes = _dirtyChunks = _dirtyLow = _surplus = _freeChunks = 0;
    }

    private static void ReleaseAll(Span* span)
    {
        while (span != null)
        {
            var next = span->Next;
            SystemMemory.Release((byte*)span, span->Bytes);
            span = next;
        }
    }

    private static Span* SpanOf(byte* pointer) => (Span*)((long)pointer & ~(SpanAlignment - 1));

    private static uint UnitBit(int chunk) => 1u << (chunk / ChunksPerHugePage);

    private static bool IsSmall(Span* span, int chunk) => (span->Small & UnitBit(chunk)) != 0;

    private bool HasHugePages(Span* span) => _discardUnit > 1 && span->Bytes == SpanAlignment;

    private static int ChunkIndex(Span* span, byte* pointer) => (int)((pointer - (byte*)span) / ChunkSize);

    // A span with so many free chunks in a row, or null.
    private Span* Find(long chunks, out int index)
    {
        index = 0;
        for (var span = _first; span != null && span->FreeChunks > 0; span = span->Next)
        {
            if (span->RunMax < chunks) continue;
            index = FindRun(span, (int)chunks);
            if (index > 0) return span;
            span->RunMax = (int)chunks - 1;
        }

        return null;
    }

    private static int FindRun(Span* span, int count)
    {
        var i = span->SearchFrom;
        while (i + count <= span->Chunks)
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
        var inMap = (int)Math.Min(count, span->Chunks - index);
        span->Run[index] = (int)count;
        var dirty = 0;
        for (var i = 0; i < inMap; i++)
        {
            if (i > 0) span->Run[index + i] = -1;
            dirty += span->Dirty[index + i];
            span->Dirty[index + i] = 0;
            if (HasHugePages(span)) span->Resident |= UnitBit(index + i);
        }

        span->DirtyChunks -= dirty;
        _dirtyChunks -= dirty;
        _dirtyLow = Math.Min(_dirtyLow, _dirtyChunks);
        HeldBytes += (count - dirty) * ChunkSize;
        span->FreeChunks -= inMap;
        _freeChunks -= inMap;
        if (index == span->SearchFrom) span->SearchFrom = index + inMap;
        if (span->FreeChunks == 0 && span != _last)
        {
            Unlink(span);
            LinkLast(span);
        }

        if (HasHugePages(span)) LookAhead();
        return (byte*)span + ((long)index * ChunkSize);
    }

    // Is a huge page that is not resident come to soon?
    private void LookAhead()
    {
        if (!AskAhead(LookAheadChunks) && _spare == null && !WasRefused) AskForSpare();
    }

    private void AskForSpare() => _ahead = (byte*)(_spare = Map(_spanBytes));

    // One unit more, or else a span for more of them: it is taken into use when the page with its header is resident.
    private byte* FillReserve()
    {
        if (AskAhead(int.MaxValue)) return _ahead;
        if (_spare == null)
        {
            AskForSpare();
            return null;
        }

        MarkDirty((byte*)AddSpan(1));
        AskAhead(int.MaxValue);
        return _ahead;
    }

    // Asks for the huge page that is not resident and will be come to first, unless more free chunks are in front of it; false when there is no such page.
    private bool AskAhead(int chunksMax)
    {
        var left = 0;
        for (var span = _first; span != null && span->FreeChunks > 0; span = span->Next)
        {
            for (var chunk = span->SearchFrom; chunk < span->Chunks; chunk++)
            {
                if (span->Run[chunk] != 0) continue;
                if ((span->Resident & UnitBit(chunk)) == 0)
                {
                    span->Resident |= UnitBit(chunk);
                    _ahead = (byte*)span + ((long)chunk / ChunksPerHugePage * ChunksPerHugePage * ChunkSize);
                    return true;
                }

                if (++left > chunksMax) return true;
            }
        }

        return false;
    }

    // The free chunks of a unit that has been made resident count like those that have been written and freed.
    private void MarkDirty(byte* unit)
    {
        var span = SpanOf(unit);
        var from = ChunkIndex(span, unit);
        var marked = 0;
        for (var i = Math.Max(from, 1); i < Math.Min(from + _discardUnit, span->Chunks); i++)
        {
            if (span->Run[i] != 0 || span->Dirty[i] != 0) continue;
            span->Dirty[i] = 1;
            marked++;
        }

        span->DirtyChunks += marked;
        _dirtyChunks += marked;
        HeldBytes += (long)marked * ChunkSize;
    }

    private Span* AddSpan(long chunks, bool isFilledSlowly = false)
    {
        var bytes = Math.Max(_spanBytes, (chunks + 1) * ChunkSize);

        // Who takes a mapping of its own gives as much back first: values of 80 MB that replace each other are freed faster than Trim empties.
        if (bytes > SpanAlignment && !isFilledSlowly) EmptyRetired(bytes);
        var span = bytes == _spanBytes ? _spare : null;
        if (span != null) _spare = null;
        else span = Map(bytes);
        if (span == null) span = TakeReserve(bytes, chunks);
        else if (_reserved == null && !WasRefused) _reserved = Map(_spanBytes);
        span->Bytes = bytes;
        span->Chunks = (int)Math.Min(bytes / ChunkSize, ChunksPerSpan);
        span->FreeChunks = span->RunMax = span->Chunks - 1;
        _freeChunks += span->FreeChunks;
        span->SearchFrom = 1;
        span->Run[0] = 1;
        span->Resident = UnitBit(0);
        LinkFirst(span);
        ReservedBytes += bytes;
        return span;
    }

    // Null where the system refuses it, and has got back for it all that was freed.
    private Span* Map(long bytes)
    {
        var span = TryMap(bytes);
        for (; span == null && _retired != null; span = TryMap(bytes)) EmptyRetired(_retired->Bytes);
        return span;
    }

    private Span* TryMap(long bytes)
    {
        if (ReservedBytes + bytes > _limitBytes) return null;
        return (Span*)SystemMemory.Reserve(bytes, SpanAlignment, hugePages: _discardUnit > 1 && bytes <= SpanAlignment);
    }

    // A span that was put by for this: address space only until it is used.
    private Span* TakeReserve(long bytes, long chunks)
    {
        var message = $"The system refused {bytes} bytes of memory; {HeldBytes} are held.";
        if (bytes > _spanBytes || (_reserved == null && chunks > 1)) throw new InsufficientMemoryException(message);
        if (_reserved == null) throw new OutOfMemoryException(message);
        var span = _reserved;
        _reserved = null;
        WasRefused = true;
        return span;
    }

    private void RefillReserve()
    {
        if (_reserved == null) _reserved = Map(_spanBytes);
        WasRefused = _reserved == null;
    }

    /// <summary>
    /// Gives up to that many dirty chunks back, unit by unit, and lets go of spans that are left without use. It comes from the other end
    /// than allocation, which takes the first chunk of the first span that has one: those are the next to be used again.
    /// </summary>
    private long Clean(long chunksMax, bool isAlone)
    {
        long cleaned = 0;
        Span* previous;
        for (var span = _last; span != null && cleaned < chunksMax; span = previous)
        {
            previous = span->Previous;
            if (span->FreeChunks == 0) continue;
            for (var from = (span->Chunks - 1) / _discardUnit * _discardUnit; from >= 0 && span->DirtyChunks > 0; from -= _discardUnit)
            {
                if (!isAlone && IsSmall(span, from)) continue; // would become huge again
                var dirty = DirtyOfFreeUnit(span, from);
                if (dirty > chunksMax - cleaned) break;
                if (dirty > 0) cleaned += CleanUnit(span, from, dirty);
            }

            var unused = span->DirtyChunks == 0 && span->FreeChunks == span->Chunks - 1;
            if (unused && !_aheadTaken && (span != _first || span != _last)) Release(span);
        }

        _dirtyChunks -= cleaned;
        _dirtyLow = Math.Min(_dirtyLow, _dirtyChunks);
        HeldBytes -= cleaned * ChunkSize;
        return cleaned;
    }

    /// <summary>Dirty chunks of the unit, 0 when one of its chunks is in use; the first one's header does not count.</summary>
    private int DirtyOfFreeUnit(Span* span, int from)
    {
        var end = Math.Min(from + _discardUnit, span->Chunks);
        var dirty = 0;
        for (var i = Math.Max(from, 1); i < end; i++)
        {
            if (span->Run[i] != 0) return 0;
            dirty += span->Dirty[i];
        }

        return dirty;
    }

    private int CleanUnit(Span* span, int from, int dirty)
    {
        var end = Math.Min(from + _discardUnit, span->Chunks);
        from = Math.Max(from, 1);
        var count = end - from;
        SystemMemory.Discard((byte*)span + ((long)from * ChunkSize), (long)count * ChunkSize);
        new Span<byte>(span->Dirty + from, count).Clear();
        span->DirtyChunks -= dirty;
        if (!HasHugePages(span)) return dirty;
        span->Resident &= ~UnitBit(from);
        if (!IsSmall(span, from)) return dirty;
        span->Small &= ~UnitBit(from);
        SystemMemory.AdviseHugePages((byte*)span + ((long)from / ChunksPerHugePage * ChunksPerHugePage * ChunkSize), (long)ChunksPerHugePage * ChunkSize, true);
        return dirty;
    }

    /// <summary>
    /// Gives up to that many dirty chunks back out of huge pages that are partly in use. Those are taken apart for it: else the system would soon fill the
    /// holes again. Only where a quarter of the page is gained, since its look-ups get dearer.
    /// </summary>
    private long CleanParts(long chunksMax, bool isAlone)
    {
        long cleaned = 0;
        for (var span = _last; _discardUnit > 1 && span != null && cleaned < chunksMax; span = span->Previous)
        {
            if (span->DirtyChunks == 0 || !HasHugePages(span)) continue;
            for (var from = 0; from < span->Chunks && cleaned < chunksMax; from += _discardUnit)
            {
                if (isAlone || IsSmall(span, from)) cleaned += CleanPart(span, from, chunksMax - cleaned);
            }
        }

        _dirtyChunks -= cleaned;
        _dirtyLow = Math.Min(_dirtyLow, _dirtyChunks);
        HeldBytes -= cleaned * ChunkSize;
        return cleaned;
    }

    private long CleanPart(Span* span, int from, long chunksMax)
    {
        var end = Math.Min(from + _discardUnit, span->Chunks);
        var dirty = 0;
        for (var i = from; i < end; i++) dirty += span->Dirty[i];
        var isSmall = IsSmall(span, from);
        if (dirty == 0 || (!isSmall && dirty < _discardUnit / 4)) return 0;
        if (!isSmall) SystemMemory.AdviseHugePages((byte*)span + ((long)from * ChunkSize), (long)(end - from) * ChunkSize, false);
        span->Small |= UnitBit(from);
        long cleaned = 0;
        for (var i = from; i < end && cleaned < chunksMax; i++)
        {
            var first = i;
            for (; i < end && span->Dirty[i] != 0 && cleaned < chunksMax; i++, cleaned++) span->Dirty[i] = 0;
            if (i > first) SystemMemory.Discard((byte*)span + ((long)first * ChunkSize), (long)(i - first) * ChunkSize);
        }

        span->DirtyChunks -= (int)cleaned;
        return cleaned;
    }

    /// <summary>Gives freed mappings back that were somebody's own, up to so many bytes.</summary>
    public long EmptyRetired(long bytesMax)
    {
        long given = 0;
        while (_retired != null && given < bytesMax)
        {
            // The header's chunk stays to the end: it is not counted as held.
            var span = _retired;
            var at = ChunkSize + span->Emptied;
            var bytes = Math.Min(bytesMax - given, span->Bytes - at) / ChunkSize * ChunkSize;
            if (bytes == 0 && at < span->Bytes) break;
            if (bytes > 0) SystemMemory.Discard((byte*)span + at, bytes);
            span->Emptied += bytes;
            HeldBytes -= bytes;
            given += bytes;
            if (at + bytes < span->Bytes) break;
            _retired = span->Next;
            ReservedBytes -= span->Bytes;
            SystemMemory.Release((byte*)span, span->Bytes);
        }

        return given;
    }

    private void Release(Span* span)
    {
        if (_ahead != null && SpanOf(_ahead) == span) _ahead = null;
        Unlink(span);
        _freeChunks -= span->FreeChunks;
        ReservedBytes -= span->Bytes;
        SystemMemory.Release((byte*)span, span->Bytes);
    }

    private void LinkFirst(Span* span)
    {
        span->Previous = null;
        span->Next = _first;
        if (_first != null) _first->Previous = span;
        else _last = span;
        _first = span;
    }

    private void LinkLast(Span* span)
    {
        span->Next = null;
        span->Previous = _last;
        if (_last != null) _last->Next = span;
        else _first = span;
        _last = span;
    }

    // The span has another address: all that is known of it moved along.
    private void Relink(Span* old, Span* moved)
    {
        if (moved->Previous != null) moved->Previous->Next = moved;
        else if (_first == old) _first = moved;
        if (moved->Next != null) moved->Next->Previous = moved;
        else if (_last == old) _last = moved;
    }

    private void Unlink(Span* span)
    {
        if (span->Previous != null) span->Previous->Next = span->Next;
        else _first = span->Next;
        if (span->Next != null) span->Next->Previous = span->Previous;
        else _last = span->Previous;
        span->Next = span->Previous = null;
    }
}
