using Redouble.Core.Platform;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>Receives the keys of a walk through a database.</summary>
public interface IKeyVisitor
{
    /// <summary>Called for each record of a bucket; must not change the keyspace.</summary>
    void Visit(ReadRecord record);
}

/// <content>Walks: SCAN, KEYS, RANDOMKEY, the active expiry cycle.</content>
public sealed partial class Database
{
    /// <summary>
    /// SCAN: visits the records of the next bucket and returns the next cursor, 0 at the end. The cursor is the upper 48 bits of the
    /// hash at which to go on: monotonic, and every key that is there throughout is visited exactly once, whatever the table does meanwhile.
    /// </summary>
    public ulong Scan<TVisitor>(ulong cursor, ref TVisitor visitor)
        where TVisitor : IKeyVisitor, allows ref struct
    {
        const int unusedBits = 16;
        var from = cursor << unusedBits;
        var buffer = _keyspace.RentBuffer();
        var next = Table.Records.ReadBucket(from, buffer);
        for (var i = 0; i < buffer.Count; i++)
        {
            // A table that shrank since the cursor was given out has coarser buckets: skip what the cursor has passed.
            if (from != 0 && _keyspace.Hash(buffer[i].Key) < from) continue;
            var record = new ReadRecord(buffer[i]);
            _keyspace.Tie(ref record);
            visitor.Visit(record);
        }

        _keyspace.ReturnBuffer(buffer);
        return next >> unusedBits;
    }

    /// <summary>A key chosen at random, each as likely as any other, or a missing record when the database is empty. Expired keys may be chosen.</summary>
    public ReadRecord Random(IRandomSource random) => Random(random, Table.Records);

    /// <summary>As <see cref="Random(IRandomSource)"/>, among the keys with an expiry.</summary>
    public ReadRecord RandomExpiring(IRandomSource random) => Random(random, Table.Expires);

    private ReadRecord Random(IRandomSource random, RecordTable table)
    {
        if (table.Count == 0) return default;
        var buffer = _keyspace.RentBuffer();
        var record = new ReadRecord(table.Draw(random, buffer));
        _keyspace.ReturnBuffer(buffer);
        _keyspace.Tie(ref record);
        return record;
    }

    /// <summary>
    /// Visits some keys, chosen at random: those of a whole bucket, whose keys have nothing in common but their hash, or of a few.
    /// </summary>
    /// <param name="random">Where to look.</param>
    /// <param name="expiring">Only keys with an expiry.</param>
    /// <param name="keysMin">Keys to visit, as far as there are so many; a bucket is never left half visited.</param>
    /// <param name="visitor">Gets them.</param>
    public void Sample<TVisitor>(ulong random, bool expiring, int keysMin, ref TVisitor visitor)
        where TVisitor : IKeyVisitor, allows ref struct
    {
        var table = expiring ? Table.Expires : Table.Records;
        keysMin = (int)Math.Min(keysMin, table.Count);
        var buffer = _keyspace.RentBuffer();
        var cursor = random;
        for (var visited = 0; visited < keysMin; visited += buffer.Count)
        {
            table.PrefetchRecordsAt(cursor);
            cursor = table.ReadBucket(cursor, buffer);
            for (var i = 0; i < buffer.Count; i++)
            {
                var record = new ReadRecord(buffer[i]);
                _keyspace.Tie(ref record);
                visitor.Visit(record);
            }
        }

        _keyspace.ReturnBuffer(buffer);
    }

    /// <summary>Whether the key counts as expired now, by the policy in force.</summary>
    public bool IsExpired(ReadRecord record) =>
        _keyspace.ExpiryPolicy != ExpiryPolicy.Ignore && record.HasExpiry && record.ExpireAtMs < _keyspace.NowMs;

    /// <summary>The hash whose earliest field has expired longest ago, or a missing record.</summary>
    public ReadRecord FirstWithExpiredField()
    {
        var order = Table.FieldTimes;
        if (order.Count == 0 || order.EarliestMs >= _keyspace.NowMs) return default;
        var record = new ReadRecord(order.First);
        _keyspace.Tie(ref record);
        return record;
    }

    /// <summary>
    /// One step of the active expiry cycle: removes the expired keys of the bucket at <paramref name="cursor"/> of the expiry table.
    /// </summary>
    /// <returns>The next cursor, 0 at the end, and how many keys were looked at and removed.</returns>
    public (ulong Next, int Looked, int Removed) ExpireBucket(ulong cursor, ref long ttlSumMs)
    {
        var buffer = _keyspace.RentBuffer();
        var next = Table.Expires.ReadBucket(cursor, buffer);
        var removed = 0;
        for (var i = 0; i < buffer.Count; i++)
        {
            var record = buffer[i];
            var remaining = record.ExpireAtMs - _keyspace.NowMs;
            if (remaining >= 0)
            {
                ttlSumMs = remaining > long.MaxValue - ttlSumMs ? long.MaxValue : ttlSumMs + remaining;
                continue;
            }

            RemoveExpired(record, _keyspace.Hash(record.Key));
            removed++;
        }

        var looked = buffer.Count;
        _keyspace.ReturnBuffer(buffer);
        return (next, looked, removed);
    }
}
