using Redouble.Persistence.Rdb;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Hashes with fields that expire, as version 12 of RDB has them. In older versions, for readers that do not know such fields, the same
/// hashes without their times.
/// <code>
/// packed   25 · earliest time, 8 · listpack of field, value, time
/// large    24 · earliest time, 8 · count · per field: 0 or (time - earliest + 1) · field · value
/// </code>
/// </summary>
internal static class HashTimes
{
    /// <summary>A record of a packed hash with times.</summary>
    public static void WritePacked(RdbWriter writer, in RdbKey key, ReadOnlySpan<byte> triples)
    {
        if (writer.Dialect < RdbDialect.Rdb12)
        {
            var pairs = new byte[triples.Length];
            writer.WriteRecord(key, RdbType.HashListpack, pairs.AsSpan(0, TimedListpack.RemoveTimes(triples, pairs)));
            return;
        }

        writer.BeginRecord(key, RdbType.HashListpackEx);
        WriteTriples(writer, triples);
    }

    /// <summary>The head of a large hash of which a field expires.</summary>
    public static void BeginLarge(RdbWriter writer, in RdbKey key, long count, long earliestMs)
    {
        writer.BeginRecord(key, RdbType.HashMetadata);
        writer.WriteFixed8(earliestMs);
        writer.WriteLength((ulong)count);
    }

    /// <summary>A field of it.</summary>
    public static void WriteField(RdbWriter writer, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs, long earliestMs)
    {
        writer.WriteLength(expireAtMs < 0 ? 0 : (ulong)(expireAtMs - earliestMs + 1));
        writer.WriteElement(field);
        writer.WriteElement(value);
    }

    /// <summary>The type of a hash in the payload of DUMP.</summary>
    public static RdbType TypeOf(Keyspace keyspace, ReadRecord record)
    {
        if (new HashReader(keyspace, record).EarliestMs < 0) return record.IsPacked ? RdbType.HashListpack : RdbType.Hash;
        return record.IsPacked ? RdbType.HashListpackEx : RdbType.HashMetadata;
    }

    /// <summary>
    /// The payload of a hash behind its type, if <see cref="TypeOf"/> is not that of its encoding; false otherwise. A version without times gets none.
    /// </summary>
    public static bool WritePayload(RdbWriter writer, Keyspace keyspace, ReadRecord record)
    {
        var earliest = writer.Dialect < RdbDialect.Rdb12 ? -1 : new HashReader(keyspace, record).EarliestMs;
        if (record.IsPacked)
        {
            if (record.Encoding != ValueEncoding.ListpackEx) return false;
            var pairs = earliest < 0 ? new byte[record.ValueLength] : [];
            if (earliest >= 0) WriteTriples(writer, record.Value);
            else writer.WriteElement(pairs.AsSpan(0, TimedListpack.RemoveTimes(record.Value, pairs)));
            return true;
        }

        if (earliest < 0) return false;
        using var fields = new ElementCursor(keyspace, record);
        writer.WriteFixed8(earliest);
        writer.WriteLength((ulong)fields.Count);
        while (fields.MoveNext()) WriteField(writer, fields.Name.Bytes, fields.Value.Bytes, fields.ExpireAtMs, earliest);
        return true;
    }

    private static void WriteTriples(RdbWriter writer, ReadOnlySpan<byte> triples)
    {
        writer.WriteFixed8(Math.Max(0, TimedListpack.EarliestOf(triples)));
        writer.WriteElement(triples);
    }
}
