using Redouble.Core.Bits;

namespace Redouble.Core.Tests.Bits;

public sealed class BitSearchTests
{
    [Fact]
    public void Agrees_with_looking_at_one_bit_after_the_other()
    {
        var random = new Random(2);
        var found = 0;
        for (var round = 0; round < 5000; round++)
        {
            var bytes = BitsOfBytes.Random(random, 120);
            if (bytes.Length == 0) continue;
            var first = random.NextInt64(bytes.Length * 8L);
            var last = random.NextInt64(first - 1, bytes.Length * 8L);
            var value = random.Next(2) == 1;
            var expected = Slowly(bytes, value, first, last);
            if (expected >= 0) found++;
            Assert.Equal(expected, BitSearch.IndexOf(bytes, value, first, last));
        }

        Assert.InRange(found, 1000, 4500);
    }

    private static long Slowly(ReadOnlySpan<byte> bytes, bool value, long first, long last)
    {
        for (var bit = first; bit <= last; bit++)
        {
            if (BitsOfBytes.At(bytes, bit) == value) return bit;
        }

        return -1;
    }
}
