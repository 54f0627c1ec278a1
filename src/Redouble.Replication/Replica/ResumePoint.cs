using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>From where PSYNC asks to go on.</summary>
/// <param name="Id">The history's name.</param>
/// <param name="Offset">The last byte that this node keeps: PSYNC asks for the next one.</param>
/// <param name="Waits">Whether to ask later instead: the primary will have what it lacks.</param>
/// <remarks>
/// Redis asks for what follows its own last byte, whatever that byte was. A PING that the new primary never got, or a name of the history that it does
/// not know yet, then costs a full sync. Between the last data and the end of the log there are only PING, GETACK, PUBLISH and SELECT, and a SELECT there has
/// no data behind it, so any point of that range has the same data set as its state:
/// <code>
///   ours    aaaa ═══ data ════╪ PING │ PING │              bbbb (renamed, nothing written since)
///                             ▲ LastDataOffset ▲ EndOffset
///   theirs  aaaa ═══ data ════╪ PING ╪ ── cccc ── data ──  was aaaa up to here
///                                    ▲ asked: PSYNC aaaa, and the bytes behind it are given up when +CONTINUE comes
/// </code>
/// The point is the last one that both have. Where data of ours is beyond it, the histories have parted (or the primary is a replica that is only
/// late: then it is worth waiting for).
/// </remarks>
internal readonly record struct ResumePoint(ReplicationId Id, long Offset, bool Waits)
{
    /// <summary>What Redis would ask for.</summary>
    public static ResumePoint OfEnd(ReplicationHistory history) => new(history.Identity.Id, history.Log.EndOffset, false);

    /// <summary>The best point to ask for from a primary that stands at <paramref name="primary"/>.</summary>
    /// <param name="history">Where this node stands.</param>
    /// <param name="primary">Where the other one does.</param>
    /// <param name="mayWait">Whether asking later is worth considering.</param>
    public static ResumePoint Find(ReplicationHistory history, in PrimaryPlace primary, bool mayWait)
    {
        var identity = history.Identity;
        var (data, end) = (history.Log.LastDataOffset, history.Log.EndOffset);
        var own = new ResumePoint(identity.Id, Math.Min(end, primary.EndIn(identity.Id)), false);
        if (own.Offset == end) return own;
        if (mayWait && primary.CatchesUp && primary.Id == identity.Id) return own with { Offset = end, Waits = true };

        // Under its former name the history ends where the present one begins; what came behind must have been no data.
        var formerEnd = identity.SecondOffset - 1;
        var formerOffset = identity.SecondId.IsNone ? -1 : Math.Min(Math.Min(end, formerEnd), primary.EndIn(identity.SecondId));
        var best = formerOffset > own.Offset ? new ResumePoint(identity.SecondId, formerOffset, false) : own;
        return best.Offset >= data && best.Offset >= 0 ? best : OfEnd(history);
    }
}
