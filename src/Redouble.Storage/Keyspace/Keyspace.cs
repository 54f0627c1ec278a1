using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// All databases of a node, in one native heap, owned by the data thread. Holds what their records share: the epoch and the running
/// snapshot, the time of the execution unit, the rules for expired keys.
/// </summary>
public sealed partial class Keyspace : IDisposable
{
    /// <summary>
    /// Expiry argument of <see cref="Database.SetString(ReadOnlySpan{byte}, ulong, ReadOnlySpan{byte}, ValueEncoding, long, bool)"/>: leave it as it is.
    /// </summary>
    public const long KeepExpiry = -2;

    private readonly TableHome _home;
    private readonly Stack<RecordBuffer> _buffers = new();
    private Database[] _databases;
    private byte[] _scratch = [];

    /// <param name="databases">Number of databases.</param>
    /// <param name="heap">Heap of the owning thread.</param>
    /// <param name="blocks">Blocks of the owning thread: large strings, snapshot frames.</param>
    /// <param name="hash">Keyed hash, with seeds of this process.</param>
    /// <param name="listener">The engine.</param>
    public Keyspace(int databases, NativeHeap heap, BlockPool blocks, KeyHash hash, IKeyspaceListener listener)
        : this(databases, blocks, new TableHome(heap, hash), listener, null)
    {
    }

    private Keyspace(int databases, BlockPool blocks, TableHome home, IKeyspaceListener listener, RecordStore? store)
    {
        Store = store ?? new RecordStore(home, blocks);
        Blocks = blocks;
        _home = home;
        Listener = listener;
        _databases = new Database[databases];
        for (var i = 0; i < databases; i++) _databases[i] = new Database(this, i);
    }

    /// <summary>The databases by number.</summary>
    public ReadOnlySpan<Database> Databases => _databases;

    /// <summary>Unix time in milliseconds of the current execution unit; the owner sets it.</summary>
    public long NowMs { get; set; }

    /// <summary>The access clock of a key that is created now, 24 bits (see <see cref="AccessClocks"/>); the owner sets it by the eviction policy.</summary>
    public int AccessClock { get; set; }

    /// <summary>Counts accesses under an LFU policy; null while records keep the time of their last access.</summary>
    public AccessCounter? Counter { get; set; }

    /// <summary>What look-ups do with expired keys; the owner sets it per command.</summary>
    public ExpiryPolicy ExpiryPolicy { get; set; }

    /// <summary>Whether look-ups move the access time.</summary>
    public bool Touches { get; set; } = true;

    /// <summary>Whether <see cref="IKeyspaceListener.KeyModified"/> is wanted: someone watches or tracks keys.</summary>
    public bool ReportModifications { get; set; }

    /// <summary>Whether <see cref="IKeyspaceListener.KeyCreated"/> is wanted: the event <c>new</c> is.</summary>
    public bool ReportCreations { get; set; }

    /// <summary>Types of value, bit n for number n, whose creation under a key is reported: somebody waits for one.</summary>
    public int AwaitedTypes { get; set; }

    /// <summary>Whether <see cref="IKeyspaceListener.KeyRemoved"/> is wanted: somebody waits who wakes when a key goes.</summary>
    public bool ReportRemovals { get; set; }

    /// <summary>The running snapshot, if any.</summary>
    public Snapshot? Snapshot { get; private set; }

    /// <summary>Stamp of records created or saved since the last snapshot began.</summary>
    public byte Epoch { get; private set; }

    internal NativeHeap Heap => _home.Heap;

    internal TableHome Home => _home;

    internal BlockPool Blocks { get; }

    internal IKeyspaceListener Listener { get; }

    /// <summary>Database <paramref name="number"/>.</summary>
    public Database this[int number] => _databases[number];

    /// <summary>The hash under which all tables of this node keep a key.</summary>
    public ulong Hash(ReadOnlySpan<byte> key) => _home.Hash.Compute(key);

    /// <summary>Keys in all databases.</summary>
    public long TotalCount()
    {
        long total = 0;
        foreach (var database in _databases) total += database.Count;
        return total;
    }

    /// <summary>Whether a field of some hash expires: files need a newer form for it.</summary>
    public bool HasFieldExpiry
    {
        get
        {
            foreach (var database in _databases)
            {
                if (database.FieldExpiresCount > 0) return true;
            }

            return false;
        }
    }

    /// <summary>Whether a field with this expiry (-1 for none) counts as gone now, by the policy in force.</summary>
    public bool IsFieldExpired(long expireAtMs) => expireAtMs >= 0 && expireAtMs < NowMs && ExpiryPolicy != ExpiryPolicy.Ignore;

    /// <summary>Sizes up to which collections stay packed; the owner sets them from its configuration.</summary>
    public CollectionLimits Limits { get; init; } = new();

    /// <summary>Builds the collections that commands store.</summary>
    public CollectionBuilder Builder => field ??= new CollectionBuilder(this);

