using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Transactions;

/// <summary>MULTI and WATCH across all sessions: which keys are watched, and whom a change of them concerns.</summary>
public sealed class TransactionManager(Node node)
{
    private readonly Dictionary<(int Database, string Key), List<(Session Session, WatchedKey Key)>> _watchers = [];

    /// <summary>Watched keys, every watcher counted.</summary>
    public int WatchedCount { get; private set; }

    /// <summary>MULTI.</summary>
    public void Begin(Session session)
    {
        session.Queue ??= new CommandQueue(node.Blocks);
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
        var name = Name(session.Database, key);
        if (_watchers.TryGetValue(name, out var list) && IsWatching(session, key, list)) return;
        session.Watched ??= [];
        var expired = node.IsPresentButExpired(session.Database, key);
        var watched = new WatchedKey(session.Database, key.ToArray(), expired);
        session.Watched.Add(watched);
        session.WatchedBytes += WatchedKey.MemoryBytes(key.Length);
        if (list == null) _watchers[name] = list = [];
        list.Add((session, watched));
        WatchedCount++;
        node.UpdateModificationReports();
    }

    /// <summary>UNWATCH, and the end of every transaction.</summary>
    public void Unwatch(Session session)
    {
        session.Flags &= ~SessionFlags.DirtyCas;
        if (session.Watched == null) return;
        foreach (var watched in session.Watched)
        {
            var name = Name(watched.Database, watched.Key);
            var list = _watchers[name];
            list.RemoveAll(entry => entry.Session == session);
            if (list.Count == 0) _watchers.Remove(name);
            WatchedCount--;
        }

        session.Watched = null;
        session.WatchedBytes = 0;
        node.UpdateModificationReports();
    }

    /// <summary>A key changes: its watchers' transactions will fail.</summary>
    public void Touch(int database, ReadOnlySpan<byte> key)
    {
        if (WatchedCount == 0 || !_watchers.TryGetValue(Name(database, key), out var list)) return;
        foreach (var (session, watched) in list)
        {
            // A key that had expired when it was watched and is only now removed has not changed for its watcher.
            if (watched.WasExpired && node.IsPresentButExpired(database, key)) continue;
            session.Flags |= SessionFlags.DirtyCas;
        }
    }

    /// <summary>
    /// The contents of a database (-1: of all) are about to go, or to be exchanged with those of another: whoever watches a key that this changes is touched.
    /// </summary>
    public void TouchDatabase(int database, int replacedBy) => TouchDatabases(database, replacedBy < 0 ? null : _ => node.Keyspace[replacedBy]);

    /// <summary>The contents of all databases are about to be those of <paramref name="side"/>.</summary>
    public void TouchAll(Keyspace side) => TouchDatabases(-1, number => side[number]);

    private void TouchDatabases(int database, Func<int, Database>? replacement)
    {
        foreach (var ((watchedDatabase, _), list) in _watchers)
        {
            if (database >= 0 && watchedDatabase != database) continue;
            foreach (var (session, watched) in list)
            {
                if (ChangesWith(watched, replacement?.Invoke(watchedDatabase))) session.Flags |= SessionFlags.DirtyCas;
            }
        }
    }

    /// <summary>Whether a watched key has expired since: EXEC answers null then.</summary>
    public bool HasExpiredWatch(Session session)
    {
        if (session.Watched == null) return false;
        foreach (var watched in session.Watched)
        {
            if (!watched.WasExpired && node.IsPresentButExpired(watched.Database, watched.Key)) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether the watcher sees a change when its key's database is emptied (null) or takes the contents of another. An expired key counts as missing, so
    /// that one turning into none, or none into one, is no change; but a key that has expired since WATCH is one.
    /// </summary>
    private bool ChangesWith(WatchedKey watched, Database? replacement)
    {
        var exists = node.Exists(watched.Database, watched.Key);
        var willExist = replacement != null && node.Exists(replacement, watched.Key);
        if (!exists && !willExist) return false;
        var willBeExpired = willExist && node.IsPresentButExpired(replacement!, watched.Key);
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

    private static (int Database, string Key) Name(int database, ReadOnlySpan<byte> key) => (database, System.Text.Encoding.Latin1.GetString(key));
}
