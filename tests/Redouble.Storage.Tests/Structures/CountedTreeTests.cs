using System.Runtime.CompilerServices;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>The tree against a list: insertions, removals and changes anywhere, and the cursors that they leave.</summary>
public sealed class CountedTreeTests
{
    /// <summary>Keys at the edges without a cursor, while entries come and go there; the edge of a tiny tree is often its only path.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Keys_at_the_edges_change_without_a_cursor(int seed)
    {
        using var model = new TreeModel<TinyWeighted>();
        var random = new Random(seed);
        Assert.False(model.Tree.TryGetEdge(first: true, out _));
        for (var i = 0; i < 3_000; i++)
        {
            var count = model.Entries.Count;
            var edge = random.Next(2) == 0;
            var growing = i / 500 % 2 == 0;
            if (count == 0 || random.Next(5) < (growing ? 3 : 1)) model.Insert(edge ? 0 : count, new TreeEntry((ulong)random.Next(1, 9), random.Next()));
            else if (random.Next(3) == 0) model.Remove(edge ? 0 : count - 1);
            if (model.Entries.Count == 0) continue;
            var place = edge ? 0 : model.Entries.Count - 1;
            Assert.True(model.Tree.TryGetEdge(edge, out var entry));
            Assert.Equal(model.Entries[place], entry);
            model.Entries[place] = new TreeEntry((ulong)random.Next(1, 9), entry.Item);
            model.Tree.SetEdgeKey(edge, model.Entries[place].Key);
            TreeCheck.Run<TinyWeighted>(model.Root);
        }
    }

    [Fact]
    public void Sizes_are_as_drawn()
    {
        Assert.Equal(16, Unsafe.SizeOf<TreeEntry>());
        Assert.Equal(40, Unsafe.SizeOf<CountedTreeRoot>());
        Assert.Equal(8, Unsafe.SizeOf<TreeNode>());
        // With the canary of a guarded build both are in the heap's class of 1,024 bytes.
        Assert.Equal(1016, TreeNode.SizeOf(0, Capacities<OrderedEntries>().Leaf));
        Assert.Equal(1000, TreeNode.SizeOf(1, Capacities<WeightedEntries>().Inner));
    }

    [Fact]
    public void A_zeroed_root_is_an_empty_tree()
    {
        using var model = new TreeModel<OrderedEntries>();
        model.AssertEqual();
        var cursor = model.Tree.Seek(new AtLeast(1));
        model.AssertAt(ref cursor, 0);
        cursor = model.Tree.Last();
        model.AssertAt(ref cursor, 0);
        cursor = model.Tree.SeekWeight(0, out _);
        model.AssertAt(ref cursor, 0);
        Assert.Equal(0, model.UsedBytes);
    }

    [Fact]
    public void There_is_nothing_to_read_or_remove_at_the_end()
    {
        using var model = new TreeModel<OrderedEntries>();
        model.Insert(0, new TreeEntry(1, 1));
        Assert.Throws<InvalidOperationException>(() => model.Tree.End().Entry);
        Assert.Throws<InvalidOperationException>(() =>
        {
            var cursor = model.Tree.End();
            model.Tree.Remove(ref cursor);
        });
        Assert.Throws<InvalidOperationException>(() =>
        {
            var cursor = model.Tree.End();
            model.Tree.SetKey(ref cursor, 2);
        });
        model.AssertEqual();
    }

    [Theory]
    [InlineData("tiny ordered", 1, 40, 6_000, 1)]
    [InlineData("tiny ordered", 2, 400, 6_000, 1)]
    [InlineData("tiny ordered", 3, 6_000, 60_000, 500)]
    [InlineData("tiny weighted", 4, 50, 6_000, 1)]
    [InlineData("tiny weighted", 5, 500, 6_000, 1)]
    [InlineData("ordered", 6, 300, 6_000, 1)]
    [InlineData("ordered", 7, 20_000, 100_000, 5_000)]
    [InlineData("weighted", 8, 300, 6_000, 1)]
    [InlineData("weighted", 9, 3_000, 30_000, 500)]
    public void Equals_a_list(string kind, int seed, int size, int steps, int checkEvery)
    {
        switch (kind)
        {
            case "tiny ordered": RunProgram<TinyOrdered>(seed, size, steps, checkEvery); break;
            case "tiny weighted": RunProgram<TinyWeighted>(seed, size, steps, checkEvery); break;
            case "ordered": RunProgram<OrderedEntries>(seed, size, steps, checkEvery); break;
            default: RunProgram<WeightedEntries>(seed, size, steps, checkEvery); break;
        }
    }

