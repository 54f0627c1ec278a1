namespace Redouble.Server.Loop;

/// <summary>
/// What a replica may be sent in a turn. Twice as much as is being written, always: so none falls behind for want of being sent to. What one lacks beyond
/// that, the payload of a full sync or the log since then, comes in shares of a quarter of a megabyte a turn for all replicas together:
/// <code>
/// share of each = 256 KB / replicas + half of what the log has grown by lately, a quarter of which is forgotten each turn + twice what it grew by in this one
/// </code>
/// A megabyte is a millisecond of system calls, and three replicas that had loaded together were sent one each, turn after turn.
/// </summary>
internal sealed class SendQuota
{
    /// <summary>Bytes at once, however much it is allowed.</summary>
    public const int SendMax = 1 << 20;

    /// <summary>Bytes a turn beyond what is being written, of all replicas together.</summary>
    public const int SharedPerTurn = 256 << 10;

    private const int ShareMin = 32 << 10; // a system call should be worth it

    private long _share;
    private long _grownLately;
    private long _logEnd; // when the turn began

    /// <summary>Number of the turn.</summary>
    public long Turn { get; private set; }

    /// <summary>A turn begins.</summary>
    /// <param name="logEnd">Offset at which the log ends now.</param>
    /// <param name="replicas">How many share.</param>
    public void BeginTurn(long logEnd, int replicas)
    {
        Turn++;
        _grownLately += Math.Max(0, logEnd - _logEnd) - ((_grownLately + 3) / 4);
        _logEnd = logEnd;
        _share = Math.Max(ShareMin, SharedPerTurn / Math.Max(1, replicas)) + (_grownLately / 2);
    }

    /// <summary>Bytes that a replica may be sent now.</summary>
    /// <param name="sentInTurn">Bytes that it was sent in this turn.</param>
    /// <param name="logEnd">Offset at which the log ends now.</param>
    public long Allowance(long sentInTurn, long logEnd) => Math.Clamp(_share + (2 * Math.Max(0, logEnd - _logEnd)) - sentInTurn, 0, SendMax);
}
