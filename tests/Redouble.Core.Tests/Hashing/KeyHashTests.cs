using System.Globalization;
using System.Numerics;
using System.Text;
using Redouble.Core.Hashing;

namespace Redouble.Core.Tests.Hashing;

public class KeyHashTests
{
    [Theory]
    [InlineData(1, 12000)]
    [InlineData(3, 4000)]
    [InlineData(8, 2500)]
    [InlineData(16, 2500)]
    [InlineData(17, 2500)]
    [InlineData(40, 2500)]
    [InlineData(100, 2500)]
    public void EveryInputBitFlipsEveryOutputBitHalfOfTheTime(int length, int samples)
    {
        const double fiveSigma = 2.5;
        var random = new Random(length);
        int[] flips = new int[length * 8 * 64];
        byte[] key = new byte[length];
        for (int sample = 0; sample < samples; sample++)
        {
            var hash = new KeyHash((ulong)random.NextInt64(), (ulong)random.NextInt64());
            random.NextBytes(key);
            ulong before = hash.Compute(key);
            for (int bit = 0; bit < length * 8; bit++)
            {
                key[bit / 8] ^= (byte)(1 << (bit % 8));
                ulong changed = before ^ hash.Compute(key);
                key[bit / 8] ^= (byte)(1 << (bit % 8));
                for (int output = 0; output < 64; output++)
                {
                    flips[(bit * 64) + output] += (int)(changed >> output) & 1;
                }
            }
        }

        // Each count is binomial: mean half of the samples, standard deviation half of their root. Five deviations per cell, and all cells
        // together within 0.02 (they average thousands of counts).
        double allowed = fiveSigma * Math.Sqrt(samples);
        Assert.All(flips, count => Assert.InRange(count, (samples / 2.0) - allowed, (samples / 2.0) + allowed));
        Assert.InRange(flips.Average() / samples, 0.499, 0.501);
        for (int output = 0; output < 64; output++)
        {
            double mean = Enumerable.Range(0, length * 8).Average(bit => flips[(bit * 64) + output]) / samples;
            Assert.InRange(mean, 0.48, 0.52);
        }
    }

    [Theory]
    [InlineData("key:{0:D12}", 52)]
    [InlineData("key:{0:D12}", 0)]
    [InlineData("{0}", 52)]
    [InlineData("{0}", 0)]
    [InlineData("user:{0}:session:profile:name", 52)]
    [InlineData("user:{0}:session:profile:name", 0)]
    [InlineData("{0:D80}", 52)]
    public void SequentialKeysSpreadEvenly(string format, int shift)
    {
        const int buckets = 4096;
        const int keys = 200_000;
        int[] counts = new int[buckets];
        var hash = new KeyHash(0, 0);
        for (int i = 0; i < keys; i++)
        {
            byte[] key = Encoding.ASCII.GetBytes(string.Format(CultureInfo.InvariantCulture, format, i));
            counts[(int)(hash.Compute(key) >> shift) & (buckets - 1)]++;
        }

        double expected = (double)keys / buckets;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);

        // 4095 degrees of freedom: standard deviation 90.5; five of them to either side.
        Assert.InRange(chiSquare, 4095 - 453, 4095 + 453);
    }

    [Fact]
    public void TopAndBottomBitsAreIndependent()
    {
        var hash = new KeyHash(1, 2);
        int[] joint = new int[64 * 64];
        for (int i = 0; i < 200_000; i++)
        {
            ulong value = hash.Compute(BitConverter.GetBytes((long)i));
            joint[(int)((value >> 58 << 6) | (value & 63))]++;
        }

        double expected = 200_000.0 / joint.Length;
        Assert.InRange(joint.Sum(count => (count - expected) * (count - expected) / expected), 4095 - 453, 4095 + 453);
    }

    [Fact]
    public void EveryLengthAndEveryByteCounts()
    {
        var hash = new KeyHash(3, 4);
        byte[] zeros = new byte[300];
        var seen = new HashSet<ulong>();
        for (int length = 0; length <= zeros.Length; length++)
        {
            Assert.True(seen.Add(hash.Compute(zeros.AsSpan(0, length))), $"length {length}");
        }

        for (int length = 1; length <= 160; length++)
        {
            ulong plain = hash.Compute(zeros.AsSpan(0, length));
            for (int at = 0; at < length; at++)
            {
                zeros[at] = 1;
                Assert.NotEqual(plain, hash.Compute(zeros.AsSpan(0, length)));
                zeros[at] = 0;
            }
        }
    }

    [Fact]
    public void AllShortKeysDiffer()
    {
        var hash = new KeyHash(5, 6);
        var seen = new HashSet<ulong> { hash.Compute([]) };
        for (int i = 0; i < 256; i++)
        {
            Assert.True(seen.Add(hash.Compute([(byte)i])));
            for (int j = 0; j < 256; j++)
            {
                Assert.True(seen.Add(hash.Compute([(byte)i, (byte)j])));
                Assert.True(seen.Add(hash.Compute([(byte)i, (byte)j, (byte)(i ^ j)])));
            }
        }
    }

    [Fact]
    public void SeedsChangeHashesAndNothingElseDoes()
    {
        byte[] key = "some key of usual length"u8.ToArray();
        ulong value = new KeyHash(7, 8).Compute(key);
        Assert.Equal(value, new KeyHash(7, 8).Compute(key));
        byte[] shifted = new byte[key.Length + 3];
        key.CopyTo(shifted, 3);
        Assert.Equal(value, new KeyHash(7, 8).Compute(shifted.AsSpan(3)));
        int changed = BitOperations.PopCount(value ^ new KeyHash(7, 9).Compute(key));
        Assert.InRange(changed, 12, 52);
        changed = BitOperations.PopCount(value ^ new KeyHash(6, 8).Compute(key));
        Assert.InRange(changed, 12, 52);
    }
}
