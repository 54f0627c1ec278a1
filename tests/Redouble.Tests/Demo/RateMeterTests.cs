using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class RateMeterTests
{
    [Fact]
    public void A_rate_needs_two_readings_and_a_counter_that_grew()
    {
        RateMeter meter = new();
        Assert.Equal(0, meter.Next(1, 1000));
        Assert.Equal(250, meter.Next(3, 1500));
        Assert.Equal(0, meter.Next(3, 1600));
        Assert.Equal(0, meter.Next(4, 10));
        Assert.Equal(20, meter.Next(5, 30));
    }
}
