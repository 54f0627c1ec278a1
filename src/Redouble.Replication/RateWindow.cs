namespace Redouble.Replication;

/// <summary>
/// The rate of a growing total over the last seconds: whoever measures notes the total now and then, and the rate is that since the oldest
/// note still held.
/// <code>
///   notes   ×────×────×────×────×────×────×────×·····now      at least half a second apart, eight of them
///           └──────────── 3.5 to 4 s ──────────────┘
/// </code>
/// So a burst or a pause shows within half a second and is forgotten after four.
/// </summary>
public sealed class RateWindow
{
    private const int NotesMax = 8; // a power of two
    private const long SpacingMicroseconds = 500_000;
    private const long ElapsedMin = 50_000; // below, a single block would look like a flood

    private readonly long[] _times = new long[NotesMax];
    private readonly long[] _totals = new long[NotesMax];
    private int _count; // ever

    /// <summary>Forgets the past: the total begins here.</summary>
    public void Reset(long total, long now)
    {
        _count = 0;
        Note(total, now);
    }

    /// <summary>Notes the total, unless it was just noted.</summary>
    public void Note(long total, long now)
    {
        if (_count > 0 && now - _times[(_count - 1) & (NotesMax - 1)] < SpacingMicroseconds) return;
        _times[_count & (NotesMax - 1)] = now;
        _totals[_count & (NotesMax - 1)] = total;
        _count++;
    }

    /// <summary>Growth per second up to the present <paramref name="total"/>; 0 before anything can be said.</summary>
    public long PerSecond(long total, long now)
    {
        if (_count == 0) return 0;
        var oldest = Math.Max(0, _count - NotesMax) & (NotesMax - 1);
        var elapsed = now - _times[oldest];
        return elapsed < ElapsedMin ? 0 : Math.Max(0, (long)((total - _totals[oldest]) * 1e6 / elapsed));
    }
}
