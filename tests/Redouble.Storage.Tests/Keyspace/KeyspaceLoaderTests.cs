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

    private static byte[] Name(int i) => Encoding.Latin1.GetBytes($"name {i}");
}
