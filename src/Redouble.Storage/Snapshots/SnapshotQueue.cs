using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The frames of a snapshot on their way to the encoder: chains of blocks, filled by the data thread, handed over whole. The blocks
/// stay the data thread's; the encoder reads them under a lease and the data thread releases them afterwards.
/// <code>
///   records  │ a │ b │ c │ …           whole values, from the walk and from writers
///   parts    │ open │ x │ y │ …         one large value at a time, in many frames
/// </code>
/// An RDB has one value behind the other, so while a large value is open only parts are taken; records wait, in memory or in a file.
/// </summary>
public sealed class SnapshotQueue(BlockPool blocks)
{
    private readonly FrameChain _records = new(blocks);
    private readonly FrameChain _parts = new(blocks);

    /// <summary>Memory of queued and leased blocks, referenced large values included.</summary>
    public long Bytes { get; private set; }

    /// <summary>The part of <see cref="Bytes"/> that are records which nobody has taken.</summary>
    public long WaitingBytes => _records.Bytes;

    /// <summary>The part of <see cref="Bytes"/> that are parts of large values which nobody has taken.</summary>
    public long WaitingPartBytes => _parts.Bytes;

    /// <summary>
    /// Bytes that tickets keep until their turn comes: leaves that the data set has replaced or removed, and what writers saved of hashes, sets, sorted
    /// sets and the pending entries of streams. Not a part of <see cref="Bytes"/>.
    /// </summary>
    public long HeldBytes { get; internal set; }

    /// <summary>The part of <see cref="HeldBytes"/> that are leaves: the keyspace has them among its data still.</summary>
    public long LeafBytes { get; internal set; }

    /// <summary>Bytes that were saved so far because a write came before the walk: records, and parts of large values.</summary>
    public long SavedBytes { get; internal set; }

    /// <summary>Bytes of pages of large strings that were saved before a write and wait to be emitted. Not a part of <see cref="Bytes"/> either.</summary>
    public long PageBytes { get; internal set; }

    /// <summary>Records appended so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Bytes of frames appended so far, large values included.</summary>
    public long FrameBytes { get; private set; }

    /// <summary>Whether a large value is under way whose last part has not been appended.</summary>
    public bool IsValueOpen { get; internal set; }

    /// <summary>Whether a whole block of records waits to be taken.</summary>
    public bool HasFullBlocks => _records.HasFullBlocks;

    /// <summary>Whether parts can be taken now.</summary>
    public bool CanTakePart => _parts.HasFullBlocks || (!IsValueOpen && !_parts.IsEmpty);

    /// <summary>Whether nothing waits to be taken.</summary>
    public bool IsEmpty => _records.IsEmpty && _parts.IsEmpty;

    /// <summary>Memory of a block of frames, the large values that it refers to included.</summary>
    public static long BytesOf(Block block)
    {
        var bytes = BlockPool.MemoryBytes(block);
        if (block.Tag == 0) return bytes;
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame)) bytes += frame.HasBlock ? BlockPool.MemoryBytes(frame.Block) : 0;
        return bytes;
    }

    /// <summary>Takes the next block of records to encode; an unfinished one only when <paramref name="evenPartial"/>.</summary>
    public bool TryTake(bool evenPartial, out Block block) => _records.TryTake(evenPartial, out block);

    /// <summary>Takes the next block of parts to encode; an unfinished one of a value that is still open only when <paramref name="evenPartial"/>.</summary>
    public bool TryTakePart(out Block block, bool evenPartial = false) => _parts.TryTake(evenPartial || !IsValueOpen, out block);

    /// <summary>Counts a block of frames that was rented elsewhere as a taken one.</summary>
    public void Adopt(Block block) => Bytes += BytesOf(block);

    /// <summary>Gives a taken block back after its frames have been encoded or are not wanted any more.</summary>
    public void Release(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        if (block.Tag != 0)
        {
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                if (!frame.HasBlock) continue;
                Bytes -= BlockPool.MemoryBytes(frame.Block);
                blocks.Release(frame.Block);
            }
        }

        Bytes -= BlockPool.MemoryBytes(block);
        blocks.Release(block);
    }

    /// <summary>Drops everything that has not been taken.</summary>
    public void Clear()
    {
        IsValueOpen = false;
        Drop(_records);
        Drop(_parts);
    }

    /// <summary>A chain for what is saved of a large value that waits. There may be a hundred thousand of them, with an element each.</summary>
    internal FrameChain NewChain() => new(blocks, firstCapacity: 256);

    /// <summary>Drops what a ticket keeps in a chain of its own.</summary>
    internal void DropHeld(FrameChain chain)
    {
        while (TryMoveToParts(chain))
        {
        }

        Drop(_parts);
    }

    private void Drop(FrameChain chain)
    {
        while (chain.TryTake(evenPartial: true, out var block)) Release(block);
    }

    internal void Append(Record record, int database)
    {
        Append(_records, record, database, SnapshotFrameKind.Record);
        Frames++;
    }

    /// <summary>Begins a large value.</summary>
    internal void Open(ReadOnlySpan<byte> head)
    {
        IsValueOpen = true;
        head.CopyTo(Reserve(_parts, head.Length));
        Frames++;
    }

    /// <summary>Appends a record that is an element of a large value, to the parts or to a chain that will be moved there.</summary>
    internal void AppendElement(Record element, FrameChain? chain = null) => Append(chain ?? _parts, element, 0, SnapshotFrameKind.Part);

    /// <summary>Appends a part that is not a record; to be filled by the caller.</summary>
    internal Span<byte> AppendPart(int length, ValueEncoding kind)
    {
        var frame = Reserve(_parts, SnapshotFrame.HeaderSize + length);
        SnapshotFrame.WriteHead(frame, kind, length);
        return frame[SnapshotFrame.HeaderSize..];
    }

    /// <summary>Appends a run of elements; to be filled by the caller.</summary>
    internal Span<byte> AppendRun(int length)
    {
        var frame = Reserve(_parts, SnapshotFrame.HeaderSize + length);
        SnapshotFrame.WriteHead(frame, ValueEncoding.Raw, length, SnapshotFrameKind.Run);
        return frame[SnapshotFrame.HeaderSize..];
    }

    /// <summary>Moves the first block of what a ticket keeps in a chain of its own to the parts; false when there is none.</summary>
    internal bool TryMoveToParts(FrameChain chain)
    {
        if (!chain.TryTake(evenPartial: true, out var block)) return false;
        var bytes = BytesOf(block);
        HeldBytes -= bytes;
        Bytes += bytes;
        _parts.Add(block);
        return true;
    }

    /// <summary>Ends the open value.</summary>
    internal void Close() => IsValueOpen = false;

    private void Append(FrameChain chain, Record record, int database, SnapshotFrameKind kind)
    {
        var size = SnapshotFrame.SizeOf(record);
        SnapshotFrame.Write(Reserve(chain, size), record, database, kind);
        if (!record.IsBlock) return;
        FrameBytes += record.ValueLength;
        var bytes = BlockPool.MemoryBytes(record.Block);
        Count(chain, bytes);
        chain.AddValue(bytes);
    }

    private Span<byte> Reserve(FrameChain chain, int size)
    {
        FrameBytes += size;
        var span = chain.Reserve(size, out var rented);
        Count(chain, rented);
        return span;
    }

    // What a ticket keeps in a chain of its own is not under way yet: counted as if it were, it would leave the encoders no credit.
    private void Count(FrameChain chain, long bytes)
    {
        if (chain == _records || chain == _parts) Bytes += bytes;
        else HeldBytes += bytes;
    }
}
