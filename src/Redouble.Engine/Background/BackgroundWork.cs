namespace Redouble.Engine.Background;

/// <summary>
/// All work of the data thread that no client waits for, under one budget: snapshot walk, active expiry, freeing, defragmentation, giving memory back.
/// A slice takes at most 200 µs, and behind a turn that took longer than four times that a quarter of it, up to a millisecond; in front of it eviction as
/// long as <c>maxmemory-eviction-tenacity</c> lets it. While clients are busy, background work gets a fifth of the time; otherwise all of it.
/// <para>
/// Two kinds of work must not fall behind, or memory grows without end: when keys expire faster than that removes them, they are removed between the requests
/// for as long as those take, up to 5 ms at once (<see cref="PayForExpiry"/>); and when more than a sixteenth of the memory waits to be freed, whoever makes
/// more frees as much between the requests, for as long as they take (<see cref="PayForFrees"/>).
/// </para>
/// </summary>
public sealed class BackgroundWork(Node node)
{
    private const int SliceMicrosecondsMax = 200;
    private const int LongSliceMicrosecondsMax = 1000;
    private const int ExpiryMicrosecondsMax = 5000;
    private const long FreesMin = 16 << 20; // bytes that may wait to be freed, however little else there is
    private const int FreesShare = 16;      // part of the memory that may
    private const int PaymentMicrosecondsMin = 20;
    private const int PaymentMicrosecondsMax = 1000; // of who has made nothing to free
    private const long CarriedBytesMax = 1 << 20;    // of who is through within the least payment: to have made more takes longer, to detach more does not
    // Nobody waits now, but who has just been answered may ask again at any moment, and would wait for the slice: each is twice the last while nobody does.
    private const int IdleSliceMicrosecondsMin = 5;
    private const int IdleSliceMicrosecondsMax = 50;
    private const int RecordsPerStep = 64;
    private const int BusyShare = 4;     // busy time that buys one part of background time: a fifth of all
    private const long TrimEveryMicroseconds = 20_000;

    private readonly HeapAhead _ahead = new(node.Heap, node.Parts.Background);
    private long _creditMicroseconds;
    private long _idleSliceMicroseconds = IdleSliceMicrosecondsMin;
    private long _nextTrim;
    private long _paidUntil; // monotonic microseconds: what clients have taken since is to be matched, if frees have fallen behind
    private long _unpaidAbove; // pending bytes at that time: what is above them has been made since
    private bool _hasOwed; // at that time, too: what clients have taken since was all taken while frees were behind
    private long _expiredUntil; // the same as _paidUntil, if expiry has fallen behind

    /// <summary>Whether so much waits to be freed that whoever makes more has to wait for that.</summary>
    internal bool OwesFrees => node.Keyspace.PendingFreeBytes > FreesMin && node.Keyspace.PendingFreeBytes > node.UsedMemory / FreesShare;

    /// <summary>A turn begins.</summary>
    internal void BeginTurn(long now)
    {
        _paidUntil = _expiredUntil = now;
        if (!_hasOwed) _unpaidAbove = node.Keyspace.PendingFreeBytes;
        _hasOwed = OwesFrees;
    }

    /// <summary>Whether there is something to do at once.</summary>
    public bool IsPending => node.Eviction.IsRunning || node.Snapshots.WantsSlice || node.Expiry.HasWork || node.Verification.WantsSlice
        || node.Keyspace.CanFree || node.Tracking.CanFree || node.Defragmentation.HasWork;

