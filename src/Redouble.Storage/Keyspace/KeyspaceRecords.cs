using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <content>Records of this keyspace: creation, moves, and freeing in slices.</content>
public sealed partial class Keyspace
{
    private readonly Queue<KeyTable> _detached = new();
    private ulong _freeCursor;

    /// <summary>Bytes of records and of the large values they own.</summary>
    public long DataBytes => Store.RecordBytes + Store.BlockBytes;

    /// <summary>Databases that were flushed and still hold memory.</summary>
    public int PendingFrees => _detached.Count;

    private RecordStore Store { get; }

    /// <summary>
    /// Frees about <paramref name="recordsMax"/> records of flushed databases that no snapshot needs any more. Returns whether more is left.
    /// </summary>
    public bool FreeSlice(int recordsMax)
    {
        while (recordsMax > 0 && _detached.TryPeek(out var table))
        {
            if (table.Captured) return false;
            var buffer = RentBuffer();
            do
            {
                _freeCursor = table.Records.ReadBucket(_freeCursor, buffer);
                for (var i = 0; i < buffer.Count; i++) Store.Free(buffer[i]);
                recordsMax -= buffer.Count + 1;
            }
            while (_freeCursor != 0 && recordsMax > 0);
            ReturnBuffer(buffer);
            if (_freeCursor != 0) return true;
            _detached.Dequeue();
            table.Dispose();
        }

        return _detached.Count > 0;
    }

    internal Record CreateString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ValueEncoding encoding, long expireAtMs) =>
        Store.CreateString(key, value, encoding, expireAtMs, Epoch, AccessClock);

    internal Record CopyWithExpiry(Record record, long expireAtMs) => Store.Copy(record, record.Key, expireAtMs, Epoch, takeBlock: true);

    internal Record CopyWithKey(Record record, ReadOnlySpan<byte> key, bool takeBlock) =>
        Store.Copy(record, key, record.ExpireAtMs, Epoch, takeBlock);

    internal void FreeRecord(Record record) => Store.Free(record);

    internal Record ResizeValue(KeyTable table, Record record, ulong hash, int length, bool growth)
    {
        var resized = Store.Resize(record, length, growth, Epoch);
        if (resized.Equals(record)) return record;
        RecordTable.Update(table.Records.Find(record, hash), resized, resized.HasExpiry);
        if (resized.HasExpiry) RecordTable.Update(table.Expires.Find(record, hash), resized, hasExpiry: true);
        Store.Free(record);
        return resized;
    }

    /// <summary>Before a value is changed in place: a block that a reply or the snapshot reads is copied first.</summary>
    internal void Unshare(Record record) => Store.Unshare(record);

    private void Detach(KeyTable table) => _detached.Enqueue(table);
}
