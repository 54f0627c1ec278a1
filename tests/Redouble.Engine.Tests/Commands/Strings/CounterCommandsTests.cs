using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Strings;

public sealed class CounterCommandsTests
{
    private const string NotAnInteger = "-ERR value is not an integer or out of range|";

    [Theory]
    [InlineData("5", "INCR k", ":6|", "6")]
    [InlineData("5", "DECR k", ":4|", "4")]
    [InlineData("-1", "INCR k", ":0|", "0")]
    [InlineData("0", "DECR k", ":-1|", "-1")]
    [InlineData("9", "INCRBY k 991", ":1000|", "1000")]
    [InlineData("1000", "DECRBY k 1", ":999|", "999")]
    [InlineData("9223372036854775806", "INCR k", ":9223372036854775807|", "9223372036854775807")]
    [InlineData("-1", "INCRBY k -9223372036854775807", ":-9223372036854775808|", "-9223372036854775808")]
    [InlineData("9223372036854775807", "INCR k", "-ERR increment or decrement would overflow|", "9223372036854775807")]
    [InlineData("-2", "INCRBY k -9223372036854775807", "-ERR increment or decrement would overflow|", "-2")]
    [InlineData("0", "DECRBY k -9223372036854775808", "-ERR decrement would overflow|", "0")]
    [InlineData("01", "INCR k", NotAnInteger, "01")]
    [InlineData("1.0", "INCR k", NotAnInteger, "1.0")]
    [InlineData("9223372036854775808", "INCR k", NotAnInteger, "9223372036854775808")]
    [InlineData("5", "INCRBY k 1x", NotAnInteger, "5")]
    public void Integers_are_added(string before, string command, string reply, string after)
    {
        using var node = new EngineNode();
        node.Do($"SET k {before}");
        Assert.Equal(reply, node.Do(command));
        Assert.Equal($"${after.Length}|{after}|", node.Do("GET k"));
    }

    [Fact]
    public void A_missing_key_counts_as_zero_and_an_expiry_stays()
    {
        using var node = new EngineNode();
        Assert.Equal(":1|", node.Do("INCR k"));
        Assert.Equal("$3|int|", node.Do("OBJECT ENCODING k"));
        node.Do("PEXPIRE k 5000");
        Assert.Equal(":1001|", node.Do("INCRBY k 1000"));
        Assert.Equal(":5000|", node.Do("PTTL k"));
    }

    [Fact]
    public void Counting_through_every_length_keeps_key_and_value_apart()
    {
        using var node = new EngineNode();
        node.Do("SET k -1");
        long expected = -1;
        for (var step = 1L; step < long.MaxValue / 20; step *= 7)
        {
            expected += step;
            Assert.Equal($":{expected}|", node.Do($"INCRBY k {step}"));
            var text = expected.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal($"${text.Length}|{text}|", node.Do("GET k"));
        }
    }

    [Fact]
    public void A_refused_increment_changes_nothing_for_watchers_and_replicas()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("SET k abc");
        tap.Take();
        node.Do("WATCH k");
        Assert.Equal(NotAnInteger, node.Do("INCR k", node.Connect()));
        node.Do("MULTI");
        node.Do("GET k");
        Assert.Equal("*1|$3|abc|", node.Do("EXEC"));
        Assert.Equal("", tap.Take());
    }

    [Theory]
    [InlineData("10.5", "0.1", "10.6")]
    [InlineData("5.0e3", "200", "5200")]
    [InlineData("3", "1.000000000000000005", "4.00000000000000001")]
    [InlineData("-1", "1", "0")]
    public void Floats_are_added_and_sent_as_their_outcome(string before, string increment, string after)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do($"SET k {before}");
        tap.Take();
        Assert.Equal($"${after.Length}|{after}|", node.Do($"INCRBYFLOAT k {increment}"));
        Assert.Equal($"SET k {after} KEEPTTL", tap.Take());
        Assert.Equal("$6|embstr|", node.Do("OBJECT ENCODING k"));
    }

    [Theory]
    [InlineData("abc", "1", "-ERR value is not a valid float|")]
    [InlineData("1", "abc", "-ERR value is not a valid float|")]
    [InlineData("1", "inf", "-ERR increment would produce NaN or Infinity|")]
    [InlineData("1", "nan", "-ERR value is not a valid float|")]
    public void Floats_that_are_none_are_refused(string before, string increment, string reply)
    {
        using var node = new EngineNode();
        node.Do($"SET k {before}");
        Assert.Equal(reply, node.Do($"INCRBYFLOAT k {increment}"));
        Assert.Equal($"${before.Length}|{before}|", node.Do("GET k"));
    }
}
