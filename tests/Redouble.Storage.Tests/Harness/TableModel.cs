using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A record table and what should be in it.</summary>
internal sealed class TableModel : IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly NativeHeap _tableHeap = new(); // of the table alone: what it says of its memory has to be exact
    private readonly BlockPool _blocks;
    private readonly RecordStore _store;
    private readonly long _emptyHeapBytes;

    public TableModel()
    {
        _blocks = new BlockPool(_heap);
        _store = new RecordStore(new TableHome(_heap, Hash), _blocks);
        _emptyHeapBytes = _heap.UsedBytes;
        Table = RecordTable.Create(new TableHome(_tableHeap, Hash));
    }

    public static KeyHash Hash { get; } = new(11, 12);

    public RecordTable Table { get; }

    public Dictionary<HashedKey, Record> Records { get; } = [];

    public void Insert(HashedKey key, bool hasExpiry = false)
    {
        var record = _store.CreateString(key.Bytes, "v"u8, ValueEncoding.Raw, hasExpiry ? 1000 : -1, epoch: 0, clock: 0);
        Table.Insert(record, key.Hash, hasExpiry);
        Records.Add(key, record);
    }

    public void Remove(HashedKey key)
    {
        var position = Table.Find(key.Bytes, key.Hash);
        Assert.True(position.Found);
        Assert.True(position.Record.Equals(Records[key]));
        Table.Remove(position, key.Hash);
        _store.Free(Records[key]);
        Records.Remove(key);
    }

    /// <summary>Puts a fresh record in the place of the old one, as an overwrite does.</summary>
    public void Update(HashedKey key, bool hasExpiry)
    {
        var record = _store.CreateString(key.Bytes, "another"u8, ValueEncoding.Raw, hasExpiry ? 2000 : -1, epoch: 0, clock: 0);
        RecordTable.Update(Table.Find(key.Bytes, key.Hash), record, hasExpiry);
        _store.Free(Records[key]);
        Records[key] = record;
    }

    public void AssertHas(HashedKey key)
    {
        var position = Table.Find(key.Bytes, key.Hash);
        Assert.Equal(Records.TryGetValue(key, out var record), position.Found);
        if (!position.Found) return;
        Assert.True(position.Record.Equals(record));
        Assert.Equal(record.HasExpiry, RecordTable.SlotHasExpiry(position));
        Assert.False(Table.LikelyRecord(key.Hash).IsMissing);
        var same = Table.Find(record, key.Hash);
        Assert.True(same.Found && same.Record.Equals(record));
    }

    /// <summary>Every record is found by its key and met once by a walk, in the order of the buckets.</summary>
    public void AssertEqual(IEnumerable<HashedKey> universe)
    {
        Assert.Equal(Records.Count, Table.Count);
        Assert.Equal(_tableHeap.UsedBytes, Table.Bytes);
        foreach (var key in universe) AssertHas(key);
        var met = new HashSet<Record>();
        var bucket = new RecordBuffer();
        ulong cursor = 0;
        do
        {
            var next = Table.ReadBucket(cursor, bucket);
            Assert.Equal(next, Table.NextBucket(cursor));
            for (var i = 0; i < bucket.Count; i++)
            {
                Assert.True(met.Add(bucket[i]));
                var hash = Hash.Compute(bucket[i].Key);
                Assert.True(hash >= cursor && (next == 0 || hash < next));
            }

            cursor = next;
        }
        while (cursor != 0);
        Assert.Equal(Records.Count, met.Count);
    }

    /// <summary>Removes everything; the table has to be as small as a new one, and nothing of it left in the heap after its end.</summary>
    public void Dispose()
    {
        foreach (var key in Records.Keys.ToArray()) Remove(key);
        var fresh = RecordTable.Create(new TableHome(_heap, Hash));
        Assert.Equal(fresh.Capacity, Table.Capacity);
        fresh.Dispose();
        Assert.Equal(_tableHeap.UsedBytes, Table.Bytes);
        Table.Dispose();
        Assert.Equal(0, _tableHeap.UsedBytes);
        Assert.Equal(0, _store.RecordBytes);
        Assert.Equal(_emptyHeapBytes, _heap.UsedBytes);
        _blocks.Dispose();
        _heap.Dispose();
        _tableHeap.Dispose();
    }
}
