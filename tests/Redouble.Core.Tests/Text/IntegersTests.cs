using System.Globalization;
using System.Numerics;
using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class IntegersTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("-1", -1)]
    [InlineData("9", 9)]
    [InlineData("10", 10)]
    [InlineData("12345678", 12345678)]
    [InlineData("1234567890123456", 1234567890123456)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void ParsesCanonicalIntegers(string text, long expected)
    {
        Assert.True(Integers.TryParse(Encoding.ASCII.GetBytes(text), out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-0")]
    [InlineData("+1")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData(":")]
    [InlineData("--1")]
    [InlineData("1234567:")]
    [InlineData("123/5678")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999")]
    [InlineData("-99999999999999999999")]
    [InlineData("000000000000000000000000001")]
    public void RefusesWhatRedisRefuses(string text) => Assert.False(Integers.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void EveryByteInEveryPositionIsJudgedAsByTheModel()
    {
        for (int length = 1; length <= 20; length++)
        {
            for (int at = 0; at < length; at++)
            {
                for (int value = 0; value < 256; value++)
                {
                    byte[] text = Encoding.ASCII.GetBytes("12345678901234567890"[..length]);
                    text[at] = (byte)value;
                    CompareWithModel(text);
                }
            }
        }
    }

    [Fact]
    public void RandomNumbersAroundEveryLengthGoRoundTrip()
    {
        var random = new Random(71);
        Span<byte> buffer = stackalloc byte[Integers.MaxLength];
        for (int i = 0; i < 100_000; i++)
        {
            ulong bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            long value = random.Next(2) == 0 ? (long)bits : -(long)bits;
            int length = Integers.Format(value, buffer);
            Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(buffer[..length]));
            Assert.Equal(length, Integers.CountDigits(value));
            Assert.True(Integers.TryParse(buffer[..length], out long parsed));
            Assert.Equal(value, parsed);

            length = Integers.Format(bits, buffer);
            Assert.True(Integers.TryParseUnsigned(buffer[..length], out ulong unsigned));
            Assert.Equal(bits, unsigned);
        }
    }

    [Fact]
    public void PowersOfTenAndTheirNeighboursHaveTheRightDigits()
    {
        Span<byte> buffer = stackalloc byte[Integers.MaxLength];
        for (BigInteger power = 1; power <= ulong.MaxValue; power *= 10)
        {
            for (int offset = -1; offset <= 1; offset++)
            {
                var value = (ulong)(power + offset);
                string expected = value.ToString(CultureInfo.InvariantCulture);
                Assert.Equal(expected.Length, Integers.CountDigits(value));
                Assert.Equal(expected, Encoding.ASCII.GetString(buffer[..Integers.Format(value, buffer)]));
            }
        }

        Assert.Equal(20, Integers.Format(long.MinValue, buffer));
        Assert.Equal(20, Integers.Format(ulong.MaxValue, buffer));
    }

    [Theory]
    [InlineData("0", true, 0)]
    [InlineData("18446744073709551615", true, ulong.MaxValue)]
    [InlineData("18446744073709551616", false, 0)]
    [InlineData("28446744073709551615", false, 0)]
    [InlineData("-1", false, 0)]
    [InlineData("01", false, 0)]
    [InlineData("", false, 0)]
    public void ParsesUnsigned(string text, bool good, ulong expected)
    {
        Assert.Equal(good, Integers.TryParseUnsigned(Encoding.ASCII.GetBytes(text), out ulong value));
        Assert.True(!good || value == expected);
    }

    // Recorded from SCAN of redis-server 7.0.15.
    [Theory]
    [InlineData("", true, 0)]
    [InlineData("0", true, 0)]
    [InlineData("-0", true, 0)]
    [InlineData("+0", true, 0)]
    [InlineData("007", true, 7)]
    [InlineData("0\0x", true, 0)]
    [InlineData("-1", true, ulong.MaxValue)]
    [InlineData("18446744073709551615", true, ulong.MaxValue)]
    [InlineData("00000000000000000000000000000000000000001", true, 1)]
    [InlineData("18446744073709551616", false, 0)]
    [InlineData("-99999999999999999999999", false, 0)]
    [InlineData(" 0", false, 0)]
    [InlineData("\t0", false, 0)]
    [InlineData("0 ", false, 0)]
    [InlineData("-", false, 0)]
    [InlineData("+", false, 0)]
    [InlineData("+-1", false, 0)]
    [InlineData("- 1", false, 0)]
    [InlineData("0x0", false, 0)]
    public void ParsesScanCursors(string text, bool good, ulong expected)
    {
        Assert.Equal(good, Integers.TryParseScanCursor(Encoding.ASCII.GetBytes(text), out ulong value));
        Assert.True(!good || value == expected);
    }

    // Recorded from XREAD of redis-server 7.0.15.
    [Theory]
    [InlineData("0", true, 0)]
    [InlineData("18446744073709551615", true, ulong.MaxValue)]
    [InlineData("+1", true, 1)]
    [InlineData("01", true, 1)]
    [InlineData(" 1", true, 1)]
    [InlineData("18446744073709551616", false, 0)]
    [InlineData("-1", false, 0)]
    [InlineData("", false, 0)]
    [InlineData("-", false, 0)]
    [InlineData("1 ", false, 0)]
    public void ParsesPartsOfStreamIds(string text, bool good, ulong expected)
    {
        Assert.Equal(good, Integers.TryParseStreamPart(Encoding.ASCII.GetBytes(text), out ulong value));
        Assert.True(!good || value == expected);
    }

    private static void CompareWithModel(byte[] text)
    {
        string latin = Encoding.Latin1.GetString(text);
        bool expected = BigInteger.TryParse(latin, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger big)
            && big.ToString(CultureInfo.InvariantCulture) == latin;
        bool isSigned = expected && big >= long.MinValue && big <= long.MaxValue;
        Assert.Equal(isSigned, Integers.TryParse(text, out long value));
        Assert.True(!isSigned || value == (long)big);
        bool isUnsigned = expected && big >= 0 && big <= ulong.MaxValue;
        Assert.Equal(isUnsigned, Integers.TryParseUnsigned(text, out ulong unsigned));
        Assert.True(!isUnsigned || unsigned == (ulong)big);
    }
}
