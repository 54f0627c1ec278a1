namespace Redouble.Storage.Keyspace;

/// <summary>
/// Counts accesses under an LFU policy: a counter of 8 bits that grows with the logarithm of the accesses (Morris' approximate counting) and loses one
/// for each span of time, at the next access or look. An access to a key with counter n raises it with the probability 1 / ((n - 5) · factor + 1).
/// </summary>
/// <param name="seed">Start of the sequence of random numbers.</param>
public sealed class AccessCounter(ulong seed)
{
    private ulong _random = seed | 1;

    /// <summary>Minutes that lower a counter by one; 0 for none.</summary>
    public long DecayMinutes { get; set; } = 1;

    /// <summary>How slowly counters grow.</summary>
    public long LogFactor { get; set; } = 10;

    /// <summary>The clock of a key after an access.</summary>
    public int Touched(int clock, long nowMs)
    {
        var counter = AccessClocks.Frequency(clock, nowMs, DecayMinutes);
        if (counter < AccessClocks.CounterMax && Chance() * ((Math.Max(0, counter - AccessClocks.InitialCounter) * (double)LogFactor) + 1) < 1) counter++;
        return AccessClocks.WithFrequency(nowMs, counter);
    }

    // Marsaglia's xorshift, 53 bits of it: quick, and good enough for chances.
    private double Chance()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_random >> 11) * (1.0 / (1UL << 53));
    }
}
