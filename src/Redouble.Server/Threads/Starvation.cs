namespace Redouble.Server.Threads;

/// <summary>
/// Whether a thread that has work gets next to no CPU time: less than a tenth of a window of 300 ms. The slices it has run do not tell it, since on
/// a core that other processes keep busy an idle-scheduled thread runs one now and then (a save of 2 s took 20).
/// </summary>
internal sealed class Starvation
{
    /// <summary>Length of the window in microseconds.</summary>
    public const long Window = 300_000;

    /// <summary>CPU time in it below which the thread starves.</summary>
    public const long Enough = Window / 10;

    private long _since = -1;
    private long _cpuAtStart;

    /// <summary>The thread has no work: the next window begins when it has.</summary>
    public void Rests() => _since = -1;

    /// <summary>The thread has work; true at the end of a window in which it has had too little.</summary>
    /// <param name="now">Monotonic microseconds.</param>
    /// <param name="cpu">CPU time of the thread so far, in microseconds.</param>
    public bool Starves(long now, long cpu)
    {
        if (_since >= 0 && now - _since < Window) return false;
        var starves = _since >= 0 && cpu - _cpuAtStart < Enough;
        _since = now;
        _cpuAtStart = cpu;
        return starves;
    }
}
