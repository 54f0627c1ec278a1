namespace Redouble.Server.Polling;

/// <summary>
/// Waits for many descriptors at once. One thread owns a poller; any thread may <see cref="Wake"/> it. Level-triggered: what is ready
/// is reported at each wait until it has been used up. That suits a loop which caps the bytes it takes from a client per turn and
/// simply meets the rest again in the next turn; edge-triggered, it would have to keep its own list of unfinished clients, and save
/// only the rare change of interest when a socket's send buffer has filled up.
/// </summary>
public interface IPoller : IDisposable
{
    /// <summary>Descriptors watched, the poller's own excluded.</summary>
    int Count { get; }

    /// <summary>Starts watching. <paramref name="token"/> comes back with each event; any value but -1. Error EEXIST when watched already.</summary>
    IoResult Add(int descriptor, long token, PollInterest interest);

    /// <summary>Replaces token and interest. Error ENOENT when not watched.</summary>
    IoResult Modify(int descriptor, long token, PollInterest interest);

    /// <summary>Stops watching; to be called before the descriptor is closed. Error ENOENT when not watched.</summary>
    IoResult Remove(int descriptor);

    /// <summary>
    /// Waits up to <paramref name="timeout"/> microseconds (0: not at all, -1: without end) for events, and returns how many it wrote; where the system counts
    /// in milliseconds, up to the next whole one. 0 when the time is up, at a signal, or after <see cref="Wake"/>: a caller looks at its own queues after every
    /// wait. Descriptors that find no room in <paramref name="events"/> are reported by later waits; none starves.
    /// </summary>
    int Wait(long timeout, Span<PollEvent> events);

    /// <summary>Makes the current or next <see cref="Wait"/> return at once. From any thread; many calls may end one wait.</summary>
    void Wake();
}
