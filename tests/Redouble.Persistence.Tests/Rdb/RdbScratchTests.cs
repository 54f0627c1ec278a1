using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class RdbScratchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(700_000)]
    [InlineData(3_000_000)]
    public void What_is_added_is_there_in_a_row(int piece)
    {
        var scratch = new RdbScratch();
        var expected = new byte[Math.Max(5000, 5 * piece)];
        new Random(piece).NextBytes(expected);
        for (var round = 0; round < 2; round++)
        {
            for (var at = 0; at < expected.Length; at += piece)
            {
                scratch.Append(expected.AsSpan(at, piece));
                Assert.Equal(at + piece, scratch.Length);
            }

            Assert.True(scratch.Written.SequenceEqual(expected));
            scratch.Clear();
            Assert.Equal(0, scratch.Written.Length);
        }
    }

    [Fact]
    public void Room_is_taken_anew()
    {
        var scratch = new RdbScratch();
        foreach (var length in (int[])[10, 2_000_000, 100, 5_000_000, 1_000_000, 0, RdbScratch.RetainedMax, RdbScratch.RetainedMax + 1])
        {
            var room = scratch.Take(length);
            Assert.Equal(length, room.Length);
            room.Fill((byte)length);
            scratch.Set(room[..Math.Min(length, 7)].ToArray());
            Assert.Equal(Math.Min(length, 7), scratch.Length);
            if (length % 3 == 0) scratch.Clear();
        }
    }

    /// <summary>A value takes more than a megabyte from the system, and nothing of it from the collected heap.</summary>
    [Fact]
    public void A_large_value_is_not_in_the_collected_heap()
    {
        var dump = new DumpWriter(RdbDialect.Rdb10, compress: true);
        var value = new byte[20 << 20];
        new Random(3).NextBytes(value);
        dump.Write(RdbType.String, value.AsSpan(0, 2000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = dump.Write(RdbType.String, value).Length;
        dump.Clear();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20);
        Assert.Equal(value.Length + 1 + 5 + 10, length);
    }
}