    [Theory]
    [InlineData(1, 3_000)]
    [InlineData(2, 40_000)]
    public void The_unit_of_weight_is_found_in_its_entry(int seed, int count)
    {
        var random = new Random(seed);
        using var model = new TreeModel<WeightedEntries>();
        var starts = new List<long>();
        long weight = 0;
        for (var i = 0; i < count; i++)
        {
            var entry = new TreeEntry((ulong)random.Next(1, 200), i);
            model.Tree.Append(entry);
            starts.Add(weight);
            weight += (long)entry.Key;
        }

        for (var i = 0; i < 20_000; i++)
        {
            var index = random.NextInt64(weight);
            var cursor = model.Tree.SeekWeight(index, out var within);
            var found = (int)cursor.Item;
            Assert.InRange(within, 0, (long)cursor.Key - 1);
            Assert.Equal(index, starts[found] + within);
            Assert.Equal(starts[found], model.Tree.Rank(cursor));
        }

        Assert.True(model.Tree.SeekWeight(weight, out _).AtEnd);
        Assert.True(model.Tree.SeekWeight(-1, out _).AtEnd);
        Assert.False(model.Tree.SeekWeight(weight - 1, out _).AtEnd);
    }

    [Theory]
    [InlineData(1, 300, 20)]
    [InlineData(2, 5_000, 100)]
    [InlineData(3, 5_000, 100_000)]
    [InlineData(4, 30_000, 1)]
    public void A_probe_finds_its_place_among_equal_keys_too(int seed, int count, int keys)
    {
        var random = new Random(seed);
        using var model = new TreeModel<TinyOrdered>();
        var sorted = new SortedSet<(ulong Key, nint Item)>();
        for (var i = 0; i < count; i++)
        {
            var (key, item) = ((ulong)random.Next(keys) * 2, random.Next(1 << 20));
            var cursor = model.Tree.Seek(new AtLeast(key, item));
            var isThere = !cursor.AtEnd && cursor.Key == key && cursor.Item == item;
            Assert.Equal(!sorted.Add((key, item)), isThere);
            if (isThere) model.Tree.Remove(ref cursor);
            else model.Tree.Insert(ref cursor, new TreeEntry(key, item));
            if (isThere) sorted.Remove((key, item));
        }

        model.Entries.AddRange(sorted.Select(static entry => new TreeEntry(entry.Key, entry.Item)));
        model.AssertEqual();
        var ascending = model.Entries.ConvertAll(static entry => entry.Key);
        for (var i = 0; i < 2_000; i++)
        {
            var key = (ulong)random.Next((keys * 2) + 2); // odd ones are between those that are there
            var from = model.Tree.Seek(new AtLeast(key));
            model.AssertAt(ref from, FirstNot(ascending, there => there < key));
            var to = model.Tree.Seek(new Above(key));
            model.AssertAt(ref to, FirstNot(ascending, there => there <= key));
        }
    }

    private static (int Leaf, int Inner) Capacities<TOrder>()
        where TOrder : struct, ITreeOrder => (TOrder.LeafCapacity, TOrder.InnerCapacity);

    private static int FirstNot(List<ulong> ascending, Predicate<ulong> before)
    {
        var (low, high) = (0, ascending.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (before(ascending[middle])) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static void RunProgram<TOrder>(int seed, int size, int steps, int checkEvery)
        where TOrder : struct, ITreeOrder
    {
        var random = new Random(seed);
        using var model = new TreeModel<TOrder>();
        var place = 0;
        for (var step = 0; step < steps; step++)
        {
            // Grows and shrinks in turns; now spread over the tree, now at one place or at the ends.
            var shrinks = step / Math.Max(1, steps / 6) % 2 == 1;
            var count = model.Entries.Count;
            if (random.Next(40) == 0) place = random.Next(4);
            var index = place switch { 0 => random.Next(count + 1), 1 => count / 3, 2 => 0, _ => count };
            var action = random.Next(10);
            if (count == 0 || (!shrinks && action < 7 && count < size)) model.Insert(index, NewEntry(random));
            else if (action == 7) model.Set(Math.Min(index, count - 1), NewEntry(random));
            else if (shrinks && random.Next(60) == 0) model.RemoveRange(index, random.Next(1 + (count / 8)));
            else if (shrinks || action == 8) model.Remove(Math.Min(index, count - 1));
            else model.Insert(index, NewEntry(random));
            if (step % checkEvery == 0) model.AssertEqual();
        }

        model.RemoveRange(model.Entries.Count / 2, model.Entries.Count);
        model.AssertEqual();
        while (model.Entries.Count > 0) model.Remove(random.Next(model.Entries.Count));
        model.AssertEqual();
        Assert.Equal(0, model.UsedBytes);
    }

    private static TreeEntry NewEntry(Random random) => new((ulong)random.Next(1, 100), random.Next());
}
