using Redouble.Core.Memory;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>How full the nodes are after long runs of one kind, and that all memory comes back.</summary>
public sealed class CountedTreeFillTests
{
    private const int LeafCapacity = 63;

    [Theory]
    [InlineData(true, 50_000)]
    [InlineData(false, 50_000)]
    public void Ascending_and_descending_insertions_pack(bool ascending, int count)
    {
        using var model = new TreeModel<OrderedEntries>();
        for (var i = 0; i < count; i++)
        {
            var key = (ulong)(ascending ? i : count - i);
            var cursor = model.Tree.Seek(new AtLeast(key));
            model.Tree.Insert(ref cursor, new TreeEntry(key, i));
        }

        for (var i = 0; i < count; i++) model.Entries.Add(ascending ? new TreeEntry((ulong)i, i) : new TreeEntry((ulong)i + 1, count - i - 1));
        Assert.Equal((count + LeafCapacity - 1) / LeafCapacity, model.AssertEqual());
        Assert.InRange(model.Tree.Bytes, 16L * count, 17L * count * 1024 / 1000);
    }

    [Theory]
    [InlineData(1, 10, 300)]
    [InlineData(2, 70, 10_000)]
    [InlineData(3, 5_000, 100_000)]
    public void Runs_put_in_front_pack_too(int seed, int runMax, int count)
    {
        var random = new Random(seed);
        using var model = new TreeModel<WeightedEntries>();
        var entries = new List<TreeEntry>();
        while (entries.Count < count)
        {
            var keys = new ulong[random.Next(1, runMax)];
            var items = new nint[keys.Length];
            for (var i = 0; i < keys.Length; i++)
            {
                (keys[i], items[i]) = ((ulong)random.Next(1, 100), entries.Count);
                entries.Add(new TreeEntry(keys[i], items[i]));
            }

            model.Tree.Prepend(keys, items);
        }

        entries.Reverse();
        model.Entries.AddRange(entries);
        Assert.Equal((entries.Count + LeafCapacity - 1) / LeafCapacity, model.AssertEqual());
        for (var i = 0; i < 200; i++) model.Insert(random.Next(100), new TreeEntry(1, i));
        model.AssertEqual();
    }

    [Theory]
    [InlineData("random", 1, 0.69)]
    [InlineData("random", 2, 0.69)]
    [InlineData("nearly ascending", 3, 0.8)]
    [InlineData("clustered", 4, 0.69)]
    public void Other_insertions_fill(string kind, int seed, double fillMin)
    {
        const int Count = 40_000;
        var random = new Random(seed);
        using var model = new TreeModel<OrderedEntries>();
        var sorted = new SortedSet<(ulong Key, nint Item)>();
        ulong cluster = 0;
        for (var i = 0; i < Count; i++)
        {
            if (i % 500 == 0) cluster = (ulong)random.NextInt64(1L << 40);
            var key = kind switch
            {
                "random" => (ulong)random.NextInt64(1L << 40),
                "clustered" => cluster++,
                _ => (ulong)((i * 10) + random.Next(1000)),
            };
            var cursor = model.Tree.Seek(new AtLeast(key, i));
            model.Tree.Insert(ref cursor, new TreeEntry(key, i));
            sorted.Add((key, i));
        }

        model.Entries.AddRange(sorted.Select(static entry => new TreeEntry(entry.Key, entry.Item)));
        var fill = (double)Count / (model.AssertEqual() * LeafCapacity);
        Assert.InRange(fill, fillMin, 1);
    }

