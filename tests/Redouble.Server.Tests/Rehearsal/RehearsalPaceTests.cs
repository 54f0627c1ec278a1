using Redouble.Server.Rehearsal;

namespace Redouble.Server.Tests.Rehearsal;

public sealed class RehearsalPaceTests
{
    private long _now;
    private long _cpu;
    private int _rests;

    [Theory]
    [InlineData(100, 0)]
    [InlineData(51, 0)]
    [InlineData(49, 10)]
    [InlineData(0, 10)]
    public void It_rests_where_it_gets_less_than_half_of_the_time(int percent, int rests)
    {
        var pace = Make();
        for (var i = 0; i < 10; i++) Work(pace, RehearsalPace.Window, percent);
        Assert.Equal(rests, _rests);
    }

    [Fact]
    public void A_rest_is_no_reason_for_another_one()
    {
        var pace = Make();
        Work(pace, RehearsalPace.Window, percent: 0);
        Work(pace, RehearsalPace.Window - 1, percent: 100);
        Assert.Equal(1, _rests);
        Work(pace, 1, percent: 100);
        Assert.Equal(1, _rests);
        _now += 10 * RehearsalPace.Window; // asleep
        pace.Begin();
        Work(pace, RehearsalPace.Window, percent: 100);
        Assert.Equal(1, _rests);
    }

    [Fact]
    public void It_rests_for_a_minute_in_all()
    {
        var pace = Make();
        for (var i = 0; i < 100; i++) Work(pace, RehearsalPace.Window, percent: 10);
        Assert.Equal((60, 60), (RehearsalPace.RestsMax * RehearsalPace.RestMs / 1000, _rests));
    }

    [Fact]
    public void Where_the_kernel_tells_no_times_it_does_not_rest()
    {
        _cpu = -1;
        var pace = Make();
        for (var i = 0; i < 10; i++) Work(pace, RehearsalPace.Window, percent: 0);
        Assert.Equal(0, _rests);
    }

    private RehearsalPace Make() => new(() => _now, () => _cpu, Rest);

    private void Rest(int milliseconds)
    {
        _rests++;
        _now += milliseconds * 1000L;
    }

    private void Work(RehearsalPace pace, long microseconds, int percent)
    {
        _now += microseconds;
        _cpu += microseconds * percent / 100;
        pace.Step();
    }
}
