namespace Redouble.Replication.Primary;

/// <summary>
/// Notices when the replicas that share a snapshot wait for one of them. The encoder waits for the slowest reader, and who is faster has nothing to read then:
/// <code>
///   held:  no room │ the slowest has half of the buffer or more to read, and a sibling nothing, or another replica waits for the next snapshot,
///                  │ or for more of this one in another encoding
///   time:  held counts up, else down. At two seconds of it, and if the slowest takes less than a quarter
///          of what the fastest has taken in its best quarter of a second, it is to go its own way
/// </code>
/// Of replicas that are about equal one is always the slowest. They stay together: alone none would be faster by much, and a file would be written for it.
/// </summary>
internal sealed class SnapshotPace
{
    /// <summary>So long it may hold the others, microseconds.</summary>
    public const long HeldMax = 2 * PrimaryReplication.Second;

    private const long Window = PrimaryReplication.Second / 4;
    private const int ShareMin = 4;

    private SnapshotCursor? _slowest;
    private bool _isHeld;
    private long _lookedAt = -1;
    private long _heldFor;
    private long _since;       // when the slowest began to hold the others, and what it had read by then
    private long _sinceBytes;
    private long _windowAt;    // when the present window began, and what the fastest had read by then
    private long _windowBytes;
    private double _bestRate;  // bytes a microsecond

    /// <summary>What the fastest has taken in its best quarter of a second, bytes a microsecond.</summary>
    public double BestRate => _bestRate;

    /// <summary>Called in every turn; whether the readers that are half of the buffer behind should leave.</summary>
    /// <param name="stream">What they read.</param>
    /// <param name="othersWait">Whether replicas that read something else wait for it to get on.</param>
    /// <param name="now">Monotonic microseconds.</param>
    /// <param name="othersRate">The <see cref="BestRate"/> of these.</param>
    public bool Update(SnapshotStream stream, bool othersWait, long now, double othersRate = 0)
    {
        if (_lookedAt < 0) _lookedAt = _windowAt = now;
        var elapsed = now - _lookedAt;
        _lookedAt = now;
        _heldFor = _isHeld ? _heldFor + elapsed : Math.Max(0, _heldFor - elapsed);
        var (slowest, fastest) = stream.Extremes();
        if (slowest != _slowest || _heldFor == 0) (_slowest, _heldFor, _since, _sinceBytes) = (slowest, 0, now, slowest?.ReadBytes ?? 0);
        if (slowest == null || fastest == null) return _isHeld = false;
        Rate(fastest.ReadBytes, now);
        _isHeld = stream is { Status: SnapshotStatus.Writing, HasRoom: false } && stream.IsFarBehind(slowest)
            && (othersWait || fastest.ReadBytes == stream.WrittenBytes);
        return _isHeld && _heldFor >= HeldMax && (slowest.ReadBytes - _sinceBytes) * ShareMin < Math.Max(_bestRate, othersRate) * (now - _since);
    }

    private void Rate(long bytes, long now)
    {
        var time = now - _windowAt;
        if (time < Window) return;
        _bestRate = Math.Max(_bestRate, (double)(bytes - _windowBytes) / time);
        (_windowAt, _windowBytes) = (now, bytes);
    }
}
