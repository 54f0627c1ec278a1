namespace Redouble.Storage.Keyspace;

/// <summary>
/// The 24 bits of a record that tell of its use:
/// <code>
/// LRU policies and none   seconds of the last access, modulo 2^24
/// LFU policies            minutes of the last access, modulo 2^16 | logarithmic counter, 8 bits
/// </code>
/// A clock may be later than the time it is asked about: a snapshot tells all as of its start and comes to keys that were read since, and the system's clock
/// may be set back. Up to a day of that is no time at all, and not almost all of the 194 days, or 45, that the bits can tell.
/// </summary>
public static class AccessClocks
{
    /// <summary>The counter of a new key: above nothing, so that it is not evicted before it had a chance to be used.</summary>
    public const int InitialCounter = 5;

    /// <summary>The highest counter.</summary>
    public const int CounterMax = 0xFF;

    private const int MinuteMs = 60_000;
    private const int SecondsMask = 0xFFFFFF;
    private const int MinutesMask = 0xFFFF;
    private const int LateSeconds = 24 * 60 * 60;
    private const int LateMinutes = LateSeconds / 60;
    private const int CounterBits = 8;

    /// <summary>The clock of a key that was last used <paramref name="idleSeconds"/> ago, or as long ago as it can tell.</summary>
    public static int Idle(long nowMs, long idleSeconds) =>
        (int)(((nowMs / 1000) - Math.Min(idleSeconds, SecondsMask - LateSeconds)) & SecondsMask);

    /// <summary>Seconds since the last access that the clock tells of.</summary>
    public static long IdleSeconds(int clock, long nowMs)
    {
        var elapsed = ((nowMs / 1000) - clock) & SecondsMask;
        return elapsed > SecondsMask - LateSeconds ? 0 : elapsed;
    }

    /// <summary>The clock of a key with this counter now.</summary>
    public static int WithFrequency(long nowMs, int counter) => ((int)(nowMs / MinuteMs) & MinutesMask) << CounterBits | counter;

    /// <summary>The counter of a clock, less one for each <paramref name="decayMinutes"/> that have passed; 0 minutes: no decay.</summary>
    public static int Frequency(int clock, long nowMs, long decayMinutes)
    {
        var elapsed = (nowMs / MinuteMs - (clock >> CounterBits)) & MinutesMask;
        var decrements = decayMinutes == 0 || elapsed > MinutesMask - LateMinutes ? 0 : elapsed / decayMinutes;
        return (int)Math.Max(0, (clock & CounterMax) - decrements);
    }
}
