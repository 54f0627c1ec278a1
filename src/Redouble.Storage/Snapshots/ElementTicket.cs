using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A hash, set or sorted set: a cursor through its elements. An element with the stamp of before is emitted when the cursor, or a write, comes to it.
/// </summary>
/// <param name="saved">What writers save before the ticket's turn comes.</param>
/// <param name="bucket">Room for the records of a bucket, which all tickets share: there may be very many that wait.</param>
/// <param name="home">Of the keyspace's tables.</param>
internal sealed class ElementTicket(FrameChain saved, RecordBuffer bucket, TableHome home) : SnapshotTicket
{
    private ulong _cursor;

    /// <summary>What writers saved before the ticket's turn came.</summary>
    public FrameChain Saved => saved;

    protected override long EarliestMs => Collection.Type == ValueType.Hash ? Collection.Times(home).EarliestMs : -1;

    public override int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax)
    {
        var table = Collection.Elements(home);
        const int elementsPerBlock = 16; // to be moved
        var looked = 0;
        for (; looked < elementsMax && queue.WaitingPartBytes < partBytesMax; looked += elementsPerBlock)
        {
            if (!queue.TryMoveToParts(saved)) break;
        }

        while (looked < elementsMax && queue.WaitingPartBytes < partBytesMax)
        {
            var next = table.ReadBucket(_cursor, bucket);
            if (next != 0) table.PrefetchRecordsAt(next);
            for (var i = 0; i < bucket.Count; i++)
            {
                var element = bucket[i];
                if (element.Epoch == epoch) continue;
                queue.AppendElement(element);
                element.Epoch = epoch;
            }

            looked += bucket.Count + 1;
            _cursor = next;
            if (next != 0) continue;
            IsFinished = true;
            return looked;
        }

        return looked;
    }

    public override void Abandon(SnapshotQueue queue) => queue.DropHeld(saved);

    protected override long Capture()
    {
        _cursor = 0;
        return Collection.Elements(home).Count;
    }
}
