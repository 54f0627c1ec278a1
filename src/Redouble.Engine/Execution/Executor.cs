using Redouble.Core.Memory;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Replication;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Protocol.Requests;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Execution;

/// <summary>
/// Runs commands: from a session's input to its reply, its effect on the data and its trace in the log.
/// <code>
/// ProcessInput(session) ─► RequestBatch ─► ExecuteRequest ─► refusals (one mask test) ─► queue (MULTI) or Call
/// Call: time and expiry rules of the session ─► the command's method ─► statistics ─► propagation ─► end of the unit
/// </code>
/// </summary>
public sealed class Executor
{
    private const long LongCallMicroseconds = 1000;
    private const int LongRequestMin = 32 * 1024;

    private readonly Node _node;
    private readonly RequestBatch _batch;
    private readonly CommandContext[] _contexts = new CommandContext[4];
    private int _level;
    private int _batchPosition;
    private Session? _silenced; // whose request is looked at or runs, and whose reply will be dropped
    private bool _isRefusing; // the running command has ended for want of memory, and its client is told

    internal Executor(Node node)
    {
        _node = node;
        _batch = new RequestBatch(node);
        for (var i = 0; i < _contexts.Length; i++) _contexts[i] = new CommandContext(node);
    }

    /// <summary>The wait whose command runs again at present, or null.</summary>
    internal BlockedState? Resumed { get; private set; }

    /// <summary>Whether <see cref="Add"/> should be followed by <see cref="ExecuteBatch"/>.</summary>
    public bool BatchIsFull => _batch.IsFull;

    /// <summary>Whether the batch is long enough for prefetching to pay; to collect more would only push its input out of the cache.</summary>
    public bool BatchIsWorthwhile => _batch.Count >= RequestBatch.WorthwhileMin;

    /// <summary>Takes requests of a session into the current batch; true when its input may hold more than fitted.</summary>
    public bool Add(Session session) => !session.Has(SessionFlags.Blocked | SessionFlags.CloseAfterReply | SessionFlags.CloseAsap)
        && !session.Input.Block.IsNone && _batch.Collect(session);

    /// <summary>Executes the batch in order and drops its requests from the sessions' inputs.</summary>
    public void ExecuteBatch()
    {
        if (_batch.Count == 0) return;
        _node.UpdateTime();
        for (_batchPosition = 0; _batchPosition < _batch.Count; _batchPosition++)
        {
            _batch.BeforeExecution(_batchPosition);
            ref var request = ref _batch[_batchPosition];
            var session = _batch.SessionOf(request);
            if (session.Has(SessionFlags.Blocked | SessionFlags.CloseAfterReply | SessionFlags.CloseAsap))
            {
                // Blocked or closed by an earlier request of this batch: what follows stays in its input, to be scanned again.
                PutBack(session);
                continue;
            }

            if (session.Has(ReplyMode.Silenced | SessionFlags.TrackingCaching | SessionFlags.Replica)) ExecuteSpecially(session, ref request);
            else ExecuteRequest(session, ref request);
            EndRequest();
            if (session.Has(SessionFlags.Postponed)) PutBack(session);
            else session.Input.ConsumeTo(request.End, _node.Blocks);
            if (_node.Blocking.HasReady) _node.Blocking.Serve();
            if (_node.Expiry.IsBehind) _node.Background.PayForExpiry();
        }

        _batch.Clear();
        _node.Stats.NoteMemory(_node.UsedMemory); // before what it has to say is sent and freed
    }

    /// <summary>The batch's current request is not executed now: the input is scanned again from there, whatever has arrived behind it.</summary>
    private void PutBack(Session session)
    {
        _batch.PutBack(_batchPosition);
        session.Input.ForgetScan();
    }

    /// <summary>Executes everything that the session's input holds; for callers without a batch of their own.</summary>
    public void ProcessInput(Session session) => ProcessInput(session, int.MaxValue, out _);

    /// <summary>Executes so many batches of the session's input, one at least; returns how many it were, and whether there may be more.</summary>
    internal int ProcessInput(Session session, int batchesMax, out bool hasMore)
    {
        var batches = 0;
        do
        {
            hasMore = Add(session);
            ExecuteBatch();
        }
        while (hasMore && ++batches < batchesMax);
        return batches;
    }

    /// <summary>Runs a command whose checks have passed.</summary>
    public void Call(Session session, CommandInfo info, in CommandArguments arguments, bool canonical, bool inTransaction = false) =>
        Call(session, info, arguments, canonical, inTransaction, 0, hasHash: false);

