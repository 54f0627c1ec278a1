using System.Diagnostics;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A large string: its block, copied into the queue from front to back, four pages at a time, while clients write to it.
/// <code>
/// block    │ emitted │ emitted │ as it was │ written since │ as it was │ grown since …
///                              ▲ next                                 ▲ length at the start
/// pages                                      │ saved │                        a copy of before, made by the first write ahead of next
/// </code>
/// So a write copies the pages that it touches, once each, and never the string: 512 MB would take 0.1 s. When the record moves on to another block, be it that
/// it is overwritten, deleted or has outgrown this one, nobody writes here any more.
/// Memory: 8 bytes per page in stretches that were written to, and the saved pages until their turn.
/// </summary>
internal sealed class StringTicket(BlockPool blocks, RecordStore store) : SnapshotTicket
{
    /// <summary>Bytes of a page: with the header of its block they are a size class of the heap, and four of them fill a standard block of the queue.</summary>
    public const int PageSize = 4096 - Block.HeaderSize;

    private const int PagesPerPart = 4;

    /// <summary>What emitting a part counts for, in elements of a table: 16 KB are copied.</summary>
    private const int ElementsPerPart = 32;

    private const int PagesPerStretch = 1024;

    private Block _block;
    private int _length;
    private int _pages;
    private int _next;
    private Block[]?[] _saved = []; // by stretch and page
#if GUARDED
    private ulong[] _checksums = [];
#endif

    /// <summary>Bytes of the block if no record owns it any more.</summary>
    public long FormerBytes => _block.IsNone || _block.Tag != 0 ? 0 : BlockPool.MemoryBytes(_block);

    /// <summary>
    /// Saves the pages of a range that is about to be written; what has been emitted or saved already, or was not there at the start, is left out.
    /// </summary>
    public void Save(SnapshotQueue queue, int from, int count)
    {
        if (from >= _length) return;
        var end = PagesOf(Math.Min((long)from + count, _length));
        for (var page = Math.Max(_next, from / PageSize); page < end; page++)
        {
            ref var saved = ref (_saved[page / PagesPerStretch] ??= new Block[PagesPerStretch])[page % PagesPerStretch];
            if (!saved.IsNone) continue;
            var bytes = Page(page);
            var copy = blocks.RentExactly(PageSize);
            bytes.CopyTo(copy.Data);
            copy.Length = bytes.Length;
            saved = copy;
            queue.PageBytes += PageSize;
        }
    }

    public override int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var looked = 0;
        while (_next < _pages && looked < elementsMax && queue.WaitingPartBytes < partBytesMax)
        {
            var part = queue.AppendPart(Math.Min(_length - (_next * PageSize), PagesPerPart * PageSize), ValueEncoding.Raw);
            for (; !part.IsEmpty; _next++)
            {
                var saved = TakeSaved(_next);
                var page = saved.IsNone ? Page(_next) : saved.Written;
                Verify(page);
                page.CopyTo(part);
                part = part[page.Length..];
                if (!saved.IsNone) Free(queue, saved);
            }

            looked += ElementsPerPart;
        }

        IsFinished = _next == _pages;
        return looked;
    }

    public override void Abandon(SnapshotQueue queue)
    {
        for (; _next < _pages; _next++)
        {
            var saved = TakeSaved(_next);
            if (!saved.IsNone) Free(queue, saved);
        }

        IsFinished = true;
    }

    public override void LetGo()
    {
        store.ReleaseFromTicket(_block);
        _block = Block.None;
        _saved = [];
    }

    protected override long Capture(Record record)
    {
        _block = record.Block;
        _block.Retain();
        _block.Tag = Number;
        _length = _block.Length;
        _pages = PagesOf(_length);
        _next = 0;
        _saved = new Block[(_pages + PagesPerStretch - 1) / PagesPerStretch][];
        CaptureChecksums();
        return _length;
    }

    private static int PagesOf(long length) => (int)((length + PageSize - 1) / PageSize);

    private ReadOnlySpan<byte> Page(int page) => _block.Data.Slice(page * PageSize, Math.Min(PageSize, _length - (page * PageSize)));

    private Block TakeSaved(int page)
    {
        if (_saved[page / PagesPerStretch] is not { } stretch) return Block.None;
        var saved = stretch[page % PagesPerStretch];
        stretch[page % PagesPerStretch] = Block.None;
        return saved;
    }

    private void Free(SnapshotQueue queue, Block saved)
    {
        queue.PageBytes -= PageSize;
        blocks.Release(saved);
    }

    [Conditional("GUARDED")]
    private void CaptureChecksums()
    {
#if GUARDED
        _checksums = new ulong[_pages];
        for (var page = 0; page < _pages; page++) _checksums[page] = Core.Checksums.Crc64.Append(0, Page(page));
#endif
    }

    [Conditional("GUARDED")]
    private void Verify(ReadOnlySpan<byte> page)
    {
#if GUARDED
        if (_checksums[_next] != Core.Checksums.Crc64.Append(0, page))
            throw new InvalidOperationException("A page of a string was changed after the snapshot's start and before it was saved.");
#endif
    }
}
