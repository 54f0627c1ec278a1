namespace Redouble.Engine.Monitoring;

/// <summary>One sample of the latency monitor.</summary>
/// <param name="TimeSeconds">Unix time in seconds.</param>
/// <param name="Milliseconds">The longest stall of that second.</param>
public readonly record struct LatencySample(long TimeSeconds, long Milliseconds);

/// <summary>The last 160 seconds in which an event took too long, and the longest ever.</summary>
public sealed class LatencySeries
{
    /// <summary>Samples kept.</summary>
    public const int SamplesMax = 160;

    private readonly LatencySample[] _samples = new LatencySample[SamplesMax];
    private int _next;

    /// <summary>Samples held.</summary>
    public int Count { get; private set; }

    /// <summary>The longest stall since the last reset, milliseconds.</summary>
    public long MaxMilliseconds { get; private set; }

    /// <summary>The newest sample.</summary>
    public LatencySample Latest => this[Count - 1];

    /// <summary>Sample <paramref name="index"/>, the oldest being 0.</summary>
    public LatencySample this[int index] => _samples[(_next - Count + index + SamplesMax) % SamplesMax];

    /// <summary>Adds a stall; of several in one second the longest stays.</summary>
    public void Add(long timeSeconds, long milliseconds)
    {
        MaxMilliseconds = Math.Max(MaxMilliseconds, milliseconds);
        var last = (_next + SamplesMax - 1) % SamplesMax;
        if (Count > 0 && _samples[last].TimeSeconds == timeSeconds)
        {
            if (milliseconds > _samples[last].Milliseconds) _samples[last] = new LatencySample(timeSeconds, milliseconds);
            return;
        }

        _samples[_next] = new LatencySample(timeSeconds, milliseconds);
        _next = (_next + 1) % SamplesMax;
        Count = Math.Min(Count + 1, SamplesMax);
    }
}
