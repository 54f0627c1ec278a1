using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class NativeTableTests
{
    /// <summary>Random additions and removals against a dictionary, growing and shrinking, with hashes that collide often.</summary>
    [Theory]
    [InlineData(1, uint.MaxValue)]
    [InlineData(2, uint.MaxValue)]
    [InlineData(3, 63)]
    [InlineData(4, 0)]
    public void Equals_a_dictionary(int seed, uint hashMask)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap();
        var table = new NativeTable<Item>(heap);
        var model = new Dictionary<int, int>(); // key ► index
        var steps = hashMask == 0 ? 2000 : 40_000;
        for (var step = 0; step < steps; step++)
        {
            var growing = step / (steps / 5) % 2 == 0;
            var key = random.Next(steps);
            if (random.Next(100) < (growing ? 85 : 15))
            {
                if (model.ContainsKey(key)) continue;
                model[key] = table.Add(new Item { Key = key, Hash = HashOf(key, hashMask) });
            }
            else if (model.Count > 0)
            {
                var gone = model.ElementAt(random.Next(Math.Min(model.Count, 20))).Key;
                table.Remove(model[gone]);
                model.Remove(gone);
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Equal(model.GetValueOrDefault(key, -1), Find(table, key, hashMask));
        }

        Assert.NotEmpty(model);
        foreach (var (key, index) in model) Assert.Equal((index, key), (Find(table, key, hashMask), table[index].Key));
        foreach (var index in model.Values) table.Remove(index);
        Assert.Equal((0, 0L, 0L), (table.Count, table.MemoryBytes, heap.UsedBytes));
    }

    [Fact]
    public void Buckets_follow_the_number_of_items()
    {
        const int items = 100_000;
        using var heap = new NativeHeap();
        var table = new NativeTable<Item>(heap);
        var indices = new int[items];
        for (var i = 0; i < items; i++) indices[i] = table.Add(new Item { Key = i, Hash = HashOf(i, uint.MaxValue) });
        var full = table.MemoryBytes;
        Assert.InRange(full, items * 16L, (items * 16L) + (3L * 8192));
        Assert.InRange(LongestChain(table, items), 1, 12);
        for (var i = 0; i < items - 10; i++) table.Remove(indices[i]);
        for (var i = items - 10; i < items; i++) Assert.Equal(indices[i], Find(table, i, uint.MaxValue));
        Assert.InRange(full - table.MemoryBytes, (items * 4L) - (2L * 8192), items * 4L); // the buckets'; items wait to be used again
        Assert.Equal(indices[items - 11], table.Add(new Item { Key = 1, Hash = HashOf(1, uint.MaxValue) })); // the last that was freed
    }

    [Fact]
    public void An_item_that_is_not_there_cannot_be_removed()
    {
        using var heap = new NativeHeap();
        var table = new NativeTable<Item>(heap);
        var first = table.Add(new Item { Key = 1, Hash = 1 });
        table.Add(new Item { Key = 2, Hash = 1 });
        table.Remove(first);
        Assert.Throws<InvalidOperationException>(() => table.Remove(first));
        Assert.Equal(-1, new NativeTable<Item>(heap).First(5));
    }

    private static uint HashOf(int key, uint mask)
    {
        const ulong odd = 0x9E3779B97F4A7C15;
        var mixed = (ulong)(uint)key * odd;
        return (uint)((mixed ^ mixed >> 32) * odd >> 32) & mask;
    }

    private static int Find(NativeTable<Item> table, int key, uint mask)
    {
        for (var i = table.First(HashOf(key, mask)); i >= 0; i = table[i].NextInBucket)
        {
            if (table[i].Key == key) return i;
        }

        return -1;
    }

    private static int LongestChain(NativeTable<Item> table, int items)
    {
        var longest = 0;
        for (var key = 0; key < items; key++)
        {
            var length = 0;
            for (var i = table.First(HashOf(key, uint.MaxValue)); i >= 0; i = table[i].NextInBucket) length++;
            longest = Math.Max(longest, length);
        }

        return longest;
    }

    private struct Item : INativeTableItem
    {
        public int Key;

        public uint Hash { get; init; }

        public int NextInBucket { get; set; }
    }
}
