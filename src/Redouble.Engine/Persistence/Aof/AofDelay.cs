using Redouble.Engine.Configuration;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// What comes faster than the disk takes it. While the file is busy, with an fsync for the most part, data wait in memory and nobody for them; not for
/// longer than two seconds, and not more than a bound:
/// <code>
///   file idle ──busy, data wait──► patient ──2 s, or 64 MB and a tenth of the memory──► behind: writers are held, and the primary's stream is not read
///      ▲                              │                                                   │
///      └──────────────────────────────┴────────────── written ────────────────────────────┘
/// </code>
/// Redis then waits in the write, and with it all its clients; here only those wait who bring more (<see cref="Execution.HeldWriters"/>). Where the file
/// cannot be written at all, writes are refused; what a primary sends to a replica that is to ignore that cannot be, and is bounded here, too.
/// </summary>
internal sealed class AofDelay(Node node)
{
    /// <summary>Microseconds that data may wait.</summary>
    public const long PatienceMicroseconds = 2_000_000;

    private const long WaitingBytesMin = 64 << 20;

    private long _waitingSince = -1;
    private long _behindSince;

    /// <summary>Whether no more may come.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Times that it came to that.</summary>
    public long Count { get; private set; }

    /// <summary>Takes note of what waits.</summary>
    /// <param name="bytes">To be written, while the file is busy; 0 when it is not.</param>
    /// <param name="isFailing">Whether it is busy with an error, which is not waited for.</param>
    /// <param name="isSyncing">Whether it is an fsync that it is busy with.</param>
    /// <param name="now">Monotonic microseconds.</param>
    public void Note(long bytes, bool isFailing, bool isSyncing, long now)
    {
        if (bytes == 0 || isFailing) _waitingSince = -1;
        else if (_waitingSince < 0) _waitingSince = now;
        var isLate = _waitingSince >= 0 && now - _waitingSince > PatienceMicroseconds;
        var isBehind = bytes > 0 && (isLate || bytes > BytesMax);
        if (isBehind == IsBehind) return;
        IsBehind = isBehind;
        node.Replication.HoldStream();
        node.UpdateRefuseMask();
        if (isBehind) Begin(isFailing, isSyncing, now);
        else node.Monitoring.Latency.Offer("aof-write-pending-fsync", now - _behindSince);
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    public void ResetCount() => Count = 0;

    private long BytesMax => Math.Max(WaitingBytesMin, node.UsedMemory / 10);

    private void Begin(bool isFailing, bool isSyncing, long now)
    {
        Count++;
        _behindSince = now;
        if (isFailing)
        {
            node.Parts.Host.Log(
                ConfigLogLevel.Warning,
                "More waits in memory for the append-only file, which cannot be written, than may wait. The primary's stream is not read until it can.");
        }

        if (!isSyncing) return;
        node.Parts.Host.Log(
            ConfigLogLevel.Notice,
            "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting for fsync to complete, "
                + "this may slow down Redis.");
    }
}
