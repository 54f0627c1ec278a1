using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class OffsetHistoryTests
{
    [Fact]
    public void A_replica_that_has_everything_is_not_behind()
    {
        OffsetHistory history = new(60);
        Assert.Equal(0, history.MillisecondsBehind(1, 0));
        history.Add(1, 100);
        history.Add(2, 100);
        Assert.Equal(0, history.MillisecondsBehind(9, 100));
        Assert.Equal(0, history.MillisecondsBehind(9, 120));
    }

    [Fact]
    public void Behind_is_the_age_of_the_oldest_missing_byte()
    {
        OffsetHistory history = new(60);
        history.Add(1, 100);
        history.Add(2, 200);
        history.Add(3, 300);
        Assert.Equal(1500, history.MillisecondsBehind(3, 150), 6);
        Assert.Equal(1000, history.MillisecondsBehind(3, 200), 6);
        Assert.Equal(1500, history.MillisecondsBehind(3.5, 200), 6);
    }

    [Fact]
    public void A_quiet_primary_does_not_age_what_the_replica_has()
    {
        OffsetHistory history = new(60);
        history.Add(1, 100);
        history.Add(5, 100);
        history.Add(6, 200);
        Assert.Equal(1000, history.MillisecondsBehind(6, 100), 6);
    }

    [Fact]
    public void What_is_older_than_the_history_counts_from_its_beginning()
    {
        OffsetHistory history = new(2);
        for (int second = 0; second <= 10; second++)
        {
            history.Add(second, second * 100);
        }

        Assert.Equal(2000, history.MillisecondsBehind(10, 50), 6);
    }
}
