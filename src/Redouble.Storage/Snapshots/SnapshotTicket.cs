using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// One large value as it was at the snapshot's start. It holds the collection, not the record: the key may be renamed, moved or deleted meanwhile.
/// <code>
/// hash, set, sorted set   a cursor through the elements; an element with the stamp of before is emitted when the cursor, or a write, comes to it
/// </code>
/// </summary>
internal sealed class SnapshotTicket(FrameChain saved)
{
    private readonly RecordBuffer _bucket = new();
    private TableHome? _home;
    private ulong _cursor;
    private Collection _collection;

    /// <summary>What writers saved before the ticket's turn came.</summary>
    public FrameChain Saved { get; } = saved;

    /// <summary>The value.</summary>
    public Collection Collection => _collection;

    /// <summary>The frame that opens it.</summary>
    public byte[] Head { get; private set; } = [];

    /// <summary>Whether all of it has been emitted.</summary>
    public bool IsFinished { get; private set; }

    public void Begin(Record record, int database, TableHome home, int number)
    {
        _collection = record.Collection;
        _collection.Ticket = number;
        _home = home;
        _cursor = 0;
        IsFinished = false;
        Head = SnapshotFrame.OpenFrame(record, database, Collection.Elements(home).Count, KeyTable.EarliestFieldTime(record, home));
    }

    /// <summary>Emits about <paramref name="elementsMax"/> elements, or until so many bytes of parts wait; returns how many were looked at.</summary>
    public int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var table = Collection.Elements(_home!);
        var looked = 0;
        while (looked < elementsMax && queue.WaitingPartBytes < partBytesMax)
        {
            var next = table.ReadBucket(_cursor, _bucket);
            if (next != 0) table.PrefetchRecordsAt(next);
            for (var i = 0; i < _bucket.Count; i++)
            {
                var element = _bucket[i];
                if (element.Epoch == epoch) continue;
                queue.AppendElement(element);
                element.Epoch = epoch;
            }

            looked += _bucket.Count + 1;
            _cursor = next;
            if (next != 0) continue;
            IsFinished = true;
            return looked;
        }

        return looked;
    }
}
