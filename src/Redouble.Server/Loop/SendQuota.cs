using Redouble.Core.Memory;

namespace Redouble.Server.Loop;

/// <summary>
/// What a replica may be sent in a turn. Twice as much as is being written, always: so none falls behind for want of being sent to. What some lack beyond
/// that, the payload of a full sync or the log since then, comes out of a quarter of a megabyte a turn for all replicas together. Whoever has had its part of
/// it or more lets all others go first:
/// <code>
/// turn    1        2        3        4        5
/// A     256 KB                     256 KB            + half of what the log has grown by lately, a quarter of which is forgotten each turn
/// B              256 KB                     256 KB   + twice what it grew by in this one
/// C                       256 KB
/// </code>
/// A megabyte is a millisecond of system calls, and three replicas that had loaded together were sent one each, turn after turn. And a call has a price of
/// its own: so nobody is sent less than its part, here a third, unless that is all there is.
/// </summary>
internal sealed class SendQuota
{
    /// <summary>Bytes at once, however much it is allowed.</summary>
    public const int SendMax = 1 << 20;

    /// <summary>Bytes a turn beyond what is being written, for all replicas together.</summary>
    public const int SharedPerTurn = 256 << 10;

    // A replica that has all of the stream may be sent so much at any time: replies, the beginning of what else it is to get.
    private const int InStepMin = BlockPool.StandardCapacity;

    private long _turn;
    private long _left; // of what is for all
    private long _grownLately;
    private long _logEnd;     // when the turn began
    private int _wanting = 1; // replicas that asked for some in the turn before
    private int _wantingNow;

    /// <summary>A turn begins.</summary>
    /// <param name="logEnd">Offset at which the log ends now.</param>
    public void BeginTurn(long logEnd)
    {
        _turn++;
        _grownLately += Math.Max(0, logEnd - _logEnd) - ((_grownLately + 3) / 4);
        _logEnd = logEnd;
        _wanting = Math.Max(1, _wantingNow);
        _wantingNow = 0;
        _left = SharedPerTurn;
    }

    /// <summary>Bytes that a replica may be sent now.</summary>
    /// <param name="replica">What it has been sent.</param>
    /// <param name="isPayload">Whether it is at the payload of a full sync.</param>
    /// <param name="waiting">Bytes that wait for it, those that one call takes.</param>
    /// <param name="logEnd">Offset at which the log ends now.</param>
    public long Allowance(SendShare replica, bool isPayload, long waiting, long logEnd)
    {
        if (replica.Turn != _turn) (replica.Turn, replica.Sent, replica.Shared) = (_turn, 0, 0);
        var grown = (_grownLately / 2) + (2 * Math.Max(0, logEnd - _logEnd));
        if (!isPayload && !replica.IsBehind)
        {
            replica.Free = Math.Max(0, Math.Max(grown, InStepMin) - replica.Sent);
            return Math.Min(replica.Free, SendMax);
        }

        if (replica.WantedTurn != _turn) _wantingNow++;
        replica.WantedTurn = _turn;
        replica.Free = Math.Max(0, grown - replica.Sent);
        var allowed = replica.Free + (_turn - replica.SharedTurn >= _wanting ? _left : 0);
        return allowed < Math.Min(waiting, Part) ? 0 : Math.Min(allowed, SendMax);
    }

    /// <summary>A replica was sent so much of what it was allowed.</summary>
    /// <param name="replica">What it has been sent before.</param>
    /// <param name="bytes">How much it was now.</param>
    /// <param name="isBehind">Whether more waits for it.</param>
    public void OnSent(SendShare replica, long bytes, bool isBehind)
    {
        var shared = Math.Max(0, bytes - replica.Free);
        _left = Math.Max(0, _left - shared);
        replica.Sent += bytes;
        replica.Shared += shared;
        if (replica.Shared >= Part) replica.SharedTurn = _turn;
        replica.IsBehind = isBehind;
    }

    // Who had less than this took nobody's.
    private long Part => SharedPerTurn / _wanting;
}
