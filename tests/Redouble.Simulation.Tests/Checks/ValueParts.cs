using Redouble.Core.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>Takes the parts of a value, in whatever order a node has them.</summary>
internal interface IValuePartSink
{
    /// <summary>A part: up to two texts and some numbers. What they mean is the same for all values of a type.</summary>
    void Part(scoped ReadOnlySpan<byte> first, scoped ReadOnlySpan<byte> second, params ReadOnlySpan<long> numbers);
}

/// <summary>
/// A value taken to pieces, so that equal values have the same set of pieces whatever their encodings are and whatever order a table keeps:
/// <code>
/// string      (bytes)
/// list        (element; index)
/// set         (member)
/// hash        (field, value; expiry)
/// sorted set  (member; score)
/// stream      (name, value; id, index)  (; length, ids and counts)  group (name; last id, entries read)  pending (group, consumer; id, time, deliveries)
/// </code>
/// A stream's consumers count by what is pending for them: one that has got nothing yet is not told to replicas, nor when one was seen last.
/// </summary>
internal static class ValueParts
{
    public static void Visit<T>(Keyspace keyspace, ReadRecord record, ref T sink)
        where T : struct, IValuePartSink
    {
        switch (record.Type)
        {
            case ValueType.String:
                sink.Part(record.Value, []);
                break;
            case ValueType.List:
                VisitList(keyspace, record, ref sink);
                break;
            case ValueType.Stream:
                VisitStream(new StreamValueReader(keyspace, record), ref sink);
                break;
            default:
                VisitElements(keyspace, record, ref sink);
                break;
        }
    }

    private static void VisitList<T>(Keyspace keyspace, ReadRecord record, ref T sink)
        where T : struct, IValuePartSink
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var index = 0;
        for (var cursor = new ListReader(keyspace, record).Seek(0); !cursor.AtEnd; cursor.MoveNext()) sink.Part(cursor.Value.Text(digits), [], index++);
    }

    private static void VisitElements<T>(Keyspace keyspace, ReadRecord record, ref T sink)
        where T : struct, IValuePartSink
    {
        Span<byte> name = stackalloc byte[Integers.MaxLength];
        Span<byte> value = stackalloc byte[Integers.MaxLength];
        using var elements = new ElementCursor(keyspace, record);
        while (elements.MoveNext())
        {
            if (record.Type == ValueType.Set) sink.Part(elements.Name.Text(name), []);
            else if (record.Type == ValueType.Hash) sink.Part(elements.Name.Text(name), elements.Value.Text(value), elements.ExpireAtMs);
            else sink.Part(elements.Name.Text(name), [], BitConverter.DoubleToInt64Bits(elements.Score));
        }
    }

    private static void VisitStream<T>(StreamValueReader stream, ref T sink)
        where T : struct, IValuePartSink
    {
        Span<byte> name = stackalloc byte[Integers.MaxLength];
        Span<byte> value = stackalloc byte[Integers.MaxLength];
        for (var entries = stream.Range(StreamId.Min, StreamId.Max); entries.MoveNext();)
        {
            for (var i = 0; i < entries.FieldCount; i++)
            {
                entries.ReadField(out var field, out var content);
                sink.Part(field.Text(name), content.Text(value), (long)entries.Id.Ms, (long)entries.Id.Sequence, i);
            }
        }

        sink.Part(
            "stream"u8, [], stream.Length, (long)stream.EntriesAdded, (long)stream.LastId.Ms, (long)stream.LastId.Sequence,
            (long)stream.MaxDeletedId.Ms, (long)stream.MaxDeletedId.Sequence);
        foreach (var group in stream.Groups)
        {
            sink.Part(group.Name, "group"u8, (long)group.LastId.Ms, (long)group.LastId.Sequence, group.EntriesRead, group.PendingCount);
            for (var pending = group.PendingFrom(StreamId.Min); pending.MoveNext();)
            {
                var entry = pending.Current;
                sink.Part(
                    group.Name, group.ConsumerOf(entry) is { } consumer ? consumer.Name : [], (long)entry.Id.Ms, (long)entry.Id.Sequence, entry.DeliveredMs,
                    (long)entry.Deliveries);
            }
        }
    }
}
