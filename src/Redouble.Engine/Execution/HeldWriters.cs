using Redouble.Engine.Commands.Table;
using Redouble.Engine.Sessions;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Execution;

/// <summary>
/// Sessions whose next write waits for the sake of a replica (<see cref="WriterThrottle"/>), or of a slow disk
/// (<see cref="Persistence.Aof.AppendOnlyFile.IsBehind"/>), in the order in which they came. Only they wait: who reads is served, and the loop goes on. A
/// write stays in its session's input and is looked at again, as one that CLIENT PAUSE put off; a transaction waits at its EXEC. While some wait, others
/// that come join the end.
/// </summary>
public sealed class HeldWriters
{
    private readonly Node _node;
    private List<SessionHandle> _queue = [];
    private List<SessionHandle> _spare = [];
    private bool _resuming;

    internal HeldWriters(Node node) => _node = node;

    /// <summary>Sessions that wait.</summary>
    public int Count => _queue.Count;

    /// <summary>Whether some wait that need not any more.</summary>
    public bool CanResume => _queue.Count > 0 && !IsHolding;

    /// <summary>Whether writes have to be looked at.</summary>
    internal bool MustAsk => Throttle.IsArmed || _node.AppendOnly.IsBehind || _queue.Count > 0;

    private bool IsHolding => Throttle.IsHolding || _node.AppendOnly.IsBehind;

    private WriterThrottle Throttle => _node.Replication.Protocol.Replicas.Throttle;

    /// <summary>Whether the command has to wait; if so the session's input stays as it is.</summary>
    internal bool Holds(Session session, CommandInfo info)
    {
        // What ran once and blocked is finished in its turn: something was written for it, and it would lose its place.
        if (!MustAsk || _node.Executor.Resumed != null || session.Has(SessionFlags.Primary | SessionFlags.Replica | SessionFlags.Internal)) return false;
        if ((Refusals.EffectiveFlags(session, info) & (CommandFlags.Write | CommandFlags.MayReplicate)) == 0) return false;
        if (session.Has(SessionFlags.Multi) && info.Id != CommandId.Exec) return false;
        if (!MustWait()) return false;
        session.Flags |= SessionFlags.Held | SessionFlags.Postponed | SessionFlags.Blocked;
        _queue.Add(session.Handle);
        return true;
    }

    /// <summary>Lets those go on who need not wait any more, in their order, until one has to wait again.</summary>
    internal void Resume()
    {
        if (!CanResume) return;
        (_queue, _spare) = (_spare, _queue);
        _resuming = true;
        var done = 0;
        while (done < _spare.Count && !IsHolding) Resume(_spare[done++]);
        _resuming = false;
        _spare.RemoveRange(0, done);
        _spare.AddRange(_queue); // who had to wait again, behind those who had no chance
        _queue.Clear();
        (_queue, _spare) = (_spare, _queue);
    }

    private void Resume(SessionHandle handle)
    {
        if (_node.Sessions.Find(handle) is not { } session || !session.Has(SessionFlags.Held)) return;
        session.Flags &= ~(SessionFlags.Held | SessionFlags.Postponed | SessionFlags.Blocked);
        if (!session.Input.Block.IsNone) _node.Executor.ProcessInput(session);
    }

    private bool MustWait()
    {
        var throttle = Throttle;
        if (IsHolding || (!_resuming && _queue.Count > 0)) return true;
        return throttle.IsArmed && !throttle.HasRoom && throttle.TryHold(_node.Parts.Clock.MonotonicMicroseconds);
    }
}
