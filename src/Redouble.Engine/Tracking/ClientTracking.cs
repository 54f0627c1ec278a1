using Redouble.Core.Hashing;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Tracking;

/// <summary>
/// Client-side caching (CLIENT TRACKING): clients that keep copies of what they read are told when it changes.
/// <code>
/// a session reads keys ──────► TrackingTable: key ─► sessions          (default, OPTIN, OPTOUT)
/// a key changes ─┬───────────► its sessions are told, each key by itself, and the entry goes
///                │               the session whose command this is: behind its reply
///                └───────────► BroadcastTable: prefix ─► sessions     (BCAST) told at the end of the turn, all keys at once
/// all keys go ───────────────► every tracking session is told null, the table is emptied
/// table too large ───────────► entries at random are ended as if their keys had changed
/// </code>
/// While nobody tracks and nothing is left in the table, the keyspace reports no changes and a command costs one test of a flag that is at hand.
/// Source of the rules: behaviour of redis-server, and the documentation of client-side caching.
/// </summary>
public sealed class ClientTracking : IDisposable
{
    private const int EffortPerRound = 100;
    private const int BroadcastBytesMax = 1 << 20;

    private readonly Node _node;
    private readonly TrackingTable _table;
    private readonly BroadcastTable _broadcasts = new();
    private readonly PendingKeys _pending = new();
    private readonly InvalidationWriter _writer;
    private readonly KeyPositions _positions = new();
    private Session? _pendingFor;
    private int _states;    // sessions that have ever tracked and are still there: whose items the table may hold
    private int _attempts;  // rounds in a row that left the table above its limit

    internal ClientTracking(Node node, KeyHash hash)
    {
        _node = node;
        _table = new TrackingTable(node.Heap, node.Blocks, hash, node);
        _writer = new InvalidationWriter(node);
    }

    /// <summary>Sessions with tracking on.</summary>
    public int ClientCount { get; private set; }

    /// <summary>Keys in the tracking table.</summary>
    public long KeyCount => _table.KeyCount;

    /// <summary>Pairs of key and session in the tracking table.</summary>
    public long ItemCount => _table.ItemCount;

    /// <summary>Prefixes that somebody listens to.</summary>
    public long PrefixCount => _broadcasts.PrefixCount;

    /// <summary>Whether changes of keys concern anybody.</summary>
    public bool IsListening => ClientCount > 0 || _table.KeyCount > 0;

    /// <summary>Whether the table has more keys than it may: the next command of whomever makes room first.</summary>
    public bool IsOverLimit => ClientCount > 0 && _table.KeyCount > KeysMax;

    // Where the system gives no more memory there is better use for it.
    private long KeysMax => _node.Heap.IsShort ? 0 : _node.Config.TrackingTableMaxKeys is var max and > 0 ? max : long.MaxValue;

    /// <summary>Whether <see cref="EndRequest"/> has something to do.</summary>
    public bool HasPending { get; private set; }

    /// <summary>Whether a cleared table still holds memory.</summary>
    public bool CanFree => _table.CanFree;

    /// <summary>CLIENT TRACKING ON, after the options have been found to fit together and to the session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="options">Flags of the modes: broadcasting, opt-in, opt-out, no-loop.</param>
    /// <param name="redirect">Who is to be told in its place; null for itself.</param>
    /// <param name="prefixes">What it wants to hear of in broadcasting mode; nothing means all keys.</param>
    public void Enable(Session session, SessionFlags options, Session? redirect, List<byte[]> prefixes)
    {
        if (session.Tracking == null)
        {
            session.Tracking = new TrackingState();
            _states++;
        }

        if (!session.Has(SessionFlags.Tracking)) ClientCount++;
        session.Flags = (session.Flags & ~SessionFlags.TrackingModes) | SessionFlags.Tracking | options;
        session.Tracking.RedirectId = redirect?.Id ?? 0;
        session.Tracking.Redirect = redirect?.Handle ?? SessionHandle.None;
        if ((options & SessionFlags.TrackingBroadcast) != 0)
        {
            if (prefixes.Count == 0) AddPrefix(session, []);
            foreach (var prefix in prefixes) AddPrefix(session, prefix);
        }

        _node.UpdateModificationReports();
    }

    /// <summary>CLIENT TRACKING OFF, RESET. What it has read stays in the table: it counts again when the session begins to track again.</summary>
    public void Disable(Session session)
    {
        if (!session.Has(SessionFlags.Tracking)) return;
        ForgetPrefixes(session, session.Tracking!.PrefixList);
        session.Flags &= ~(SessionFlags.Tracking | SessionFlags.TrackingModes | SessionFlags.TrackingCaching);
        ClientCount--;
        _node.UpdateModificationReports();
    }

    /// <summary>The session goes. With the last one that has tracked, the whole table is of no use any more.</summary>
    public void Forget(Session session)
    {
        if (session.Tracking == null) return;
        Disable(session);
        session.Tracking = null;
        if (_pendingFor == session)
        {
            _pendingFor = null;
            _pending.Clear();
        }

        if (--_states > 0) return;
        _table.Clear();
        _node.UpdateModificationReports();
    }

    /// <summary>A tracking session has run a command that only reads: its keys are remembered.</summary>
    internal void Remember(CommandContext command)
    {
        var session = command.Session;
        if (session.Has(SessionFlags.TrackingBroadcast)) return;
        var caching = session.Has(SessionFlags.TrackingCaching);
        if ((session.Has(SessionFlags.TrackingOptIn) && !caching) || (session.Has(SessionFlags.TrackingOptOut) && caching)) return;
        CommandTable.FindKeys(command.Info, command.Arguments, _positions);
        for (var i = 0; i < _positions.Count; i++)
        {
            var index = _positions[i].Index;
            _table.Add(command[index], command.Hash(index), session.Handle);
        }

        if (IsOverLimit) _node.UpdateRefuseMask();
    }

