using Redouble.Core.Platform;

namespace Redouble.Replication.Identity;

/// <summary>
/// Which history the node's offsets belong to: the current replid, and the one it had before, valid up to an offset.
/// <code>
///   offset      0 ──────────────── 5054 │ 5055 ──────────────►
///   replid2     aaaa… (SecondOffset = 5055: the first byte it may be asked for under aaaa… that is not held any more in common)
///   replid      bbbb… ──────────────────────────────────────►
/// </code>
/// A promoted replica keeps the old name as replid2, so that its siblings continue; whoever asks under replid2 for a byte beyond
/// SecondOffset has followed another primary and gets a full sync.
/// </summary>
public sealed class ReplicationIdentity
{
    private readonly IRandomSource _random;

    /// <param name="random">Where new ids come from.</param>
    public ReplicationIdentity(IRandomSource random)
    {
        _random = random;
        Id = ReplicationId.New(random);
    }

    /// <summary>master_replid.</summary>
    public ReplicationId Id { get; private set; }

    /// <summary>master_replid2, or <see cref="ReplicationId.None"/>.</summary>
    public ReplicationId SecondId { get; private set; } = ReplicationId.None;

    /// <summary>second_repl_offset: PSYNC under <see cref="SecondId"/> is good for offsets up to this one; -1 when unused.</summary>
    public long SecondOffset { get; private set; } = -1;

    /// <summary>Starts a history that has nothing in common with an earlier one.</summary>
    public void StartNewHistory()
    {
        Id = ReplicationId.New(_random);
        ClearSecond();
    }

    /// <summary>Promotion: a new id; the old one stays good up to <paramref name="endOffset"/> + 1.</summary>
    public void Shift(long endOffset) => ContinueAs(ReplicationId.New(_random), Id, endOffset);

    /// <summary>
    /// The primary goes on under another id after <paramref name="endOffset"/>, as +CONTINUE may say. Up to there it was <paramref name="former"/>, which is
    /// one of this node's two names.
    /// </summary>
    public void ContinueAs(ReplicationId id, ReplicationId former, long endOffset)
    {
        SecondId = former == id ? Id : former;
        SecondOffset = endOffset + 1;
        Id = id;
    }

    /// <summary>A full sync replaced the data set by one of the primary's history.</summary>
    public void Adopt(ReplicationId id)
    {
        Id = id;
        ClearSecond();
    }

    /// <summary>
    /// Start of a replica from a file: the stored history goes on. Only a replica may, because its primary holds the truth.
    /// </summary>
    public void RestoreReplica(ReplicationId stored) => Adopt(stored);

    /// <summary>
    /// Start of a primary from a file: new writes must not take offsets that a crash has lost, so they get a new name, and the stored
    /// one is good for what was recovered.
    /// </summary>
    public void RestorePrimary(ReplicationId stored, long recoveredOffset)
    {
        Id = stored;
        Shift(recoveredOffset);
    }

    private void ClearSecond()
    {
        SecondId = ReplicationId.None;
        SecondOffset = -1;
    }
}
