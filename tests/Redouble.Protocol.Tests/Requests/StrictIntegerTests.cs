using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Tests.Requests;

public sealed class StrictIntegerTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("-1", -1)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void Reads(string text, long expected)
    {
        Assert.True(StrictInteger.TryParse(Scan.Bytes(text), out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-0")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1a")]
    [InlineData("--1")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("99999999999999999999")]
    [InlineData("18446744073709551616")]
    public void Refuses(string text) => Assert.False(StrictInteger.TryParse(Scan.Bytes(text), out _));
}
