using Redouble.Engine.Sessions;

namespace Redouble.Engine.Blocking;

/// <summary>The sessions in WAIT: served when enough replicas have acknowledged.</summary>
public sealed class WaitList
{
    private readonly Node _node;
    private readonly WaiterList _waiting = new();

    internal WaitList(Node node) => _node = node;

    /// <summary>Sessions that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Blocks a session until <paramref name="replicas"/> replicas have <paramref name="offset"/>.</summary>
    public void Add(Session session, long replicas, long offset, long deadlineMs)
    {
        var state = _node.Blocking.BlockForReplicas(session, replicas, offset, deadlineMs);
        _waiting.Add(state, state.Number);
    }

    /// <summary>A replica has acknowledged something: serves those who have what they wait for.</summary>
    public void Check()
    {
        var next = _waiting.First;
        while (next != null)
        {
            var state = next.State;
            next = next.Next;
            if (Acknowledged(state) >= state.Replicas) _node.Blocking.TimeOut(state); // the same answer: how many have acknowledged
        }
    }

    /// <summary>How many replicas have what the session waits for.</summary>
    internal long Acknowledged(BlockedState state) => _node.Replication.Protocol.Replicas.CountAcknowledged(state.Offset);
}