    /// <summary>Exchanges the contents of two databases.</summary>
    public void Swap(int first, int second)
    {
        OnWrite();
        (_databases[first].Table, _databases[second].Table) = (_databases[second].Table, _databases[first].Table);
    }

    /// <summary>An empty keyspace beside this one, of the same heap and epoch: what a load fills before it takes this one's place.</summary>
    public Keyspace CreateSide() => new(_databases.Length, Blocks, _home, Listener, Store)
    {
        Epoch = Epoch,
        AccessClock = AccessClock,
        Counter = Counter,
        Limits = Limits,
        NowMs = NowMs,
    };

    /// <summary>
    /// A keyspace of one database beside this one, for values that are built before it is known whether they are good: <see cref="Database.TakeFrom"/>.
    /// </summary>
    public Keyspace CreateScratch() => new(1, Blocks, _home, Listener, Store)
    {
        Limits = Limits,
        ExpiryPolicy = ExpiryPolicy.Ignore, // a value that never came to the data set does not expire there
    };

    /// <summary>Gives a scratch keyspace this one's clocks and stamps. To be called before each use.</summary>
    public void Prepare(Keyspace scratch)
    {
        scratch.Epoch = Epoch;
        scratch.AccessClock = AccessClock;
        scratch.NowMs = NowMs;
    }

    /// <summary>
    /// Takes over all contents of a keyspace from <see cref="CreateSide"/>, which is of no use after that; those of this one are freed in slices. No
    /// snapshot may have started in between.
    /// </summary>
    public void ReplaceBy(Keyspace side)
    {
        if (side.Epoch != Epoch || Snapshot != null) throw new InvalidOperationException("A snapshot was started while a data set was being loaded.");
        OnWrite();
        for (var i = 0; i < _databases.Length; i++)
        {
            var former = _databases[i].Table;
            _databases[i].Table = side._databases[i].Table;
            Detach(former);
        }

        side._databases = [];
    }

    /// <summary>Frees the contents of a keyspace from <see cref="CreateSide"/> in slices; it is of no use after that.</summary>
    public void Discard(Keyspace side)
    {
        foreach (var database in side._databases) Detach(database.Table);
        side._databases = [];
    }

    /// <summary>Empties one database; its contents are freed in slices by <see cref="FreeSlice"/>. Returns the keys it had.</summary>
    public long Flush(int number)
    {
        var table = _databases[number].Table;
        var count = table.Records.Count;
        if (count == 0) return 0;
        OnWrite();
        _databases[number].Table = NewTable();
        Detach(table);
        return count;
    }

    /// <summary>Frees everything at once.</summary>
    public void Dispose()
    {
        AbortSnapshot();
        for (var i = 0; i < _databases.Length; i++) Flush(i);
        while (FreeSlice(int.MaxValue))
        {
        }

        foreach (var database in _databases) database.Table.Dispose();
        _databases = [];
    }

    internal KeyTable NewTable() => new(_home);

    internal void Touch(Record record)
    {
        if (Counter is { } counter) record.Clock = counter.Touched(record.Clock, NowMs);
        else if (record.Clock != AccessClock) record.Clock = AccessClock;
    }

    /// <summary>Every change of an existing record passes here, before it: snapshot first, then the stamp, then the watchers.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="table">Its table.</param>
    /// <param name="record">The record.</param>
    /// <param name="keepsValue">Whether the value stays, under whatever key.</param>
    internal void BeforeChange(Database database, KeyTable table, Record record, bool keepsValue = false)
    {
        SaveForSnapshot(table, record, keepsValue);
        if (ReportModifications) Listener.KeyModified(database, record.Key);
    }

    /// <summary>As <see cref="BeforeChange"/>; a collection has not changed yet.</summary>
    internal void BeforeOpening(Database database, KeyTable table, Record record)
    {
        SaveForSnapshot(table, record, keepsValue: true);
        if (ReportModifications && record.Type == ValueType.String) Listener.KeyModified(database, record.Key);
    }

    /// <summary>What the snapshot wants of a record that is about to change is given to it.</summary>
    internal void SaveForSnapshot(KeyTable table, Record record, bool keepsValue)
    {
        OnWrite();
        if (record.Epoch == Epoch) return;
        if (table.Captured) Snapshot!.Save(table, record, keepsValue);
        record.Epoch = Epoch;
    }

    /// <summary>Room for bytes that have to be out of the way while a value changes. One user at a time, until the next call.</summary>
    internal Span<byte> Scratch(int length)
    {
        const int retainedMax = 1 << 20;
        if (_scratch.Length < length || _scratch.Length > retainedMax) _scratch = new byte[Math.Max(length, 256)];
        return _scratch.AsSpan(0, length);
    }

    internal RecordBuffer RentBuffer() => _buffers.Count > 0 ? _buffers.Pop() : new RecordBuffer();

    internal void ReturnBuffer(RecordBuffer buffer)
    {
        buffer.Clear();
        _buffers.Push(buffer);
    }
}
