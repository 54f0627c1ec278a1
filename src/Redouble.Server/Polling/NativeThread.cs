namespace Redouble.Server.Polling;

/// <summary>
/// How the kernel schedules the calling thread (Linux: priorities and policies belong to threads). Helper threads step back by it, so
/// that the data thread finds a core when it wants one.
/// </summary>
public static unsafe class NativeThread
{
    /// <summary>SCHED_OTHER, the default policy.</summary>
    public const int PolicyOther = 0;

    /// <summary>SCHED_BATCH: never preempts a thread that has just woken up.</summary>
    public const int PolicyBatch = 3;

    private const int CpuMax = 1024;

    /// <summary>Sets the thread's nice value, -20 (first) to 19 (last). Lowering it needs privileges: error EACCES or EPERM.</summary>
    public static IoResult SetNice(int nice) => SocketCalls.Result(NativeCalls.SetPriority(0, 0, nice));

    /// <summary>The thread's nice value.</summary>
    public static int GetNice() => NativeCalls.GetPriority(0, 0);

    /// <summary>Sleeps; shorter than a millisecond is possible, give or take the kernel's timer slack of 50 µs.</summary>
    public static void Sleep(int microseconds)
    {
        if (microseconds > 0) _ = NativeCalls.SleepMicroseconds((uint)microseconds);
    }

    /// <summary>Puts the thread under <see cref="PolicyBatch"/>.</summary>
    public static IoResult SetBatch()
    {
        var priority = 0;
        return SocketCalls.Result(NativeCalls.SetScheduler(0, PolicyBatch, &priority));
    }

    /// <summary>The thread's policy.</summary>
    public static int GetPolicy() => NativeCalls.GetScheduler(0);

    /// <summary>The CPUs the thread may run on, ascending; empty when the kernel does not tell.</summary>
    public static int[] GetCpus()
    {
        var mask = new ulong[CpuMax / 64];
        int found;
        // Invariant: the kernel writes at most the bytes named, and the array is pinned for the call.
        fixed (ulong* words = mask) found = NativeCalls.GetAffinity(0, CpuMax / 8, words);
        if (found < 0) return [];
        var cpus = new List<int>();
        for (var cpu = 0; cpu < CpuMax; cpu++)
        {
            if ((mask[cpu / 64] >> (cpu % 64) & 1) != 0) cpus.Add(cpu);
        }

        return [.. cpus];
    }

    /// <summary>Restricts the thread to <paramref name="cpus"/>, each below 1024. Error EINVAL when none of them is there.</summary>
    public static IoResult SetCpus(ReadOnlySpan<int> cpus)
    {
        var mask = new ulong[CpuMax / 64];
        foreach (var cpu in cpus)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)CpuMax, nameof(cpus));
            mask[cpu / 64] |= 1UL << (cpu % 64);
        }

        // Invariant: the kernel reads the bytes named, and the array is pinned for the call.
        fixed (ulong* words = mask) return SocketCalls.Result(NativeCalls.SetAffinity(0, CpuMax / 8, words));
    }
}
