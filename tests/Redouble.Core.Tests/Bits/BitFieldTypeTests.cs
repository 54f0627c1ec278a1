using System.Numerics;
using System.Text;
using Redouble.Core.Bits;

namespace Redouble.Core.Tests.Bits;

public sealed class BitFieldTypeTests
{
    [Theory]
    [InlineData("i1", true, 1)]
    [InlineData("i64", true, 64)]
    [InlineData("u1", false, 1)]
    [InlineData("u63", false, 63)]
    [InlineData("u8\0x", false, 8)]
    public void Reads_a_type(string text, bool signed, int bits)
    {
        Assert.True(BitFieldType.TryParse(Encoding.Latin1.GetBytes(text), out var type));
        Assert.Equal(new BitFieldType(signed, bits), type);
    }

    [Theory]
    [InlineData("")]
    [InlineData("i")]
    [InlineData("i0")]
    [InlineData("i65")]
    [InlineData("u64")]
    [InlineData("u-1")]
    [InlineData("U8")]
    [InlineData("I8")]
    [InlineData("u08")]
    [InlineData("x8")]
    [InlineData("u8x")]
    [InlineData("u99999999999999999999")]
    public void Refuses_what_is_no_type(string text) => Assert.False(BitFieldType.TryParse(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Reads_and_writes_at_every_bit()
    {
        var random = new Random(4);
        for (var round = 0; round < 5000; round++)
        {
            var type = RandomType(random);
            var bytes = new byte[20];
            random.NextBytes(bytes);
            var before = bytes.ToArray();
            var offset = random.Next(160 - type.Bits + 1);
            Assert.Equal(Slowly(type, bytes, offset), type.Read(bytes, offset));

            var value = random.NextInt64(long.MinValue, long.MaxValue);
            type.Write(bytes, offset, value);
            Assert.True(type.TryAdd(value, 0, BitFieldOverflow.Wrap, out var wrapped));
            Assert.Equal(wrapped, type.Read(bytes, offset));
            for (var bit = 0; bit < 160; bit++)
            {
                if (bit < offset || bit >= offset + type.Bits) Assert.Equal(BitsOfBytes.At(before, bit), BitsOfBytes.At(bytes, bit));
            }

            // Behind the end there are zeros.
            var cut = random.Next(bytes.Length + 1);
            Assert.Equal(Slowly(type, bytes.AsSpan(0, cut), offset), type.Read(bytes.AsSpan(0, cut), offset));
        }
    }

    [Fact]
    public void A_field_far_behind_the_end_is_zero() => Assert.Equal(0, new BitFieldType(true, 64).Read([255, 255], long.MaxValue - 64));

    [Fact]
    public void Sums_agree_with_big_integers()
    {
        var random = new Random(5);
        var fitted = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var type = RandomType(random);
            var min = type.IsSigned ? -(BigInteger.One << (type.Bits - 1)) : 0;
            var max = (BigInteger.One << (type.IsSigned ? type.Bits - 1 : type.Bits)) - 1;
            var value = (long)(min + (max - min) * random.Next(1001) / 1000);
            var increment = random.Next(3) == 0 ? random.Next(-5, 6) : random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            var sum = (BigInteger)value + increment;
            var fits = sum >= min && sum <= max;
            if (fits) fitted++;
            var span = max - min + 1;
            var wrapped = ((sum - min) % span + span) % span + min;
            Assert.Equal(fits, type.TryAdd(value, increment, BitFieldOverflow.Fail, out _));
            Assert.True(type.TryAdd(value, increment, BitFieldOverflow.Wrap, out var actual));
            Assert.Equal(wrapped, actual);
            Assert.True(type.TryAdd(value, increment, BitFieldOverflow.Saturate, out actual));
            Assert.Equal(BigInteger.Min(max, BigInteger.Max(min, sum)), actual);
        }

        Assert.InRange(fitted, 2000, 18_000);
    }

    [Theory]
    [InlineData(true, 8, -9223372036854775808, 127)] // as Redis: too far below the range counts as above it
    [InlineData(true, 8, -9223372036854775681, 127)]
    [InlineData(true, 8, -9223372036854775680, -128)]
    [InlineData(true, 8, -1000, -128)]
    [InlineData(true, 8, 1000, 127)]
    [InlineData(false, 8, -1, 255)]
    [InlineData(false, 8, 1000, 255)]
    [InlineData(true, 64, -9223372036854775808, -9223372036854775808)]
    public void Saturates_a_number_that_is_set(bool signed, int bits, long value, long expected)
    {
        Assert.True(new BitFieldType(signed, bits).TryAdd(value, 0, BitFieldOverflow.Saturate, out var actual));
        Assert.Equal(expected, actual);
    }

    private static BitFieldType RandomType(Random random) => random.Next(2) == 0 ? new(true, random.Next(1, 65)) : new(false, random.Next(1, 64));

    private static long Slowly(BitFieldType type, ReadOnlySpan<byte> bytes, long offset)
    {
        var value = type.IsSigned && BitsOfBytes.At(bytes, offset) ? -1L : 0;
        for (var i = 0; i < type.Bits; i++) value = value << 1 | (BitsOfBytes.At(bytes, offset + i) ? 1L : 0);
        return value;
    }
}
