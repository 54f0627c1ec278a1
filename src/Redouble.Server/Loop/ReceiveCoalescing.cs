namespace Redouble.Server.Loop;

/// <summary>
/// Takes a busy stream in larger pieces, as a network card coalesces its interrupts. A primary that serves clients sends two or three kilobytes a turn, and to
/// wake up for each costs a replica as much as to apply them (and the primary, whose core does the waking, something, too). While pieces come one right after
/// the other, the kernel reports the socket only when <see cref="BytesWanted"/> are there (SO_RCVLOWAT), and what is there after <see cref="WaitMax"/> is read
/// unreported. Nothing is kept back where it could be lost: the bytes wait on this side. While the primary asks for acknowledgements (WAIT), nothing waits.
/// Times are monotonic microseconds.
/// </summary>
internal sealed class ReceiveCoalescing
{
    /// <summary>Bytes that are taken at once when they come fast enough.</summary>
    internal const int BytesWanted = 32 * 1024;

    /// <summary>Longest that a byte waits for others: from one read to the next, in which those before it are applied.</summary>
    internal const long WaitMax = 400;

    /// <summary>Pieces that come close together before it begins.</summary>
    internal const int PiecesInARow = 16;

    /// <summary>Time between two of them, at most.</summary>
    internal const long CloseTogether = 100;

    /// <summary>Bytes that have to come in <see cref="WaitMax"/> for it to go on.</summary>
    internal const int WorthWaitingFor = 1024;

    /// <summary>How long nothing waits after the primary has asked for an acknowledgement.</summary>
    internal const long QuietAfterAsked = 100_000;

    private long _last;
    private int _inARow;

    /// <summary>Bytes that have to be there before the kernel reports the socket.</summary>
    internal int LowMark { get; private set; } = 1;

    /// <summary>When the socket is to be read although it is not reported; <see cref="long.MaxValue"/>: not at all.</summary>
    internal long Due { get; private set; } = long.MaxValue;

    /// <summary>A new connection, or none.</summary>
    internal void Reset() => (LowMark, _inARow, _last, Due) = (1, 0, 0, long.MaxValue);

    /// <summary>The stream was read, be it reported or <see cref="Due"/>.</summary>
    /// <param name="bytes">That came.</param>
    /// <param name="lastAsked">When the primary asked for an acknowledgement last; -1: never.</param>
    /// <param name="now">When the read began.</param>
    internal void OnRead(long bytes, long lastAsked, long now)
    {
        var isAsked = lastAsked >= 0 && now - lastAsked < QuietAfterAsked;
        if (LowMark > 1)
        {
            if (isAsked || bytes < WorthWaitingFor) Reset();
            else Due = now + WaitMax;
            return;
        }

        _inARow = !isAsked && now - _last < CloseTogether ? _inARow + 1 : 0;
        _last = now;
        if (_inARow >= PiecesInARow) (LowMark, Due) = (BytesWanted, now + WaitMax);
    }
}
