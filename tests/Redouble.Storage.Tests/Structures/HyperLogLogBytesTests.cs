using System.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

public sealed class HyperLogLogBytesTests
{
    [Fact]
    public void An_empty_one_is_Redis_own()
    {
        var bytes = new byte[HyperLogLogBytes.EmptySize];
        bytes.AsSpan().Fill(0xAA);
        HyperLogLogBytes.WriteEmpty(bytes);
        Assert.Equal("48594C4C01000000" + "0000000000000000" + "7FFF", Convert.ToHexString(bytes));
        Assert.True(HyperLogLogBytes.IsWellFormed(bytes));
        Assert.False(HyperLogLogBytes.IsDense(bytes));
        Assert.True(HyperLogLogBytes.TryGetCount(bytes, out var count));
        Assert.Equal(0, count);
        Assert.True(HyperLogLogBytes.TryCount(bytes, out count));
        Assert.Equal(0, count);
    }

    [Fact]
    public void What_is_well_formed()
    {
        Assert.False(HyperLogLogBytes.IsWellFormed([]));
        Assert.False(HyperLogLogBytes.IsWellFormed("HYLL"u8));
        Assert.False(HyperLogLogBytes.IsWellFormed("HYLM\u0001\0\0\0\0\0\0\0\0\0\0\0"u8));
        Assert.True(HyperLogLogBytes.IsWellFormed("HYLL\u0001\0\0\0\0\0\0\0\0\0\0\0"u8));
        Assert.False(HyperLogLogBytes.IsWellFormed("HYLL\0\0\0\0\0\0\0\0\0\0\0\0"u8));
        Assert.False(HyperLogLogBytes.IsWellFormed("HYLL\u0002\0\0\0\0\0\0\0\0\0\0\0"u8));
        var dense = new byte[HyperLogLogBytes.DenseSize];
        "HYLL"u8.CopyTo(dense);
        Assert.True(HyperLogLogBytes.IsWellFormed(dense));
        Assert.False(HyperLogLogBytes.IsWellFormed(dense.AsSpan(1)));
    }

    [Fact]
    public void The_count_is_kept_until_the_registers_change()
    {
        var bytes = new byte[HyperLogLogBytes.EmptySize];
        HyperLogLogBytes.WriteEmpty(bytes);
        HyperLogLogBytes.SetCount(bytes, 0x0102030405060708);
        Assert.True(HyperLogLogBytes.TryGetCount(bytes, out var count));
        Assert.Equal(0x0102030405060708, count);
        HyperLogLogBytes.MarkChanged(bytes);
        Assert.False(HyperLogLogBytes.TryGetCount(bytes, out _));
        Assert.Equal("0807060504030281", Convert.ToHexString(bytes, 8, 8));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public void Estimates_within_a_few_standard_errors(int elements)
    {
        var registers = new byte[HyperLogLogBytes.RegisterCount];
        for (var i = 0; i < elements; i++)
        {
            var (register, rank) = HyperLogLogBytes.Locate(Encoding.ASCII.GetBytes($"element:{i}"));
            Assert.InRange(rank, 1, HyperLogLogBytes.RankMax);
            registers[register] = Math.Max(registers[register], (byte)rank);
        }

        Assert.InRange(HyperLogLogBytes.Count(registers), elements * (1 - 4 * 0.0081), elements * (1 + 4 * 0.0081));
    }

    [Fact]
    public void Registers_that_no_hash_can_give_have_an_estimate_too()
    {
        var registers = new byte[HyperLogLogBytes.RegisterCount];
        registers.AsSpan().Fill(HyperLogLogBytes.RankMax);
        Assert.Equal(long.MinValue, HyperLogLogBytes.Count(registers));
        registers.AsSpan().Fill(63);
        Assert.InRange(HyperLogLogBytes.Count(registers), long.MinValue, long.MaxValue);
    }
}
