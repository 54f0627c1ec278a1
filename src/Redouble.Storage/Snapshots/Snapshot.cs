using System.Diagnostics;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The data set as it was at one moment, taken while it goes on changing, without fork.
/// <code>
///            epoch e                          walk ──►│ cursor
///  start ─►  epoch e+1    bucket  0 1 2 3 4 5 6 7 8 9 │ 10 11 12 …
///            record stamp         e+1 …               │ e  e+1 e        e+1 behind the cursor: saved by a write, or created since
/// </code>
/// A record of a captured table whose stamp is old belongs to the snapshot, has not changed since its start and has not been emitted.
/// The walk emits and stamps such records bucket by bucket in hash order; whoever changes or frees one first has it emitted at once
/// (<see cref="Save"/>). So each record is emitted exactly once, in the state of the start, and no record is ever read from another thread.
/// Costs: a copy of each record (about 0.1 µs), a stamp written into it, and for a write ahead of the walk one copy of the old record.
/// A large value is taken by a <see cref="SnapshotTicket"/>: it is emitted in parts, slice by slice, while it goes on changing.
/// Where the system gives no memory for a copy, the snapshot is lost (<see cref="Loss"/>), and never the write that asked for it: that one is in the middle of
/// what it changes.
/// </summary>
public sealed class Snapshot
{
    private readonly List<KeyTable> _tables = [];
    private readonly byte _epoch;
    private readonly RecordBuffer _bucket = new();
    private int _walked; // tables walked to their end
    private ulong _cursor;
    private readonly SnapshotTickets _tickets;
    private readonly int _ticketStringMin;
#if GUARDED
    private readonly SnapshotGuard _guard = new();
#endif

    internal Snapshot(ReadOnlySpan<Database> databases, byte epoch, BlockPool blocks, RecordStore store, int ticketStringMin)
    {
        _ticketStringMin = ticketStringMin;
        _epoch = epoch;
        Queue = new SnapshotQueue(blocks);
        _tickets = new SnapshotTickets(Queue, store, blocks, epoch);
        Sizes = new (int, long, long)[databases.Length];
        for (var i = 0; i < databases.Length; i++)
        {
            var table = databases[i].Table;
            Sizes[i] = (i, table.Records.Count, table.Expires.Count);
            if (table.Records.Count == 0) continue;
            table.Captured = true;
            table.SnapshotDatabase = i;
            _tables.Add(table);
            Keys += table.Records.Count;
            Capture(table);
        }
    }

    /// <summary>What has been emitted and not yet encoded.</summary>
    public SnapshotQueue Queue { get; }

    /// <summary>Per database: number, keys, and keys with an expiry, at the start.</summary>
    public (int Database, long Keys, long Expires)[] Sizes { get; }

    /// <summary>Keys at the start.</summary>
    public long Keys { get; }

    /// <summary>Whether every record has been emitted.</summary>
    public bool WalkFinished => Loss == null && _walked == _tables.Count && !_tickets.HasWork;

    /// <summary>Why it had to be abandoned, or null. Its owner is to end it: nothing more comes of it.</summary>
    public string? Loss { get; private set; }

    /// <summary>Whether a large value is the next to be emitted, or being emitted.</summary>
    public bool HasTickets => _tickets.HasWork;

    /// <summary>Bytes of strings that the data set has no more and a ticket keeps; not in the queue.</summary>
    public long FormerStringBytes => _tickets.FormerStringBytes;

    /// <summary>
    /// Memory that the data set would not need without it, bytes: frames that nobody has encoded or digested, what tickets keep, and large strings of before.
    /// </summary>
    public long MemoryBytes => Queue.Bytes + Queue.HeldBytes + Queue.PageBytes + FormerStringBytes;

    /// <summary>Bytes of records saved because a write came before the walk.</summary>
    public long SavedBeforeWriteBytes => Queue.SavedBytes;

    /// <summary>
    /// Emits about <paramref name="recordsMax"/> records, none any more once the queue holds <paramref name="queueBytesMax"/>, and parts of large values
    /// until as many bytes of them wait; returns how many were looked at.
    /// </summary>
    public int Walk(int recordsMax, long queueBytesMax = long.MaxValue)
    {
        try
        {
            return WalkOn(recordsMax, queueBytesMax);
        }
        catch (InsufficientMemoryException refused)
        {
            Lose(refused);
            return 0;
        }
    }

