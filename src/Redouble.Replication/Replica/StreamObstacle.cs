namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: a place in the stream that can't be got over, a command that is unknown here, say. The primary would send it again and again, as each partial
/// resync goes on right before it; a snapshot has its effect and leaves it behind.
/// <code>
///   fails at 102 ─► partial resync ─► fails at 102 ─► full sync ─► fails at 5,310 ─► partial ─► fails at 5,310 ─► ··· not before 10 s are over
///                                                     └──────────────────── 10 s, doubled to 10 min ──────────────────┘
/// </code>
/// The first failure may be one of that moment. Where the primary goes on to send such commands, full syncs come ever more seldom; an hour without one makes
/// the next as prompt as the first.
/// </summary>
internal struct StreamObstacle
{
    private const long FirstPauseMicroseconds = 10_000_000;
    private const long PauseMaxMicroseconds = 600_000_000;
    private const long QuietMicroseconds = 3_600_000_000;

    private long _offset; // of the last failure; 0 for none
    private long _pause;
    private long _notBefore;

    /// <summary>Whether everything is to be asked for, as going on from here leads nowhere.</summary>
    public bool NeedsFullSync { get; private set; }

    /// <summary>The stream can't be applied from <paramref name="offset"/> on; returns <see cref="NeedsFullSync"/>.</summary>
    public bool NoteFailure(long offset, long now)
    {
        NeedsFullSync |= offset == _offset && now >= _notBefore;
        _offset = offset;
        return NeedsFullSync;
    }

    /// <summary>A full sync was completed.</summary>
    public void NoteFullSync(long now)
    {
        if (NeedsFullSync)
        {
            _pause = _pause == 0 || now > _notBefore + QuietMicroseconds ? FirstPauseMicroseconds : Math.Min(_pause * 2, PauseMaxMicroseconds);
            _notBefore = now + _pause;
        }

        (_offset, NeedsFullSync) = (0, false);
    }

    /// <summary>Another primary is followed.</summary>
    public void Reset() => this = default;
}
