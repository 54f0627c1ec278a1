using Redouble.Core.Bits;

namespace Redouble.Core.Tests.Bits;

public sealed class BitCountTests
{
    [Fact]
    public void Agrees_with_counting_one_bit_after_the_other()
    {
        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = BitsOfBytes.Random(random, 150).AsSpan();
            bytes = bytes[Math.Min(bytes.Length, random.Next(4))..];
            Assert.Equal(Slowly(bytes, 0, bytes.Length * 8L - 1), BitCount.Of(bytes));
            if (bytes.IsEmpty) continue;
            var first = random.NextInt64(bytes.Length * 8L);
            var last = random.NextInt64(bytes.Length * 8L);
            Assert.Equal(Slowly(bytes, first, last), BitCount.Of(bytes, first, last));
        }
    }

    [Fact]
    public void A_range_in_one_byte()
    {
        byte[] bytes = [0b1011_0110];
        Assert.Equal(5, BitCount.Of(bytes, 0, 7));
        Assert.Equal(2, BitCount.Of(bytes, 2, 3));
        Assert.Equal(1, BitCount.Of(bytes, 0, 0));
        Assert.Equal(0, BitCount.Of(bytes, 7, 7));
        Assert.Equal(0, BitCount.Of(bytes, 3, 2));
        Assert.Equal(0, BitCount.Of([], 0, -1));
    }

    private static long Slowly(ReadOnlySpan<byte> bytes, long first, long last)
    {
        long count = 0;
        for (var bit = first; bit <= last; bit++) count += BitsOfBytes.At(bytes, bit) ? 1 : 0;
        return count;
    }
}
