using System.Buffers.Binary;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>What a part of a <see cref="StreamTail"/> is.</summary>
public enum StreamTailPart : byte
{
    /// <summary>A number of 8 bytes, to be written in its shortest form.</summary>
    Number,

    /// <summary>4 bytes of length, and a name.</summary>
    Name,

    /// <summary>A time of 8 bytes.</summary>
    Time,

    /// <summary>The 16 bytes of an id.</summary>
    Id,
}

/// <summary>
/// What a stream has beside its nodes, as a row of small parts in the order in which a file has them: its state, and each group with its pending entries and
/// its consumers. DUMP copies all of it; a snapshot has it written bit by bit, by a <see cref="Snapshots.StreamTailTicket"/>.
/// <code>
/// length, last id, first id, greatest deleted id (two numbers each), entries added, groups
/// group     name, last id, entries read, pending: (id, time, deliveries)…, consumers
/// consumer  name, time seen, own pending: id…
/// </code>
/// </summary>
public sealed class StreamTail
{
    private const int ChunkSize = 64 * 1024;
    private readonly List<byte[]> _full = [];
    private byte[] _chunk = new byte[256];
    private int _length;

    /// <summary>Blocks of parts; a part does not cross them.</summary>
    public int ChunkCount => _full.Count + (_length > 0 ? 1 : 0);

    /// <summary>One of them.</summary>
    public ReadOnlySpan<byte> Chunk(int index) => index < _full.Count ? _full[index] : _chunk.AsSpan(0, _length);

    /// <summary>Copies that of a stream.</summary>
    internal void Copy(in StreamState state, IReadOnlyList<StreamGroup> groups)
    {
        Clear();
        State(state, groups.Count);
        foreach (var group in groups) Copy(group);
    }

    /// <summary>Forgets all, and large buffers.</summary>
    public void Clear()
    {
        _full.Clear();
        _length = 0;
        if (_chunk.Length > ChunkSize) _chunk = new byte[256];
    }

    /// <summary>Takes the next part off a chunk; false at its end.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> chunk, out StreamTailPart part, out ReadOnlySpan<byte> bytes)
    {
        part = default;
        bytes = default;
        if (chunk.IsEmpty) return false;
        part = (StreamTailPart)chunk[0];
        chunk = chunk[1..];
        var length = 8;
        if (part == StreamTailPart.Id) length = StreamId.StoredSize;
        if (part == StreamTailPart.Name)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(chunk);
            chunk = chunk[4..];
        }

        bytes = chunk[..length];
        chunk = chunk[length..];
        return true;
    }

    /// <summary>What comes before the groups.</summary>
    internal void State(in StreamState state, int groups)
    {
        Number((ulong)state.Length);
        IdNumbers(state.LastId);
        IdNumbers(state.FirstId);
        IdNumbers(state.MaxDeletedId);
        Number(state.EntriesAdded);
        Number((ulong)groups);
    }

    /// <summary>What comes before the pending entries of a group.</summary>
    internal void Group(ReadOnlySpan<byte> name, StreamId lastId, long entriesRead, long pending)
    {
        Name(name);
        IdNumbers(lastId);
        Number((ulong)entriesRead);
        Number((ulong)pending);
    }

    /// <summary>A pending entry of a group.</summary>
    internal void Pending(PendingEntry entry)
    {
        Id(entry.Id);
        Fixed(StreamTailPart.Time, (ulong)entry.DeliveredMs);
        Number(entry.Deliveries);
    }

    /// <summary>What comes before the pending entries of a consumer, which are no more than their ids.</summary>
    internal void Consumer(ReadOnlySpan<byte> name, long seenMs, long pending)
    {
        Name(name);
        Fixed(StreamTailPart.Time, (ulong)seenMs);
        Number((ulong)pending);
    }

    internal void Number(ulong value) => Fixed(StreamTailPart.Number, value);

    internal void Id(StreamId id) => id.Write(Reserve(StreamTailPart.Id, StreamId.StoredSize));

    private void Copy(StreamGroup group)
    {
        Group(group.Name, group.LastId, group.EntriesRead, group.PendingCount);
        for (var cursor = group.PendingFrom(StreamId.Min); cursor.MoveNext();) Pending(cursor.Current);
        Number((ulong)group.Consumers.Count);
        foreach (var consumer in group.Consumers)
        {
            Consumer(consumer.Name, consumer.SeenMs, consumer.PendingCount);
            for (var cursor = consumer.PendingFrom(StreamId.Min); cursor.MoveNext();) Id(cursor.Current.Id);
        }
    }

    private void IdNumbers(StreamId id)
    {
        Number(id.Ms);
        Number(id.Sequence);
    }

    private void Fixed(StreamTailPart part, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(part, 8), value);

    private void Name(ReadOnlySpan<byte> name)
    {
        var room = Reserve(StreamTailPart.Name, 4 + name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(room, name.Length);
        name.CopyTo(room[4..]);
    }

    private Span<byte> Reserve(StreamTailPart part, int bytes)
    {
        if (_length >= ChunkSize)
        {
            _full.Add(_chunk.AsSpan(0, _length).ToArray());
            _length = 0;
        }

        var needed = _length + 1 + bytes;
        if (needed > _chunk.Length) Array.Resize(ref _chunk, Math.Max(needed, Math.Min(_chunk.Length * 2, ChunkSize + (2 * StreamId.StoredSize))));
        _chunk[_length] = (byte)part;
        var room = _chunk.AsSpan(_length + 1, bytes);
        _length = needed;
        return room;
    }
}
