namespace Redouble.Demo;

/// <summary>Turns a growing counter into a rate per second between two readings.</summary>
internal sealed class RateMeter
{
    private double _seconds = double.NaN;
    private long _count;

    /// <summary>The rate since the previous call; 0 at the first, and when the counter went back (a restart).</summary>
    public double Next(double seconds, long count)
    {
        double rate = seconds > _seconds && count > _count ? (count - _count) / (seconds - _seconds) : 0;
        (_seconds, _count) = (seconds, count);
        return rate;
    }
}
