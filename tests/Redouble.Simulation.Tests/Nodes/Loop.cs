using Redouble.Engine;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>
/// The turns of a process: the same steps in the same order as the server's EventLoop, over simulated connections. A turn is one event;
/// the time that it takes by the node's clock passes before the next one.
/// </summary>
internal sealed class Loop(Process process)
{
    private const int RoundsPerGroupMax = 16;
    private const int HastyMax = 50;

    private readonly OutputSegment[] _segments = new OutputSegment[16];
    private readonly List<Endpoint> _ready = [];
    private readonly List<Session> _more = [];
    private readonly List<Session> _carried = [];
    private readonly List<Endpoint> _closing = [];
    private readonly Queue<Action> _operations = new();
    private long _turnAt = long.MaxValue;
    private long _busyUntil;
    private long _nextTimer;
    private bool _inTurn;
    private long _offset; // of the log, after the last turn
    private int _hasty; // turns in a row after which the next one was due already, without work for it

    private World World => process.World;

    private Node Node => process.Node;

    /// <summary>A turn as soon as the process has time for it.</summary>
    public void Request() => RequestAt(World.Now);

    public void OnReady(Endpoint end)
    {
        if (end.Tag is Session && !_ready.Contains(end)) _ready.Add(end);
        if (!_inTurn) Request();
    }

    /// <summary>Something that an operator does, in the next turn.</summary>
    public void Do(Action operation)
    {
        if (!process.IsAlive) return;
        _operations.Enqueue(operation);
        Request();
    }

    private void Turn()
    {
        if (_inTurn) throw new InvalidOperationException("A turn within a turn.");
        _inTurn = true;
        _turnAt = long.MaxValue;
        try
        {
            Run();
            process.NoteEvictions();
            process.NotePromotion();
            process.Machine.Cluster.Checker.AfterTurn(process);
        }
        catch (Exception error) when (Node.LoadingFailed && error is IOException or InvalidDataException)
        {
            process.StartFailed(error);
        }
        catch (Exception error) when (error is not SimulationException)
        {
            World.Fail(Checks.Rules.NoException.ToString(), $"{process}: {error.GetType().Name}: {error.Message}", error);
        }

        _inTurn = false;
        _busyUntil = World.Now + process.Clock.Elapsed;
        if (process.ExitStatus != null) process.Machine.OnExit();
        else ScheduleNext();
    }

    private void Run()
    {
        process.Clock.BeginTurn();
        var started = process.Clock.MonotonicMicroseconds;
        Node.BeginTurn(started);
        process.Background.DeliverPaused();
        while (_operations.TryDequeue(out var operation)) operation();
        var busy = _ready.Count + _carried.Count > 0 || Node.Replication.Protocol.Primary.HasWork;
        ResumeCarried();
        var primaryFirst = World.Dice.Chance(0.5);
        if (primaryFirst) ServePrimary();
        ServeClients();
        EndGroup();
        if (!primaryFirst) ServePrimary();
        if (started >= _nextTimer)
        {
            _nextTimer = started + (Node.Timer() * 1000);
            EndGroup();
        }

        DrivePrimary(started);
        Node.EndTurn();
        EndGroup();
        Node.BackgroundSlice(started, busy);
        LoseSnapshot();
        Node.AppendOnly.Commit();
        DrivePrimary(started);
        FreeClosed();
        NoteStream();
        process.HasStarted |= !Node.IsLoading;
    }

    // What a slice has left is due at once: turns that apply some of it are not idle.
    private void NoteStream()
    {
        var offset = Node.Replication.Protocol.Log.EndOffset;
        if (Node.Replication.Protocol.Primary.HasWork) process.Machine.Cluster.Slices++;
        if (offset != _offset) _hasty = 0;
        _offset = offset;
    }

    private void ServePrimary()
    {
        process.Primary.Serve();
        process.Channel.Serve();
    }

    private void DrivePrimary(long now)
    {
        process.Primary.Drive(now);
        process.Channel.Drive(now);
    }

    // Whatever may end a snapshot half-way: replicas have a part of a payload then, and no word of why.
    private void LoseSnapshot()
    {
        const double perTurn = 0.05;
        if (!World.FaultsAreOn || !Node.Snapshots.IsRunning || !World.Dice.Chance(perTurn)) return;
        World.Trace(() => $"{process} loses its snapshot");
        process.Machine.Cluster.LostSnapshots++;
        Node.Snapshots.Abort();
    }

    private void ServeClients()
    {
        for (var i = _ready.Count - 1; i >= 0; i--)
        {
            var end = _ready[i];
            var session = (Session)end.Tag!;
            if (end.HasRoom)
            {
                end.HasRoom = false;
                Flush(end, session);
            }

            if (end.IsClosed || !end.IsReadable || !Receive(end, session))
            {
                if (!end.IsReadable || end.IsClosed) _ready.RemoveAt(i);
                continue;
            }

            if (!end.IsReadable) _ready.RemoveAt(i);
            if (Node.Executor.Add(session)) _more.Add(session);
            if (World.Dice.Chance(0.3)) Node.Executor.ExecuteBatch();
        }
    }