    /// <summary>
    /// Whether a push to the session would come between the parts of its reply, or go with a reply that is dropped: a command of it is running, and
    /// not one that answers with pushes.
    /// </summary>
    internal bool MustDeferPushes(Session session)
    {
        if (_level == 0) return session == _silenced; // the checks before its command may evict keys
        const CommandFlags answersWithPushes = CommandFlags.PubSub | CommandFlags.WhileSubscribed; // only SUBSCRIBE and its like have both
        for (var level = 0; level < _level; level++)
        {
            if (_contexts[level].Session != session) continue;
            var innermost = _contexts[_level - 1];
            return innermost.Session != session || (innermost.Info.Flags & answersWithPushes) != answersWithPushes
                || session.Has(SessionFlags.ReplyOff | SessionFlags.ReplySkip);
        }

        return false;
    }

    /// <summary>
    /// Runs the command of a wait again, as a unit of its own and through the same checks as the first time. If a pause puts it off, it remains the
    /// session's; when it blocks once more, it is the same wait.
    /// </summary>
    internal void CallAgain(BlockedState wait)
    {
        if (_level != 0) throw new InvalidOperationException("A blocked command was to run inside another one.");
        var session = wait.Session;
        var request = wait.Request!;
        var arguments = request.Arguments;
        Resumed = wait;
        if (wait.DropsReply) _silenced = session;
        if ((request.Info.Flags & (_node.RefuseMask | session.RefuseMask)) != 0 && !Refusals.Pass(_node, session, request.Info, request.Info.Id, arguments))
        {
            if (session.Has(SessionFlags.Postponed)) session.Blocked = wait;
        }
        else
        {
            Call(session, request.Info, arguments, request.IsCanonical);
        }

        Resumed = null;
        _silenced = null;
    }

    /// <summary>A request has been answered, or its answer dropped: what its session has to hear beside it follows.</summary>
    internal void EndRequest()
    {
        if (_node.Tracking.HasPending) _node.Tracking.EndRequest();
        if (!_node.Pushes.IsEmpty) _node.Pushes.Flush();
    }

    /// <summary>
    /// The block of an argument of the request that is being executed (<see cref="CommandContext.TakeArgument"/>), if the request came in the session's input,
    /// and is the last there.
    /// </summary>
    internal Block TakeArgument(Session session, NativeBytes arguments, ArgumentRange argument)
    {
        if (_batchPosition >= _batch.Count) return Block.None;
        ref var request = ref _batch[_batchPosition];
        ref var input = ref session.Input;
        if (_batch.SessionOf(request) != session || request.End != input.End || !arguments.StartsAt(input.Block, request.Start)) return Block.None;
        return input.Take(request.Start + argument.Offset, argument.Length);
    }

    /// <summary>Whether a command of the primary's stream is running.</summary>
    internal bool AppliesStream { get; private set; }

    /// <summary>Runs a command of the primary's stream: no checks, no replies, no trace in the log but the stream's own bytes.</summary>
    internal void Apply(Session primary, CommandInfo info, in CommandArguments arguments, ulong hash, bool hasHash)
    {
        var mark = primary.Output.Mark();
        var errors = _node.Stats.ErrorReplies;
        AppliesStream = true;
        Call(primary, info, arguments, canonical: true, inTransaction: false, hash, hasHash);
        AppliesStream = false;
        if (_node.Stats.ErrorReplies != errors) UnexpectedErrors.Report(_node, primary, info);
        primary.Output.Rollback(mark, keepsBlock: true);
    }

    /// <summary>The session whose command is running, null between commands and while the server works for itself.</summary>
    internal Session? Current => _level > 0 ? _contexts[0].Session : null;

    /// <summary>The command that a name (and, for a container, its first argument) stands for, or null.</summary>
    internal static CommandInfo? Identify(int id, in CommandArguments arguments)
    {
        if (id < 0) return null;
        var info = CommandTable.Infos[id];
        return (info.Flags & CommandFlags.Container) != 0 ? Subcommand(info, arguments) : info;
    }

    private void ExecuteSpecially(Session session, ref PendingRequest request)
    {
        var keepsCaching = !session.Has(SessionFlags.TrackingCaching) || IsAboutClient(session, request);
        if (session.Has(ReplyMode.Silenced)) ExecuteSilently(session, ref request);
        else if (SessionClass.IsReplica(session)) ExecuteForReplica(session, ref request);
        else ExecuteRequest(session, ref request);
        // CLIENT CACHING holds for the next command, be it a whole transaction or one that waits, but for CLIENT itself.
        if (!keepsCaching && !session.Has(SessionFlags.Multi | SessionFlags.Blocked)) session.Flags &= ~SessionFlags.TrackingCaching;
    }

    private bool IsAboutClient(Session session, in PendingRequest request) =>
        request.Command == CommandId.Client && Identify(request.Command, Arguments(session, request)) != null;

