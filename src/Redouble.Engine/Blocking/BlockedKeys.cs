using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Blocking;

/// <summary>
/// The keys that sessions wait for, by database, and those of them that have become ready. A key stays in its table while somebody waits for it or it
/// stands in the queue or is being served.
/// </summary>
/// <param name="keyspace">Where the keys are looked for; told which types of value are awaited.</param>
internal sealed class BlockedKeys(Keyspace keyspace)
{
    private readonly Dictionary<byte[], BlockedKey>?[] _tables = new Dictionary<byte[], BlockedKey>?[keyspace.Databases.Length];
    private readonly NameComparer _names = new(keyspace);
    private readonly Queue<BlockedKey> _ready = new();
    private readonly int[] _awaited = new int[(int)ValueType.Stream + 1]; // sessions by type
    private int _wakingWithoutKey;

    /// <summary>Keys that somebody waits for.</summary>
    public int Count { get; private set; }

    /// <summary>Keys with somebody who wakes when they go.</summary>
    public int WithoutKeyCount { get; private set; }

    /// <summary>Whether a key is ready.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>Lets a session wait for a key, behind those who do already.</summary>
    public void Add(int database, ReadOnlySpan<byte> name, BlockedState state, long number)
    {
        var table = _tables[database] ??= new Dictionary<byte[], BlockedKey>(_names);
        if (!table.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var key))
        {
            key = new BlockedKey(database, name.ToArray());
            table.Add(key.Name, key);
        }

        if (key.Last?.State == state) return; // a key named twice
        if (key.Count == 0) Count++;
        key.Add(state, number);
        state.Session.Hold(MemoryBytes(key));
        if (state.WakesWithoutKey && key.WakingWithoutKey++ == 0) WithoutKeyCount++;
    }

    /// <summary>Takes a session's place in a key's list out.</summary>
    public void Remove(Waiter waiter)
    {
        var key = (BlockedKey)waiter.List;
        key.Remove(waiter);
        waiter.State.Session.Hold(-MemoryBytes(key));
        if (waiter.State.WakesWithoutKey && --key.WakingWithoutKey == 0) WithoutKeyCount--;
        if (key.Count > 0) return;
        Count--;
        Drop(key);
    }

    /// <summary>A session begins (+1) or ceases (-1) to wait: has the keyspace report what can help those who still do, and nothing else.</summary>
    public void CountSession(BlockedState state, int change)
    {
        _awaited[(int)state.Type] += change;
        if (state.WakesWithoutKey) _wakingWithoutKey += change;
        var types = 0;
        for (var type = 0; type < _awaited.Length; type++)
        {
            if (_awaited[type] > 0) types |= 1 << type;
        }

        keyspace.AwaitedTypes = types;
        keyspace.ReportRemovals = _wakingWithoutKey > 0;
    }

    /// <summary>A key may be what somebody waits for.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="name">Its name.</param>
    /// <param name="removed">It is about to go, or to get another type: only some want to know.</param>
    public void Signal(int database, ReadOnlySpan<byte> name, bool removed)
    {
        if (_tables[database] is not { Count: > 0 } table || !table.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var key)) return;
        if (!removed || key.WakingWithoutKey > 0) Enqueue(key);
    }

    /// <summary>The contents of a database are about to go (-1), or to be exchanged with those of another.</summary>
    public void SignalLost(int database, int replacedBy)
    {
        if (_wakingWithoutKey == 0 || _tables[database] is not { } table) return;
        foreach (var key in table.Values)
        {
            if (key.WakingWithoutKey == 0) continue;
            var before = Find(database, key.Name, ExpiryPolicy.Ignore);
            var after = replacedBy < 0 ? null : Find(replacedBy, key.Name, ExpiryPolicy.Ignore);
            if (before != null && before != after) Enqueue(key);
        }
    }

    /// <summary>A database has got other contents: what is awaited there may exist now.</summary>
    public void SignalFound(int database)
    {
        if (_tables[database] is not { } table) return;
        foreach (var key in table.Values)
        {
            if (Find(database, key.Name, ExpiryPolicy.Ignore) is { } type && _awaited[(int)type] > 0) Enqueue(key);
        }
    }

    /// <summary>The next ready key, to be served. It may become ready again meanwhile.</summary>
    public BlockedKey BeginServing()
    {
        var key = _ready.Dequeue();
        key.IsReady = false;
        key.IsServed = true;
        return key;
    }

    /// <summary>Those who waited for the key have been served, as far as there was something for them.</summary>
    public void EndServing(BlockedKey key)
    {
        key.IsServed = false;
        if (key.Count == 0) Drop(key);
    }

    /// <summary>The type of value under a ready key, null when there is none or it has expired. The look-up leaves no trace.</summary>
    public ValueType? TypeOf(BlockedKey key) => Find(key.Database, key.Name, ExpiryPolicy.Hide);

    private void Enqueue(BlockedKey key)
    {
        if (key.IsReady) return;
        key.IsReady = true;
        _ready.Enqueue(key);
    }

    private void Drop(BlockedKey key)
    {
        if (key.IsReady || key.IsServed) return;
        var table = _tables[key.Database]!;
        if (table.Remove(key.Name)) ManagedMemory.Shrink(table);
    }

    private static long MemoryBytes(BlockedKey key) => ManagedMemory.AwaitedKeyBytes + key.Name.Length;

    private ValueType? Find(int database, ReadOnlySpan<byte> name, ExpiryPolicy policy)
    {
        var before = keyspace.ExpiryPolicy;
        keyspace.ExpiryPolicy = policy;
        var record = keyspace[database].Peek(name, keyspace.Hash(name));
        keyspace.ExpiryPolicy = before;
        return record.IsMissing ? null : record.Type;
    }
}
