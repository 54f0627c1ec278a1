using System.Numerics;

namespace Redouble.Engine.Statistics;

/// <summary>
/// How long calls took, in buckets whose width grows with the value: a relative error of at most 1/32, in 6.6 KB.
/// <code>
///   bucket 0      0 … 1023 ns               a call under a microsecond
///   octave k      2^k … 2^(k+1) - 1 ns      32 buckets of equal width each, k = 10 … 35; longer calls count as 68 s
/// </code>
/// Durations come in microseconds, so buckets are no wider than one measure below 32 µs. Source of the layout: HdrHistogram, G. Tene.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;
    private const int FirstOctave = 10;
    private const int LastOctave = 35;
    private readonly long[] _counts = new long[1 + ((LastOctave - FirstOctave + 1) * SubBuckets)];

    /// <summary>Calls counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts <paramref name="calls"/> calls of <paramref name="microseconds"/> each.</summary>
    public void Record(long microseconds, int calls)
    {
        _counts[IndexOf(microseconds * 1000)] += calls;
        Count += calls;
    }

    /// <summary>The duration in nanoseconds within which <paramref name="percentile"/> percent of the calls ended.</summary>
    public long ValueAtPercentile(double percentile)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * percentile / 100));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted) return HighestOf(i);
        }

        return 0;
    }

    /// <summary>Calls that took at most about <paramref name="nanoseconds"/>, a power of two.</summary>
    public long CountUpTo(long nanoseconds)
    {
        long seen = 0;
        var last = IndexOf(nanoseconds);
        for (var i = 0; i <= last; i++) seen += _counts[i];
        return seen;
    }

    /// <summary>
    /// How LATENCY HISTOGRAM shows the bound of 2^<paramref name="power"/> ns: Redis prints the upper end of the bound's own bucket of 1/128,
    /// in whole microseconds (33 for 2^15 ns).
    /// </summary>
    public static long ShownMicroseconds(int power) => ((1L << power) + (1L << (power - 7)) - 1) / 1000;

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    private static int IndexOf(long nanoseconds)
    {
        if (nanoseconds < 1L << FirstOctave) return 0;
        var octave = BitOperations.Log2((ulong)nanoseconds);
        if (octave > LastOctave) return (LastOctave - FirstOctave + 1) * SubBuckets;
        var sub = (int)(nanoseconds >> (octave - SubBits)) & (SubBuckets - 1);
        return 1 + ((octave - FirstOctave) * SubBuckets) + sub;
    }

    private static long HighestOf(int index)
    {
        if (index == 0) return 1; // as Redis shows a call that took no measurable time
        var octave = FirstOctave + ((index - 1) / SubBuckets);
        var sub = (index - 1) % SubBuckets;
        return ((long)(SubBuckets + sub + 1) << (octave - SubBits)) - 1;
    }
}