    private CommandArguments Arguments(Session session, in PendingRequest request) => new(
        NativeBytes.Of(session.Input.Block, request.Start, request.Length), _batch.Arguments, request.ArgumentStart, request.ArgumentCount);

    private void ExecuteSilently(Session session, ref PendingRequest request)
    {
        var mark = session.Output.Mark();
        ReplyMode.BeginCommand(session);
        _silenced = session;
        ExecuteRequest(session, ref request);
        _silenced = null;
        if (!ReplyMode.EndCommand(session)) return;
        session.Output.Rollback(mark);
        if (session.Blocked is { } wait) wait.DropsReply = true; // the reply is still to come
    }

    // What a replica is sent is the stream, and each byte of it moves its offset: a reply would put it out for good.
    private void ExecuteForReplica(Session session, ref PendingRequest request)
    {
        var (mark, pending) = (session.Output.Mark(), session.Output.PendingBytes);
        var name = request.Command < 0 ? "<unknown>" : Identify(request.Command, Arguments(session, request))?.FullName ?? "<unknown>";
        ExecuteRequest(session, ref request);
        if (session.Output.PendingBytes <= pending && session.Blocked == null) return;
        session.Output.Rollback(mark);
        _node.Clients.CloseReplicaThatGotReply(session, name);
    }

    private void ExecuteRequest(Session session, ref PendingRequest request)
    {
        session.LastInteractionMs = _node.Keyspace.NowMs;
        if (request.Command == PendingRequest.ProtocolError)
        {
            _batch.PutBack(_batchPosition); // the log shows it as it came
            ProtocolErrors.Reply(_node, session, request.Start);
            return;
        }

        var arguments = Arguments(session, request);
        var info = Identify(request.Command, arguments);
        if (info == null || !info.AcceptsCount(arguments.Count) || (info.Flags & (_node.RefuseMask | session.RefuseMask)) != 0)
        {
            if (!Refusals.Pass(_node, session, info, request.Command, arguments)) return;
            if (session.Has(SessionFlags.Multi) && (info!.Flags & CommandFlags.QueuedInMulti) != 0)
            {
                Queue(session, info, arguments, request.IsCanonical);
                return;
            }
        }

        if (_node.IsReplica && _node.Replication.Promotions.Postpones(session, info!, arguments)) return;
        Call(session, info!, arguments, request.IsCanonical, inTransaction: false, request.Hash, request.HasHash);
        _node.MarkOutput(session);
    }

    private void Queue(Session session, CommandInfo info, in CommandArguments arguments, bool canonical)
    {
        _node.MarkOutput(session);
        try
        {
            // Nothing of a transaction that will not run is kept, nor can it be what EXEC is refused for.
            if ((session.Flags & (SessionFlags.DirtyExec | SessionFlags.DirtyCas)) == 0) session.Queue!.Add(info, arguments, canonical);
            session.Reply.Raw("+QUEUED\r\n"u8);
        }
        catch (InsufficientMemoryException)
        {
            session.Flags |= SessionFlags.DirtyExec;
            session.Reply.Error(Refusals.NoMemoryText);
        }
    }

    private static CommandInfo? Subcommand(CommandInfo container, in CommandArguments arguments)
    {
        if (arguments.Count < 2) return container;
        var id = CommandTable.FindSub(container.Id, arguments[1]);
        return id >= 0 ? CommandTable.Infos[id] : (container.Flags & CommandFlags.RunnableContainer) != 0 ? container : null;
    }

