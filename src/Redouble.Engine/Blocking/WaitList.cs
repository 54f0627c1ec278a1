using Redouble.Engine.Sessions;

namespace Redouble.Engine.Blocking;

/// <summary>The sessions in WAIT: served when enough replicas have acknowledged, or when their time is up.</summary>
public sealed class WaitList(Node node)
{
    private readonly List<SessionHandle> _waiting = [];

    /// <summary>Sessions that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Unix time in milliseconds of the earliest deadline, or <see cref="long.MaxValue"/>.</summary>
    public long NextDeadlineMs { get; private set; } = long.MaxValue;

    /// <summary>Blocks a session until <paramref name="replicas"/> replicas have <paramref name="offset"/>.</summary>
    public void Add(Session session, long replicas, long offset, long deadlineMs)
    {
        session.Flags |= SessionFlags.Blocked;
        session.Blocked = new BlockedState(BlockKind.Wait, deadlineMs, replicas, offset);
        _waiting.Add(session.Handle);
        if (deadlineMs > 0) NextDeadlineMs = Math.Min(NextDeadlineMs, deadlineMs);
    }

    /// <summary>Serves those who have what they wait for, or have waited long enough.</summary>
    public void Check()
    {
        var next = long.MaxValue;
        var replicas = node.Replication.Protocol.Replicas;
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var session = node.Sessions.Find(_waiting[i]);
            if (session?.Blocked is not { Kind: BlockKind.Wait } wait)
            {
                _waiting.RemoveAt(i);
                continue;
            }

            var acknowledged = replicas.CountAcknowledged(wait.Offset);
            if (acknowledged < wait.Replicas && (wait.DeadlineMs == 0 || node.Keyspace.NowMs < wait.DeadlineMs))
            {
                if (wait.DeadlineMs > 0) next = Math.Min(next, wait.DeadlineMs);
                continue;
            }

            _waiting.RemoveAt(i);
            session.Reply.Integer(acknowledged);
            Release(session);
        }

        NextDeadlineMs = next;
    }

    /// <summary>CLIENT UNBLOCK: answers as at the timeout, or with an error. False when the session does not wait.</summary>
    public bool TryUnblock(Session session, bool withError)
    {
        if (session.Blocked is not { Kind: BlockKind.Wait } wait) return false;
        if (withError) session.Reply.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK"u8);
        else session.Reply.Integer(node.Replication.Protocol.Replicas.CountAcknowledged(wait.Offset));
        Release(session);
        return true;
    }

    /// <summary>The node becomes a replica: all are answered with an error and closed.</summary>
    public void ForceAll(ReadOnlySpan<byte> error)
    {
        foreach (var handle in _waiting)
        {
            if (node.Sessions.Find(handle) is not { Blocked.Kind: BlockKind.Wait } session) continue;
            session.Reply.Raw(error);
            session.Reply.Raw("\r\n"u8);
            session.Flags |= SessionFlags.CloseAfterReply;
            Release(session);
        }

        _waiting.Clear();
        NextDeadlineMs = long.MaxValue;
    }

    private void Release(Session session)
    {
        session.Blocked = null;
        session.Flags &= ~SessionFlags.Blocked;
        node.MarkOutput(session);
        node.Unblocked(session);
    }
}
