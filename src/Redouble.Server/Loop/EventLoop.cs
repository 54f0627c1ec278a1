using Redouble.Core.Platform;
using Redouble.Engine;
using Redouble.Engine.Sessions;
using Redouble.Server.Connections;
using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Loop;

/// <summary>
/// The data thread's loop. One turn:
/// <code>
/// 1 wait for events        as long as nothing is due; not at all while background work is waiting
/// 2 read the clock         once
/// 3 helper completions, new connections, the primary's stream
/// 4 groups of 64 clients   receive all → parse all, prefetching → execute in order → feed replicas → send
/// 5 timers                 hz times a second
/// 6 background slice       snapshot walk, expiry, freeing: at most 200 µs, a fifth of the time when busy
/// 7 commit                 what the turn has done goes to the append-only file, with always to the disk; only then is sent what it has to say, to the
///                          primary, too
/// 8 free closed connections
/// </code>
/// No allocation, no tasks. <see cref="RunTurn"/> is a method of its own so that it is compiled to its final form after some hundred calls.
/// </summary>
internal sealed class EventLoop
{
    private const int GroupMax = 64;
    private const int RoundsPerGroupMax = 16;

    private readonly Node _node;
    private readonly IPoller _poller;
    private readonly IClock _clock;
    private readonly BackgroundThread _background;
    private readonly BackgroundThread _files;
    private readonly ClientIo _clients;
    private readonly Acceptor _acceptor;
    private readonly List<int> _ready = []; // listeners
    private readonly PrimaryConnector _primary;
    private readonly PrimaryConnector _channel;
    private readonly SideConnections _sides;
    private readonly PollEvent[] _events = new PollEvent[1024];
    private readonly List<Session> _more = [];
    private readonly List<Session> _carried = [];
    private long _nextTimer;
    private long _ended;        // when the last turn did; waiting goes by it
    private long _owedToHelper; // microseconds
    private int _inGroup;

    public EventLoop(
        Node node, IPoller poller, BackgroundThread background, BackgroundThread files, ClientIo clients, Acceptor acceptor, PrimaryConnector primary,
        PrimaryConnector channel, SideConnections sides)
    {
        _node = node;
        _poller = poller;
        _clock = node.Parts.Clock;
        _background = background;
        _files = files;
        _clients = clients;
        _acceptor = acceptor;
        _primary = primary;
        _channel = channel;
        _sides = sides;
    }

    /// <summary>One turn; see above.</summary>
    public void RunTurn()
    {
        var ready = Wait();
        var started = _clock.MonotonicMicroseconds;
        _node.BeginTurn(started);
        _clients.BeginTurn();
        _background.DeliverPaused();
        _files.DeliverPaused();
        ResumeCarried();
        for (var i = 0; i < ready; i++) Serve(_events[i]);
        EndGroup();
        var hasRead = _primary.ReadWhatIsDue(started);
        if (started >= _nextTimer)
        {
            _nextTimer = started + _node.Timer() * 1000;
            _background.Watch(started);
            EndGroup();
        }

        _primary.Drive(started);
        _channel.Drive(started);
        _sides.Drive(started);
        _node.EndTurn();
        EndGroup();
        var busy = ready > 0 || hasRead || _carried.Count > 0 || _node.Replication.Protocol.Primary.HasWork;
        _node.BackgroundSlice(started, busy);
        _node.AppendOnly.Commit(); // nothing has been sent since something was written
        _primary.Drive(started);
        _clients.FlushAll(); // who is told of keys that have just expired
        _clients.ReadAgain();
        _clients.FreeClosed();
        AcceptReady();
        _ended = _clock.MonotonicMicroseconds;
        _node.Stats.EndTurn(_ended - started);
        if (busy) YieldToHelper(_ended - started);
    }

    // At the end of the turn: who has left it makes room for who comes.
    private void AcceptReady()
    {
        foreach (var listener in _ready) _acceptor.Accept(listener);
        _ready.Clear();
    }

    // Its share of the time of busy turns, in sleeps that are longer than the kernel's timer slack and too short to be felt.
    private void YieldToHelper(long turnMicroseconds)
    {
        const long sleepMin = 100;
        const long sleepMax = 300;
        var percent = _node.Snapshots.HelperPercent;
        if (percent == 0 || _background.IsIdle)
        {
            _owedToHelper = 0;
            return;
        }

        _owedToHelper = Math.Min(sleepMax, _owedToHelper + (turnMicroseconds * percent / (100 - percent)));
        if (_owedToHelper < sleepMin) return;
        var slept = _clock.MonotonicMicroseconds;
        NativeThread.Sleep((int)_owedToHelper);
        _owedToHelper -= _clock.MonotonicMicroseconds - slept;
    }

