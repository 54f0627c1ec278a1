using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Blocking;

/// <summary>
/// Sessions that wait: for something under a key (BLPOP, BZPOPMIN, XREAD …), for replicas (WAIT), for the end (SHUTDOWN).
/// <code>
///   a command finds nothing ──BlockOnKeys──► parked: a copy of its request, a place in the list of each key, its deadline in one table
///                                               │
///   a key is created, or KeyReady ─► queue ─────┤ after the unit (command, EXEC): key by key, who came first, the command runs again as a unit
///                                               │ of its own, through the checks. Finds nothing again ─► parked at the end, with its old deadline
///   deadline, CLIENT UNBLOCK ───────────────────┤ a null array, or the error
///   the node is given a primary ────────────────┤ the error, and closed
///   the connection goes ────────────────────────┘ nothing
/// </code>
/// What a served command does may make further keys ready; they stand behind the others in the queue, and it is emptied before anything else runs.
/// While nobody waits this costs a command one test, and a new key another.
/// </summary>
public sealed class BlockingService
{
    private readonly Node _node;
    private readonly BlockedKeys _keys;
    private readonly DeadlineTable _deadlines = new();
    private long _lastNumber;
    private bool _serving;

    internal BlockingService(Node node)
    {
        _node = node;
        _keys = new BlockedKeys(node.Keyspace);
    }

    /// <summary>Keys that somebody waits for.</summary>
    public int KeyCount => _keys.Count;

    /// <summary>Keys with somebody who wakes when they go.</summary>
    public int KeysWakingWithoutKey => _keys.WithoutKeyCount;

    /// <summary>Sessions that wait until some time.</summary>
    public int DeadlineCount => _deadlines.Count;

    /// <summary>Unix time in milliseconds of the earliest deadline, or <see cref="long.MaxValue"/>.</summary>
    public long NextDeadlineMs => _deadlines.NextMs;

    /// <summary>Whether a key is ready whose waiting sessions have not been served.</summary>
    public bool HasReady => _keys.HasReady;

    /// <summary>Whether they can be served now: not while another data set is loaded in place of theirs.</summary>
    public bool CanServe => _keys.HasReady && !(_node.IsLoading && !_node.IsAsyncLoading);

    /// <summary>
    /// There may be something new under a key that existed before (XADD), or something of it has gone that XREADGROUP waits for (XGROUP DESTROY). Keys
    /// that are created, removed or overwritten report themselves.
    /// </summary>
    public void KeyReady(int database, ReadOnlySpan<byte> key)
    {
        if (_keys.Count > 0) _keys.Signal(database, key, removed: false);
    }

    /// <summary>The contents of a database (-1: of all) are about to go, or to be exchanged with those of another.</summary>
    public void DatabaseGoes(int database, int replacedBy)
    {
        if (database >= 0)
        {
            _keys.SignalLost(database, replacedBy);
            return;
        }

        for (var i = 0; i < _node.Keyspace.Databases.Length; i++) _keys.SignalLost(i, replacedBy);
    }

    /// <summary>A database has got other contents, whose keys were not reported one by one.</summary>
    public void DatabaseCame(int database) => _keys.SignalFound(database);

    /// <summary>Serves, in order, those who wait for ready keys. Called between units only.</summary>
    public void Serve()
    {
        if (_serving || !CanServe) return;
        _serving = true;
        while (_keys.HasReady)
        {
            _node.UpdateTime(); // a unit of its own has a time of its own: what the last one made may have expired
            var key = _keys.BeginServing();
            ServeKey(key);
            _keys.EndServing(key);
        }

        _serving = false;
    }

    /// <summary>
    /// Ends a session's wait as if its time were over, or with an error; false when it does not wait, or for something that cannot be cut short: a pause,
    /// SHUTDOWN.
    /// </summary>
    public bool TryUnblock(Session session, bool withError)
    {
        if (session.Blocked is not { Kind: not BlockKind.Shutdown } state || session.Has(SessionFlags.Postponed)) return false;
        if (withError) Fail(state, "UNBLOCKED client unblocked via CLIENT UNBLOCK"u8);
        else TimeOut(state);
        return true;
    }

