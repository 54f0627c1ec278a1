using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class SignalsTests
{
    // Signals come on several threads in any order, and one that comes when the test is over must not end the process. So they are heeded for good, by who is
    // asked last, and sees what was decided before.
    private static readonly bool IsHangUpIgnored = IsIgnored(1); // by nohup: then the runtime does not look at it
    private static readonly bool IsInterruptIgnored = IsIgnored(2); // by a script that runs the tests behind an &: whoever asked the runtime first decides then
    private static readonly ConcurrentDictionary<PosixSignal, bool> Cancelled = new();
    private static readonly PosixSignalRegistration[] Registrations = RegisterForGood();

    [Fact]
    public void SignalsAreCountedAndWakeTheLoop()
    {
        Assert.NotEmpty(Registrations);
        using var poller = new EpollPoller();
        using var signals = new Signals(poller);
        Assert.False(signals.TryTake(out _));
        Raise(1);
        Raise(25); // a write beyond ulimit -f
        foreach (var signal in new[] { PosixSignal.SIGHUP, (PosixSignal)25 })
        {
            if (signal == PosixSignal.SIGHUP && IsHangUpIgnored) continue;
            WaitFor(() => Cancelled.ContainsKey(signal));
            Assert.True(Cancelled[signal]);
        }

        Raise(15);
        Assert.False(Take());
        Assert.False(signals.TryTake(out _));
        Assert.Equal(0, signals.WaitingInterrupts);
        if (IsInterruptIgnored) return;
        Raise(2);
        Assert.True(Take());
        Raise(2);
        WaitFor(() => signals.WaitingInterrupts == 1);
        Assert.True(Take());
        Assert.Equal(0, signals.WaitingInterrupts);

        bool Take()
        {
            var (isTaken, isInterrupt) = (false, false);
            WaitFor(() => isTaken = isTaken || signals.TryTake(out isInterrupt));
            return isInterrupt;
        }

        void WaitFor(Func<bool> condition)
        {
            for (var i = 0; i < 5000 && !condition(); i++) poller.Wait(20_000, new PollEvent[1]);
            Assert.True(condition());
        }
    }

    [Fact]
    public void ASignalThatTheStarterIgnoresIsHeeded()
    {
        // A shell without job control starts what stands before an & with SIGINT ignored. Another signal stands for it here, that nobody awaits.
        const int user2 = 12;
        SetSignal(user2, 1);
        Assert.Equal(1, SetSignal(user2, 1));
        ProcessCalls.HeedSignal(user2);
        Assert.Equal(0, SetSignal(user2, 0));
        ProcessCalls.HeedSignal(user2);
        Assert.Equal(0, SetSignal(user2, 0));
    }

    private static PosixSignalRegistration[] RegisterForGood()
    {
        return [.. new[] { PosixSignal.SIGHUP, (PosixSignal)25, PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(Register)];

        static PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            Cancelled[signal] = context.Cancel;
            context.Cancel = true;
        });
    }

    // Looked up, not asked of signal(2), which would have to put the runtime's handler back and cannot say how that is called.
    private static bool IsIgnored(int signal)
    {
        var mask = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
    }

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetSignal(int signal, nint handler);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    private static void Raise(int signal) => Assert.Equal(0, Kill(Environment.ProcessId, signal));
}
