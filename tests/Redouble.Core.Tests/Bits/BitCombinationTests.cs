using Redouble.Core.Bits;

namespace Redouble.Core.Tests.Bits;

public sealed class BitCombinationTests
{
    [Theory]
    [InlineData(BitOperation.And)]
    [InlineData(BitOperation.Or)]
    [InlineData(BitOperation.Xor)]
    public void Agrees_with_combining_byte_by_byte(BitOperation operation)
    {
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var left = BitsOfBytes.Random(random, 130);
            var right = BitsOfBytes.Random(random, 130);
            var length = Math.Max(left.Length, right.Length) + random.Next(3);
            var expected = Slowly(operation, length, left, right);
            var target = new byte[length];
            random.NextBytes(target);
            BitCombination.Combine(operation, target, left, right);
            Assert.Equal(expected, target);

            // The same into the memory of either source, which is as long as the target then.
            Array.Resize(ref left, length);
            Assert.Equal(expected, InPlace(operation, left, left, right));
            Array.Resize(ref right, length);
            Assert.Equal(Slowly(operation, length, expected, right), InPlace(operation, right, expected, right));
        }
    }

    [Fact]
    public void The_complement_of_every_byte()
    {
        for (var length = 0; length < 100; length++)
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            var target = new byte[length];
            BitCombination.Invert(target, bytes);
            Assert.Equal([.. bytes.Select(b => (byte)~b)], target);
        }
    }

    private static byte[] InPlace(BitOperation operation, byte[] target, byte[] left, byte[] right)
    {
        BitCombination.Combine(operation, target, left, right);
        return target;
    }

    private static byte[] Slowly(BitOperation operation, int length, byte[] left, byte[] right) => [.. Enumerable.Range(0, length).Select(i =>
    {
        int a = i < left.Length ? left[i] : 0, b = i < right.Length ? right[i] : 0;
        return (byte)(operation switch { BitOperation.And => a & b, BitOperation.Or => a | b, _ => a ^ b });
    })];
}
