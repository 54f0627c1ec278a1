using Redouble.Engine.Blocking;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Blocking;

public sealed class TimeoutsTests
{
    private const string NotFloat = "-ERR timeout is not a float or out of range|";
    private const string NotInteger = "-ERR timeout is not an integer or out of range|";
    private const string Negative = "-ERR timeout is negative|";
    private const string OutOfRange = "-ERR timeout is out of range|";

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("-0.0001", 0)]
    [InlineData("-0.001", 0)] // a thousandth is no binary fraction: the product is a little above -1
    [InlineData("1", 1000)]
    [InlineData("0.1", 100)]
    [InlineData("0.0001", 1)]
    [InlineData("0.0011", 2)]
    [InlineData("1e-400", 1)]
    [InlineData("0x1.8p1", 3000)]
    [InlineData("1e3", 1_000_000)]
    [InlineData("1000000000.5", 1_000_000_000_500)]
    public void Seconds(string text, long timeoutMs)
    {
        using var node = new EngineNode();
        Parking.With(node, node.Connect(), $"GET {text}", c =>
        {
            Assert.True(Timeouts.TrySeconds(c, 1, out var deadlineMs));
            Assert.Equal(timeoutMs == 0 ? 0 : c.NowMs + timeoutMs, deadlineMs);
        });
    }

    [Theory]
    [InlineData("inf", OutOfRange)]
    [InlineData("1e400", OutOfRange)]
    [InlineData("9223372036854775", OutOfRange)]
    [InlineData("9223372036854776", OutOfRange)]
    [InlineData("-inf", Negative)]
    [InlineData("-1", Negative)]
    [InlineData("-0.002", Negative)]
    [InlineData("-1e300", Negative)]
    [InlineData("nan", NotFloat)]
    [InlineData("", NotFloat)]
    [InlineData("1x", NotFloat)]
    public void What_is_no_time_in_seconds(string text, string error)
    {
        using var node = new EngineNode();
        var session = node.Connect();
        Parking.With(node, session, $"GET {text}", c => Assert.False(Timeouts.TrySeconds(c, 1, out _)));
        Assert.Equal(error, node.Take(session));
    }

    [Theory]
    [InlineData("-1", Negative)]
    [InlineData("9223372036854775807", OutOfRange)]
    [InlineData("1.5", NotInteger)]
    public void What_is_no_time_in_milliseconds(string text, string error)
    {
        using var node = new EngineNode();
        var session = node.Connect();
        Parking.With(node, session, $"GET {text}", c => Assert.False(Timeouts.TryMilliseconds(c, 1, out _)));
        Assert.Equal(error, node.Take(session));
    }
}
