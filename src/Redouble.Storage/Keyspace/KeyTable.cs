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

    /// <summary>Whether the running snapshot has captured this table and not walked all of it.</summary>
    public bool Captured { get; set; }

    /// <summary>Number of the database in the running snapshot.</summary>
    public int SnapshotDatabase { get; set; }

    /// <summary>Sum of the records' own bytes, as the heap rounds them, is not kept; this is the tables' part.</summary>
    public long TableBytes => Records.Bytes + Expires.Bytes;

    /// <summary>Frees a part of the tables, whose records are gone; false when nothing is left.</summary>
    public bool DisposeSegment() => Expires.DisposeSegment() || Records.DisposeSegment();

    public void Dispose()
    {
        Expires.Dispose();
        Records.Dispose();
    }
}