    private void Call(Session session, CommandInfo info, in CommandArguments arguments, bool canonical, bool inTransaction, ulong hash, bool hasHash)
    {
        var context = _contexts[_level++];
        context.Begin(session, info, arguments, canonical);
        context.InTransaction = inTransaction;
        if (hasHash) context.KnowHash(info.FirstKey, hash);
        var outermost = _level == 1;
        SetRules(session);
        var propagation = _node.Propagation;
        propagation.BeginUnit(arguments);
        propagation.Replaced = false;
        var database = session.Database;
        var started = _node.Stats.BeginCall(info, arguments);
        Run(session, info, context);
        _level--;
        long elapsed = 0;
        if (session.Blocked is { } wait)
        {
            wait.Request ??= new BlockedRequest(session, _node.Blocks, info, arguments, canonical); // it is counted, and may be shown, when it ends
            wait.Microseconds += elapsed = _node.Stats.SuspendCall(started);
        }
        else if (Resumed is { } again)
        {
            elapsed = _node.Stats.EndCall(session, info, started, again.Request!.SentArguments, outermost, again.Microseconds);
        }
        else
        {
            elapsed = _node.Stats.EndCall(session, info, started, arguments, outermost);
        }

        session.LastCommand = info.Id;
        if (session.Has(SessionFlags.Tracking) && (info.Flags & CommandFlags.ReadOnly) != 0) _node.Tracking.Remember(context);
        if (!context.HasChangedNothing)
        {
            if (!propagation.Replaced && (info.Flags & (CommandFlags.Write | CommandFlags.MayReplicate)) != 0) propagation.Verbatim(database, arguments, canonical);
            propagation.EndUnit();
        }
        else
        {
            propagation.EndUnit(wrap: !_node.UnitIsWalk);
            _node.UnitIsWalk = false;
        }

        if (outermost && propagation.HasAppended)
        {
            // Not only what counts as a change: FLUSHALL of nothing and the DELs of keys found expired reach the replicas, too.
            session.LastWriteOffset = propagation.Offset;
            propagation.HasAppended = false;
        }

        if (_node.Monitors.Count > 0 && Resumed == null) _node.FeedMonitors(session, info, arguments, session.Database);
        if (session.Redacted != 0) session.Redacted = 0;
        if (outermost && elapsed >= LongCallMicroseconds) _node.UpdateTime(); // those that come after it in this turn are not as old as it
        if (outermost && (info.Flags & CommandFlags.ReadOnly) == 0 && _node.Background.OwesFrees) _node.Background.PayForFrees();
    }

    /// <summary>
    /// An exception from here ends the process, so nothing need be restored; but where there was no room for a value, a result that is built beside the
    /// keyspace, or the reply of a command that changes nothing, the client hears of it and everything goes on. It must not have changed anything by then,
    /// which only a command that counts at once can be seen to have: one that counts at its end asks for room before it begins.
    /// </summary>
    private void Run(Session session, CommandInfo info, CommandContext context)
    {
        var mark = session.Output.Mark();
        try
        {
            if (context.RequestLength >= LongRequestMin) RequireRoom(session, info, context);
            CommandTable.Execute(info.Id, context);
        }
        catch (InsufficientMemoryException) when (context.HasChangedNothing && !session.Has(SessionFlags.Primary))
        {
            _isRefusing = true;
            _node.Keyspace.Builder.Drop();
            session.Output.Rollback(mark);
            session.Reply.Error(Refusals.NoMemoryText);
            _isRefusing = false;
        }
    }

    /// <summary>
    /// What changes something, or tells others, goes into the log when that has been done, and can be refused no more. The change may take as much. Without a
    /// log a collection would still be made, and some of its elements, before one that finds no room; but a string takes the block that it came in, or is
    /// refused as a whole.
    /// </summary>
    private void RequireRoom(Session session, CommandInfo info, CommandContext context)
    {
        const CommandFlags logged = CommandFlags.Write | CommandFlags.MayReplicate;
        if (session.Has(SessionFlags.Primary)) return;
        var isLogged = (info.Flags & logged) != 0 && _node.Propagation.IsActive;
        var makesElements = (info.Flags & CommandFlags.DenyOom) != 0 && info.Group != CommandGroup.String;
        _node.Heap.RequireRoom((isLogged ? 2L : makesElements ? 1 : 0) * context.RequestLength);
    }

    /// <summary>Whether a command is running that an <see cref="InsufficientMemoryException"/> would end as if it had never begun.</summary>
    internal bool MayRefuse() => _level > 0 && !_isRefusing && _contexts[_level - 1] is var context
        && context.HasChangedNothing && !context.Session.Has(SessionFlags.Primary);

    /// <summary>
    /// Whether it would end one while it is writing its reply to this output. Commands that write have often changed something by then, and count it later;
    /// and so have those whose long reply tells what has become of the session: HELLO, SUBSCRIBE and its like, EXEC.
    /// </summary>
    internal bool MayRefuse(ReplyBuffer output)
    {
        const CommandFlags changesFirst = CommandFlags.Write | CommandFlags.NoAuth | CommandFlags.WhileSubscribed | CommandFlags.RunsInMulti;
        return MayRefuse() && _contexts[_level - 1] is var context && context.Session.Output == output
            && (context.RepliesFirst || (context.Info.Flags & changesFirst) == 0);
    }

    /// <summary>Expiry rules for a command, by whom it is run for: those of a transaction, too, may each change the role, or begin a pause.</summary>
    private void SetRules(Session session)
    {
        var keyspace = _node.Keyspace;
        keyspace.ExpiryPolicy = session.Has(SessionFlags.Primary) ? ExpiryPolicy.Ignore : _node.ClientExpiryPolicy;
        keyspace.Touches = !session.Has(SessionFlags.NoTouch);
    }
}
