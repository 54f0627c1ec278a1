using System.Buffers.Binary;
using Redouble.Core.Text;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Which RDB layout a value is written in: the oldest that holds it, so that Redis 7.0 can read what it can hold. A packed value is written
/// as it is in memory, but for pairs, which become a listpack; a large one as its count and its elements.
/// </summary>
internal static class ValueEncoder
{
    private const int OnStackMax = 512;

    /// <summary>The type byte of a value that is written by <see cref="WriteWhole"/>. Fields that expire are another matter: <see cref="HashTimes"/>.</summary>
    public static RdbType TypeOf(ValueType type, ValueEncoding encoding) => (type, encoding) switch
    {
        (ValueType.String, _) => RdbType.String,
        (ValueType.Hash, ValueEncoding.Listpack) => RdbType.HashListpack,
        (ValueType.Set, ValueEncoding.Intset) => RdbType.SetIntset,
        (ValueType.SortedSet, ValueEncoding.Listpack) => RdbType.SortedSetListpack,
        (ValueType.Hash, _) => RdbType.Hash,
        (ValueType.Set, _) => RdbType.Set, // a listpack of it is of RDB 11
        (ValueType.SortedSet, _) => RdbType.SortedSet2,
        (ValueType.List, _) => RdbType.ListQuicklist2,
        (ValueType.Stream, _) => RdbType.StreamListpacks2, // with the time a consumer last got something it would be of RDB 11
        _ => throw new InvalidOperationException($"No RDB encoding for values of type {type}."),
    };

    // Of what memory has as PackedPairs.
    private static bool IsPairs(RdbType type) => type is RdbType.HashListpack or RdbType.SortedSetListpack;

    /// <summary>A record with its whole value.</summary>
    public static void WriteWhole(RdbWriter writer, in RdbKey key, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> value)
    {
        if (encoding == ValueEncoding.ListpackEx)
        {
            HashTimes.WritePacked(writer, key, value);
            return;
        }

        var rdbType = TypeOf(type, encoding);
        if (IsPairs(rdbType))
        {
            var size = PackedPairs.ListpackRoom(value);
            Span<byte> room = size <= OnStackMax ? stackalloc byte[OnStackMax] : new byte[size];
            writer.WriteRecord(key, rdbType, room[..PackedPairs.ToListpack(value, room)]);
            return;
        }

        if (RdbTypes.Get(rdbType).IsSingleString)
        {
            writer.WriteRecord(key, rdbType, value);
            return;
        }

        writer.BeginRecord(key, rdbType);
        WritePacked(writer, type, value);
    }

    /// <summary>A value in memory as the payload of DUMP has it, behind its type byte.</summary>
    public static void WritePayload(RdbWriter writer, Keyspace keyspace, ReadRecord record)
    {
        if (record.Type == ValueType.Hash && HashTimes.WritePayload(writer, keyspace, record)) return;
        if (record.IsPacked)
        {
            if (IsPairs(TypeOf(record.Type, record.Encoding)))
            {
                var listpack = new byte[PackedPairs.ListpackRoom(record.Value)];
                writer.WriteElement(listpack.AsSpan(0, PackedPairs.ToListpack(record.Value, listpack)));
                return;
            }

            if (RdbTypes.Get(TypeOf(record.Type, record.Encoding)).IsSingleString) writer.WriteElement(record.Value);
            else WritePacked(writer, record.Type, record.Value);
            return;
        }

        if (record.Type == ValueType.List)
        {
            var nodes = new ListReader(keyspace, record).Nodes();
            writer.WriteLength((ulong)nodes.Count);
            while (nodes.MoveNext()) WriteNode(writer, nodes.Content, nodes.IsPlain);
            return;
        }

        if (record.Type == ValueType.Stream)
        {
            WriteStream(writer, new StreamValueReader(keyspace, record));
            return;
        }

        using var elements = new ElementCursor(keyspace, record);
        writer.WriteLength((ulong)elements.Count);
        while (elements.MoveNext()) WritePart(writer, record.Type, ValueEncoding.Raw, elements.Name.Bytes, elements.Value.Bytes);
    }

    /// <summary>The head of a large value of that many elements.</summary>
    public static void BeginLarge(RdbWriter writer, in RdbKey key, ValueType type, long count)
    {
        writer.BeginRecord(key, TypeOf(type, ValueEncoding.HashTable));
        writer.WriteLength((ulong)count);
    }

    /// <summary>
    /// A part of a large value: of a hash, set or sorted set an element; of a list a leaf, which is a listpack or, raw, one element; of a stream a
    /// node, or what follows the nodes.
    /// </summary>
    public static void WritePart(RdbWriter writer, ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (type == ValueType.List)
        {
            WriteNode(writer, value, isPlain: encoding == ValueEncoding.Raw);
            return;
        }

        if (type == ValueType.Stream)
        {
            if (encoding == ValueEncoding.Stream) WriteTail(writer, value);
            else WriteStreamNode(writer, value);
            return;
        }

        writer.WriteElement(name);
        if (type == ValueType.Hash) writer.WriteElement(value);
        else if (type == ValueType.SortedSet) writer.WriteFixed8(BinaryPrimitives.ReadInt64LittleEndian(value));
    }

    private static void WriteStream(RdbWriter writer, StreamValueReader stream)
    {
        writer.WriteLength((ulong)stream.NodeCount);
        for (var nodes = stream.StoredNodes(); nodes.MoveNext();) WriteStreamNode(writer, nodes.Content);
        var tail = new StreamTail();
        stream.CopyTail(tail);
        for (var i = 0; i < tail.ChunkCount; i++) WriteTail(writer, tail.Chunk(i));
    }

    private static void WriteStreamNode(RdbWriter writer, ReadOnlySpan<byte> content)
    {
        writer.WriteElement(content[..StreamId.StoredSize]);
        writer.WriteElement(content[StreamId.StoredSize..]);
    }

    private static void WriteTail(RdbWriter writer, ReadOnlySpan<byte> chunk)
    {
        while (StreamTail.TryRead(ref chunk, out var part, out var bytes))
        {
            switch (part)
            {
                case StreamTailPart.Number:
                    writer.WriteLength(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                    break;
                case StreamTailPart.Name:
                    writer.WriteElement(bytes);
                    break;
                default: // fixed widths, as they are
                    writer.WriteBytes(bytes);
                    break;
            }
        }
    }

    // A set's listpack element by element; a list's as the only node of a quicklist.
    private static void WritePacked(RdbWriter writer, ValueType type, ReadOnlySpan<byte> listpack)
    {
        if (type == ValueType.List)
        {
            writer.WriteLength(1);
            WriteNode(writer, listpack, isPlain: false);
            return;
        }

        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        writer.WriteLength((ulong)Listpack.Count(listpack));
        for (var at = Listpack.First(listpack); at >= 0; at = Listpack.Next(listpack, at)) writer.WriteElement(Listpack.Get(listpack, at).Text(digits));
    }

    // A node of a quicklist: how it is kept, and its bytes.
    private static void WriteNode(RdbWriter writer, ReadOnlySpan<byte> content, bool isPlain)
    {
        const ulong plain = 1, packed = 2;
        writer.WriteLength(isPlain ? plain : packed);
        writer.WriteElement(content);
    }
}
