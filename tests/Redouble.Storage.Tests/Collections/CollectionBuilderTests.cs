using System.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Collections;

/// <summary>Collections built as a file has them, in groups, whatever number was announced; and repeated elements, which are told late then.</summary>
public sealed class CollectionBuilderTests
{
    [Theory]
    [InlineData(ValueType.Set)]
    [InlineData(ValueType.Hash)]
    [InlineData(ValueType.SortedSet)]
    public void What_is_loaded_is_what_came(ValueType type)
    {
        foreach (var (count, announced) in ((int, long)[])[(3, 3), (5, 0), (600, 600), (600, 5), (600, 1L << 60), (9_000, 9_000), (40_000, 40_000), (40_000, 20_000)])
        {
            using var program = new SortedSetProgram(1, 1, 1);
            var loader = new KeyspaceLoader(program.Keyspace);
            loader.Builder.Begin(type, announced);
            for (var i = 0; i < count; i++) Assert.True(Add(loader.Builder, type, i, i));
            Assert.Equal(count, loader.Builder.Count);
            Assert.True(loader.Builder.Complete());
            Assert.True(loader.AddBuilt(0, "key"u8, -1, -1) && loader.Flush());
            AssertHolds(program.Keyspace, type, count);
        }
    }

    /// <summary>In descending order, as files have them, in ascending order and in none; equal scores are ordered by member.</summary>
    [Theory]
    [InlineData("descending", 1)]
    [InlineData("descending", 50)]
    [InlineData("ascending", 50)]
    [InlineData("shuffled", 50)]
    [InlineData("descending, then shuffled", 50)]
    public void Sorted_sets_are_in_order_however_they_come(string order, int perScore)
    {
        const int count = 30_000;
        var random = new Random(perScore);
        var numbers = Enumerable.Range(0, count).ToArray();
        if (order == "shuffled") random.Shuffle(numbers);
        else if (order != "ascending") Array.Reverse(numbers);
        if (order == "descending, then shuffled") random.Shuffle(numbers.AsSpan(count / 2));
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.Builder.Begin(ValueType.SortedSet, count);
        foreach (var i in numbers) Assert.True(loader.Builder.AddScore(Name(i), i / perScore));
        Assert.True(loader.Builder.Complete());
        Assert.True(loader.AddBuilt(0, "key"u8, -1, -1) && loader.Flush());
        var record = program.Keyspace[0].Peek("key"u8, program.Keyspace.Hash("key"u8));
        var cursor = new SortedSetReader(program.Keyspace, record).CursorAt(0);
        Span<byte> digits = stackalloc byte[20];
        for (var i = 0; i < count; i++, cursor.MoveNext())
        {
            Assert.Equal(i / perScore, cursor.Score);
            Assert.Equal(Name(i), cursor.Member.Text(digits).ToArray());
        }
    }

    [Theory]
    [InlineData(ValueType.Set, 5)]
    [InlineData(ValueType.Set, 125)]
    [InlineData(ValueType.Set, 135)]
    [InlineData(ValueType.Set, 3_000)]
    [InlineData(ValueType.Hash, 5)]
    [InlineData(ValueType.Hash, 3_000)]
    [InlineData(ValueType.SortedSet, 5)]
    [InlineData(ValueType.SortedSet, 3_000)]
    public void An_element_that_comes_twice_is_found_at_the_end_at_the_latest(ValueType type, int count)
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        foreach (var again in (int[])[0, count / 2, count - 1])
        {
            foreach (var announced in (long[])[0, count + 1])
            {
                loader.Builder.Begin(type, announced);
                var accepted = true;
                for (var i = 0; i < count && accepted; i++) accepted = Add(loader.Builder, type, i, i);
                if (accepted) accepted = Add(loader.Builder, type, again, -1);
                for (var i = count; i < count + 3 && accepted; i++) accepted = Add(loader.Builder, type, i, i);
                Assert.False(accepted && loader.Builder.Complete());
            }
        }

        loader.Builder.Drop(); // the program asserts that nothing is left in its heap
    }

    [Fact]
    public void What_is_not_complete_is_no_value()
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.Builder.Begin(ValueType.Set, 1_000);
        Assert.True(loader.Builder.AddMember("a member"u8));
        Assert.Throws<InvalidOperationException>(() => loader.AddBuilt(0, "key"u8, -1, -1));
        loader.Builder.Drop();
    }

    private static byte[] Name(int i) => Encoding.Latin1.GetBytes($"name {i:D6}");

    private static bool Add(CollectionBuilder builder, ValueType type, int i, int value) => type switch
    {
        ValueType.Set => builder.AddMember(Name(i)),
        ValueType.Hash => builder.AddField(Name(i), Encoding.Latin1.GetBytes($"value {value}")),
        _ => builder.AddScore(Name(i), value),
    };

    private static void AssertHolds(Storage.Keyspace.Keyspace keyspace, ValueType type, int count)
    {
        var record = keyspace[0].Peek("key"u8, keyspace.Hash("key"u8));
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var elements = new ElementCursor(keyspace, record);
        Span<byte> digits = stackalloc byte[20];
        while (elements.MoveNext())
        {
            var value = type == ValueType.Hash ? Encoding.Latin1.GetString(elements.Value.Text(digits)) : type == ValueType.SortedSet ? $"{elements.Score}" : "";
            found.Add(Encoding.Latin1.GetString(elements.Name.Text(digits)), value);
        }

        var expected = Enumerable.Range(0, count).ToDictionary(i => $"name {i:D6}", i => type == ValueType.Hash ? $"value {i}" : type == ValueType.SortedSet ? $"{i}" : "");
        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), found);
    }
}
