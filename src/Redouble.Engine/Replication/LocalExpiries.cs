using Redouble.Core.Hashing;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side, <c>replica-read-only no</c>: keys to which clients of this replica gave a time to live. No primary knows of that, so no DEL will ever
/// come for them, and the replica removes them itself. All other keys with a time stay until the primary says so.
/// <code>
/// a client's write ─► the key has an expiry? ─► a keyspace of its own, in native memory: key, no value, the same expiry
/// timer ─► expired there ─► expired in the data set, too ─► removed, event expired
///                        └► another time by now ─► kept with that one      └► none any more ─► forgotten
/// </code>
/// </summary>
internal sealed class LocalExpiries(Node node, KeyHash hash) : IKeyspaceListener, IDisposable
{
    private const int BucketsPerTick = 4096;
    private const int FreedPerTick = 4096;

    private readonly List<(int Database, byte[] Key, long ExpireAtMs)> _later = [];
    private Keyspace? _keys;
    private int _database;
    private ulong _cursor;

    /// <summary>slave_expires_tracked_keys.</summary>
    public long Count => _keys?.TotalCount() ?? 0;

    /// <summary>As below, in the client's own database.</summary>
    public void Remember(CommandContext command, ReadOnlySpan<byte> key) => Remember(command, command.Session.Database, key);

    /// <summary>
    /// A command has given a key a time, or has put one that has a time where it is now, in a database that need not be the client's own. All commands that
    /// do so tell of it; where it was the primary's, or this is no writable replica, nothing is remembered.
    /// </summary>
    public void Remember(CommandContext command, int number, ReadOnlySpan<byte> key)
    {
        if (!node.IsReplica || node.Config.ReplicaReadOnly || command.Session.Has(SessionFlags.Primary)) return;
        var record = node.Keyspace[number].PeekPresent(key, hash.Compute(key));
        if (!record.IsMissing && record.HasExpiry) Remember(number, key, record.ExpireAtMs);
    }

    /// <summary>The data set is another one, or this node's own.</summary>
    public void Clear()
    {
        if (_keys == null) return;
        for (var i = 0; i < _keys.Databases.Length; i++) _keys.Flush(i);
        _cursor = 0;
    }

    /// <summary>Timer: gives memory of what was forgotten back, on a primary too, and <paramref name="removes"/> what has expired.</summary>
    public void Tick(bool removes)
    {
        if (_keys == null) return;
        _keys.FreeSlice(FreedPerTick);
        if (!removes) return;
        _keys.NowMs = node.Keyspace.NowMs;
        var turned = 0;
        for (var left = BucketsPerTick; left > 0 && turned <= _keys.Databases.Length; left--)
        {
            var ttl = 0L;
            var database = _keys[_database];
            _cursor = database.ExpiresCount == 0 ? 0 : database.ExpireBucket(_cursor, ref ttl).Next;
            if (_cursor != 0) continue;
            _database = (_database + 1) % _keys.Databases.Length;
            turned++;
        }

        foreach (var (number, key, expireAtMs) in _later) Remember(number, key, expireAtMs);
        _later.Clear();
    }

    /// <inheritdoc/>
    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
        var name = key.ToArray(); // it is about to leave its table
        var real = node.Keyspace[database.Number];
        var record = real.PeekPresent(name, hash.Compute(name));
        if (record.IsMissing || !record.HasExpiry) return;
        if (record.ExpireAtMs >= node.Keyspace.NowMs)
        {
            _later.Add((database.Number, name, record.ExpireAtMs));
            return;
        }

        node.Propagation.BeginUnit();
        node.KeyExpired(real, name);
        real.DeletePresent(name, hash.Compute(name));
        node.Propagation.EndUnit();
    }

    /// <inheritdoc/>
    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _keys?.Dispose();

    private void Remember(int number, ReadOnlySpan<byte> key, long expireAtMs)
    {
        _keys ??= new Keyspace(node.Keyspace.Databases.Length, node.Heap, node.Blocks, hash, this) { ExpiryPolicy = ExpiryPolicy.Ignore, Touches = false };
        _keys[number].SetString(key, hash.Compute(key), [], ValueEncoding.Raw, expireAtMs);
    }
}
