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

    /// <summary>A clock of after the time it is asked about made the key the coldest of all.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(61)]
    [InlineData(86_000)]
    public void A_clock_that_is_later_tells_of_no_time(long laterSeconds)
    {
        const long secondMs = 1000;
        Assert.Equal(0, AccessClocks.IdleSeconds(AccessClocks.Idle(NowMs + (laterSeconds * secondMs), 0), NowMs));
        Assert.Equal(10, AccessClocks.Frequency(AccessClocks.WithFrequency(NowMs + (laterSeconds * secondMs), 10), NowMs, 1));
    }

    [Fact]
    public void A_key_may_be_idle_for_half_a_year_and_no_longer_than_can_be_told()
    {
        const long most = (1 << 24) - 1 - (24 * 60 * 60);
        Assert.Equal(most, AccessClocks.IdleSeconds(AccessClocks.Idle(NowMs, most), NowMs));
        Assert.Equal(most, AccessClocks.IdleSeconds(AccessClocks.Idle(NowMs, long.MaxValue), NowMs));
        const long daysMs = 44L * 24 * 60 * 60 * 1000;
        Assert.Equal(0, AccessClocks.Frequency(AccessClocks.WithFrequency(NowMs, 255), NowMs + daysMs, 1));
    }
}
