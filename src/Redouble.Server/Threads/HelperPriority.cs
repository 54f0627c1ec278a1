using Redouble.Server.Polling;

namespace Redouble.Server.Threads;

/// <summary>
/// How the kernel schedules the helper thread. On one core the helper's time slice is the data thread's stall: under SCHED_BATCH, whatever
/// the nice value, a data thread that wakes up waits until the slice of 3 ms is over (99th percentile of a writer during BGSAVE on one core:
/// 1.4 to 2.5 ms; under SCHED_IDLE 0.6 to 1.0). So the helper is idle-scheduled while it has work. Where others keep the core busy that would be for ever:
/// a helper that has had next to no CPU time for a while, or that the data thread waits for (SAVE, SHUTDOWN), is a thread like any other for some
/// seconds, or until it has done its work. It keeps the nice value of the process then: behind it, each block of frames waited for the slices of all others
/// (a save of 100 MB beside three processes per core that never sleep: 7 s at nice 10, 2 at 0, as long as Redis' child; alone 0.2).
/// A helper without work is a thread like any other, too: a process ends when its last thread has, and an idle-scheduled one took 2 to 4 s for that where
/// others kept the cores busy (0.05 to 0.3 s), in which whoever waited for the process kept a core busy in the kernel. And where the kernel would
/// not let it come back it is never idle-scheduled.
/// </summary>
/// <remarks>Of the data thread, but for <see cref="Introduce"/>.</remarks>
internal sealed class HelperPriority
{
    private const long RaisedMicroseconds = 3_000_000;
    private const long UntilDone = long.MaxValue;

    private readonly Starvation _starvation = new();
    private int _thread; // 0 for one that stays as it is
    private bool _isIdle;
    private long _raisedUntil;

    /// <summary>Helper thread: once, at its start.</summary>
    public void Introduce()
    {
        if (NativeThread.GetPolicy() == NativeThread.PolicyOther && NativeThread.MayLeaveIdle()) Volatile.Write(ref _thread, NativeThread.GetId());
    }

    /// <summary>The helper is given work.</summary>
    public void Begin() => BeIdle(_raisedUntil == 0);

    /// <summary>
    /// Now and then: looks whether the helper gets on. A snapshot's work comes and goes many times in this while, and the helper stays what it
    /// was made meanwhile.
    /// </summary>
    /// <param name="now">Monotonic microseconds.</param>
    /// <param name="hasWork">Whether jobs are posted.</param>
    public void Watch(long now, bool hasWork)
    {
        if (!hasWork) _starvation.Rests();
        if (now > _raisedUntil || (!hasWork && _raisedUntil == UntilDone)) _raisedUntil = 0;
        if (_isIdle && hasWork && _starvation.Starves(now, NativeThread.GetCpuMicroseconds(_thread)) && NativeThread.IsRunnable(_thread))
            _raisedUntil = now + RaisedMicroseconds;
        BeIdle(hasWork && _raisedUntil == 0);
    }

    /// <summary>Somebody is about to wait for the helper.</summary>
    public void Hurry()
    {
        _raisedUntil = UntilDone;
        BeIdle(false);
    }

    private void BeIdle(bool idle)
    {
        var thread = Volatile.Read(ref _thread);
        if (idle == _isIdle || thread == 0) return;
        _isIdle = idle;
        _starvation.Rests();
        NativeThread.SetPolicy(thread, idle ? NativeThread.PolicyIdle : NativeThread.PolicyOther);
    }
}
