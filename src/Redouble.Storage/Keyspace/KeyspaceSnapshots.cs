using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <content>The epoch, and at most one snapshot at a time.</content>
public sealed partial class Keyspace
{
    /// <summary>Starts after which a full walk must have renewed every stamp, before the epoch byte comes round to old ones.</summary>
    private const int FullWalkEvery = 250;

    /// <summary>Default of <see cref="TicketStringMin"/>, bytes.</summary>
    public const int TicketStringMinDefault = 1 << 20;

    private int _startsSinceFullWalk;

    /// <summary>
    /// Bytes from which a string is emitted in parts, and saved by pages before it is written. Smaller ones are lent to the snapshot, and copied whole
    /// by a write meanwhile. More than <see cref="Record.InlineValueMax"/>.
    /// </summary>
    public int TicketStringMin { get; init; } = TicketStringMinDefault;

    /// <summary>Whether the running snapshot has yet to emit a leaf of a collection as it is.</summary>
    internal bool IsHeld(Collection collection, ListLeaf leaf) => collection.Ticket != 0 && leaf.Epoch != Epoch;

    /// <summary>
    /// Lets a leaf go that is in its collection's tree no more: to the snapshot that has yet to emit it, or to the heap, now or in a later slice.
    /// </summary>
    internal void Release(Collection collection, ListLeaf leaf, bool isFreedLater = false)
    {
        if (IsHeld(collection, leaf)) Snapshot!.OrphanLeaf(leaf);
        else if (isFreedLater) Store.Collections.Discard(leaf);
        else Store.Collections.Leaves.Free(leaf);
    }

    /// <summary>Starts a snapshot of all databases as they are now. The caller is at the edge of an execution unit.</summary>
    /// <exception cref="InvalidOperationException">One is running.</exception>
    public Snapshot StartSnapshot()
    {
        if (Snapshot != null) throw new InvalidOperationException("A snapshot is running; a second one has to wait for the next epoch.");
        if (_startsSinceFullWalk >= FullWalkEvery) StampAll();
        Epoch++;
        _startsSinceFullWalk++;
        Snapshot = new Snapshot(_databases, Epoch, Blocks, Store, TicketStringMin);
        return Snapshot;
    }

    /// <summary>Forgets a snapshot whose walk has finished and whose queue is drained.</summary>
    public void FinishSnapshot()
    {
        if (Snapshot is not { WalkFinished: true }) throw new InvalidOperationException("The snapshot's walk has not finished.");
        _startsSinceFullWalk = 0;
        Snapshot = null;
    }

    /// <summary>Ends a running snapshot and drops what it has queued.</summary>
    public void AbortSnapshot()
    {
        Snapshot?.Abandon();
        Snapshot = null;
    }

    /// <summary>
    /// Gives every record the current stamp in one go. Needed once in 250 snapshots that were all aborted;
    /// 0.1 s per million records.
    /// </summary>
    private void StampAll()
    {
        var buffer = RentBuffer();
        foreach (var database in _databases)
        {
            ulong cursor = 0;
            do
            {
                cursor = database.Table.Records.ReadBucket(cursor, buffer);
                for (var i = 0; i < buffer.Count; i++)
                {
                    var record = buffer[i];
                    record.Epoch = Epoch;
                    if (!record.IsCollection) continue;
                    if (record.Collection.HasElements) StampElements(record.Collection);
                    else StampLeaves(record.Collection);
                }
            }
            while (cursor != 0);
        }

        ReturnBuffer(buffer);
        _startsSinceFullWalk = 0;
    }

    private void StampElements(Collection collection)
    {
        var table = collection.Elements(Home);
        var buffer = RentBuffer();
        ulong cursor = 0;
        do
        {
            cursor = table.ReadBucket(cursor, buffer);
            for (var i = 0; i < buffer.Count; i++)
            {
                var element = buffer[i];
                element.Epoch = Epoch;
            }
        }
        while (cursor != 0);
        ReturnBuffer(buffer);
    }

    private void StampLeaves(Collection collection)
    {
        for (var cursor = collection.Leaves(Home).First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var leaf = ListLeaf.At(cursor.Item);
            leaf.Epoch = Epoch;
        }
    }
}
