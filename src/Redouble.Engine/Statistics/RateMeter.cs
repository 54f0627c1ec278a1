namespace Redouble.Engine.Statistics;

/// <summary>The mean rate of a growing counter over the last sixteen samples, as Redis' <c>instantaneous_*</c> fields show it.</summary>
public sealed class RateMeter
{
    private const int SamplesMax = 16; // a power of two
    private readonly double[] _samples = new double[SamplesMax];
    private int _next;
    private double _lastValue;
    private double _lastBase;
    private bool _hasLast;

    /// <summary>Mean of the samples.</summary>
    public double Rate
    {
        get
        {
            double sum = 0;
            foreach (var sample in _samples) sum += sample;
            return sum / SamplesMax;
        }
    }

    /// <summary>
    /// Takes a sample: growth of <paramref name="value"/> per growth of <paramref name="unit"/> since the last one, times <paramref name="factor"/>.
    /// </summary>
    public void Sample(double value, double unit, double factor)
    {
        if (_hasLast)
        {
            var units = unit - _lastBase;
            // A counter that fell was reset.
            _samples[_next++ & (SamplesMax - 1)] = units > 0 && value >= _lastValue ? (value - _lastValue) * factor / units : 0;
        }

        _hasLast = true;
        _lastValue = value;
        _lastBase = unit;
    }

    /// <summary>Forgets the samples.</summary>
    public void Reset()
    {
        Array.Clear(_samples);
        _hasLast = false;
    }
}
