using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// One large value as it was at the snapshot's start. It holds the value, not the record: the key may be renamed, moved or deleted meanwhile.
/// <code>
/// ElementTicket   hash, set, sorted set: a walk through the table; who changes an element of before ahead of it saves the element first
/// LeafTicket      list, stream: the leaves of the start in their order; who writes to one of them takes a copy and leaves it to the ticket
/// StringTicket    string: its block from front to back; who writes to a page ahead of that saves the page first
/// </code>
/// </summary>
internal abstract class SnapshotTicket
{
    /// <summary>Its number, by which the value refers to it.</summary>
    public int Number { get; private set; }

    /// <summary>The frame that opens it.</summary>
    public byte[] Head { get; private set; } = [];

    /// <summary>Earliest unix time in milliseconds at which a field expires, or -1.</summary>
    protected virtual long EarliestMs => -1;

    /// <summary>Whether all of it has been emitted.</summary>
    public bool IsFinished { get; protected set; }

    /// <summary>Takes the value of a record.</summary>
    public void Begin(Record record, int database, int number)
    {
        Number = number;
        IsFinished = false;
        Head = SnapshotFrame.OpenFrame(record, database, Capture(record), EarliestMs);
    }

    /// <summary>Emits about <paramref name="elementsMax"/> elements, or until so many bytes of parts wait; returns how many were looked at.</summary>
    public abstract int Emit(SnapshotQueue queue, byte epoch, int elementsMax, long partBytesMax);

    /// <summary>The snapshot ends before the value was emitted.</summary>
    public abstract void Abandon(SnapshotQueue queue);

    /// <summary>Lets the value go.</summary>
    public abstract void LetGo();

    /// <summary>Takes hold of the value, which is given <see cref="Number"/>, and remembers what there is; returns the count that its head tells.</summary>
    protected abstract long Capture(Record record);
}
