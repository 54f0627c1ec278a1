using System.Diagnostics;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The pending entries of a group, or of one of its consumers, as they were at a snapshot's start: emitted by a walk through the tree, except for those that
/// were about to change before it came to them. Those were saved, and are emitted in their places.
/// <code>
///            emitted  ──►│ walk
///   tree      3  5  7  8 │ 12   15'      with a stamp of now: saved, emitted, or came later
///   saved                │   14 15       of before; none of them is behind the walk
/// </code>
/// An entry has one stamp as the group's and one as its consumer's: a file has all entries of the group before those of its first consumer.
/// </summary>
internal sealed class PendingCapture
{
    private const int EntriesPerPart = 64;
    private const int SavedSize = 64; // bytes of an entry, with its share of a tree

    private readonly StreamTailTicket _ticket;
    private readonly StreamGroup _group;
    private readonly StreamConsumer? _consumer; // none: these are the group's
    private readonly ushort _stamp;
    private readonly long _count;
    private readonly int _consumers;
    private readonly StreamId _lastId;
    private readonly long _entriesRead;
    private readonly long _seenMs;
    private StreamGroup? _saved; // what was saved, as a group without consumers
    private bool _hasBegun;
    private StreamId _next;      // the walk is there
    private bool _isBehindLast;
#if GUARDED
    private ulong _sum; // of all entries of the start, less those that were emitted or saved
#endif

    /// <summary>Takes the entries of a group.</summary>
    public PendingCapture(StreamTailTicket ticket, StreamGroup group)
    {
        _ticket = ticket;
        _group = group;
        _count = group.PendingCount;
        _consumers = group.Consumers.Count;
        _lastId = group.LastId;
        _entriesRead = group.EntriesRead;
        _stamp = group.BeginCapture(this);
        Expect();
    }

    /// <summary>Takes the entries of a consumer of a group that was taken.</summary>
    public PendingCapture(PendingCapture group, StreamConsumer consumer)
    {
        _ticket = group._ticket;
        _group = group._group;
        _stamp = group._stamp;
        _consumer = consumer;
        _count = consumer.PendingCount;
        _seenMs = consumer.SeenMs;
        consumer.Capture = this;
        Expect();
    }

    /// <summary>Saves an entry that is about to change or go.</summary>
    public void Save(PendingEntry entry)
    {
        _saved ??= _ticket.NewGroup();
        _saved.AddPending(entry.Id, null, entry.DeliveredMs, entry.Deliveries);
        Subtract(entry);
        _ticket.CountSaved(SavedSize);
    }

    /// <summary>Emits some of it; returns how many entries were looked at, at least one. True in <paramref name="isFinished"/> when all were.</summary>
    public int Emit(StreamTail part, out bool isFinished)
    {
        if (!_hasBegun)
        {
            if (_consumer == null) part.Group(_group.Name, _lastId, _entriesRead, _count);
            else part.Consumer(_consumer.Name, _seenMs, _count);
            _hasBegun = true;
        }

        var looked = Walk(part, out isFinished);
        if (!isFinished) return looked;
        Verify();
        if (_consumer == null) part.Number((ulong)_consumers);
        return looked;
    }

    /// <summary>Lets go of what it took; what was not emitted is forgotten.</summary>
    public void End(bool isEmitted)
    {
        if (_consumer == null) _group.EndCapture(isEmitted);
        else _consumer.Capture = null;
        if (_saved != null) _ticket.Drop(_saved, _saved.PendingCount * SavedSize);
    }

    private int Walk(StreamTail part, out bool isFinished)
    {
        var looked = 1;
        var tree = _consumer == null ? _group.PendingFrom(_next) : _consumer.PendingFrom(_next);
        var hasEntry = !_isBehindLast && tree.MoveNext();
        for (; looked <= EntriesPerPart; looked++)
        {
            if (_saved is { PendingCount: > 0 } && (!hasEntry || _saved.FirstPending.Id <= tree.Current.Id))
            {
                var saved = _saved.FirstPending;
                Write(part, saved);
                _saved.RemovePending(saved);
                _ticket.CountSaved(-SavedSize);
                continue;
            }

            if (!hasEntry) break;
            var entry = tree.Current;
            Emit(part, entry);
            _isBehindLast = !entry.Id.TryNext(out _next);
            hasEntry = tree.MoveNext();
        }

        isFinished = looked <= EntriesPerPart;
        return looked;
    }

    private void Emit(StreamTail part, PendingEntry entry)
    {
        if ((_consumer == null ? entry.Stamp : entry.ConsumerStamp) == _stamp) return;
        Write(part, entry);
        Subtract(entry);
        if (_consumer == null) entry.Stamp = _stamp;
        else entry.ConsumerStamp = _stamp;
    }

    private void Write(StreamTail to, PendingEntry entry)
    {
        if (_consumer == null) to.Pending(entry);
        else to.Id(entry.Id);
    }

    [Conditional("GUARDED")]
    private void Expect()
    {
#if GUARDED
        var entries = _consumer == null ? _group.PendingFrom(StreamId.Min) : _consumer.PendingFrom(StreamId.Min);
        while (entries.MoveNext()) _sum += Checksum(entries.Current);
#endif
    }

    [Conditional("GUARDED")]
    private void Subtract(PendingEntry entry)
    {
#if GUARDED
        _sum -= Checksum(entry);
#endif
    }

    [Conditional("GUARDED")]
    private void Verify()
    {
#if GUARDED
        if (_sum != 0)
            throw new InvalidOperationException("A pending entry was changed or freed after the snapshot's start and before it was emitted.");
#endif
    }

#if GUARDED
    private ulong Checksum(PendingEntry entry)
    {
        Span<byte> bytes = stackalloc byte[StreamId.StoredSize + (2 * sizeof(long))];
        bytes.Clear();
        entry.Id.Write(bytes);
        if (_consumer == null)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes[StreamId.StoredSize..], entry.DeliveredMs);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[(StreamId.StoredSize + sizeof(long))..], entry.Deliveries);
        }

        return Core.Checksums.Crc64.Append(1, bytes);
    }
#endif
}
