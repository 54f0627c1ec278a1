using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Transactions;

/// <summary>MULTI and WATCH across all sessions: which keys are watched, and whom a change of them concerns.</summary>
public sealed class TransactionManager
{
    private readonly Node _node;
    private readonly NameComparer _names;
    private readonly Dictionary<byte[], List<(Session Session, WatchedKey Key)>>?[] _watchers; // by database

    internal TransactionManager(Node node)
    {
        _node = node;
        _names = new NameComparer(_node.Keyspace);
        _watchers = new Dictionary<byte[], List<(Session Session, WatchedKey Key)>>?[_node.Keyspace.Databases.Length];
    }

    /// <summary>Watched keys, every watcher counted.</summary>
    public int WatchedCount { get; private set; }

    /// <summary>MULTI.</summary>
    public void Begin(Session session)
    {
        session.Queue ??= new CommandQueue(_node.Blocks);
        session.Flags |= SessionFlags.Multi;
        session.UpdateRefuseMask();
    }

    /// <summary>Ends the transaction without running it, and unwatches.</summary>
    public void Discard(Session session)
    {
        session.Queue?.Clear();
        session.Flags &= ~(SessionFlags.Multi | SessionFlags.DirtyExec | SessionFlags.DirtyCas);
        session.UpdateRefuseMask();
        Unwatch(session);
    }

    /// <summary>WATCH of one key.</summary>
    public void Watch(Session session, ReadOnlySpan<byte> key)
    {
        var table = _watchers[session.Database] ??= new Dictionary<byte[], List<(Session Session, WatchedKey Key)>>(_names);
        if (table.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var list) && IsWatching(session, key, list)) return;
        session.Watched ??= [];
        var watched = new WatchedKey(session.Database, key.ToArray(), _node.IsPresentButExpired(session.Database, key));
        session.Watched.Add(watched);
        session.Hold(watched.MemoryBytes);
        if (list == null) table[watched.Key] = list = [];
        watched.Place = list.Count;
        list.Add((session, watched));
        WatchedCount++;
        _node.UpdateModificationReports();
    }

    /// <summary>UNWATCH, and the end of every transaction.</summary>
    public void Unwatch(Session session)
    {
        session.Flags &= ~SessionFlags.DirtyCas;
        if (session.Watched == null) return;
        foreach (var watched in session.Watched)
        {
            var table = _watchers[watched.Database]!;
            var list = table[watched.Key];
            list[watched.Place] = list[^1];
            list[watched.Place].Key.Place = watched.Place;
            list.RemoveAt(list.Count - 1);
            if (list.Count == 0 && table.Remove(watched.Key)) ManagedMemory.Shrink(table);
            session.Hold(-watched.MemoryBytes);
            WatchedCount--;
        }

        session.Watched = null;
        _node.UpdateModificationReports();
    }

    /// <summary>A key changes: its watchers' transactions will fail.</summary>
    public void Touch(int database, ReadOnlySpan<byte> key)
    {
        if (_watchers[database] is not { Count: > 0 } table || !table.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var list)) return;
        foreach (var (session, watched) in list)
        {
            // A key that had expired when it was watched and is only now removed has not changed for its watcher.
            if (watched.WasExpired && _node.IsPresentButExpired(database, key)) continue;
            session.Flags |= SessionFlags.DirtyCas;
        }
    }

    /// <summary>
    /// The contents of a database (-1: of all) are about to go, or to be exchanged with those of another: whoever watches a key that this changes is touched.
    /// </summary>
    public void TouchDatabase(int database, int replacedBy) => TouchDatabases(database, replacedBy < 0 ? null : _ => _node.Keyspace[replacedBy]);

    /// <summary>The contents of all databases are about to be those of <paramref name="side"/>.</summary>
    public void TouchAll(Keyspace side) => TouchDatabases(-1, number => side[number]);

    private void TouchDatabases(int database, Func<int, Database>? replacement)
    {
        for (var number = 0; number < _watchers.Length; number++)
        {
            if ((database >= 0 && number != database) || _watchers[number] is not { } table) continue;
            foreach (var (session, watched) in table.Values.SelectMany(static list => list))
            {
                if (ChangesWith(watched, replacement?.Invoke(number))) session.Flags |= SessionFlags.DirtyCas;
            }
        }
    }

    /// <summary>Whether a watched key has expired since: EXEC answers null then.</summary>
    public bool HasExpiredWatch(Session session)
    {
        if (session.Watched == null) return false;
        foreach (var watched in session.Watched)
        {
            if (!watched.WasExpired && _node.IsPresentButExpired(watched.Database, watched.Key)) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether the watcher sees a change when its key's database is emptied (null) or takes the contents of another. An expired key counts as missing, so
    /// that one turning into none, or none into one, is no change; but a key that has expired since WATCH is one.
    /// </summary>
    private bool ChangesWith(WatchedKey watched, Database? replacement)
    {
        var exists = _node.Exists(watched.Database, watched.Key);
        var willExist = replacement != null && _node.Exists(replacement, watched.Key);
        if (!exists && !willExist) return false;
        var willBeExpired = willExist && _node.IsPresentButExpired(replacement!, watched.Key);
        var wasMissing = watched.WasExpired || !exists;
        if (wasMissing && (!willExist || willBeExpired))
        {
            watched.WasExpired = willBeExpired;
            return false;
        }

        return true;
    }

    // The shorter of the two lists knows: a session may watch many keys, and a key have many watchers.
    private static bool IsWatching(Session session, ReadOnlySpan<byte> key, List<(Session Session, WatchedKey Key)> watchers)
    {
        if (session.Watched is not { } watched) return false;
        if (watchers.Count <= watched.Count)
        {
            foreach (var (watcher, _) in watchers)
            {
                if (watcher == session) return true;
            }

            return false;
        }

        foreach (var already in watched)
        {
            if (already.Database == session.Database && already.Key.AsSpan().SequenceEqual(key)) return true;
        }

        return false;
    }
}