    private int WalkOn(int recordsMax, long queueBytesMax)
    {
        var looked = 0;
        while (looked < recordsMax)
        {
            if (_tickets.HasWork)
            {
                if (Queue.WaitingPartBytes >= queueBytesMax) return looked;
                looked += _tickets.Emit(recordsMax - looked, queueBytesMax);
                continue;
            }

            if (_walked == _tables.Count) return looked;
            var table = _tables[_walked];
            var next = table.Records.ReadBucket(_cursor, _bucket);
            if (next != 0) Prefetch(table.Records, next);
            for (var i = 0; i < _bucket.Count; i++)
            {
                var record = _bucket[i];
                if (record.Epoch == _epoch) continue;
                if (Queue.Bytes >= queueBytesMax) return looked; // the bucket is read again: what it has emitted is stamped
                Verify(record);
                Emit(table, record);
                record.Epoch = _epoch;
                if (_tickets.HasWork) break; // the bucket is read again
            }

            if (_tickets.HasWork) continue;

            looked += _bucket.Count + 1;
            _cursor = next;
            if (next != 0) continue;
            table.Captured = false;
            _walked++;
            if (_walked == _tables.Count) VerifyEnd();
        }

        return looked;
    }

    /// <summary>Emits a record that is about to change or go; <paramref name="keepsValue"/> says that its value may stay, and be written to later.</summary>
    internal void Save(KeyTable table, Record record, bool keepsValue)
    {
        Verify(record);
        var before = Queue.FrameBytes;
        try
        {
            Emit(table, record, keepsValue);
        }
        catch (InsufficientMemoryException refused)
        {
            Lose(refused);
        }

        Queue.SavedBytes += Queue.FrameBytes - before;
    }

    /// <summary>Emits an element of a collection with a ticket that is about to change or go.</summary>
    internal void SaveElement(Collection collection, Record element)
    {
        var before = Queue.FrameBytes;
        try
        {
            _tickets.Save(collection, element);
        }
        catch (InsufficientMemoryException refused)
        {
            Lose(refused);
        }

        Queue.SavedBytes += Queue.FrameBytes - before;
    }

    /// <summary>Saves what the snapshot wants of a range of a string's block with a ticket that is about to be written.</summary>
    internal void SaveRange(Block block, int from, int count)
    {
        var before = Queue.PageBytes;
        _tickets.Save(block, from, count);
        Queue.SavedBytes += Queue.PageBytes - before;
    }

    /// <summary>
    /// Takes over a leaf, with the stamp of before, of a collection with a ticket: it is about to be replaced by a copy, or to go.
    /// </summary>
    internal void OrphanLeaf(ListLeaf leaf)
    {
        _tickets.Orphan(leaf);
        Queue.SavedBytes += leaf.Length;
    }

    /// <summary>Ends it at whatever point it is.</summary>
    internal void Abandon()
    {
        foreach (var table in _tables) table.Captured = false;
        _walked = _tables.Count;
        _tickets.Abandon();
        Queue.Clear();
    }

    private void Lose(InsufficientMemoryException refused)
    {
        Loss = refused.Message;
        Abandon();
    }

    private void Emit(KeyTable table, Record record, bool keepsValue = true)
    {
        if (record.IsCollection || IsLargeString(record, keepsValue)) _tickets.Open(record, table.SnapshotDatabase);
        else Queue.Append(record, table.SnapshotDatabase);
    }

    // A string whose block the data set gives up is as good as copied. It can wait in a file then, which a ticket cannot; but not if it is very large, since a
    // frame is encoded in one go.
    private bool IsLargeString(Record record, bool keepsValue)
    {
        const int handedOverMax = 16; // times the limit
        return record.IsBlock && record.Type == Keyspace.ValueType.String
            && record.ValueLength >= (keepsValue ? _ticketStringMin : (long)_ticketStringMin * handedOverMax);
    }

    [Conditional("GUARDED")]
    private void Capture(KeyTable table)
    {
#if GUARDED
        _guard.Capture(table.Records);
#endif
    }

    /// <summary>A record is at another place from now on, and otherwise as it was.</summary>
    [Conditional("GUARDED")]
    internal void RecordMoved(Record from, Record to)
    {
#if GUARDED
        _guard.Moved(from, to);
#endif
    }

    [Conditional("GUARDED")]
    private void Verify(Record record)
    {
#if GUARDED
        _guard.Verify(record);
#endif
    }

    [Conditional("GUARDED")]
    private void VerifyEnd()
    {
#if GUARDED
        _guard.VerifyEnd();
#endif
    }

    private static void Prefetch(RecordTable records, ulong next)
    {
        // The records of the next bucket now, the bucket behind it too: each has a whole bucket's copying time to arrive.
        records.PrefetchRecordsAt(next);
        var second = records.NextBucket(next);
        if (second != 0) records.PrefetchAt(second);
    }
}
