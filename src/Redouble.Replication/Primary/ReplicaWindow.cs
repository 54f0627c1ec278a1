namespace Redouble.Replication.Primary;

/// <summary>
/// Primary side: how much may wait for a replica before writers wait for it, so that it is not dropped at its limit.
/// <code>
///   0            1/2            3/4            limit
///   │─────────────┼──────────────┼──────────────│
///   streaming     writers go     └ they wait until it has taken some
///   in full sync  writers go ┴ they go so fast that what is left of the limit is used up in no time: half of it in as long as the sync has taken
///                              so far, half of the rest in twice that, and so on. It is expected to take as long again
/// </code>
/// A replica that does not get on is not waited for: the limit ends it as ever. The limit is the hard one; the soft one is, where its time is running out.
/// </summary>
internal sealed class ReplicaWindow
{
    /// <summary>A sync is taken to last for so long at least, microseconds.</summary>
    private const long SyncMin = 2 * PrimaryReplication.Second;

    /// <summary>A replica that takes nothing for so long is stuck; it may be busy with one long command.</summary>
    private const long StuckMin = 2 * PrimaryReplication.Second;

    /// <summary>A Redouble acknowledges ten times a second while it applies.</summary>
    private const long RedoubleStuckMin = PrimaryReplication.Second;

    /// <summary>While it loads it takes nothing, and sends an empty line a second; it may be at one large value.</summary>
    private const long LoadStuckMin = 5 * PrimaryReplication.Second;

    private long _syncBegan;
    private long _pacedSince = -1; // half of the limit was reached
    private long _pace;            // after how long the sync, then
    private long _nothingWaited;   // when it was last seen to have everything

    /// <summary>A full sync begins: from here on the log is held for it.</summary>
    public void BeginSync(long now)
    {
        _syncBegan = now;
        _pacedSince = -1;
    }

    /// <summary>
    /// Bytes that may be appended before writers wait for the replica, negative when they should be waiting; <see cref="long.MaxValue"/> for no bound.
    /// </summary>
    public long RoomFor(ReplicaLink link, long now)
    {
        var unsent = link.UnsentBytes;
        if (unsent == 0) _nothingWaited = now;
        var inSync = link.SyncLogBytes > 0;
        var limit = inSync ? SyncLimit(link, now) : StreamLimit(link, now);
        if (limit == long.MaxValue || !IsGettingOn(link, now)) return long.MaxValue;
        return (inSync ? SyncWindow(link, limit, now) : limit - (limit / 4)) - link.OutputMemoryBytes;
    }

    private long SyncWindow(ReplicaLink link, long limit, long now)
    {
        var half = limit / 2;
        if (_pacedSince < 0)
        {
            if (link.OutputMemoryBytes < half) return half;
            _pacedSince = now;
            _pace = Math.Max(SyncMin, now - _syncBegan);
        }

        return limit - (long)(half * ((double)_pace / (_pace + now - _pacedSince)));
    }

    // Above the soft limit it may be for a time: half of it to go up, half to come down.
    private static long StreamLimit(ReplicaLink link, long now)
    {
        var above = link.SoftLimitSince < 0 ? 0 : now - link.SoftLimitSince;
        return above >= Patience(link) / 2 ? Math.Min(link.HardLimitBytes, link.SoftLimitBytes) : link.HardLimitBytes;
    }

    // Nothing comes down before its end. While that is expected within the soft limit's time, there is nothing to fear from it; once it is exceeded, nothing
    // that waiting could mend.
    private long SyncLimit(ReplicaLink link, long now) => now - _syncBegan >= Patience(link) && link.SoftLimitSince < 0
        ? Math.Min(link.HardLimitBytes, link.SoftLimitBytes) : link.HardLimitBytes;

    private static long Patience(ReplicaLink link) => link.SoftLimitBytes == long.MaxValue ? long.MaxValue : link.SoftLimitSeconds * PrimaryReplication.Second;

    private bool IsGettingOn(ReplicaLink link, long now) => link.State switch
    {
        ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk => link.SilenceAt(now) <= StuckMin,
        ReplicaLinkState.Online when !link.IsLoading => now - Math.Max(_nothingWaited, Math.Max(link.LastSent, link.LastAdvance))
            <= (link.Options.Can(ReplicaCapabilities.Redouble) ? RedoubleStuckMin : StuckMin),
        _ => now - Math.Max(link.LastSent, link.AckTime) <= LoadStuckMin,
    };
}
