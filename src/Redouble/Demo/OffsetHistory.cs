namespace Redouble.Demo;

/// <summary>
/// When the primary's stream reached which offset, seen from outside: samples (time, offset), oldest first. From it follows how old the newest data of
/// a replica is:
/// <code>
///   time    t0 ── t1 ── t2 ── t3 ── now         a replica at an offset between those of t1 and t2 lacks what was written after t1:
///   offset  o0    o1    o2    o3                it is now − t1 behind (at most; interpolated between t1 and t2)
/// </code>
/// The figure is as fine as the sampling. A replica at or past the newest sample is 0 behind.
/// </summary>
internal sealed class OffsetHistory
{
    private readonly Queue<(double Seconds, long Offset)> _samples = new();
    private readonly double _keepSeconds;

    /// <summary>Samples older than <paramref name="keepSeconds"/> are forgotten: lags beyond it show as that much.</summary>
    public OffsetHistory(double keepSeconds) => _keepSeconds = keepSeconds;

    /// <summary>Notes the primary's offset at a time that does not go back.</summary>
    public void Add(double seconds, long offset)
    {
        _samples.Enqueue((seconds, offset));
        while (_samples.Peek().Seconds < seconds - _keepSeconds)
        {
            _samples.Dequeue();
        }
    }

    /// <summary>Milliseconds by which data up to <paramref name="offset"/> is behind at time <paramref name="now"/>.</summary>
    public double MillisecondsBehind(double now, long offset)
    {
        (double Seconds, long Offset)? reached = null;
        foreach ((double Seconds, long Offset) sample in _samples)
        {
            if (sample.Offset > offset)
            {
                double since = reached is { } last
                    ? last.Seconds + ((sample.Seconds - last.Seconds) * (offset - last.Offset) / (sample.Offset - last.Offset))
                    : sample.Seconds;
                return Math.Max(0, (now - since) * 1000);
            }

            reached = sample;
        }

        return 0;
    }
}
