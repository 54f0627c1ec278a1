using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>A ticket on a collection.</summary>
internal abstract class CollectionTicket(CollectionStore collections) : SnapshotTicket
{
    private Collection _collection;

    /// <summary>The value.</summary>
    protected Collection Collection => _collection;

    /// <summary>What it is kept in.</summary>
    protected CollectionStore Collections => collections;

    public override void LetGo() => collections.LetGo(_collection);

    protected override long Capture(Record record)
    {
        _collection = record.Collection;
        _collection.Ticket = Number;
        return Capture();
    }

    /// <summary>Remembers what there is; returns the number of parts.</summary>
    protected abstract long Capture();
}
