using Redouble.Server.Polling;

namespace Redouble.Server.Threads;

/// <summary>
/// How the kernel schedules the helper thread. On one core the helper's time slice is the data thread's stall: under SCHED_BATCH, whatever
/// the nice value, a data thread that wakes up waits until the slice of 3 ms is over (99th percentile of a writer during BGSAVE on one core:
/// 1.4 to 2.5 ms; under SCHED_IDLE 0.6 to 1.0). So the helper is idle-scheduled. Where others keep the core busy that would be for ever:
/// a helper that has had work and next to no CPU time for a while, or that the data thread waits for (SAVE, SHUTDOWN), is a thread like any other for some
/// seconds, or until it has done its work. It keeps the nice value of the process then: behind it, each block of frames waited for the slices of all others
/// (a save of 100 MB beside three processes per core that never sleep: 7 s at nice 10, 2 at 0, as long as Redis' child; alone 0.2).
/// </summary>
internal sealed class HelperPriority
{
    private const long RaisedMicroseconds = 3_000_000;
    private const long UntilDone = long.MaxValue;

    private readonly Starvation _starvation = new();
    private int _thread;
    private bool _raised;
    private long _raisedUntil;

    /// <summary>Helper thread: once, at its start.</summary>
    public void Lower()
    {
        NativeThread.SetPolicy(0, NativeThread.PolicyIdle);
        Volatile.Write(ref _thread, NativeThread.GetId());
    }

    /// <summary>
    /// Data thread, now and then: looks whether the helper gets on. A snapshot's work comes and goes many times in this while, and the helper stays what it
    /// was made meanwhile.
    /// </summary>
    /// <param name="now">Monotonic microseconds.</param>
    /// <param name="hasWork">Whether jobs are posted.</param>
    public void Watch(long now, bool hasWork)
    {
        var thread = Volatile.Read(ref _thread);
        if (thread == 0) return;
        if (_raised)
        {
            if (now > _raisedUntil || (!hasWork && _raisedUntil == UntilDone)) Raise(false);
        }
        else if (!hasWork)
        {
            _starvation.Rests();
        }
        else if (_starvation.Starves(now, NativeThread.GetCpuMicroseconds(thread)) && NativeThread.IsRunnable(thread))
        {
            _raisedUntil = now + RaisedMicroseconds;
            Raise(true);
        }
    }

    /// <summary>Data thread: it is about to wait for the helper.</summary>
    public void Hurry()
    {
        _raisedUntil = UntilDone;
        if (!_raised) Raise(true);
    }

    private void Raise(bool raised)
    {
        var thread = Volatile.Read(ref _thread);
        if (thread == 0) return;
        _raised = raised;
        _starvation.Rests();
        NativeThread.SetPolicy(thread, raised ? NativeThread.PolicyOther : NativeThread.PolicyIdle);
    }
}
