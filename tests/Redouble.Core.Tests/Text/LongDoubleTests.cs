using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class LongDoubleTests
{
    [Fact]
    public void SumsAreThoseOfTheHardware()
    {
        foreach ((string value, string increment, string sum) in LongDoubleCases.Sums)
        {
            Assert.Equal(sum, Format(Parse(value) + Parse(increment)));
            Assert.Equal(sum, Format(Parse(increment) + Parse(value)));
        }
    }

    [Fact]
    public void HugeSumsAreThoseOfTheHardware()
    {
        foreach ((string value, string increment, int length, string start, string end) in LongDoubleCases.LongSums)
        {
            string sum = Format(Parse(value) + Parse(increment));
            Assert.Equal(length, sum.Length);
            Assert.StartsWith(start, sum, StringComparison.Ordinal);
            Assert.EndsWith(end, sum, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1e4932", "1e4932", "inf")]
    [InlineData("-1.18e4932", "-1.18e4932", "-inf")]
    [InlineData("inf", "1", "inf")]
    [InlineData("1", "-Infinity", "-inf")]
    [InlineData("inf", "-inf", "nan")]
    public void OverflowIsSeen(string value, string increment, string expected)
    {
        LongDouble sum = Parse(value) + Parse(increment);
        Assert.False(sum.IsFinite);
        Assert.Equal(expected, Format(sum));
    }

    // Recorded from SET and INCRBYFLOAT of redis-server 7.0.15.
    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("\t1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1d")]
    [InlineData("nan")]
    [InlineData("nan(1)")]
    [InlineData("0x")]
    [InlineData("0x1p+")]
    [InlineData("3.0e+5000")]
    [InlineData("1e-5000")]
    [InlineData("1e-4951")]
    [InlineData("1.8e-4951")]
    [InlineData("1.1897314953572317651e4932")]
    [InlineData("0x1p16384")]
    public void RefusesWhatRedisRefuses(string text) => Assert.False(LongDouble.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void TextIsLimitedInLength()
    {
        Assert.Equal("1", Format(Parse("1." + new string('0', 5117))));
        Assert.False(LongDouble.TryParse(Encoding.ASCII.GetBytes("1." + new string('0', 5118)), out _));
        Assert.True(LongDouble.TryParse(Encoding.ASCII.GetBytes(new string('1', 4932)), out LongDouble large));
        Assert.Equal(4932, Format(large).Length);
    }

    [Theory]
    [InlineData("0x1.8p-1", "0.75")]
    [InlineData("5.0e3", "5000")]
    [InlineData("1E5", "100000")]
    [InlineData("-.5", "-0.5")]
    [InlineData("1e-20", "0")]
    [InlineData("-1e-20", "0")]
    [InlineData("-0", "0")]
    [InlineData("5e-18", "0")]
    [InlineData("5.1e-18", "0.00000000000000001")]
    [InlineData("-0.999999999999999999", "-1")]
    [InlineData("0x1.fffffffffffffffep63", "18446744073709551615")]
    [InlineData("0x1.ffffffffffffffffp63", "18446744073709551616")]
    [InlineData("0x1.fffffffffffffffdp63", "18446744073709551614")]
    [InlineData("0x1.fffffffffffffffd00000000000000000000001p63", "18446744073709551615")]
    public void FormatsWithSeventeenDecimals(string text, string expected) => Assert.Equal(expected, Format(Parse(text)));

    [Fact]
    public void IntegersAndDoublesConvertExactly()
    {
        foreach (long value in new[] { 0, 1, -1, long.MaxValue, long.MinValue, 9007199254740993 })
        {
            Assert.Equal(value.ToString(System.Globalization.CultureInfo.InvariantCulture), Format(LongDouble.FromInt64(value)));
        }

        Assert.Equal("0.10000000000000001", Format(LongDouble.FromDouble(0.1)));
        Assert.Equal("-2.5", Format(LongDouble.FromDouble(-2.5)));
        Assert.Equal("0", Format(LongDouble.FromDouble(-0.0)));
        Assert.Equal("0", Format(LongDouble.FromDouble(double.Epsilon)));
        Assert.Equal("inf", Format(LongDouble.FromDouble(double.PositiveInfinity)));
        Assert.Equal("nan", Format(LongDouble.FromDouble(double.NaN)));
        Assert.Equal(309, Format(LongDouble.FromDouble(double.MaxValue)).Length);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("1.5", 1500)]
    [InlineData("0.0005", 1)]
    [InlineData("-0.0005", 0)]
    [InlineData("-1.0005", -1000)]
    [InlineData("0.001", 1)]
    [InlineData("1e-4900", 1)]
    [InlineData("9223372036854775", 9223372036854775000)]
    [InlineData("9223372036854775.807", long.MaxValue)]
    [InlineData("9223372036854776", long.MaxValue)]
    [InlineData("-9223372036854776", long.MinValue)]
    [InlineData("1e4900", long.MaxValue)]
    [InlineData("inf", long.MaxValue)]
    [InlineData("-inf", long.MinValue)]
    public void ProductsAreRoundedUp(string text, long expected) => Assert.Equal(expected, Parse(text).CeilingOfProduct(1000));

    [Fact]
    public void AddingAndTakingAwayAnExactNumberChangesNothing()
    {
        var random = new Random(73);
        for (int i = 0; i < 20_000; i++)
        {
            // Both have at most 31 bits before and 20 behind the point: sums are exact.
            double a = random.NextInt64(-(1L << 51), 1L << 51) / 1048576.0;
            double b = random.NextInt64(-(1L << 51), 1L << 51) / 1048576.0;
            LongDouble sum = LongDouble.FromDouble(a) + LongDouble.FromDouble(b);
            Assert.Equal(Format(LongDouble.FromDouble(a + b)), Format(sum));
            Assert.Equal(Format(LongDouble.FromDouble(a)), Format(sum + LongDouble.FromDouble(-b)));
        }
    }

    private static LongDouble Parse(string text)
    {
        Assert.True(LongDouble.TryParse(Encoding.ASCII.GetBytes(text), out LongDouble value), text);
        return value;
    }

    private static string Format(LongDouble value)
    {
        byte[] buffer = new byte[LongDouble.MaxFormattedLength];
        return Encoding.ASCII.GetString(buffer, 0, value.Format(buffer));
    }
}
