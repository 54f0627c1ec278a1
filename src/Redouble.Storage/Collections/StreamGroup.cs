using Redouble.Core.Memory;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// A consumer group of a stream: how far it has read, its consumers, and what was delivered and not acknowledged. Groups and consumers are managed
/// objects, of which there are few; pending entries, of which there may be millions, are native.
/// <code>
/// group     ─► tree of pending entries by id, which owns them
/// consumer  ─► tree of its own ones
/// </code>
/// All changes of pending entries go through here, so that the running snapshot has an entry of its start before it changes or goes.
/// </summary>
public sealed class StreamGroup : INamed
{
    /// <summary><see cref="EntriesRead"/> when it is not known.</summary>
    public const long Unknown = -1;

    private readonly byte[] _name;
    private readonly NativeHeap _heap;
    private readonly PendingTree _pending;
    private readonly List<StreamConsumer> _consumers = [];
    private readonly List<StreamConsumer?> _byNumber = [null];
    private readonly Stack<int> _freeNumbers = new();
    private ushort _captures;        // the stamp of entries that came or were emitted since the last one began
    private int _capturesUnfinished; // in a row

    internal StreamGroup(byte[] name, NativeHeap heap)
    {
        _name = name;
        _heap = heap;
        _pending = new PendingTree(heap);
    }

    /// <summary>Its name.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>The greatest id that was delivered.</summary>
    public StreamId LastId { get; set; }

    /// <summary>How many entries it has read of all that were ever added, or <see cref="Unknown"/>.</summary>
    public long EntriesRead { get; set; } = Unknown;

    /// <summary>Consumers, in the order of their names.</summary>
    public IReadOnlyList<StreamConsumer> Consumers => _consumers;

    /// <summary>Entries that were delivered and not acknowledged.</summary>
    public long PendingCount => _pending.Count;

    /// <summary>The last pending entry; there must be one.</summary>
    public PendingEntry LastPending => _pending.Last();

    /// <summary>The first pending entry; there must be one.</summary>
    internal PendingEntry FirstPending => _pending.First();

    /// <summary>Pending entries, from an id on.</summary>
    public PendingCursor PendingFrom(StreamId id) => _pending.From(id);

    /// <summary>The pending entry of an id.</summary>
    public bool TryFindPending(StreamId id, out PendingEntry entry) => _pending.TryFind(id, out entry);

    /// <summary>Whom a pending entry was delivered to; null while nobody has it.</summary>
    public StreamConsumer? ConsumerOf(PendingEntry entry) => _byNumber[entry.Consumer];

    /// <summary>What the running snapshot has taken of the group and not emitted yet.</summary>
    internal PendingCapture? Capture { get; private set; }

    /// <summary>Whether its stream has it no more: the snapshot frees it.</summary>
    internal bool IsDetached { get; set; }

    /// <summary>Once it is detached: bytes that it is about to give back.</summary>
    internal long PendingBytes { get; set; }

    /// <summary>Its pending entries and consumers: what there is to be freed.</summary>
    internal long Parts
    {
        get
        {
            var parts = PendingCount;
            foreach (var consumer in _consumers) parts += 1 + consumer.PendingCount;
            return parts;
        }
    }

    /// <summary>Bytes that they take of the heap.</summary>
    internal long Bytes
    {
        get
        {
            var bytes = _pending.Bytes + (PendingCount * PendingEntry.Bytes);
            foreach (var consumer in _consumers) bytes += consumer.Pending.Bytes;
            return bytes;
        }
    }

    /// <summary>Adds a pending entry, which is not there, for a consumer or for nobody yet.</summary>
    public PendingEntry AddPending(StreamId id, StreamConsumer? consumer, long deliveredMs, ulong deliveries)
    {
        var entry = PendingEntry.Create(_heap, id, deliveredMs, deliveries, _captures);
        _pending.Insert(entry);
        if (consumer != null) Assign(entry, consumer);
        return entry;
    }

    /// <summary>Says when and how often a pending entry was delivered.</summary>
    public void Redeliver(PendingEntry entry, long deliveredMs, ulong deliveries)
    {
        SaveOfGroup(entry);
        entry.DeliveredMs = deliveredMs;
        entry.Deliveries = deliveries;
    }

    /// <summary>Gives a pending entry to a consumer.</summary>
    public void Assign(PendingEntry entry, StreamConsumer consumer)
    {
        if (entry.Consumer == consumer.Number) return;
        SaveOfConsumer(entry);
        ConsumerOf(entry)?.Pending.Remove(entry);
        entry.Consumer = consumer.Number;
        consumer.Pending.Insert(entry);
    }

