using System.Diagnostics;
using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The large values that a snapshot has taken and not emitted yet. At most one is under way; a write to another one that is waiting saves
/// what it changes into the ticket's own chain.
/// <code>
///   Open ─► waiting ─► active: open frame, saved parts, then slices of the walk through the value ─► close frame ─► let go
/// </code>
/// </summary>
internal sealed class SnapshotTickets(SnapshotQueue queue, RecordStore store, BlockPool blocks, byte epoch)
{
    private readonly Queue<SnapshotTicket> _waiting = new();
    private readonly List<SnapshotTicket?> _byNumber = [null];
    private readonly Stack<int> _freeNumbers = new();
    private readonly Stack<ElementTicket> _spareForElements = new();
    private readonly Stack<LeafTicket> _spareForLeaves = new();
    private readonly RecordBuffer _bucket = new();
    private SnapshotTicket? _active;

    private CollectionStore Collections => store.Collections;

    /// <summary>Bytes of strings that the data set has no more and a ticket keeps.</summary>
    public long FormerStringBytes
    {
        get
        {
            VerifyFormerBytes(); // a sum, since near maxmemory every command asks, and a hundred thousand tickets may wait
            return store.FormerBytes;
        }
    }

    /// <summary>Whether something has been taken and not emitted.</summary>
    public bool HasWork => _active != null || _waiting.Count > 0;

    /// <summary>Takes the value of a record as it is now.</summary>
    public void Open(Record record, int database)
    {
        SnapshotTicket ticket = !record.IsCollection
            ? new StringTicket(blocks, store)
            : record.Collection.HasElements
                ? _spareForElements.TryPop(out var elements) ? elements : new ElementTicket(queue.NewChain(), _bucket, Collections)
                : _spareForLeaves.TryPop(out var leaves) ? leaves : new LeafTicket(queue, Collections);
        if (!_freeNumbers.TryPop(out var number))
        {
            number = _byNumber.Count;
            _byNumber.Add(null);
        }

        _byNumber[number] = ticket;
        ticket.Begin(record, database, number);
        _waiting.Enqueue(ticket);
    }

    /// <summary>Leaves a leaf of before that is about to be replaced or removed to its ticket.</summary>
    public void Orphan(ListLeaf leaf)
    {
        leaf.IsOrphaned = true;
        queue.HeldBytes += leaf.Capacity;
        queue.LeafBytes += leaf.Capacity;
    }

    /// <summary>Saves an element that is about to change; nothing when it was emitted or came after the start.</summary>
    public void Save(Collection collection, Record element)
    {
        if (element.Epoch == epoch) return;
        var ticket = (ElementTicket)_byNumber[collection.Ticket]!;
        queue.AppendElement(element, ticket == _active ? null : ticket.Saved);
        element.Epoch = epoch;
    }

    /// <summary>Saves a range of a block that is about to be written; what was emitted or came after the start is left out.</summary>
    public void Save(Block block, int from, int count) => ((StringTicket)_byNumber[(int)block.Tag]!).Save(queue, from, count);

    /// <summary>Emits about <paramref name="elementsMax"/> elements of the active ticket; returns how many were looked at, at least one.</summary>
    public int Emit(int elementsMax, long partBytesMax)
    {
        if (_active == null)
        {
            _active = _waiting.Dequeue();
            queue.Open(_active.Head);
        }

        var looked = 1 + _active.Emit(queue, epoch, elementsMax, partBytesMax);
        if (!_active.IsFinished) return looked;
        queue.Close();
        Release(_active);
        _active = null;
        return looked;
    }

    /// <summary>Lets all go.</summary>
    public void Abandon()
    {
        if (_active != null) Abandon(_active);
        _active = null;
        while (_waiting.TryDequeue(out var ticket)) Abandon(ticket);
    }

    private void Abandon(SnapshotTicket ticket)
    {
        ticket.Abandon(queue);
        Release(ticket);
    }

    [Conditional("GUARDED")]
    private void VerifyFormerBytes()
    {
        var bytes = (_active as StringTicket)?.FormerBytes ?? 0;
        foreach (var ticket in _waiting) bytes += (ticket as StringTicket)?.FormerBytes ?? 0;
        if (bytes != store.FormerBytes) throw new InvalidOperationException($"Tickets keep {bytes} bytes of former strings, counted were {store.FormerBytes}.");
    }

    private void Release(SnapshotTicket ticket)
    {
        _byNumber[ticket.Number] = null;
        _freeNumbers.Push(ticket.Number);
        ticket.LetGo();
        if (ticket is ElementTicket elements) _spareForElements.Push(elements);
        else if (ticket is LeafTicket leaves) _spareForLeaves.Push(leaves);
    }
}
