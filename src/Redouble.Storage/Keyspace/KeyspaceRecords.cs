using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <content>Records of this keyspace: creation, moves, and freeing in slices.</content>
public sealed partial class Keyspace
{
    private const long ToldMin = 8 << 20;
    private const int RefusedMin = 32 * 1024; // what is shorter is not refused

    private readonly List<KeyTable> _detached = [];
    private KeyTable? _freeing; // one of the detached, freed up to the cursor
    private ulong _freeCursor;
    private bool _recordsAreFreed; // all of _freeing's: its segments are next
    private long _detachedBytes;
    private long _detachedKeys;
    private long _freedKeys;
    private long _freedBefore; // the last ResetFreedLater

    /// <summary>Bytes of records and of the large values they own.</summary>
    public long DataBytes => Store.RecordBytes + Store.BlockBytes + Store.Collections.Leaves.Bytes;

    /// <summary>Keys of flushed databases, and large values, that are gone and still hold memory.</summary>
    public long PendingFrees => _detachedKeys + Store.Collections.PendingCollections;

    /// <summary>Those that were freed by <see cref="FreeSlice"/> since the last reset.</summary>
    public long FreedLater => AllFreedLater - _freedBefore;

    /// <summary>CONFIG RESETSTAT.</summary>
    public void ResetFreedLater() => _freedBefore = AllFreedLater;

    private long AllFreedLater => _freedKeys + Store.Collections.FreedLater;

    /// <summary>
    /// Bytes that are about to be given back: of flushed databases, as their part of all keys, and of large values. They are in use and nobody's.
    /// </summary>
    public long PendingFreeBytes => _detachedBytes + Store.Collections.PendingBytes;

    /// <summary>For a command that makes a key before it makes its large value.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for a value of that size.</exception>
    public void RequireRoom(long bytes) => Heap.RequireRoom(bytes);

    /// <summary>
    /// For a command that adds elements: what they are packed in may have to move or to be unpacked when some of them are in it, or one has left where it was,
    /// and it is too late to refuse the command.
    /// </summary>
    /// <param name="record">The value, or none.</param>
    /// <param name="bytes">Of the elements.</param>
    /// <exception cref="InsufficientMemoryException">There is no room for them.</exception>
    public void RequireRoomToGrow(ReadRecord record, long bytes)
    {
        // Up to twice as long as it becomes, when it still is where it had to move on its way there.
        if (!record.IsMissing && record.Record.IsBlock) bytes = 3 * (bytes + record.Record.ValueLength);
        if (bytes >= RefusedMin && Listener.MayRefuse) Heap.RequireRoom(bytes);
    }

    internal RecordStore Store { get; }

    /// <summary>
    /// Whether <see cref="FreeSlice"/> has something to do: a large value that is gone, or a flushed database that is not held by a snapshot.
    /// </summary>
    public bool CanFree => _freeing != null || NextToFree() != null || Store.Collections.Pending > 0;

    /// <summary>
    /// Frees about <paramref name="recordsMax"/> records of flushed databases, and elements of large values, that no snapshot needs any more. Returns
    /// whether more could be freed now.
    /// </summary>
    public bool FreeSlice(int recordsMax)
    {
        if (Store.Collections.FreeSlice(ref recordsMax)) return true;
        while (recordsMax > 0 && (_freeing ??= NextToFree()) is { } table)
        {
            var used = Heap.UsedBytes;
            var pending = Store.Collections.PendingBytes;
            var isFreed = (_recordsAreFreed || FreeRecords(table, ref recordsMax)) && FreeSegments(table, ref recordsMax);
            NoteFreed(table, used - Heap.UsedBytes + Store.Collections.PendingBytes - pending);
            if (!isFreed) return true;
            table.Dispose();
            NoteFreed(table, long.MaxValue);
            _detached.Remove(table);
            _detachedKeys -= table.DetachedKeys;
            _freedKeys += table.DetachedKeys;
            _freeing = null;
            _recordsAreFreed = false;
        }

        return CanFree;
    }

    private void NoteFreed(KeyTable table, long bytes)
    {
        var noted = Math.Min(bytes, table.PendingBytes);
        table.PendingBytes -= noted;
        _detachedBytes -= noted;
    }

