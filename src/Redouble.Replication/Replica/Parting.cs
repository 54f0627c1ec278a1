using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>Up to where this node's history and that of a primary that grants a full sync are the same. What is written here behind it is to be lost.</summary>
/// <param name="Offset">The last offset that both have; -1 when it is not known.</param>
/// <param name="Reason">Why it is not known, or empty.</param>
/// <remarks>
/// <code>
///   ours    aaaa ═══ in common ════╪ ─ writes nobody else has ─ ► end
///   theirs  aaaa ═══ in common ════╪ cccc ─── theirs ───────────►      replid2 aaaa, second_repl_offset = the first byte behind ╪
/// </code>
/// Each side has two names, so there are four ways in which they may know each other; the one that reaches furthest counts. A name that both have is
/// proof: nobody gives a name of his own to bytes of others.
/// </remarks>
public readonly record struct Parting(long Offset, string Reason)
{
    /// <summary>Whether it is known.</summary>
    public bool IsKnown => Offset >= 0;

    /// <summary>Where they part.</summary>
    /// <param name="history">The history here.</param>
    /// <param name="place">What the primary told of itself before PSYNC, or null.</param>
    /// <param name="refusal">What it said instead.</param>
    /// <param name="syncId">The history of the full sync; none after SYNC, which does not tell.</param>
    /// <param name="syncOffset">The snapshot's offset in it.</param>
    internal static Parting Find(ReplicationHistory history, PrimaryPlace? place, string refusal, ReplicationId syncId, long syncOffset)
    {
        var identity = history.Identity;
        var end = history.Log.EndOffset;
        var shared = !syncId.IsNone && syncId == identity.Id ? Math.Min(end, syncOffset) : -1;
        if (place is not { } primary) return shared >= 0 ? new Parting(shared, "") : Unknown($"the primary does not tell where it stands (INFO: {refusal})");
        if (!syncId.IsNone && syncId != primary.Id)
        {
            return shared >= 0 ? new Parting(shared, "") : Unknown("the primary has got another history between telling where it stands and the sync");
        }

        shared = Math.Max(shared, Math.Min(end, primary.EndIn(identity.Id)));
        if (!identity.SecondId.IsNone) shared = Math.Max(shared, Math.Min(Math.Min(end, identity.SecondOffset - 1), primary.EndIn(identity.SecondId)));
        return shared >= 0 ? new Parting(shared, "") : Unknown("the primary's history has no name in common with the one here");
    }

    private static Parting Unknown(string reason) => new(-1, reason);
}