    [Fact]
    public void Entries_that_change_their_place_leave_the_leaves_over_half_full()
    {
        const int Count = 20_000;
        var random = new Random(5);
        using var model = new TreeModel<OrderedEntries>();
        var scores = new ulong[Count];
        for (var i = 0; i < 10 * Count; i++)
        {
            var item = i % Count;
            if (i >= Count)
            {
                var old = model.Tree.Seek(new AtLeast(scores[item], item));
                Assert.Equal(item, old.Item);
                model.Tree.Remove(ref old);
            }

            scores[item] = (ulong)random.NextInt64(1L << 40);
            var cursor = model.Tree.Seek(new AtLeast(scores[item], item));
            model.Tree.Insert(ref cursor, new TreeEntry(scores[item], item));
        }

        for (var i = 0; i < Count; i++) model.Entries.Add(new TreeEntry(scores[i], i));
        model.Entries.Sort(static (a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : a.Item.CompareTo(b.Item));
        var fill = (double)Count / (model.AssertEqual() * LeafCapacity);
        Assert.InRange(fill, 0.5, 1);
    }

    [Theory]
    [InlineData("first")]
    [InlineData("last")]
    [InlineData("random")]
    [InlineData("range")]
    public void A_large_tree_empties_again(string from)
    {
        var random = new Random(6);
        using var model = new TreeModel<OrderedEntries>();
        Fill(model, 30_000);
        Assert.True(model.Height >= 2);
        while (model.Entries.Count > 0)
        {
            var count = model.Entries.Count;
            if (from == "range") model.RemoveRange(random.Next(count), 500);
            else model.Remove(from switch { "first" => 0, "last" => count - 1, _ => random.Next(count) });
            if (count % 3000 == 0 || from == "range") model.AssertEqual();
        }

        model.AssertEqual();
        Assert.Equal((0, 0), (model.UsedBytes, model.Height));
    }

    [Fact]
    public void A_queue_stays_small()
    {
        using var model = new TreeModel<WeightedEntries>();
        for (var i = 0; i < 300; i++) model.Insert(i, new TreeEntry(1, i));
        var bytes = model.Tree.Bytes;
        for (var i = 300; i < 20_000; i++)
        {
            model.Insert(300, new TreeEntry(1, i));
            model.Remove(0);
            Assert.InRange(model.Tree.Bytes, 0, bytes + (2 * NativeHeap.RoundedSize(1016)));
        }

        model.AssertEqual();
    }

    [Fact]
    public void A_tree_of_few_entries_takes_little_and_grows_to_a_leaf()
    {
        using var model = new TreeModel<WeightedEntries>();
        for (var i = 0; i < LeafCapacity; i++)
        {
            model.Insert(0, new TreeEntry(1, i));
            model.AssertEqual();
            Assert.InRange(model.Tree.Bytes, 16, Math.Max(128, 2 * 16 * (i + 2)));
        }

        Assert.Equal(0, model.Height);
        model.Insert(5, new TreeEntry(1, 0));
        Assert.Equal(1, model.Height);
        model.AssertEqual();
    }

    [Theory]
    [InlineData(1, 3_000, 1)]
    [InlineData(2, 3_000, 70)]
    [InlineData(3, 40_000, 1_000)]
    public void A_tree_is_freed_in_slices(int seed, int count, int budget)
    {
        var random = new Random(seed);
        using var model = new TreeModel<OrderedEntries>();
        Fill(model, count);
        var visitor = new ItemSums();
        for (var done = false; !done;)
        {
            var before = (model.Tree.Count, Left: budget = Math.Max(1, budget + random.Next(3) - 1));
            var left = before.Left;
            done = model.Tree.FreeSlice(ref left, ref visitor);
            Assert.InRange(left, -TreeCursor.LevelsMax, before.Left);
            Assert.InRange(before.Count - model.Tree.Count, 0, before.Left);
            Assert.Equal(count, visitor.Count + model.Tree.Count);
            Assert.Equal(model.UsedBytes, model.Tree.Bytes);
            Assert.True(done || left <= 0, "stopped early");
        }

        Assert.Equal((long)count * (count - 1) / 2, visitor.Sum);
        model.Entries.Clear();
        model.AssertEqual();
        Assert.Equal(0, model.UsedBytes);
        model.Insert(0, new TreeEntry(1, 1));
        model.AssertEqual();
    }

    [Fact]
    public void Nodes_alone_are_freed_in_slices()
    {
        using var model = new TreeModel<OrderedEntries>();
        Fill(model, 40_000);
        var slices = 0;
        while (true)
        {
            var budget = 50;
            slices++;
            if (model.Tree.FreeSlice(ref budget)) break;
            Assert.InRange(budget, -TreeCursor.LevelsMax, 0);
        }

        Assert.InRange(slices, 40_000 / LeafCapacity / 50, 2 + (40_000 / 30 / 50));
        model.Entries.Clear();
        model.AssertEqual();
        Assert.Equal(0, model.UsedBytes);
    }

    [Fact]
    public void A_visitor_sees_all_entries()
    {
        using var model = new TreeModel<OrderedEntries>();
        Fill(model, 5_000);
        var visitor = new ItemSums();
        model.Tree.Visit(ref visitor);
        Assert.Equal((5_000, 5_000L * 4_999 / 2), (visitor.Count, visitor.Sum));
    }

    /// <summary>Entries with the items 0, 1, 2 … put in at random places.</summary>
    private static void Fill(TreeModel<OrderedEntries> model, int count)
    {
        var random = new Random(count);
        for (var i = 0; i < count; i++) model.Insert(random.Next(i + 1), new TreeEntry(1, i));
    }

    private struct ItemSums : ITreeVisitor
    {
        public int Count;
        public long Sum;

        public void Visit(in TreeEntry entry)
        {
            Count++;
            Sum += entry.Item;
        }
    }
}
