using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A hash, set or sorted set: a cursor through its elements. An element with the stamp of before is emitted when the cursor, or a write, comes to it.
/// </summary>
internal sealed class ElementTicket(FrameChain saved, CollectionStore collections) : CollectionTicket(collections)
{
    private readonly RecordBuffer _bucket = new();
    private ulong _cursor;

    /// <summary>What writers saved before the ticket's turn came.</summary>
    public FrameChain Saved => saved;

    protected override long EarliestMs => Collection.Type == ValueType.Hash ? Collection.Times(Collections.Home).EarliestMs : -1;

    public override void Activate(SnapshotQueue queue) => queue.MoveToParts(saved);

    public override int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var table = Collection.Elements(Collections.Home);
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

    public override void Abandon(SnapshotQueue queue)
    {
        queue.MoveToParts(saved);
        queue.DropParts();
    }

    protected override long Capture()
    {
        _cursor = 0;
        return Collection.Elements(Collections.Home).Count;
    }
}
