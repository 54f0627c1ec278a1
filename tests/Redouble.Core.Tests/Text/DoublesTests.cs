using System.Numerics;
using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class DoublesTests
{
    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(3.2, "3.2")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(1e17, "100000000000000000")]
    [InlineData(1e-5, "0.00001")]
    [InlineData(123456789.123456789, "1.2345678912345679e+8")]
    [InlineData(1e20, "1e+20")]
    [InlineData(-521142.184362, "-5.2114218436200003e+5")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(-4611686018427387904.0, "-4611686018427387904")]
    public void FormatsLikeRedisSevenTwo(double value, string expected) => Assert.Equal(expected, Format(value));

    [Fact]
    public void FormatsTheRecordedValuesBothWays()
    {
        foreach ((ulong bits, string text, string seventeen) in DoubleCases.All)
        {
            double value = BitConverter.UInt64BitsToDouble(bits);
            Assert.Equal(text, Format(value));
            Assert.Equal(seventeen, FormatSeventeen(value));
        }
    }

    [Fact]
    public void WhateverIsWrittenReadsBackAsTheSameBits()
    {
        var random = new Random(72);
        for (int i = 0; i < 40_000; i++)
        {
            double value = i % 2 == 0
                ? BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue))
                : Math.Round(random.NextDouble() * 1e6, random.Next(9)) * (1 - (2 * random.Next(2)));
            if (double.IsNaN(value))
            {
                continue;
            }

            AssertReads(Format(value), value);
            AssertReads(FormatSeventeen(value), value);
        }
    }

    [Fact]
    public void TheTableOfPowersIsExact()
    {
        for (int i = 0; i < CachedPowers.Count; i++)
        {
            int power = CachedPowers.DecimalExponent(i);
            int shift = CachedPowers.BinaryExponent(i);
            BigInteger dividend = BigInteger.Pow(10, Math.Max(power, 0)) << (Math.Max(-shift, 0) + 1);
            BigInteger divisor = BigInteger.Pow(10, Math.Max(-power, 0)) << Math.Max(shift, 0);
            Assert.Equal(((dividend / divisor) + 1) >> 1, CachedPowers.Significand(i));
            Assert.True(CachedPowers.Significand(i) >> 63 == 1);
        }
    }

    // Recorded from ZADD of redis-server 7.0.15.
    [Theory]
    [InlineData("1", 1.0)]
    [InlineData("-0", -0.0)]
    [InlineData("+1", 1.0)]
    [InlineData("+.5e+1", 5.0)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5.0)]
    [InlineData("1E5", 100000.0)]
    [InlineData("0e99999999999999999999", 0.0)]
    [InlineData("inF", double.PositiveInfinity)]
    [InlineData("-iNfInItY", double.NegativeInfinity)]
    [InlineData("0x10", 16.0)]
    [InlineData("0X1P3", 8.0)]
    [InlineData("0x.8", 0.5)]
    [InlineData("0x1p-1074", 5e-324)]
    [InlineData("0x1.fffffffffffff8p0", 2.0)]
    [InlineData("0x1.00000000000008p0", 1.0)]
    [InlineData("0x1.000000000000080001p0", 1.0000000000000002)]
    [InlineData("0x1.00000000000008000000000000000000000000000000000001p0", 1.0000000000000002)]
    [InlineData("1.7976931348623158e308", double.MaxValue)]
    [InlineData("4.9e-324", 5e-324)]
    [InlineData("2.5e-324", 5e-324)]
    [InlineData("9007199254740993", 9007199254740992.0)]
    [InlineData("9007199254740992.9999999999999999999999999999", 9007199254740992.0)]
    [InlineData("9007199254740993.00000000000000000000000000001", 9007199254740994.0)]
    public void ParsesWhatRedisParses(string text, double expected) => AssertReads(text, expected);

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("\v1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData("-")]
    [InlineData("+-1")]
    [InlineData("1..2")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e5.5")]
    [InlineData("1_0")]
    [InlineData("1,5")]
    [InlineData("nan")]
    [InlineData("-NaN")]
    [InlineData("nan(1)")]
    [InlineData("infinit")]
    [InlineData("infx")]
    [InlineData("infinityx")]
    [InlineData("0x")]
    [InlineData("0x.p1")]
    [InlineData("0x1p")]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("1e-400")]
    [InlineData("2e-324")]
    [InlineData("0x1p-1080")]
    [InlineData("0x1p99999999999")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("1.7976931348623159e308")]
    public void RefusesWhatRedisRefuses(string text) => Assert.False(Doubles.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void LongDigitStringsRoundAtTheVeryLastDigit()
    {
        string tie = "9007199254740993" + "." + new string('0', 1200);
        AssertReads(tie, 9007199254740992.0);
        AssertReads(tie + "1", 9007199254740994.0);
        AssertReads("0." + new string('0', 5000) + "1e5001", 1.0);
        AssertReads("1" + new string('0', 5000) + "e-5000", 1.0);
        Assert.False(Doubles.TryParse(Encoding.ASCII.GetBytes(new string('1', 400)), out _));
    }

    [Theory]
    [InlineData("", 0.0)]
    [InlineData(" 1", 1.0)]
    [InlineData("\t-2.5", -2.5)]
    [InlineData("1\0x", 1.0)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData("-1e400", double.NegativeInfinity)]
    [InlineData("1e-400", 0.0)]
    [InlineData("+inf", double.PositiveInfinity)]
    public void BoundsOfRangesAreReadMoreFreely(string text, double expected)
    {
        Assert.True(Doubles.TryParseBound(Encoding.ASCII.GetBytes(text), out double value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("1 ")]
    [InlineData("nan")]
    [InlineData("(1")]
    [InlineData("0x")]
    public void BoundsOfRangesMustBeNumbers(string text) => Assert.False(Doubles.TryParseBound(Encoding.ASCII.GetBytes(text), out _));

    private static void AssertReads(string text, double expected)
    {
        Assert.True(Doubles.TryParse(Encoding.ASCII.GetBytes(text), out double value), text);
        Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(value));
    }

    private static string Format(double value)
    {
        Span<byte> buffer = stackalloc byte[Doubles.MaxLength];
        return Encoding.ASCII.GetString(buffer[..Doubles.Format(value, buffer)]);
    }

    private static string FormatSeventeen(double value)
    {
        Span<byte> buffer = stackalloc byte[Doubles.MaxLength];
        return Encoding.ASCII.GetString(buffer[..Doubles.FormatSeventeen(value, buffer)]);
    }
}
