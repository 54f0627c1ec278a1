using Redouble.Core.Memory;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Eviction;

/// <summary>
/// Keeps what all clients take together below <c>maxmemory-clients</c>: the largest ones are closed, as far as they may be (CLIENT NO-EVICT). Replicas and the
/// primary have limits of their own, and do not count.
/// <code>
/// a session receives, replies or is sent ─► noted ─┐ between groups of clients
///                                                  └─► counted again: its new memory less what it was counted with ─► total ≥ limit? ─► the largest goes
/// </code>
/// Each session is counted with what it had when it was last noted, so the total is a sum that costs nothing to keep. The largest is looked for among all
/// when it is needed, which is once per client closed: rare, and 0.1 ms for 10,000.
/// </summary>
public sealed class ClientEviction
{
    private readonly Node _node;
    private readonly List<Session> _noted = [];
    private long _limit;
    private bool _warned;

    internal ClientEviction(Node node) => _node = node;

    /// <summary>Whether there is a limit.</summary>
    public bool IsLimited => _limit > 0;

    /// <summary>Bytes that clients take, as last counted.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Clients closed.</summary>
    public long EvictedClients { get; internal set; }

    /// <summary>The limit in bytes, 0 for none; a percentage is one of <c>maxmemory</c>. As in Redis it leaves room for somebody to put it right.</summary>
    private long Limit
    {
        get
        {
            const long least = 128 * 1024;
            var config = _node.Config;
            if (config.MaxMemoryClients == 0 || (config.MaxMemoryClients < 0 && config.MaxMemory == 0)) return 0;
            return Math.Max(least, config.MaxMemoryClients > 0 ? config.MaxMemoryClients : (long)(config.MaxMemory / 100.0 * -config.MaxMemoryClients));
        }
    }

    /// <summary>The memory of a session may have changed.</summary>
    public void Note(Session session)
    {
        if (!IsLimited || session.IsMemoryNoted || session.Handle == SessionHandle.None) return;
        session.IsMemoryNoted = true;
        _noted.Add(session);
    }

    /// <summary>
    /// Between groups of clients, and before keys are evicted for want of memory: counts those that were noted, and closes the largest ones while there is too
    /// much.
    /// </summary>
    public void Enforce()
    {
        if (_noted.Count == 0) return;
        foreach (var session in _noted) Count(session);
        _noted.Clear();
        while (IsLimited && TotalBytes >= _limit) // those that were noted may have waited here while it was switched off
        {
            if (Largest(static session => session.CountedBytes, out _) is not { } largest)
            {
                if (!_warned) _node.Parts.Host.Log(ConfigLogLevel.Warning, "Over client maxmemory after evicting all evictable clients");
                _warned = true;
                return;
            }

            _node.Parts.Host.Log(ConfigLogLevel.Notice, $"Evicting client: {ClientLine.Format(largest, _node.Keyspace.NowMs)}");
            EvictedClients++;
            _node.Clients.CloseAndFree(largest);
            Forget(largest);
        }

        _warned = false;
    }

    /// <summary>
    /// Once a turn: the system gives no more memory, and of what running work is finished with three quarters are gone. Then the largest clients go, limit or
    /// not, as many as hold what is missing: there is nobody else to take it from but the data.
    /// </summary>
    public void MakeRoom()
    {
        var missing = _node.Heap.MissingBytes - _node.Blocks.RetainedBytes;
        while (missing > 0 && Largest(SessionMemory.TotalBytes, out var bytes) is { } largest)
        {
            if (bytes < BlockPool.StandardCapacity) return; // idle
            missing -= bytes;
            EvictedClients++;
            _node.Clients.CloseForMemory(largest);
        }
    }

    /// <summary>The session goes.</summary>
    internal void Forget(Session session)
    {
        TotalBytes -= session.CountedBytes;
        session.CountedBytes = 0;
    }

    /// <summary>CONFIG SET, and the start: with a limit every session is counted.</summary>
    internal void LimitChanged()
    {
        var wasLimited = IsLimited;
        _limit = Limit;
        if (IsLimited == wasLimited) return;
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is not { } session) continue;
            if (IsLimited) Note(session);
            else Forget(session);
        }
    }

    private static bool MayCount(Session session) => !session.Has(SessionFlags.Primary | SessionFlags.CloseAsap) && !SessionClass.IsReplica(session);

    private void Count(Session session)
    {
        session.IsMemoryNoted = false;
        if (session.Handle == SessionHandle.None) return;
        var bytes = IsLimited && MayCount(session) ? SessionMemory.TotalBytes(session) : 0;
        TotalBytes += bytes - session.CountedBytes;
        session.CountedBytes = bytes;
    }

    private Session? Largest(Func<Session, long> bytesOf, out long most)
    {
        Session? largest = null;
        most = 0;
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is not { } session || session.Has(SessionFlags.NoEvict) || !MayCount(session)) continue;
            if (bytesOf(session) is var bytes && bytes > most) (largest, most) = (session, bytes);
        }

        return largest;
    }
}
