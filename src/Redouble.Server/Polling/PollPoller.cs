using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Redouble.Server.Polling;

/// <summary>
/// <see cref="IPoller"/> over POSIX poll(2), for systems without epoll; each wait costs time for every descriptor watched. The
/// descriptors stand in one array (entry 0: the reading end of the wake-up pipe), their tokens in a second.
/// </summary>
public sealed unsafe class PollPoller : IPoller
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const long WakeToken = -1;

    private readonly int _wakeWriter;
    private readonly Dictionary<int, int> _places = [];
    private PollDescriptor[] _descriptors = new PollDescriptor[16];
    private long[] _tokens = new long[16];
    private int _used = 1;
    private int _next = 1; // where the next wait starts to report, so that none starves
    private int _wakePending;
    private bool _disposed;

    /// <summary>Opens the wake-up pipe.</summary>
    public PollPoller()
    {
        var ends = stackalloc int[2];
        if (NativeCalls.Pipe(ends, CloseOnExec | NonBlocking) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _descriptors[0] = new PollDescriptor { Descriptor = ends[0], Wanted = (short)PollBits.In };
        _tokens[0] = WakeToken;
        _wakeWriter = ends[1];
    }

    /// <inheritdoc/>
    public int Count => _used - 1;

    /// <inheritdoc/>
    public IoResult Add(int descriptor, long token, PollInterest interest)
    {
        if (token == WakeToken) throw new ArgumentOutOfRangeException(nameof(token));
        if (descriptor < 0) return IoResult.Error(Errno.BadDescriptor);
        if (!_places.TryAdd(descriptor, _used)) return IoResult.Error(Errno.Exists);
        if (_used == _descriptors.Length)
        {
            Array.Resize(ref _descriptors, _used * 2);
            Array.Resize(ref _tokens, _used * 2);
        }

        _descriptors[_used] = new PollDescriptor { Descriptor = descriptor, Wanted = (short)PollBits.From(interest) };
        _tokens[_used++] = token;
        return IoResult.Done(0);
    }

    /// <inheritdoc/>
    public IoResult Modify(int descriptor, long token, PollInterest interest)
    {
        if (token == WakeToken) throw new ArgumentOutOfRangeException(nameof(token));
        if (!_places.TryGetValue(descriptor, out var place)) return IoResult.Error(Errno.NoEntry);
        _descriptors[place].Wanted = (short)PollBits.From(interest);
        _tokens[place] = token;
        return IoResult.Done(0);
    }

    /// <inheritdoc/>
    public IoResult Remove(int descriptor)
    {
        if (!_places.Remove(descriptor, out var place)) return IoResult.Error(Errno.NoEntry);
        var last = --_used;
        if (place == last) return IoResult.Done(0);
        (_descriptors[place], _tokens[place]) = (_descriptors[last], _tokens[last]);
        _places[_descriptors[place].Descriptor] = place;
        return IoResult.Done(0);
    }

    /// <inheritdoc/>
    public int Wait(long timeout, Span<PollEvent> events)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int found;
        // Invariant: _used <= _descriptors.Length, and the array stays pinned for the call.
        fixed (PollDescriptor* descriptors = _descriptors) found = NativeCalls.Poll(descriptors, (nuint)_used, PollBits.Milliseconds(timeout));
        if (found < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == Errno.Interrupted ? 0 : throw new Win32Exception(errno);
        }

        if (found == 0) return 0;
        if (_descriptors[0].Ready != 0) TakeWake();
        return Report(events);
    }

    /// <inheritdoc/>
    public void Wake()
    {
        // One write per wait, however many threads call: the first sets the flag, TakeWake clears it.
        if (Interlocked.Exchange(ref _wakePending, 1) != 0) return;
        byte one = 1;
        NativeCalls.Write(_wakeWriter, &one, 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        NativeCalls.Close(_descriptors[0].Descriptor);
        NativeCalls.Close(_wakeWriter);
    }

    private int Report(Span<PollEvent> events)
    {
        var written = 0;
        var place = _next < _used ? _next : 1;
        for (var left = _used - 1; left > 0; left--)
        {
            var ready = _descriptors[place].Ready;
            if (ready != 0)
            {
                if (written == events.Length) break;
                events[written++] = new PollEvent(_tokens[place], PollBits.ToInterest((ushort)ready));
            }

            place = place + 1 < _used ? place + 1 : 1;
        }

        _next = place;
        return written;
    }

    // The flag is cleared before the caller looks at its queues: who queues after that look writes again.
    private void TakeWake()
    {
        byte one;
        NativeCalls.Read(_descriptors[0].Descriptor, &one, 1);
        Interlocked.Exchange(ref _wakePending, 0);
    }
}
