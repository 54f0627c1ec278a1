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
/// its consumers. It is copied at once when a snapshot takes the stream: 52 bytes per pending entry. A million of them are 52 MB until they are
/// emitted, and stop the loop for up to half a second (262 ms were seen with 500,000, on a busy machine). The nodes are not copied.
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
        Number((ulong)state.Length);
        IdNumbers(state.LastId);
        IdNumbers(state.FirstId);
        IdNumbers(state.MaxDeletedId);
        Number(state.EntriesAdded);
        Number((ulong)groups.Count);
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

    private void Copy(StreamGroup group)
    {
        Name(group.Name);
        IdNumbers(group.LastId);
        Number((ulong)group.EntriesRead);
        Number((ulong)group.PendingCount);
        for (var cursor = group.PendingFrom(StreamId.Min); cursor.MoveNext();)
        {
            var entry = cursor.Current;
            Id(entry.Id);
            Fixed(StreamTailPart.Time, (ulong)entry.DeliveredMs);
            Number(entry.Deliveries);
        }

        Number((ulong)group.Consumers.Count);
        foreach (var consumer in group.Consumers)
        {
            Name(consumer.Name);
            Fixed(StreamTailPart.Time, (ulong)consumer.SeenMs);
            Number((ulong)consumer.PendingCount);
            for (var cursor = consumer.PendingFrom(StreamId.Min); cursor.MoveNext();) Id(cursor.Current.Id);
        }
    }

    private void Number(ulong value) => Fixed(StreamTailPart.Number, value);

    private void IdNumbers(StreamId id)
    {
        Number(id.Ms);
        Number(id.Sequence);
    }

    private void Fixed(StreamTailPart part, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(part, 8), value);

    private void Id(StreamId id) => id.Write(Reserve(StreamTailPart.Id, StreamId.StoredSize));

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
        if (needed > _chunk.Length) Array.Resize(ref _chunk, Math.Max(needed, _chunk.Length * 2));
        _chunk[_length] = (byte)part;
        var room = _chunk.AsSpan(_length + 1, bytes);
        _length = needed;
        return room;
    }
}
