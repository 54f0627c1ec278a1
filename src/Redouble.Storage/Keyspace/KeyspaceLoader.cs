using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// Fills a keyspace with the keys of a file: a record is made at once, and put into its table some keys later, when its bucket has come
/// from memory. <see cref="Flush"/> puts the last ones; nobody may look at the keyspace before.
/// </summary>
/// <param name="into">The keyspace.</param>
public sealed class KeyspaceLoader(Keyspace into)
{
    /// <summary>Records under way: as many buckets as the processor fetches at a time.</summary>
    private const int PendingMax = 16;

    private readonly (Record Record, Database Database, ulong Hash)[] _pending = new (Record, Database, ulong)[PendingMax];
    private readonly LongString _long = new(into.Store);
    private readonly long[] _announced = new long[into.Databases.Length]; // keys for which the table has no room yet
    private int _count;

    /// <summary>Whether keys that exist already are replaced; else the first one is an error.</summary>
    public bool Replaces { get; set; }

    /// <summary>The key that existed already, or null.</summary>
    public byte[]? Duplicate { get; private set; }

    /// <summary>For collections that come element by element.</summary>
    public CollectionBuilder Builder { get; } = new(into) { Defers = true };

    /// <summary>Says that a database will have about so many keys. The number may be wrong.</summary>
    public void Announce(int database, long keys) => _announced[database] = keys;

    /// <summary>Adds a string.</summary>
    /// <param name="database">Number of the database.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="encoding">How OBJECT ENCODING shall call it.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or -1.</param>
    /// <param name="clock">The 24-bit access clock, or -1 for now.</param>
    /// <returns>False when a key existed already.</returns>
    public bool AddString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ValueEncoding encoding, long expireAtMs, int clock)
    {
        var target = Aim(database, key, out var hash);
        return Add(into.CreateString(key, value, encoding, expireAtMs), target, hash, clock);
    }

    /// <summary>Begins a long string that comes in pieces.</summary>
    public void BeginString(int length) => _long.Begin(length);

    /// <summary>The next piece of it.</summary>
    public void AppendString(ReadOnlySpan<byte> piece) => _long.Append(piece);

    /// <summary>Adds the string whose pieces have all come, as <see cref="AddString"/>.</summary>
    public bool AddLongString(int database, ReadOnlySpan<byte> key, long expireAtMs, int clock)
    {
        var target = Aim(database, key, out var hash);
        return Add(_long.Finish(key, expireAtMs, into.Epoch, into.AccessClock), target, hash, clock);
    }

    /// <summary>Drops what has begun and will not be completed.</summary>
    public void Drop()
    {
        _long.Drop();
        Builder.Drop();
    }

    /// <summary>Whether packed bytes are within the limits of packed values here.</summary>
    public bool FitsPacked(ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> packed, int longest) =>
        into.Limits.FitsPacked(type, encoding, packed, longest);

    /// <summary>Adds a collection that is packed already, as <see cref="AddString"/>.</summary>
    public bool AddPacked(int database, ReadOnlySpan<byte> key, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> packed, long expireAtMs, int clock)
    {
        var target = Aim(database, key, out var hash);
        return Add(into.CreatePacked(key, type, encoding, packed, expireAtMs), target, hash, clock);
    }

    /// <summary>Adds what <see cref="Builder"/> has built and found complete, as <see cref="AddString"/>.</summary>
    public bool AddBuilt(int database, ReadOnlySpan<byte> key, long expireAtMs, int clock)
    {
        var target = Aim(database, key, out var hash);
        return Add(Builder.Finish(key, expireAtMs), target, hash, clock);
    }

    /// <summary>Puts the records under way into their tables; false when a key existed already.</summary>
    public bool Flush()
    {
        for (var i = 0; i < _count; i++)
        {
            var (record, database, hash) = _pending[i];
            Put(record, database, hash);
        }

        _count = 0;
        return Duplicate == null;
    }

    /// <summary>No more keys will come: gives back what was announced and has not come, or had expired.</summary>
    public void Complete()
    {
        foreach (var database in into.Databases) database.Fit();
    }

    // Has the bucket fetched while the record is made.
    private Database Aim(int database, ReadOnlySpan<byte> key, out ulong hash)
    {
        hash = into.Hash(key);
        var target = into[database];
        target.PrefetchBucket(hash);
        return target;
    }

    private bool Add(Record record, Database target, ulong hash, int clock)
    {
        if (clock >= 0) record.Clock = clock;
        _pending[_count++] = (record, target, hash);
        return _count < PendingMax || Flush();
    }

    private void Put(Record record, Database database, ulong hash)
    {
        var exists = database.Holds(record.Key, hash);
        if (exists && Replaces)
        {
            // A load is nobody's change: neither watchers nor caches hear of it, as in Redis.
            var reports = into.ReportModifications;
            into.ReportModifications = false;
            database.Delete(record.Key, hash);
            into.ReportModifications = reports;
            exists = false;
        }

        if (!exists)
        {
            database.ReserveAnnounced(ref _announced[database.Number]);
            database.Insert(record, hash);
            return;
        }

        Duplicate ??= record.Key.ToArray();
        into.FreeRecord(record);
    }
}
