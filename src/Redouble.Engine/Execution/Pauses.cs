using Redouble.Engine.Commands.Table;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Execution;

/// <summary>
/// Requests that have to wait, because of CLIENT PAUSE, a shutdown that waits for replicas, or FAILOVER. While any of them is in force, nothing that
/// the server does by itself changes the data or asks replicas for their offsets.
/// </summary>
public sealed class Pauses
{
    private readonly (long EndsMs, bool All)[] _purposes = new (long, bool)[Enum.GetValues<PausePurpose>().Length];
    private readonly List<SessionHandle> _postponed = [];

    /// <summary>Whether all commands wait, not only those that may write.</summary>
    public bool All { get; private set; }

    /// <summary>Whether a pause is in force.</summary>
    public bool IsActive { get; private set; }

    /// <summary>
    /// Whether the stream of a primary waits, too: for CLIENT PAUSE and a shutdown, whose replicas could not get in step with it otherwise. Not for FAILOVER,
    /// which ends by following another.
    /// </summary>
    public bool HoldsStream { get; private set; }

    /// <summary>Sessions whose request waits.</summary>
    public int PostponedCount => _postponed.Count;

    /// <summary>Starts or extends a pause: of one purpose, the later end and the stricter kind win.</summary>
    /// <param name="node">The node.</param>
    /// <param name="purpose">Why.</param>
    /// <param name="endsMs">Unix time in milliseconds; <see cref="long.MaxValue"/> until it is ended.</param>
    /// <param name="all">Whether all commands wait, not only those that may write.</param>
    public void Begin(Node node, PausePurpose purpose, long endsMs, bool all)
    {
        ref var pause = ref _purposes[(int)purpose];
        pause = (Math.Max(pause.EndsMs, endsMs), pause.All || all);
        Update(node, node.Keyspace.NowMs);
    }

    /// <summary>Ends the pause of a purpose.</summary>
    public void End(Node node, PausePurpose purpose)
    {
        _purposes[(int)purpose] = default;
        Update(node, node.Keyspace.NowMs);
    }

    /// <summary>Ends what has lasted for its time.</summary>
    public void Check(Node node, long nowMs)
    {
        if (IsActive) Update(node, nowMs);
    }

    /// <summary>Whether the command has to wait; if so the session's input stays as it is.</summary>
    internal bool Postpones(Node node, Session session, CommandInfo info)
    {
        if (!IsActive || session.Has(SessionFlags.Primary | SessionFlags.Replica)) return false;
        var flags = Refusals.EffectiveFlags(session, info);
        if (!All && (flags & (CommandFlags.Write | CommandFlags.MayReplicate)) == 0) return false;
        session.Flags |= SessionFlags.Postponed | SessionFlags.Blocked;
        _postponed.Add(session.Handle);
        return true;
    }

    private void Update(Node node, long nowMs)
    {
        var (wasActive, hadAll, heldStream) = (IsActive, All, HoldsStream);
        IsActive = All = false;
        foreach (ref var pause in _purposes.AsSpan())
        {
            if (pause.EndsMs <= nowMs) pause = default;
            IsActive |= pause.EndsMs != 0;
            All |= pause.All;
        }

        HoldsStream = _purposes[(int)PausePurpose.Client].EndsMs != 0 || _purposes[(int)PausePurpose.Shutdown].EndsMs != 0;
        if (HoldsStream != heldStream) node.Replication.HoldStream();
        if (IsActive == wasActive && All == hadAll) return;
        node.UpdateRefuseMask();
        if ((wasActive && !IsActive) || (hadAll && !All)) Release(node);
    }

    // The postponed requests run in their order; what still has to wait is postponed again.
    private void Release(Node node)
    {
        foreach (var handle in _postponed)
        {
            if (node.Sessions.Find(handle) is not { } session || !session.Has(SessionFlags.Postponed)) continue;
            session.Flags &= ~SessionFlags.Postponed;
            if (session.Blocked == null) session.Flags &= ~SessionFlags.Blocked; // one whose wait was put off runs that first: nothing overtakes it
            node.Unblocked(session);
        }

        _postponed.Clear();
    }
}
