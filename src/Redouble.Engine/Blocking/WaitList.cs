using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Blocking;

/// <summary>
/// The sessions in WAIT and WAITAOF: served when enough replicas have acknowledged, and for WAITAOF have it on their disks, as this node has. Where that
/// takes less time than a sleep and a waking up are worth, the loop is told to look for it without going to sleep (<see cref="AnswerDue"/>).
/// </summary>
public sealed class WaitList
{
    private const int SoonMicroseconds = 250;

    private static ReadOnlySpan<byte> NoFileText => "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."u8;

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

    /// <summary>Blocks a session until <paramref name="replicas"/> replicas, and with <paramref name="local"/> 1 this node, have that on disk.</summary>
    public void AddForFiles(Session session, long local, long replicas, long offset, long deadlineMs)
    {
        var state = _node.Blocking.BlockForFiles(session, local, replicas, offset, deadlineMs);
        if (_waiting.Count == 0) _since = _node.Parts.Clock.MonotonicMicroseconds;
        _waiting.Add(state, state.Number);
    }

    /// <summary>A replica has acknowledged something, or this node has it on its disk: serves those who have what they wait for.</summary>
    public void Check()
    {
        var next = _waiting.First;
        if (next == null) return;
        while (next != null)
        {
            var state = next.State;
            next = next.Next;
            if (state.Local > 0 && _node.AppendOnly.State == AppendOnlyState.Off) _node.Blocking.Fail(state, NoFileText);
            else if (IsServed(state)) _node.Blocking.TimeOut(state); // the same answer: how many have it
        }

        const int smoothing = 8;
        if (_waiting.Count == 0) _tookMicroseconds += (_node.Parts.Clock.MonotonicMicroseconds - _since - _tookMicroseconds) / smoothing;
    }

    /// <summary>Who has everything up to an offset on disk: this node, and how many replicas.</summary>
    internal (bool Here, long Replicas) Durable(long offset) =>
        (_node.AppendOnly.DurableOffset >= offset, _node.Replication.Protocol.Replicas.CountDurable(offset));

    /// <summary>The answer of WAITAOF.</summary>
    internal static void Reply(ReplyWriter reply, (bool Here, long Replicas) durable)
    {
        reply.ArrayHeader(2);
        reply.Integer(durable.Here ? 1 : 0);
        reply.Integer(durable.Replicas);
    }

    private bool IsServed(BlockedState state)
    {
        if (state.Kind == BlockKind.Wait) return Acknowledged(state) >= state.Replicas;
        var (here, replicas) = Durable(state.Offset);
        return replicas >= state.Replicas && (here || state.Local == 0);
    }

    /// <summary>How many replicas have what the session waits for.</summary>
    internal long Acknowledged(BlockedState state) => _node.Replication.Protocol.Replicas.CountAcknowledged(state.Offset);
}
