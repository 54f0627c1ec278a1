using Redouble.Engine.Sessions;

namespace Redouble.Engine.Blocking;

/// <summary>
/// The sessions in WAIT: served when enough replicas have acknowledged. Where that takes less time than a sleep and a waking up are worth, the loop is
/// told to look for it without going to sleep (<see cref="AnswerDue"/>).
/// </summary>
public sealed class WaitList
{
    private const int SoonMicroseconds = 250;

    private readonly Node _node;
    private readonly WaiterList _waiting = new();
    private long _since;               // when the list began to have somebody in it
    private long _tookMicroseconds;    // from then until it was empty, smoothed

    internal WaitList(Node node) => _node = node;

    /// <summary>Sessions that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Monotonic microseconds until which an acknowledgement is to be expected; 0 when none is, or it will take long.</summary>
    public long AnswerDue => _waiting.Count > 0 && _tookMicroseconds < SoonMicroseconds ? _since + SoonMicroseconds : 0;

    /// <summary>Blocks a session until <paramref name="replicas"/> replicas have <paramref name="offset"/>.</summary>
    public void Add(Session session, long replicas, long offset, long deadlineMs)
    {
        var state = _node.Blocking.BlockForReplicas(session, replicas, offset, deadlineMs);
        if (_waiting.Count == 0) _since = _node.Parts.Clock.MonotonicMicroseconds;
        _waiting.Add(state, state.Number);
    }

    /// <summary>A replica has acknowledged something: serves those who have what they wait for.</summary>
    public void Check()
    {
        var next = _waiting.First;
        if (next == null) return;
        while (next != null)
        {
            var state = next.State;
            next = next.Next;
            if (Acknowledged(state) >= state.Replicas) _node.Blocking.TimeOut(state); // the same answer: how many have acknowledged
        }

        const int smoothing = 8;
        if (_waiting.Count == 0) _tookMicroseconds += (_node.Parts.Clock.MonotonicMicroseconds - _since - _tookMicroseconds) / smoothing;
    }

    /// <summary>How many replicas have what the session waits for.</summary>
    internal long Acknowledged(BlockedState state) => _node.Replication.Protocol.Replicas.CountAcknowledged(state.Offset);
}
