using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// The contents of a database: all records, and those with an expiry once more in a second table of the same design. FLUSHALL and
/// SWAPDB exchange contents by identity, so a running snapshot keeps the contents it captured.
/// </summary>
internal sealed class KeyTable(TableHome home)
{
    public readonly RecordTable Records = RecordTable.Create(home);

    public readonly RecordTable Expires = RecordTable.Create(home);

    private CountedTreeRoot _fieldTimes;

    /// <summary>The hashes with fields that expire, by the earliest time of each.</summary>
    public TimeOrder FieldTimes => new(new CountedTree<OrderedEntries>(ref _fieldTimes, home.Heap));

    /// <summary>Whether the running snapshot has captured this table and not walked all of it.</summary>
    public bool Captured { get; set; }

    /// <summary>Bytes that it is about to give back, once it is detached.</summary>
    public long PendingBytes { get; set; }

    /// <summary>Keys that it had when it was detached.</summary>
    public long DetachedKeys { get; set; }

    /// <summary>Number of the database in the running snapshot.</summary>
    public int SnapshotDatabase { get; set; }

    /// <summary>Bytes of the tables themselves; what the records in them take is not kept per table.</summary>
    public long TableBytes => Records.Bytes + Expires.Bytes + _fieldTimes.Bytes;

    /// <summary>Earliest unix time in milliseconds at which a field of the value expires, or -1.</summary>
    public static long EarliestFieldTime(Record record, TableHome home)
    {
        if (!record.MayHaveFieldTimes) return -1;
        return record.IsCollection ? record.Collection.Times(home).EarliestMs : TimedListpack.EarliestOf(record.Value);
    }

    /// <summary>A record has come into the table, or its fields have changed: if one expires, it is among <see cref="FieldTimes"/> from now on.</summary>
    public void Index(Record record)
    {
        if (record.IsIndexed || !record.MayHaveFieldTimes) return;
        var earliest = EarliestFieldTime(record, home);
        if (earliest < 0) return;
        FieldTimes.Add(record, earliest);
        record.IsIndexed = true;
    }

    /// <summary>A record is about to move, to go, to lose its value or to change its fields: it leaves <see cref="FieldTimes"/>.</summary>
    public void Unindex(Record record)
    {
        if (!record.IsIndexed) return;
        FieldTimes.Remove(record, EarliestFieldTime(record, home));
        record.IsIndexed = false;
    }

    /// <summary>Frees a part of the tables, whose records are gone; false when nothing is left.</summary>
    public bool DisposeSegment()
    {
        const int nodesPerSegment = 64;
        var nodes = nodesPerSegment;
        return !FieldTimes.FreeSlice(ref nodes) || Expires.DisposeSegment() || Records.DisposeSegment();
    }

    public void Dispose()
    {
        var all = int.MaxValue;
        FieldTimes.FreeSlice(ref all);
        Expires.Dispose();
        Records.Dispose();
    }
}