    // A sleep and the waking up cost some 30 µs, in a virtual machine more: as long as a replica on the same network takes to acknowledge.
    private int Wait()
    {
        var due = _node.Waits.AnswerDue;
        if (_ended >= due || WaitMax() == 0) return _poller.Wait(WaitMax(), _events);
        int ready;
        do ready = _poller.Wait(0, _events);
        while (ready == 0 && _clock.MonotonicMicroseconds < due);
        return ready; // 0 when the time is up: a turn without events, since a wake-up may have come meanwhile
    }

    private long WaitMax()
    {
        if (_carried.Count > 0 || _node.HasBackgroundWork || _node.Pushes.HasUnsent) return 0;
        var next = Math.Min(_nextTimer, _node.NextDeadline);
        var most = Math.Clamp((next - _ended + 999) / 1000 * 1000, 0, 1_000_000);
        return Math.Min(most, Math.Max(0, _primary.ReadDue - _ended));
    }

    private void Serve(PollEvent ready)
    {
        switch (LoopToken.Kind(ready.Token))
        {
            case LoopToken.Listener:
                _ready.Add(LoopToken.Slot(ready.Token));
                return;
            case LoopToken.PrimaryLink:
                EndGroup();
                _primary.Serve(ready);
                return;
            case LoopToken.SnapshotChannel:
                EndGroup();
                _channel.Serve(ready);
                return;
            case LoopToken.SideConnection:
                _sides.Serve(ready);
                return;
            default:
                ServeClient(ready);
                return;
        }
    }

    private void ServeClient(PollEvent ready)
    {
        var session = _node.Sessions.Find(new SessionHandle(LoopToken.Slot(ready.Token), LoopToken.Generation(ready.Token)));
        if (session?.Connection is not Connection { IsClosed: false } connection) return;
        if ((ready.Ready & PollInterest.Write) != 0 && (connection.Interest & PollInterest.Write) != 0) _clients.Flush(connection);
        if ((ready.Ready & PollInterest.Read) == 0 || connection.IsClosed || _clients.IsLeftUnread(connection, ready.Ready)) return;
        if (connection.IsCarried) return; // its turn comes with the group's; what it has is executed before more is read
        if (!_clients.Receive(connection)) return;
        if (_node.Executor.Add(session)) _more.Add(session);
        if (_node.Executor.BatchIsWorthwhile)
        {
            // A deep pipeline is served at once: the next client's input and replies use the same, still cached, blocks.
            _node.Executor.ExecuteBatch();
            if (_more.Count == 0) _clients.FlushAll();
        }

        if (++_inGroup >= GroupMax) EndGroup();
    }

    /// <summary>Executes what the group's sessions have, round by round, feeding replicas and sending after each.</summary>
    private void EndGroup()
    {
        _inGroup = 0;
        _node.Executor.ExecuteBatch();
        for (var round = 0; _more.Count > 0 && round < RoundsPerGroupMax; round++)
        {
            for (var i = _more.Count - 1; i >= 0; i--)
            {
                if (!_node.Executor.Add(_more[i])) RemoveMore(i);
                if (_node.Executor.BatchIsFull) _node.Executor.ExecuteBatch();
            }

            _node.Executor.ExecuteBatch();
            _node.FeedReplicas();
        }

        Carry();
        _node.ResumeUnblocked();
        _node.FeedReplicas();
        _clients.FlushAll();
    }

    /// <summary>The next turn goes on with what the group's sessions still have.</summary>
    private void Carry()
    {
        foreach (var session in _more) ((Connection)session.Connection!).IsCarried = true;
        _carried.AddRange(_more);
        _more.Clear();
    }

    private void ResumeCarried()
    {
        if (_carried.Count == 0) return;
        _more.AddRange(_carried);
        _carried.Clear();
        for (var i = _more.Count - 1; i >= 0; i--)
        {
            if (_more[i].Connection is not Connection { IsClosed: false }) RemoveMore(i);
        }
    }

    private void RemoveMore(int index)
    {
        if (_more[index].Connection is Connection connection) connection.IsCarried = false;
        _more.RemoveAt(index);
    }
}
