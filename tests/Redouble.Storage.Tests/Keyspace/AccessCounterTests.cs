using Redouble.Storage.Keyspace;

namespace Redouble.Storage.Tests.Keyspace;

public sealed class AccessCounterTests
{
    private const long NowMs = 1_700_000_000_000;

    [Fact]
    public void Without_a_factor_every_access_counts_up_to_255()
    {
        var counter = new AccessCounter(1) { LogFactor = 0 };
        var clock = AccessClocks.WithFrequency(NowMs, AccessClocks.InitialCounter);
        for (var n = 1; n <= 300; n++)
        {
            clock = counter.Touched(clock, NowMs);
            Assert.Equal(Math.Min(255, 5 + n), AccessClocks.Frequency(clock, NowMs, 1));
        }
    }

    /// <summary>The table in redis.conf: with the factor 10, a hundred accesses give about 10, a thousand 18, a hundred thousand 142.</summary>
    [Theory]
    [InlineData(100, 8, 13)]
    [InlineData(1000, 15, 24)]
    [InlineData(100_000, 120, 165)]
    public void With_a_factor_it_grows_with_the_logarithm(int accesses, int least, int most)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            var counter = new AccessCounter(seed * 0x9E3779B97F4A7C15);
            var clock = AccessClocks.WithFrequency(NowMs, AccessClocks.InitialCounter);
            for (var n = 0; n < accesses; n++) clock = counter.Touched(clock, NowMs);
            Assert.InRange(AccessClocks.Frequency(clock, NowMs, 1), least, most);
        }
    }

    [Fact]
    public void Time_takes_away_one_for_each_span_but_never_more_than_there_is()
    {
        const long minuteMs = 60_000;
        var clock = AccessClocks.WithFrequency(NowMs, 10);
        Assert.Equal(10, AccessClocks.Frequency(clock, NowMs + minuteMs - 40_000, 1));
        Assert.Equal(7, AccessClocks.Frequency(clock, NowMs + (3 * minuteMs), 1));
        Assert.Equal(9, AccessClocks.Frequency(clock, NowMs + (3 * minuteMs), 2));
        Assert.Equal(0, AccessClocks.Frequency(clock, NowMs + (30 * minuteMs), 1));
        Assert.Equal(10, AccessClocks.Frequency(clock, NowMs + (30 * minuteMs), 0));
    }
}
