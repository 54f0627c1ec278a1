using Redouble.Core.Hashing;

namespace Redouble.Core.Tests.Hashing;

public sealed class MurmurHash64ATests
{
    [Fact]
    public void Every_byte_and_the_length_count()
    {
        var seen = new HashSet<ulong>();
        for (var length = 0; length < 40; length++)
        {
            var bytes = new byte[length];
            Assert.True(seen.Add(MurmurHash64A.Compute(bytes, 7)));
            for (var i = 0; i < length; i++)
            {
                bytes[i] = 1;
                Assert.True(seen.Add(MurmurHash64A.Compute(bytes, 7)), $"{length}, {i}");
                bytes[i] = 0;
            }
        }
    }

    /// <summary>The algorithm as it is described: whole words first, then the rest byte by byte, highest first.</summary>
    [Fact]
    public void Agrees_with_the_description()
    {
        var random = new Random(9);
        for (var round = 0; round < 1000; round++)
        {
            var bytes = new byte[random.Next(50)];
            random.NextBytes(bytes);
            var seed = (uint)random.NextInt64(1L << 32);
            Assert.Equal(Slowly(bytes, seed), MurmurHash64A.Compute(bytes, seed));
        }
    }

    private static ulong Slowly(byte[] bytes, uint seed)
    {
        const ulong m = 0xc6a4a7935bd1e995;
        var h = seed ^ unchecked((ulong)bytes.Length * m);
        var whole = bytes.Length / 8 * 8;
        for (var at = 0; at < whole; at += 8)
        {
            var k = unchecked(BitConverter.ToUInt64(bytes, at) * m);
            k = unchecked((k ^ (k >> 47)) * m);
            h = unchecked((h ^ k) * m);
        }

        for (var i = bytes.Length - 1; i >= whole; i--) h ^= (ulong)bytes[i] << ((i - whole) * 8);
        if (bytes.Length > whole) h = unchecked(h * m);
        h = unchecked((h ^ (h >> 47)) * m);
        return h ^ (h >> 47);
    }
}