    /// <summary>A key changes or goes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expired">Whether that is the server's doing, not the running command's.</param>
    internal void KeyModified(ReadOnlySpan<byte> key, bool expired)
    {
        var current = _node.Executor.Current;
        if (_broadcasts.PrefixCount > 0)
        {
            _broadcasts.Note(key, expired || current == null ? 0 : current.Id);
            HasPending |= _broadcasts.PendingBytes > BroadcastBytesMax;
        }

        TellReaders(key);
    }

    /// <summary>Those who have read a key are told, now, that it changes.</summary>
    internal void TellReaders(ReadOnlySpan<byte> key)
    {
        if (_table.KeyCount > 0) Invalidate(key, _node.Keyspace.Hash(key), _node.Executor.Current, isRunning: true);
    }

    /// <summary>All keys go, or those of one database: clients' caches know no databases, so they lose everything.</summary>
    public void KeysFlushed()
    {
        if (!IsListening) return;
        var current = _node.Executor.Current;
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is not { } session || !session.Has(SessionFlags.Tracking)) continue;
            if (session == current) PendingOf(session).AddAll();
            else _writer.WriteAll(session);
        }

        _table.Clear();
        _node.UpdateModificationReports();
    }

    /// <summary>A request has been answered: its session hears of the keys that it changed itself.</summary>
    internal void EndRequest()
    {
        HasPending = false;
        if (!_pending.IsEmpty) SendPending();
        DrainMany();
    }

    /// <summary>Behind each request of a deep pipeline, and each key that is evicted: those in broadcasting mode are told, if it is much by now.</summary>
    internal void DrainMany()
    {
        if (_broadcasts.PendingBytes > BroadcastBytesMax) _broadcasts.Drain(this);
    }

    /// <summary>End of a turn: those in broadcasting mode are told what has changed in it.</summary>
    public void EndTurn()
    {
        if (_broadcasts.HasChanges) _broadcasts.Drain(this);
    }

    /// <summary>
    /// Ends entries, chosen at random, until the table is within its limit, a hundred at a time and more when that has not been enough before.
    /// </summary>
    /// <param name="requester">Whose command waits for it; null for the timer.</param>
    public void EnforceLimit(Session? requester)
    {
        if (!IsOverLimit)
        {
            _attempts = 0;
            return;
        }

        for (var effort = (long)EffortPerRound * (_attempts + 1); effort > 0 && IsOverLimit; effort--)
        {
            var key = _table.Random(_node.Parts.Random);
            Invalidate(key, _node.Keyspace.Hash(key), requester, isRunning: false);
        }

        _attempts = IsOverLimit ? _attempts + 1 : 0;
        _node.UpdateRefuseMask();
    }

    /// <summary>Frees a part of a cleared table; false when nothing is left.</summary>
    public bool FreeSlice(int entriesMax) => _table.FreeSlice(entriesMax);

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    internal void SendChanges(Session session, ChangedKeys keys)
    {
        if (keys.CountFor(session) > 0) _writer.WriteChanges(session, keys);
    }

    private void AddPrefix(Session session, byte[] prefix)
    {
        if (!_broadcasts.Add(prefix, session)) return;
        var prefixes = session.Tracking!.PrefixList;
        prefixes.Insert(~prefixes.BinarySearch(prefix, KeyOrder.Instance), prefix);
        session.Hold(MemoryBytes(prefix));
    }

    // From the last to the first: each leaves a list without moving those of the same session that are still in it.
    private void ForgetPrefixes(Session session, List<byte[]> prefixes)
    {
        for (var i = prefixes.Count - 1; i >= 0; i--)
        {
            _broadcasts.Remove(prefixes[i], session);
            session.Hold(-MemoryBytes(prefixes[i]));
        }

        prefixes.Clear();
        prefixes.TrimExcess();
    }

    private static long MemoryBytes(byte[] prefix) => ManagedMemory.PrefixBytes + prefix.Length;

    // The key may be the table's own: it goes last.
    private void Invalidate(ReadOnlySpan<byte> key, ulong hash, Session? current, bool isRunning)
    {
        var items = _table.Find(key, hash);
        if (items.IsEmpty) return;
        for (var i = 0; i < TrackingTable.Count(items); i++)
        {
            if (_node.Sessions.Find(TrackingTable.SessionAt(items, i)) is not { } session) continue;
            if (!session.Has(SessionFlags.Tracking) || session.Has(SessionFlags.TrackingBroadcast)) continue;
            if (session == current && session.Has(SessionFlags.TrackingNoLoop)) continue;
            if (session == current && isRunning) PendingOf(session).Add(key); // not between the parts of its own reply
            else _writer.WriteKey(session, key);
        }

        _table.Remove(key, hash);
        if (!IsListening) _node.UpdateModificationReports();
    }

    private PendingKeys PendingOf(Session session)
    {
        if (_pendingFor != session)
        {
            if (!_pending.IsEmpty) SendPending();
            _pendingFor = session;
        }

        HasPending = true;
        return _pending;
    }

    private void SendPending()
    {
        var session = _pendingFor!;
        var position = 0;
        while (_pending.TryNext(ref position, out var key, out var isAll))
        {
            if (isAll) _writer.WriteAll(session);
            else _writer.WriteKey(session, key);
        }

        _pending.Clear();
        _pendingFor = null;
    }
}
