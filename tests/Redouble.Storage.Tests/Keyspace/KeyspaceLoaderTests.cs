using System.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Keys of a file on their way into a keyspace.</summary>
public sealed class KeyspaceLoaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30_000)]
    [InlineData(1L << 60)]
    public void All_keys_are_there_whatever_number_was_announced(long announced)
    {
        const int count = 30_000;
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.Announce(0, announced);
        var slots = new List<long>();
        for (var i = 0; i < count; i++)
        {
            Assert.True(loader.AddString(0, Name(i), "value"u8, ValueEncoding.EmbeddedString, -1, -1));
            if (slots.Count == 0 || slots[^1] != program.Keyspace[0].SlotCount) slots.Add(program.Keyspace[0].SlotCount);
        }

        Assert.True(loader.Flush());
        Assert.Equal(count, program.Keyspace[0].Count);
        for (var i = 0; i < count; i++) Assert.False(program.Keyspace[0].Peek(Name(i), program.Keyspace.Hash(Name(i))).IsMissing);
        if (announced >= count) Assert.InRange(slots.Count, 2, 5); // by leaps
        else Assert.InRange(slots.Count, 9, 30); // by segments
        Assert.InRange(program.Keyspace[0].SlotCount, count, announced > count ? 2 * AnnouncedCount.RoomMax : 2 * count * 10 / 9);
    }

    private static byte[] Name(int i) => Encoding.Latin1.GetBytes($"name {i}");
}