    /// <summary>Runs a slice.</summary>
    /// <param name="turnStarted">Monotonic microseconds at which the turn's own work began.</param>
    /// <param name="busy">Whether clients had work in this turn.</param>
    public void Slice(long turnStarted, bool busy)
    {
        var clock = node.Parts.Clock;
        _ahead.Check();
        if (!IsPending)
        {
            Trim(turnStarted);
            return;
        }

        var paysForExpiry = busy && node.Expiry.IsBehind; // which then needs nothing of the slice, nor leaves it to a snapshot
        if (paysForExpiry) PayForExpiry(owedMin: 0);
        var now = clock.MonotonicMicroseconds;
        var budget = _idleSliceMicroseconds;
        _idleSliceMicroseconds = busy ? IdleSliceMicrosecondsMin : Math.Min(2 * budget, IdleSliceMicrosecondsMax);
        if (busy)
        {
            var earned = (now - turnStarted) / (node.Snapshots.IsRunning ? node.Snapshots.WalkShare : BusyShare);
            var most = Math.Clamp(earned, SliceMicrosecondsMax, LongSliceMicrosecondsMax);
            _creditMicroseconds = Math.Min(most, _creditMicroseconds + earned);
            budget = _creditMicroseconds;
        }

        if (node.Eviction.IsRunning)
        {
            node.Eviction.Perform(); // once: a snapshot that had to wait for all of it would keep more and more in memory
            now = clock.MonotonicMicroseconds;
        }

        var until = now + budget;
        while (now < until && IsPending)
        {
            if (node.Snapshots.WantsSlice) node.Snapshots.Slice(RecordsPerStep);
            else if (node.Expiry.HasWork && !paysForExpiry) Expire(now, until);
            else if (node.Verification.WantsSlice) node.Verification.Slice(RecordsPerStep);
            else if (Free() || node.Tracking.FreeSlice(RecordsPerStep))
            {
                // more to free
            }
            else if (node.Defragmentation.HasWork) Defragment(now, until);
            else break;
            now = clock.MonotonicMicroseconds;
        }

        if (busy) _creditMicroseconds -= now - (until - budget);
        Trim(now);
    }

    /// <summary>
    /// Between units that may write, while <see cref="OwesFrees"/>: frees what the last ones have made to free, for no longer than they have had the thread. To
    /// make something takes longer than to free it, so no more waits from here on. Who has made nothing, or has only let go of what others had
    /// made, helps for a millisecond at most: a slow command is answered as soon as it is done.
    /// </summary>
    internal void PayForFrees()
    {
        var clock = node.Parts.Clock;
        var started = clock.MonotonicMicroseconds;
        var now = started;
        var owed = now - _paidUntil;
        if (owed < PaymentMicrosecondsMin)
        {
            _unpaidAbove = Math.Max(_unpaidAbove, node.Keyspace.PendingFreeBytes - CarriedBytesMax);
            return;
        }

        var enough = now + Math.Min(owed, PaymentMicrosecondsMax);
        var until = _hasOwed ? now + owed : enough;
        while ((now < enough || (now < until && node.Keyspace.PendingFreeBytes > _unpaidAbove)) && node.Keyspace.FreeSlice(RecordsPerStep))
        {
            now = clock.MonotonicMicroseconds;
        }

        _expiredUntil += now - started;
        _paidUntil = now;
        _unpaidAbove = node.Keyspace.PendingFreeBytes; // what could not be paid for is let go
        _hasOwed = OwesFrees;
    }

    /// <summary>
    /// Between requests, while expiry is behind: removes what has expired for as long as clients have had the thread since the last time. A request that took
    /// longer than five milliseconds makes the next one wait for no more than that.
    /// </summary>
    /// <param name="owedMin">Less than so much is left for later, microseconds: the caches are the clients' until then.</param>
    internal void PayForExpiry(long owedMin = SliceMicrosecondsMax)
    {
        var clock = node.Parts.Clock;
        var started = clock.MonotonicMicroseconds;
        var owed = started - _expiredUntil;
        if (owed < owedMin) return;
        var now = started;
        var until = now + Math.Min(owed, ExpiryMicrosecondsMax);
        while (now < until && node.Expiry.HasWork)
        {
            Expire(now, until);
            now = clock.MonotonicMicroseconds;
        }

        _paidUntil += now - started;
        _expiredUntil = now;
    }

    // What is freed here is not what the next unit has made.
    private bool Free()
    {
        var before = node.Keyspace.PendingFreeBytes;
        var isMore = node.Keyspace.FreeSlice(RecordsPerStep);
        _unpaidAbove = Math.Max(0, _unpaidAbove - (before - node.Keyspace.PendingFreeBytes));
        return isMore;
    }

    private void Expire(long now, long until)
    {
        node.Expiry.Slice(until);
        var took = node.Parts.Clock.MonotonicMicroseconds - now;
        node.Stats.ExpiryMicroseconds += took;
        node.Monitoring.Latency.Offer("expire-cycle", took);
    }

    private void Defragment(long now, long until)
    {
        node.Defragmentation.Slice(until);
        node.Monitoring.Latency.Offer("active-defrag-cycle", node.Parts.Clock.MonotonicMicroseconds - now);
    }

    private void Trim(long now)
    {
        if (now < _nextTrim) return;
        _nextTrim = now + TrimEveryMicroseconds;
        const long bytesPerStep = 2 << 20; // one huge page
        node.Heap.Trim(bytesPerStep, node.Parts.Background.IsIdle);
    }
}