    private bool Receive(Endpoint end, Session session)
    {
        var count = end.Receive(session.Input.PrepareReceive(Node.Blocks));
        if (count > 0)
        {
            session.Input.Received(count, Node.Blocks);
            return true;
        }

        if (session.Input.Pending == 0) session.Input.Clear(Node.Blocks);
        if (count < 0) Close(end);
        return false;
    }

    private void EndGroup()
    {
        Node.Executor.ExecuteBatch();
        for (var round = 0; _more.Count > 0 && round < RoundsPerGroupMax; round++)
        {
            for (var i = _more.Count - 1; i >= 0; i--)
            {
                if (!Node.Executor.Add(_more[i])) _more.RemoveAt(i);
                if (Node.Executor.BatchIsFull) Node.Executor.ExecuteBatch();
            }

            Node.Executor.ExecuteBatch();
            Node.FeedReplicas();
        }

        _carried.AddRange(_more);
        _more.Clear();
        Node.ResumeUnblocked();
        PlantedNode.Disturb(process);
        Node.FeedReplicas();
        FlushAll();
    }

    private void ResumeCarried()
    {
        _more.AddRange(_carried);
        _carried.Clear();
        _more.RemoveAll(session => session.Connection is not Endpoint { IsClosed: false });
    }

    private void FlushAll()
    {
        Node.AppendOnly.Commit();
        if (Node.AppendOnly.HoldsOutput) return; // it could not, and the process ends
        var sessions = Node.SessionsWithOutput;
        for (var i = 0; i < sessions.Count; i++)
        {
            sessions[i].HasPendingOutput = false;
            if (sessions[i].Connection is Endpoint { IsClosed: false } end) Flush(end, sessions[i]);
        }

        sessions.Clear();
    }

    private void Flush(Endpoint end, Session session)
    {
        while (!session.Output.IsEmpty)
        {
            session.Output.Peek(_segments);
            var sent = end.Send(_segments[0].Bytes);
            if (sent < 0) Close(end);
            if (sent <= 0) return;
            session.Output.Advance(sent);
        }

        if (session.ReplicaLink is ReplicaLink { IsReplica: true } link) FlushLink(end, link);
        else if (session.Has(SessionFlags.CloseAfterReply)) Close(end);
    }

    private void FlushLink(Endpoint end, ReplicaLink link)
    {
        while (link.PeekSend(_segments) > 0)
        {
            var sent = end.Send(_segments[0].Bytes);
            if (sent < 0) Close(end);
            if (sent <= 0) return;
            link.OnSent(sent, process.Clock.MonotonicMicroseconds);
        }
    }

    private void Close(Endpoint end)
    {
        if (end.IsClosed) return;
        end.Close();
        _closing.Add(end);
    }

    private void FreeClosed()
    {
        if (Node.ClosesRequested)
        {
            Node.ClosesDone();
            for (var slot = 0; slot < Node.Sessions.Top; slot++)
            {
                if (Node.Sessions[slot] is { Connection: Endpoint end } session && session.Has(SessionFlags.CloseAsap)) Close(end);
            }
        }

        foreach (var end in _closing)
        {
            _ready.Remove(end);
            Node.RemoveSession((Session)end.Tag!);
        }

        _closing.Clear();
    }

    private void ScheduleNext()
    {
        if (_carried.Count > 0 || _ready.Count > 0 || Node.HasBackgroundWork || process.Primary.HasInput || process.Channel.HasInput)
        {
            _hasty = 0;
            RequestAt(World.Now + 1);
            return;
        }

        var deadline = process.Machine.Cluster.Bug == PlantedBug.StuckDeadline ? 0 : process.Clock.ToWorld(Math.Min(_nextTimer, Node.NextDeadline));
        const long longTurn = 10_000; // a slow disk has to be waited for
        _hasty = deadline <= _busyUntil && process.Clock.Elapsed < longTurn ? _hasty + 1 : 0;
        process.Machine.Cluster.Checker.Require(_hasty < HastyMax, Checks.Rules.NoSpin, SpinText);
        RequestAt(deadline);
    }

    private string SpinText()
    {
        string Due(long deadline) => deadline == long.MaxValue ? "never" : $"in {process.Clock.ToWorld(deadline) - _busyUntil}";
        var due = $"timer {Due(_nextTimer)}, replication {Due(Node.Replication.NextDeadline)}, append-only file {Due(Node.AppendOnly.NextDeadline)}, "
            + $"anything {Due(Node.NextDeadline)}";
        return $"{process} wants turn after turn and does nothing in them. Due, in us: {due}";
    }

    private void RequestAt(long time)
    {
        time = Math.Max(Math.Max(time, _busyUntil), World.Now);
        if (time >= _turnAt) return;
        _turnAt = time;
        World.After(time - World.Now, () =>
        {
            if (process.IsAlive && _turnAt == time) Turn();
        });
    }
}
