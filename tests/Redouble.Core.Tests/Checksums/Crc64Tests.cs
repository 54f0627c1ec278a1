using System.Runtime.Intrinsics.X86;
using Redouble.Core.Checksums;

namespace Redouble.Core.Tests.Checksums;

public sealed class Crc64Tests
{
    [Fact]
    public void Check_value_is_that_of_the_catalogue()
    {
        Assert.Equal(0xe9c6d914c4b8d9caUL, Crc64.Append(0, "123456789"u8));
        Assert.Equal(0xe9c6d914c4b8d9caUL, Crc64.AppendSlicing(0, "123456789"u8));
        Assert.Equal(0xe9c6d914c4b8d9caUL, Model(0, "123456789"u8));
    }

    [Fact]
    public void Folding_constants_are_powers_of_x()
    {
        Assert.Equal(Crc64.Fold128High, Crc64.PowerOfX(127));
        Assert.Equal(Crc64.Fold128Low, Crc64.PowerOfX(191));
        Assert.Equal(Crc64.Fold512High, Crc64.PowerOfX(511));
        Assert.Equal(Crc64.Fold512Low, Crc64.PowerOfX(575));
    }

    [Fact]
    public void All_short_lengths_and_alignments_agree_with_the_model()
    {
        var random = new Random(1);
        var bytes = new byte[320];
        random.NextBytes(bytes);
        for (var length = 0; length <= 300; length++)
        {
            for (var start = 0; start < 17; start++)
            {
                var seed = (ulong)random.NextInt64();
                var slice = bytes.AsSpan(start, length);
                var expected = Model(seed, slice);
                Assert.Equal(expected, Crc64.Append(seed, slice));
                Assert.Equal(expected, Crc64.AppendSlicing(seed, slice));
                if (Pclmulqdq.IsSupported && length >= 16) Assert.Equal(expected, Crc64.AppendFolding(seed, slice));
            }
        }
    }

    [Fact]
    public void Random_cuts_give_the_checksum_of_the_whole()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            var bytes = new byte[random.Next(1, 20_000)];
            random.NextBytes(bytes);
            var whole = Model(0, bytes);
            var cut = random.Next(bytes.Length + 1);
            var head = Crc64.Append(0, bytes.AsSpan(0, cut));
            Assert.Equal(whole, Crc64.Append(head, bytes.AsSpan(cut)));
            Assert.Equal(whole, Crc64.Combine(head, Crc64.Append(0, bytes.AsSpan(cut)), bytes.Length - cut));
        }
    }

    // One bit at a time, straight from the definition.
    private static ulong Model(ulong crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x95ac9329ac4bc9b5 : crc >> 1;
        }

        return crc;
    }
}
