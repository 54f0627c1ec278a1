using System.Diagnostics;
using Redouble.Storage.Collections;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The pending entries of a group, or of one of its consumers, as they were at a snapshot's start: emitted by a walk through the tree, except for those that
/// were about to change before it came to them. Those were saved, and follow.
/// <code>
/// stamp of before     has not changed since the start     ─► emitted by the walk, and stamped
/// stamp of now        saved, emitted, or came later
/// </code>
/// An entry has one stamp as the group's and one as its consumer's: a file has all entries of the group before those of its first consumer. So the order of
/// what is emitted is that of ids only where nobody wrote meanwhile, and readers need none.
/// </summary>
internal sealed class PendingCapture
{
    private const int EntriesPerPart = 64;
    private const int EntriesPerChunk = 128; // that take about as long to copy

    private readonly StreamTailTicket _ticket;
    private readonly StreamGroup _group;
    private readonly StreamConsumer? _consumer; // none: these are the group's
    private readonly ushort _stamp;
    private readonly long _count;
    private readonly int _consumers;
    private readonly StreamId _lastId;
    private readonly long _entriesRead;
    private readonly long _seenMs;
    private StreamTail? _saved;
    private int _nextChunk;
    private StreamId _next; // the walk is there
    private Phase _phase;
#if GUARDED
    private ulong _sum; // of all entries of the start, less those that were emitted or saved
#endif

    private enum Phase
    {
        Head,
        Walk,
        Saved,
    }

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

    /// <summary>Bytes of what was saved and not emitted.</summary>
    public long SavedBytes { get; private set; }

    /// <summary>Saves an entry that is about to change or go.</summary>
    public void Save(PendingEntry entry)
    {
        _saved ??= new StreamTail();
        var before = _saved.Length;
        Write(_saved, entry);
        SavedBytes += _saved.Length - before;
        _ticket.CountSaved(_saved.Length - before);
    }

    /// <summary>Emits some of it; returns how many entries were looked at, at least one. True in <paramref name="isFinished"/> when all were.</summary>
    public int Emit(StreamTail part, out bool isFinished)
    {
        isFinished = false;
        if (_phase == Phase.Head)
        {
            if (_consumer == null) part.Group(_group.Name, _lastId, _entriesRead, _count);
            else part.Consumer(_consumer.Name, _seenMs, _count);
            _phase = Phase.Walk;
        }

        if (_phase == Phase.Walk) return Walk(part);
        if (_nextChunk < (_saved?.ChunkCount ?? 0))
        {
            _ticket.Append(_saved!.Chunk(_nextChunk++));
            return EntriesPerChunk;
        }

        Verify();
        if (_consumer == null) part.Number((ulong)_consumers);
        isFinished = true;
        return 1;
    }

    /// <summary>Lets go of what it took; what was not emitted is forgotten.</summary>
    public void End(bool isEmitted)
    {
        if (_consumer == null) _group.EndCapture(isEmitted);
        else _consumer.Capture = null;
    }

    private int Walk(StreamTail part)
    {
        var looked = 1;
        var tree = From(_next);
        for (; tree.MoveNext(); looked++)
        {
            var entry = tree.Current;
            _next = entry.Id;
            if (looked > EntriesPerPart) return looked;
            if (IsStamped(entry)) continue;
            Write(part, entry);
            if (_consumer == null) entry.Stamp = _stamp;
            else entry.ConsumerStamp = _stamp;
        }

        _phase = Phase.Saved;
        return looked;
    }

    private PendingCursor From(StreamId id) => _consumer == null ? _group.PendingFrom(id) : _consumer.PendingFrom(id);

    private bool IsStamped(PendingEntry entry) => (_consumer == null ? entry.Stamp : entry.ConsumerStamp) == _stamp;

    private void Write(StreamTail to, PendingEntry entry)
    {
        if (_consumer == null) to.Pending(entry);
        else to.Id(entry.Id);
        Subtract(entry);
    }

    [Conditional("GUARDED")]
    private void Expect()
    {
#if GUARDED
        var entries = From(StreamId.Min);
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
