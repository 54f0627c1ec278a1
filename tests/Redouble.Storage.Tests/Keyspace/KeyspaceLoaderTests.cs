using System.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Keys of a file on their way into a keyspace.</summary>
public sealed class KeyspaceLoaderTests
{
    /// <summary>A file of our own has the keys in the order of their hashes: all of the table's growth would be where the next ones go.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(10, false)]
    [InlineData(30_000, false)]
    [InlineData(30_000, true)]
    [InlineData(1L << 60, true)]
    public void All_keys_are_there_whatever_number_was_announced(long announced, bool byHash)
    {
        const int count = 30_000;
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.Announce(0, announced);
        var slots = new List<long>();
        var order = Enumerable.Range(0, count).ToArray();
        if (byHash) order = [.. order.OrderBy(i => program.Keyspace.Hash(Name(i)))];
        foreach (var i in order)
        {
            Assert.True(loader.AddString(0, Name(i), "value"u8, ValueEncoding.EmbeddedString, -1, -1));
            if (slots.Count == 0 || slots[^1] != program.Keyspace[0].SlotCount) slots.Add(program.Keyspace[0].SlotCount);
        }

        Assert.True(loader.Flush());
        Assert.Equal(count, program.Keyspace[0].Count);
        for (var i = 0; i < count; i++) Assert.False(program.Keyspace[0].Peek(Name(i), program.Keyspace.Hash(Name(i))).IsMissing);
        if (announced >= count) Assert.InRange(slots.Count, 1, 2); // before the first key, and with it
        else Assert.InRange(slots.Count, 9, 30); // by segments
        Assert.InRange(program.Keyspace[0].SlotCount, count, announced > count ? 2 * RecordTable.TrustedMax : 2 * count * 10 / 9);
    }

    /// <summary>The table once kept the room for all of a million keys that had expired in the file, and whoever drew one at random looked for long.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(20_000)]
    [InlineData(900_000)]
    public void Room_for_keys_that_do_not_come_is_given_back(int count)
    {
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.Announce(0, 1_000_000);
        loader.Announce(1, 10);
        for (var i = 0; i < count; i++) loader.AddString(0, Name(i), "value"u8, ValueEncoding.EmbeddedString, -1, -1);
        loader.AddString(1, Name(0), "value"u8, ValueEncoding.EmbeddedString, -1, -1);
        Assert.True(loader.Flush());
        loader.Complete();
        Assert.InRange(program.Keyspace[0].SlotCount, count, Math.Max(28, 8 * count));
        Assert.Equal((count, 1), (program.Keyspace[0].Count, program.Keyspace[1].Count));
        for (var i = 0; i < count; i++) Assert.False(program.Keyspace[0].Peek(Name(i), program.Keyspace.Hash(Name(i))).IsMissing);
    }

    private static byte[] Name(int i) => Encoding.Latin1.GetBytes($"name {i}");
}