    internal Record CreateString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ValueEncoding encoding, long expireAtMs) =>
        Store.CreateString(key, value, encoding, expireAtMs, Epoch, AccessClock);

    internal Record CreateString(ReadOnlySpan<byte> key, Block value, long expireAtMs) =>
        Store.CreateString(key, Store.Adopt(value), expireAtMs, Epoch, AccessClock);

    internal Record CreatePacked(ReadOnlySpan<byte> key, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> packed, long expireAtMs) =>
        Store.CreatePacked(key, type, encoding, packed, expireAtMs, Epoch, AccessClock);

    internal Record CreateCollection(ReadOnlySpan<byte> key, Collection collection, ValueEncoding encoding, long expireAtMs) =>
        Store.CreateCollection(key, collection, encoding, expireAtMs, Epoch, AccessClock);

    internal Record Copy(Record record, ReadOnlySpan<byte> key, long expireAtMs, bool takeBlock) => Store.Copy(record, key, expireAtMs, Epoch, takeBlock);

    /// <summary>A copy is made of many small pieces, none of which is refused before what was put by for running work is used up.</summary>
    /// <exception cref="InsufficientMemoryException">There is no room for a copy.</exception>
    internal void RequireRoomForCopy(Collection collection)
    {
        var bytes = Store.Collections.Estimate(collection);
        Heap.RequireRoom(bytes);
        if (Heap.IsShort && bytes > CollectionBuilder.ShortBytesMax) throw new InsufficientMemoryException($"No memory for a copy of {bytes} bytes.");
    }

    /// <summary>
    /// For a command that removes a part of a collection and tells others what that was: the words are staged, and go into the log. Little is told in any case:
    /// removing is what memory is got back by.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is no room for them.</exception>
    public void RequireRoomToTell(ReadRecord record, double part)
    {
        if (record.IsPacked) return;
        var bytes = (long)(2 * part * Store.Collections.Estimate(record.Record.Collection));
        if (bytes >= ToldMin) Heap.RequireRoom(bytes);
    }

    internal void FreeRecord(Record record) => Store.Free(record);

    internal Record ReplaceValue(KeyTable table, Record record, ulong hash, Collection collection, ValueEncoding encoding) =>
        Exchange(table, record, hash, Store.CreateCollection(record.Key, collection, encoding, record.ExpireAtMs, Epoch, record.Clock));

    internal Record ReplaceValue(KeyTable table, Record record, ulong hash, ReadOnlySpan<byte> packed, ValueEncoding encoding) =>
        Exchange(table, record, hash, Store.CreatePacked(record.Key, record.Type, encoding, packed, record.ExpireAtMs, Epoch, record.Clock));

    internal Record ResizeValue(KeyTable table, Record record, ulong hash, int length, bool growth)
    {
        var resized = Store.Resize(record, length, growth, Epoch);
        OnWrite(); // behind it: where there is no room, nothing has been written
        return resized.Equals(record) ? record : Exchange(table, record, hash, resized);
    }

    internal Record OpenRange(KeyTable table, Record record, ulong hash, int from, int count, bool growth)
    {
        var before = record.ValueLength;
        var end = checked(from + count);
        var length = Math.Max(before, end);
        var block = record.IsBlock ? record.Block : Block.None;
        if (RecordStore.StaysUnderTicket(record, length))
        {
            OnWrite();
            var first = Math.Min(from, before);
            Snapshot!.SaveRange(record.Block, first, end - first);
            record.Block.Resize(length);
        }
        else
        {
            record = ResizeValue(table, record, hash, length, growth);
        }

        // A new mapping is zero, and resident where it is written only: a bit set at 2^32 takes 0.1 ms then, and else 0.1 s.
        var dirtyTo = record.IsBlock && record.Block != block ? Math.Min(record.Block.ZeroFrom, length) : length;
        if (dirtyTo > before) record.Value[before..dirtyTo].Clear();
        return record;
    }

    // Both have the same key and expiry.
    private Record Exchange(KeyTable table, Record record, ulong hash, Record replacement)
    {
        OnWrite();
        if (record.IsIndexed) throw new InvalidOperationException("A hash moves that its database still has among those with expiring fields.");
        RecordTable.Update(table.Records.Find(record, hash), replacement, replacement.HasExpiry);
        if (replacement.HasExpiry) RecordTable.Update(table.Expires.Find(record, hash), replacement, hasExpiry: true);
        Store.Free(record);
        return replacement;
    }

    private bool FreeRecords(KeyTable table, ref int recordsMax)
    {
        var buffer = RentBuffer();
        do
        {
            _freeCursor = table.Records.ReadBucket(_freeCursor, buffer);
            for (var i = 0; i < buffer.Count; i++) Store.Free(buffer[i]);
            recordsMax -= buffer.Count + 1;
        }
        while (_freeCursor != 0 && recordsMax > 0);
        ReturnBuffer(buffer);
        return _recordsAreFreed = _freeCursor == 0;
    }

    private static bool FreeSegments(KeyTable table, ref int recordsMax)
    {
        const int recordsPerSegment = 64; // that take about as long
        while (table.DisposeSegment())
        {
            recordsMax -= recordsPerSegment;
            if (recordsMax <= 0) return false;
        }

        return true;
    }

    // Its part of all that belongs to keys which are not detached yet: exact when it has them all.
    private void Detach(KeyTable table)
    {
        var count = table.Records.Count;
        var bytes = Math.Max(0, DataBytes - PendingFreeBytes - (Snapshot?.Queue.LeafBytes ?? 0));
        table.PendingBytes = table.TableBytes + (long)((double)bytes * count / Math.Max(1, TotalCount() + count)) + (count * NativeHeap.GuardBytes);
        _detachedBytes += table.PendingBytes;
        _detached.Add(table);
        table.DetachedKeys = count;
        _detachedKeys += count;
    }

    // A walk that waits for its readers may hold a flushed table for long; those flushed later need not wait with it.
    private KeyTable? NextToFree() => _detached.Find(static table => !table.Captured);
}
