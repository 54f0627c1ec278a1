using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>
/// How the kernel schedules the calling thread (Linux: priorities and policies belong to threads). Helper threads step back by it, so
/// that the data thread finds a core when it wants one.
/// </summary>
public static unsafe class NativeThread
{
    /// <summary>SCHED_OTHER, the default policy.</summary>
    public const int PolicyOther = 0;

    /// <summary>SCHED_IDLE: runs when nobody else wants the core, and gives it up at once when somebody does.</summary>
    public const int PolicyIdle = 5;

    private const int NiceMin = -20;
    private const int CpuMax = 1024;
    private const ulong ResetOnFork = 1;

    // struct sched_attr as far as every kernel since 3.14 has it.
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong RuntimeNanoseconds;
        public ulong DeadlineNanoseconds;
        public ulong PeriodNanoseconds;
    }

    /// <summary>
    /// Sets the nice value, -20 (first) to 19 (last), of a thread of this process (0: the calling one). Lowering it needs privileges: error EACCES or EPERM.
    /// </summary>
    public static IoResult SetNice(int nice, int thread = 0) => SocketCalls.Result(NativeCalls.SetPriority(0, (uint)thread, nice));

    /// <summary>The nice value of a thread of this process (0: the calling one).</summary>
    public static int GetNice(int thread = 0) => NativeCalls.GetPriority(0, (uint)thread);

    /// <summary>Sleeps; shorter than a millisecond is possible, give or take the kernel's timer slack of 50 µs.</summary>
    public static void Sleep(int microseconds)
    {
        if (microseconds > 0) _ = NativeCalls.SleepMicroseconds((uint)microseconds);
    }

    /// <summary>The calling thread as the kernel numbers it.</summary>
    public static int GetId() => NativeCalls.GetThreadId();

    /// <summary>Puts a thread of this process (0: the calling one) under <see cref="PolicyOther"/> or <see cref="PolicyIdle"/>; its nice value stays.</summary>
    public static IoResult SetPolicy(int thread, int policy)
    {
        var priority = 0;
        return SocketCalls.Result(NativeCalls.SetScheduler(thread, policy, &priority));
    }

    /// <summary>
    /// Whether a thread with the nice value of the calling one, once under <see cref="PolicyIdle"/>, may be put back under <see cref="PolicyOther"/>: to the
    /// kernel that is like having its nice value lowered to what it is (sched(7)). Tries whether it may be lowered by one, where the limit does not tell.
    /// </summary>
    public static bool MayLeaveIdle()
    {
        var nice = GetNice();
        if (ProcessCalls.LowestNice() <= nice) return true;
        if (nice <= NiceMin || !SetNice(nice - 1).IsDone) return false;
        SetNice(nice);
        return true;
    }

    /// <summary>The policy of a thread of this process (0: the calling one).</summary>
    public static int GetPolicy(int thread = 0) => NativeCalls.GetScheduler(thread);

    /// <summary>
    /// Asks for time slices of <paramref name="microseconds"/> (100 to 100,000) for the calling thread alone, not for those that it starts. Its share of the
    /// core stays what it was; but who asks for short ones gets the core sooner after it has waited for something, where the other's slice would have to
    /// end first. False where the kernel cannot (Linux before 6.12) or the thread is not under <see cref="PolicyOther"/>.
    /// </summary>
    public static bool SetSlice(int microseconds)
    {
        if (!TryGetAttributes(out var attributes) || attributes.Policy != PolicyOther) return false;
        attributes.Flags |= ResetOnFork;
        attributes.RuntimeNanoseconds = (ulong)microseconds * 1000;
        var (set, _) = AttributeCalls();
        return NativeCalls.SchedulingAttributes(set, 0, &attributes, 0, 0) == 0 && GetSlice() == microseconds;
    }

    /// <summary>The calling thread's time slice in microseconds; 0 when the kernel does not tell.</summary>
    public static int GetSlice() => TryGetAttributes(out var attributes) ? (int)(attributes.RuntimeNanoseconds / 1000) : 0;

    private static bool TryGetAttributes(out Attributes attributes)
    {
        attributes = default;
        if (!OperatingSystem.IsLinux()) return false;
        var (_, get) = AttributeCalls();
        // Invariant: the kernel writes at most the bytes named.
        fixed (Attributes* address = &attributes) return get != 0 && NativeCalls.SchedulingAttributes(get, 0, address, sizeof(Attributes), 0) == 0;
    }

    private static (int Set, int Get) AttributeCalls() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (314, 315),
        Architecture.Arm64 => (274, 275),
        _ => (0, 0),
    };

    /// <summary>CPU time, in microseconds, that a thread of this process has had; -1 when the kernel does not tell, as of one that has ended.</summary>
    public static long GetCpuMicroseconds(int thread)
    {
        // The clock of one thread, as the kernel numbers it (CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED).
        var clock = ~thread << 3 | 6;
        var time = stackalloc long[2];
        return NativeCalls.GetClock(clock, time) == 0 ? time[0] * 1_000_000 + time[1] / 1000 : -1;
    }

    /// <summary>Whether a thread of this process runs or would like to: not one that waits for something, a disk perhaps. False when the kernel does not tell.</summary>
    public static bool IsRunnable(int thread)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/self/task/{thread}/stat");
            var state = stat.LastIndexOf(')') + 2; // the name before it may hold anything
            return state < stat.Length && stat[state] == 'R';
        }
        catch (IOException)
        {
            return false;
        }
    }

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
