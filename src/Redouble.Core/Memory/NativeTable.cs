using System.Numerics;

namespace Redouble.Core.Memory;

/// <summary>An item of a <see cref="NativeTable{T}"/>: carries its own hash and the link of its bucket's chain.</summary>
public interface INativeTableItem
{
    /// <summary>Hash of its key; does not change while it is in the table.</summary>
    uint Hash { get; }

    /// <summary>The table's own: the next item of the chain, -1 at its end.</summary>
    int NextInBucket { get; set; }
}

/// <summary>
/// Items of one size in native memory, found by hash and known by an index that stays theirs: what clients can grow (subscriptions, channels)
/// without a managed object each.
/// <code>
/// buckets   | -1 | 4 | -1 | 0 | …      first item of each chain
///                  ▼        ▼
/// items     | 0 ► 2 | 1 free | 2 ► -1 | 3 free | 4 ► -1 | …
/// </code>
/// Linear hashing: with every item added, at most one bucket is split in two, and with every one removed a few are merged. So the table has about
/// one bucket per item and never a growth that takes long. Items that were removed are used again; the memory of items goes back when the table is
/// empty, that of buckets earlier. Costs 4 bytes per item beside the item itself. Owned by one thread.
/// </summary>
/// <typeparam name="T">The items.</typeparam>
public sealed class NativeTable<T>
    where T : unmanaged, INativeTableItem
{
    private const int BucketsMin = 16;
    private const int MergesPerRemoval = 4; // enough that the buckets are gone when the items are

    private readonly NativeList<T> _items;
    private readonly NativeList<int> _buckets;
    private int _free = -1;

    /// <param name="heap">Where the memory comes from.</param>
    public NativeTable(NativeHeap heap)
    {
        _items = new NativeList<T>(heap);
        _buckets = new NativeList<int>(heap);
    }

    /// <summary>Items in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that it asked the heap for.</summary>
    public long MemoryBytes => _items.MemoryBytes + _buckets.MemoryBytes;

    /// <summary>The item that <see cref="Add"/> gave this index; its hash and link must stay as they are.</summary>
    public ref T this[int index] => ref _items[index];

    /// <summary>Puts an item in; returns its index.</summary>
    public int Add(in T item)
    {
        if (Count++ >= _buckets.Length) Split();
        var index = _free;
        if (index < 0)
        {
            index = _items.Add(item);
        }
        else
        {
            _free = _items[index].NextInBucket;
            _items[index] = item;
        }

        Link(index, BucketOf(item.Hash));
        return index;
    }

    /// <summary>Takes an item out.</summary>
    public void Remove(int index)
    {
        var next = _items[index].NextInBucket;
        ref var bucket = ref _buckets[BucketOf(_items[index].Hash)];
        if (bucket == index)
        {
            bucket = next;
        }
        else
        {
            var before = bucket;
            while (before >= 0 && _items[before].NextInBucket != index) before = _items[before].NextInBucket;
            if (before < 0) throw new InvalidOperationException($"Item {index} is not in the table.");
            _items[before].NextInBucket = next;
        }

        _items[index].NextInBucket = _free;
        _free = index;
        if (--Count == 0) Clear();
        else Merge();
    }

    /// <summary>The first item that may have the hash, -1 for none; goes on with <see cref="INativeTableItem.NextInBucket"/>.</summary>
    public int First(uint hash) => Count == 0 ? -1 : _buckets[BucketOf(hash)];

    /// <summary>Empties it and gives all memory back.</summary>
    public void Clear()
    {
        _items.Clear();
        _buckets.Clear();
        _free = -1;
        Count = 0;
    }

    // Of n buckets those below n - 2^k, and their twins 2^k above them, go by k + 1 bits of the hash, the others by k.
    private int BucketOf(uint hash)
    {
        var mask = BitOperations.RoundUpToPowerOf2((uint)_buckets.Length) - 1;
        var bucket = hash & mask;
        return (int)(bucket < (uint)_buckets.Length ? bucket : bucket & (mask >> 1));
    }

    private static int TwinOf(int bucket) => bucket & ~(1 << BitOperations.Log2((uint)bucket));

    private void Link(int index, int bucket)
    {
        ref var first = ref _buckets[bucket];
        _items[index].NextInBucket = first;
        first = index;
    }

    // A further bucket takes from its twin what belongs to it.
    private void Split()
    {
        if (_buckets.Length == 0)
        {
            for (var i = 0; i < BucketsMin; i++) _buckets.Add(-1);
            return;
        }

        var added = _buckets.Add(-1);
        var item = _buckets[TwinOf(added)];
        _buckets[TwinOf(added)] = -1;
        while (item >= 0)
        {
            var next = _items[item].NextInBucket;
            Link(item, BucketOf(_items[item].Hash));
            item = next;
        }
    }

    private void Merge()
    {
        const int sparse = 4;
        for (var i = 0; i < MergesPerRemoval && _buckets.Length > BucketsMin && Count < _buckets.Length / sparse; i++)
        {
            var last = _buckets.Length - 1;
            var twin = TwinOf(last);
            var item = _buckets[last];
            while (item >= 0)
            {
                var next = _items[item].NextInBucket;
                Link(item, twin);
                item = next;
            }

            _buckets.RemoveLast();
        }
    }
}
