using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>
/// The signals that a server answers, as counters for the loop to look at: SIGTERM and SIGINT ask to shut down, SIGHUP is ignored, and SIGXFSZ, so
/// that a save which meets the limit of file sizes (ulimit -f) fails with an error and does not take the server, and the data set, with it. SIGPIPE
/// needs nothing: the runtime ignores it and every send asks for none. The runtime delivers signals on a thread of its own, which only counts and
/// wakes the loop.
/// </summary>
public sealed class Signals : IDisposable
{
    private const PosixSignal FileSizeExceeded = (PosixSignal)25; // SIGXFSZ has no name there; the number is that of Linux and of macOS

    private const int Interrupt = 2, Abort = 6, Terminate = 15;

    private readonly PosixSignalRegistration[] _registrations;
    private readonly IPoller _poller;
    private int _terminateCount;
    private int _interruptCount;
    private int _terminatesTaken;
    private int _interruptsTaken;

    /// <param name="poller">Woken at each signal that counts.</param>
    public Signals(IPoller poller)
    {
        _poller = poller;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Count(context, ref _terminateCount)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Count(context, ref _interruptCount)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true),
            PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true),
        ];
    }

    /// <summary>
    /// Before anything else, the console included, which has the runtime look at the signals: those that ask to shut down do so too where the starter of
    /// this process had them ignored, and SIGABRT, by which a supervisor asks for a core, ends it at once.
    /// </summary>
    public static void HeedIgnored()
    {
        ProcessCalls.HeedSignal(Terminate);
        ProcessCalls.HeedSignal(Interrupt);
        ProcessCalls.ResetSignal(Abort); // the runtime would take the first one for its own, and go on
    }

    /// <summary>SIGINTs that nobody has taken.</summary>
    public int WaitingInterrupts => Volatile.Read(ref _interruptCount) - _interruptsTaken;

    /// <summary>Takes one of the signals that ask to shut down, the SIGTERMs first; false when there is none. By the loop only.</summary>
    public bool TryTake(out bool isInterrupt)
    {
        isInterrupt = Volatile.Read(ref _terminateCount) == _terminatesTaken;
        if (!isInterrupt) _terminatesTaken++;
        else if (WaitingInterrupts > 0) _interruptsTaken++;
        else return false;
        return true;
    }

    /// <summary>Gives the signals back their default effect.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Count(PosixSignalContext context, ref int counter)
    {
        context.Cancel = true;
        Interlocked.Increment(ref counter);
        _poller.Wake();
    }
}
