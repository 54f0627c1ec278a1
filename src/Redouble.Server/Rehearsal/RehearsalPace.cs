namespace Redouble.Server.Rehearsal;

/// <summary>
/// Lets the rehearsal rest while others want the core that it runs on: its thread, behind the others anyway, then gets less than half of the time. It is work
/// that nobody has asked for, and a replica that followed a busy primary right after its start paid for it with a third of the CPU of its first million writes.
/// Rests end after a minute in all: a server that is always busy will be saving and syncing, too.
/// </summary>
/// <param name="now">Monotonic microseconds.</param>
/// <param name="cpu">CPU time of the thread so far, microseconds; -1 when that is not known.</param>
/// <param name="rest">Sleeps so many milliseconds.</param>
internal sealed class RehearsalPace(Func<long> now, Func<long> cpu, Action<int> rest)
{
    /// <summary>Length of a rest.</summary>
    internal const int RestMs = 1000;

    /// <summary>Rests in all.</summary>
    internal const int RestsMax = 60;

    /// <summary>Microseconds after which the thread's share is looked at.</summary>
    internal const long Window = 50_000;

    private long _since = now();
    private long _cpuBefore = cpu();
    private int _rests;

    /// <summary>Something has been done, and more is to come.</summary>
    public void Step()
    {
        var elapsed = now() - _since;
        if (elapsed < Window || _rests == RestsMax) return;
        if (_cpuBefore >= 0 && cpu() - _cpuBefore < elapsed / 2)
        {
            _rests++;
            rest(RestMs);
        }

        Begin();
    }

    /// <summary>What was not done until now was not for want of time.</summary>
    public void Begin() => (_since, _cpuBefore) = (now(), cpu());
}
