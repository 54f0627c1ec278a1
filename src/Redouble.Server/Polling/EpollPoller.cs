using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>
/// <see cref="IPoller"/> over Linux' epoll, level-triggered. Other threads wake it through an eventfd that it watches like a socket.
/// struct epoll_event is packed on x64 only:
/// <code>
///   x64    | events, 4 | token, 8          |     12 bytes
///   arm64  | events, 4 | pad, 4 | token, 8 |     16 bytes
/// </code>
/// </summary>
public sealed unsafe class EpollPoller : IPoller
{
    private const int BatchMax = 512;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int OperationAdd = 1;
    private const int OperationRemove = 2;
    private const int OperationModify = 3;
    private const long WakeToken = -1;

    private static readonly int s_tokenOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_eventSize = s_tokenOffset + 8;

    private readonly int _epoll;
    private readonly int _wake;

    // Invariant: BatchMax events of s_eventSize bytes from construction to disposal; written by epoll_wait only.
    private byte* _events;
    private int _wakePending;

    /// <summary>Opens the epoll instance and the eventfd.</summary>
    public EpollPoller()
    {
        _epoll = NativeCalls.EpollCreate(CloseOnExec);
        if (_epoll < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _wake = NativeCalls.EventDescriptor(0, CloseOnExec | NonBlocking);
        if (_wake < 0 || !Control(OperationAdd, _wake, WakeToken, PollInterest.Read).IsDone)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (_wake >= 0) NativeCalls.Close(_wake);
            NativeCalls.Close(_epoll);
            throw new Win32Exception(errno);
        }

        _events = (byte*)NativeMemory.Alloc(BatchMax, (nuint)s_eventSize);
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IoResult Add(int descriptor, long token, PollInterest interest)
    {
        if (token == WakeToken) throw new ArgumentOutOfRangeException(nameof(token));
        var result = Control(OperationAdd, descriptor, token, interest);
        if (result.IsDone) Count++;
        return result;
    }

    /// <inheritdoc/>
    public IoResult Modify(int descriptor, long token, PollInterest interest)
    {
        if (token == WakeToken) throw new ArgumentOutOfRangeException(nameof(token));
        return Control(OperationModify, descriptor, token, interest);
    }

    /// <inheritdoc/>
    public IoResult Remove(int descriptor)
    {
        var result = Control(OperationRemove, descriptor, 0, PollInterest.None);
        if (result.IsDone) Count--;
        return result;
    }

    /// <inheritdoc/>
    public int Wait(long timeout, Span<PollEvent> events)
    {
        ObjectDisposedException.ThrowIf(_events == null, this);
        // The wake-up may take one of the places. The kernel rotates its ready list: what it does not report now comes first next time.
        var found = Wait(timeout, Math.Clamp(events.Length, 1, BatchMax));
        if (found < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == Errno.Interrupted ? 0 : throw new Win32Exception(errno);
        }

        var written = 0;
        for (var i = 0; i < found; i++)
        {
            // Invariant: i < found <= BatchMax, so both reads are within _events.
            var source = _events + (i * s_eventSize);
            var token = Unsafe.ReadUnaligned<long>(source + s_tokenOffset);
            if (token == WakeToken) TakeWake();
            else if (written < events.Length) events[written++] = new PollEvent(token, PollBits.ToInterest(Unsafe.ReadUnaligned<uint>(source)));
        }

        return written;
    }

    /// <inheritdoc/>
    public void Wake()
    {
        // One write per wait, however many threads call: the first sets the flag, TakeWake clears it.
        if (Interlocked.Exchange(ref _wakePending, 1) != 0) return;
        var one = 1UL;
        NativeCalls.Write(_wake, &one, sizeof(ulong)); // fails only when the counter is full, and then the wait ends anyway
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_events == null) return;
        NativeMemory.Free(_events);
        _events = null;
        NativeCalls.Close(_wake);
        NativeCalls.Close(_epoll);
    }

    // epoll counts in milliseconds. Shorter times are waited for by ppoll, which takes the epoll instance like a socket.
    private int Wait(long timeout, int eventsMax)
    {
        if (timeout is <= 0 or >= 1000) return NativeCalls.EpollWait(_epoll, _events, eventsMax, PollBits.Milliseconds(timeout));
        var self = new PollDescriptor { Descriptor = _epoll, Wanted = (short)PollBits.In };
        var time = new TimeSpecification { Nanoseconds = (nint)timeout * 1000 };
        var found = NativeCalls.PollPrecisely(&self, 1, &time, null);
        if (found == 0) return 0;
        var isRefused = found < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted; // by a sandbox
        return NativeCalls.EpollWait(_epoll, _events, eventsMax, isRefused ? 1 : 0);
    }

    // The flag is cleared before the caller looks at its queues: who queues after that look writes again.
    private void TakeWake()
    {
        ulong count;
        NativeCalls.Read(_wake, &count, sizeof(ulong));
        Interlocked.Exchange(ref _wakePending, 0);
    }

    private IoResult Control(int operation, int descriptor, long token, PollInterest interest)
    {
        // Invariant: 16 bytes hold either layout.
        var storage = stackalloc byte[16];
        Unsafe.WriteUnaligned(storage, PollBits.From(interest));
        Unsafe.WriteUnaligned(storage + s_tokenOffset, token);
        return NativeCalls.EpollControl(_epoll, operation, descriptor, storage) == 0 ? IoResult.Done(0) : IoResult.Error(Marshal.GetLastPInvokeError());
    }
}
