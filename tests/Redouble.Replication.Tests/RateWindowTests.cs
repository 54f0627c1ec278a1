namespace Redouble.Replication.Tests;

public sealed class RateWindowTests
{
    [Fact]
    public void NothingIsSaidBeforeFiftyMilliseconds()
    {
        var window = new RateWindow();
        Assert.Equal(0, window.PerSecond(1000, 5));
        window.Note(0, 0);
        Assert.Equal(0, window.PerSecond(1000, 49_999));
        Assert.Equal(20_000, window.PerSecond(1000, 50_000));
    }

    [Fact]
    public void ASteadyTotalHasItsRateAndAPauseIsForgottenAfterFourSeconds()
    {
        var window = new RateWindow();
        var total = 0L;
        var now = 0L;
        void Run(int tenths, long perTenth)
        {
            for (var i = 0; i < tenths; i++)
            {
                window.Note(total, now);
                now += 100_000;
                total += perTenth;
            }
        }

        Run(100, 500);
        Assert.Equal(5000, window.PerSecond(total, now));
        Run(20, 0);
        Assert.InRange(window.PerSecond(total, now), 1, 4000);
        Run(25, 0);
        Assert.Equal(0, window.PerSecond(total, now));
        window.Reset(7, now);
        Assert.Equal(0, window.PerSecond(7, now + 1_000_000));
    }
}