    /// <summary>The node becomes a replica, or that of another primary: all are answered with an error and closed.</summary>
    public void ForceAll()
    {
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is not { Blocked: { Kind: not BlockKind.Shutdown } state } session || session.Has(SessionFlags.Postponed)) continue;
            Fail(state, "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"u8);
            session.Flags |= SessionFlags.CloseAfterReply;
        }
    }

    /// <summary>A session goes: nothing is served to it any more.</summary>
    public void Forget(Session session)
    {
        if (session.Blocked is not { } state) return;
        Release(state);
        state.Request?.Release();
    }

    /// <summary>Wakes those whose time is up.</summary>
    public void CheckDeadlines()
    {
        while (_deadlines.NextMs <= _node.Keyspace.NowMs) TimeOut(_deadlines.First);
    }

    /// <summary>A key was created, or is about to go; the keyspace reports only what may concern somebody.</summary>
    internal void OnKey(int database, ReadOnlySpan<byte> key, bool removed) => _keys.Signal(database, key, removed);

    /// <summary>Blocks the session of a command that has found nothing under its keys; see <see cref="CommandContext.BlockOnKeys"/>.</summary>
    internal BlockedRequest BlockOnKeys(CommandContext c, ValueType type, int firstKey, int count, long deadlineMs, bool wakesWithoutKey)
    {
        if (!c.CanBlock) throw new InvalidOperationException($"{c.Info.FullName} would block where nothing may; it has to ask first.");
        var state = c.Resumed ?? new BlockedState(c.Session, BlockKind.Keys, deadlineMs, ++_lastNumber)
        {
            Request = new BlockedRequest(c.Session, _node.Blocks, c.Info, c.Arguments, c.IsCanonical),
            Type = type,
            WakesWithoutKey = wakesWithoutKey,
        };
        Begin(state);
        _keys.CountSession(state, 1);
        var number = ++_lastNumber;
        for (var i = 0; i < count; i++) _keys.Add(c.Session.Database, c[firstKey + i], state, number);
        return state.Request!;
    }

    /// <summary>Blocks a session in WAIT.</summary>
    internal BlockedState BlockForReplicas(Session session, long replicas, long offset, long deadlineMs)
    {
        var state = new BlockedState(session, BlockKind.Wait, deadlineMs, ++_lastNumber) { Replicas = replicas, Offset = offset };
        Begin(state);
        return state;
    }

    /// <summary>Blocks a session in WAITAOF.</summary>
    internal BlockedState BlockForFiles(Session session, long local, long replicas, long offset, long deadlineMs)
    {
        var state = new BlockedState(session, BlockKind.WaitFile, deadlineMs, ++_lastNumber) { Local = local, Replicas = replicas, Offset = offset };
        Begin(state);
        return state;
    }

    /// <summary>Blocks a session in SHUTDOWN.</summary>
    internal void BlockForShutdown(Session session) => Begin(new BlockedState(session, BlockKind.Shutdown, 0, ++_lastNumber));

    /// <summary>Blocks a session in REDOUBLE TESTLINK.</summary>
    internal BlockedState BlockForLinkTest(Session session)
    {
        var state = new BlockedState(session, BlockKind.LinkTest, 0, ++_lastNumber);
        Begin(state);
        return state;
    }

    /// <summary>Ends a wait with an answer of the caller's.</summary>
    internal void Answer(BlockedState state, Action<Redouble.Protocol.Replies.ReplyWriter> write)
    {
        var mark = BeginAnswer(state);
        write(state.Session.Reply);
        End(state, mark, failed: false);
    }

    /// <summary>Ends a wait with what the command answers when its time is up.</summary>
    internal void TimeOut(BlockedState state)
    {
        var mark = BeginAnswer(state);
        var reply = state.Session.Reply;
        if (state.Kind == BlockKind.Wait) reply.Integer(_node.Waits.Acknowledged(state));
        else if (state.Kind == BlockKind.WaitFile) WaitList.Reply(reply, _node.Waits.Durable(state.Offset));
        else reply.NullArray();
        End(state, mark, failed: false);
    }

    /// <summary>Ends a wait with an error.</summary>
    internal void Fail(BlockedState state, ReadOnlySpan<byte> error)
    {
        var mark = BeginAnswer(state);
        state.Session.Reply.Error(error);
        End(state, mark, failed: true);
    }

    /// <summary>Runs the command of a session again that is blocked no more, and lets the session go on unless it has blocked again.</summary>
    internal void RunAgain(BlockedState state)
    {
        var session = state.Session;
        session.Blocked = null;
        session.Flags &= ~SessionFlags.Blocked;
        session.LastInteractionMs = _node.Keyspace.NowMs; // else it might be closed as idle for the time of its wait
        var mark = session.Output.Mark();
        _node.Executor.CallAgain(state);
        if (state.DropsReply) session.Output.Rollback(mark);
        _node.Executor.EndRequest();
        _node.MarkOutput(session);
        if (session.Blocked == state) return;
        session.Flags &= ~SessionFlags.TrackingCaching;
        state.Request!.Release();
        _node.Unblocked(session);
    }

    private void ServeKey(BlockedKey key)
    {
        if (key.Last is not { } last) return;
        var limit = last.Number; // who blocks again meanwhile is not looked at again, or this might never end
        Waiter? next;
        for (var waiter = key.First; waiter != null && waiter.Number <= limit; waiter = key.Following(waiter, next))
        {
            next = waiter.Next;
            var type = _keys.TypeOf(key);
            if (type == null && key.WakingWithoutKey == 0) return;
            if (type != waiter.State.Type && !waiter.State.WakesWithoutKey) continue;
            Release(waiter.State);
            RunAgain(waiter.State);
        }
    }

    private void Begin(BlockedState state)
    {
        if (state.Session.Blocked != null) throw new InvalidOperationException("A session that waits was to wait for something else.");
        state.Session.Flags |= SessionFlags.Blocked;
        state.Session.Blocked = state;
        _deadlines.Add(state);
    }

    private void Release(BlockedState state)
    {
        foreach (var waiter in state.Waiters)
        {
            if (state.Kind == BlockKind.Keys) _keys.Remove(waiter);
            else waiter.List.Remove(waiter);
        }

        if (state.Kind == BlockKind.Keys && state.Waiters.Count > 0) _keys.CountSession(state, -1);
        state.Waiters.Clear();
        _deadlines.Remove(state);
        state.Session.Blocked = null;
        state.Session.Flags &= ~SessionFlags.Blocked;
    }

    // The wait is over before its answer is written: one that is too long for the session closes it, which would forget what it waits for.
    private Redouble.Protocol.Replies.ReplyMark BeginAnswer(BlockedState state)
    {
        Release(state);
        return state.Session.Output.Mark();
    }

    private void End(BlockedState state, Redouble.Protocol.Replies.ReplyMark mark, bool failed)
    {
        var session = state.Session;
        session.LastInteractionMs = _node.Keyspace.NowMs;
        session.Flags &= ~SessionFlags.TrackingCaching;
        if (state.DropsReply) session.Output.Rollback(mark);
        if (state.Request is { } request)
        {
            _node.Stats.EndSuspendedCall(session, request.Info, request.SentArguments, state.Microseconds, failed);
            request.Release();
        }

        _node.MarkOutput(session);
        _node.Unblocked(session);
    }
}
