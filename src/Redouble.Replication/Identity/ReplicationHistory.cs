using Redouble.Core.Platform;
using Redouble.Replication.Log;

namespace Redouble.Replication.Identity;

/// <summary>Told when the bytes or the name of the history are not those any more that a replica of this node has followed.</summary>
public interface IHistoryObserver
{
    /// <summary>Sub-replicas have to ask again under what name they may go on. Called before the log of a replaced history is dropped.</summary>
    void OnHistoryChanged();

    /// <summary>The history goes on under a new name, the former one stays known (promotion). Called before <see cref="OnHistoryChanged"/>.</summary>
    void OnShifted()
    {
    }
}

/// <summary>
/// The node's place among histories: a name (<see cref="Identity"/>) and bytes (<see cref="Log"/>), changed together.
/// <code>
///   fresh ──first PSYNC──► own history ──ReplicaOf, +FULLRESYNC──► the primary's ──+CONTINUE id──► the same under a new name
///     ▲                      │  ▲                                     │
///     └──── backlog ttl ─────┘  └───────────── promotion ─────────────┘ (old name kept as replid2)
/// </code>
/// </summary>
public sealed class ReplicationHistory
{
    /// <summary>The highest offset that is believed when a peer or a file tells it: no primary gets there, and beyond it arithmetic could overflow.</summary>
    public const long OffsetMax = long.MaxValue / 2;

    /// <param name="random">Where new ids come from.</param>
    /// <param name="log">The bytes.</param>
    public ReplicationHistory(IRandomSource random, ReplicationLog log)
    {
        Identity = new ReplicationIdentity(random);
        Log = log;
    }

    /// <summary>The names.</summary>
    public ReplicationIdentity Identity { get; }

    /// <summary>The bytes.</summary>
    public ReplicationLog Log { get; }

    /// <summary>Whether a primary may be asked to go on after <see cref="ReplicationLog.EndOffset"/>: the data set is exactly that of this offset.</summary>
    public bool IsResumable { get; private set; } = true;

    /// <summary>Whether the data set of this history was given up for one that could not be loaded.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether the end of the history was written here, by clients of this node, since it became a primary; it may not be anywhere else.</summary>
    public bool IsOwn { get; private set; } = true;

    /// <summary>
    /// The last offset that somebody else is known to have: a replica that has acknowledged it, or the primary that it came from. -1 when nobody has shared
    /// in this history.
    /// </summary>
    public long SharedOffset { get; private set; } = -1;

    /// <summary>Whether what is written here is the end of a history that others share in.</summary>
    public bool IsOwnEnd => IsOwn && SharedOffset >= 0 && Log.IsActive;

    /// <summary>Whether that end holds writes that nobody else is known to have.</summary>
    public bool IsSoleCopy => IsOwnEnd && Log.LastDataOffset > SharedOffset;

    /// <summary>Who serves replicas of this node.</summary>
    public IHistoryObserver? Observer { get; set; }

    /// <summary>
    /// Creates the log for a first replica, under a new name: what was written without a log can't be told to anyone. (A history that
    /// was recovered from a file has its log from the start, see <see cref="OpenLog"/>.)
    /// </summary>
    public bool TryCreateLog()
    {
        if (Log.IsActive) return false;
        StartNewHistory();
        Log.Create(Log.EndOffset);
        return true;
    }

    /// <summary>Opens a log behind the current offset without a change of name: a replica that goes on, a history recovered from a file.</summary>
    public void OpenLog()
    {
        if (!Log.IsActive) Log.Create(Log.EndOffset);
    }

    /// <summary>backlog-ttl: nobody can continue any more; the next log is another history.</summary>
    public void FreeLog()
    {
        Observer?.OnHistoryChanged();
        Log.Free();
        StartNewHistory();
    }

    /// <summary>
    /// A full sync: the data set is now that of <paramref name="id"/> at <paramref name="offset"/>, the stream in
    /// <paramref name="database"/>.
    /// </summary>
    public void Adopt(ReplicationId id, long offset, int database)
    {
        Observer?.OnHistoryChanged();
        Identity.Adopt(id);
        Restart(offset, database);
        IsResumable = true;
        BecomeCopy();
    }

    /// <summary>A full sync by SYNC, which tells neither name nor offset: a history of our own that can't be resumed.</summary>
    public void AdoptUnnamed(int database)
    {
        Observer?.OnHistoryChanged();
        StartNewHistory();
        Restart(0, database);
        IsResumable = false;
        BecomeCopy();
    }

    /// <summary>
    /// The primary goes on under <paramref name="id"/> after <paramref name="endOffset"/>, up to which the history was <paramref name="former"/>; true when
    /// that is a new name. Keepalives behind it are given up: replicas of this node that have them must not go on.
    /// </summary>
    public bool Continue(ReplicationId id, ReplicationId former, long endOffset)
    {
        OpenLog();
        IsOwn = false; // all that stays here is the primary's, too
        var isRenamed = id != Identity.Id;
        if (!isRenamed && endOffset == Log.EndOffset) return false;
        if (isRenamed) Identity.ContinueAs(id, former, endOffset);
        Observer?.OnHistoryChanged();
        Log.Truncate(endOffset);
        return isRenamed;
    }

    /// <summary>A replica becomes a primary: a new name for what it will write, a SELECT before it.</summary>
    public void Promote()
    {
        if (!IsOwn) SharedOffset = Log.EndOffset; // a demotion that came to no sync has not shared what was written before it
        (IsOwn, IsLost) = (true, false);
        if (IsResumable)
        {
            Identity.Shift(Log.EndOffset);
            Log.RequireSelect();
            Observer?.OnShifted();
            Observer?.OnHistoryChanged();
            return;
        }

        // The data set is not what the old name promises at this offset, so nobody may go on from it.
        Observer?.OnHistoryChanged();
        StartNewHistory();
        if (Log.IsActive) Log.Create(Log.EndOffset);
        IsResumable = true;
    }

    /// <summary>A load broke off behind the flush: there is no data set any more, until the next one is loaded.</summary>
    public void Lose() => (IsResumable, IsLost) = (false, true);

    /// <summary>The data set is no longer known to be that of the offset: the next sync is a full one.</summary>
    public void Invalidate() => IsResumable = false;

    /// <summary>REPLICAOF on a primary: its own history may be the start of the new primary's.</summary>
    public void BecomeReplica() => IsResumable = true;

    /// <summary>
    /// Start from a file: what was recovered goes on as a replica's, or under a new name as a primary's. Others have shared in it up to
    /// <paramref name="sharedOffset"/>, as far as is known.
    /// </summary>
    public void Restore(ReplicationId id, bool asReplica, long sharedOffset = long.MaxValue)
    {
        if (asReplica) Identity.RestoreReplica(id);
        else Identity.RestorePrimary(id, Log.EndOffset);
        SharedOffset = asReplica ? Log.EndOffset : Math.Min(sharedOffset, Log.EndOffset);
        IsOwn = !asReplica;
    }

    /// <summary>A replica has acknowledged everything up to <paramref name="offset"/>.</summary>
    public void NoteShared(long offset) => SharedOffset = Math.Max(SharedOffset, Math.Min(offset, Log.EndOffset));

    private void StartNewHistory()
    {
        Identity.StartNewHistory();
        SharedOffset = -1;
    }

    private void BecomeCopy()
    {
        (IsOwn, IsLost) = (false, false);
        SharedOffset = Log.EndOffset;
    }

    private void Restart(long offset, int database)
    {
        Log.Create(offset);
        if (database >= 0) Log.NoteStreamDatabase(database);
    }
}