    /// <summary>Removes a pending entry.</summary>
    public void RemovePending(PendingEntry entry)
    {
        SaveOfGroup(entry);
        SaveOfConsumer(entry);
        ConsumerOf(entry)?.Pending.Remove(entry);
        _pending.Remove(entry);
        entry.Free(_heap);
    }

    /// <summary>The consumer of a name, or null.</summary>
    public StreamConsumer? FindConsumer(ReadOnlySpan<byte> name)
    {
        var index = NameOrder.Search(_consumers, name);
        return index < 0 ? null : _consumers[index];
    }

    /// <summary>Adds a consumer; null when there is one of the name.</summary>
    public StreamConsumer? AddConsumer(ReadOnlySpan<byte> name, long seenMs)
    {
        var index = NameOrder.Search(_consumers, name);
        if (index >= 0) return null;
        if (!_freeNumbers.TryPop(out var number))
        {
            number = _byNumber.Count;
            _byNumber.Add(null);
        }

        var consumer = new StreamConsumer(name.ToArray(), number, _heap) { SeenMs = seenMs };
        _byNumber[number] = consumer;
        _consumers.Insert(~index, consumer);
        return consumer;
    }

    /// <summary>Removes a consumer, and the entries that are pending for it.</summary>
    public void RemoveConsumer(StreamConsumer consumer)
    {
        for (var cursor = consumer.Pending.From(StreamId.Min); cursor.MoveNext();)
        {
            var entry = cursor.Current;
            SaveOfGroup(entry);
            SaveOfConsumer(entry);
            _pending.Remove(entry);
            entry.Free(_heap);
        }

        var all = int.MaxValue;
        consumer.Pending.Free(ref all);
        _consumers.RemoveAt(NameOrder.Search(_consumers, consumer.Name));
        _byNumber[consumer.Number] = null;
        _freeNumbers.Push(consumer.Number);
    }

    /// <summary>A snapshot takes the group as it is now; its consumers are taken by themselves.</summary>
    internal ushort BeginCapture(PendingCapture capture)
    {
        // Before the stamps come round to those of entries that no capture has emitted since.
        if (_capturesUnfinished == ushort.MaxValue - 1) StampAll();
        _capturesUnfinished++;
        Capture = capture;
        return ++_captures;
    }

    /// <summary>The snapshot has emitted the group, or is given up.</summary>
    internal void EndCapture(bool isEmitted)
    {
        if (isEmitted) _capturesUnfinished = 0;
        Capture = null;
    }

    /// <summary>A copy with all that is pending.</summary>
    internal StreamGroup Copy()
    {
        var copy = new StreamGroup(_name, _heap) { LastId = LastId, EntriesRead = EntriesRead };
        foreach (var consumer in _consumers) copy.AddConsumer(consumer.Name, consumer.SeenMs)!.ActiveMs = consumer.ActiveMs;
        for (var cursor = _pending.From(StreamId.Min); cursor.MoveNext();)
        {
            var entry = cursor.Current;
            copy.AddPending(entry.Id, copy.FindConsumer(_byNumber[entry.Consumer]!.Name), entry.DeliveredMs, entry.Deliveries);
        }

        return copy;
    }

    /// <summary>Frees a group that is not used any more, in slices.</summary>
    internal bool FreeSlice(ref int budget)
    {
        while (_consumers.Count > 0)
        {
            if (budget-- <= 0 || !_consumers[^1].Pending.Free(ref budget)) return false;
            _consumers.RemoveAt(_consumers.Count - 1);
        }

        return _pending.FreeWithEntries(ref budget);
    }

    // An entry is about to change or go: the snapshot first.
    private void SaveOfGroup(PendingEntry entry)
    {
        if (Capture == null || entry.Stamp == _captures) return;
        Capture.Save(entry);
        entry.Stamp = _captures;
    }

    // It is about to leave its consumer.
    private void SaveOfConsumer(PendingEntry entry)
    {
        if (Capture == null || entry.ConsumerStamp == _captures) return;
        ConsumerOf(entry)?.Capture!.Save(entry);
        entry.ConsumerStamp = _captures;
    }

    private void StampAll()
    {
        for (var cursor = _pending.From(StreamId.Min); cursor.MoveNext();)
        {
            var entry = cursor.Current;
            entry.Stamp = entry.ConsumerStamp = _captures;
        }

        _capturesUnfinished = 0;
    }
}
