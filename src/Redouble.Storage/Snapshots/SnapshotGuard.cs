#if GUARDED
using Redouble.Core.Checksums;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// What a guarded build adds to a snapshot: a checksum of every record at its start, compared when the record is emitted. It finds whoever
/// changes a record without the snapshot having been told, frees one, emits one twice, or forgets one. The access clock is left out: reads move it.
/// </summary>
internal sealed class SnapshotGuard
{
    private readonly Dictionary<Record, ulong> _checksums = [];

    /// <summary>Takes the checksums of a table's records.</summary>
    public void Capture(RecordTable records)
    {
        var bucket = new RecordBuffer();
        ulong cursor = 0;
        do
        {
            cursor = records.ReadBucket(cursor, bucket);
            for (var i = 0; i < bucket.Count; i++) _checksums.Add(bucket[i], Checksum(bucket[i]));
        }
        while (cursor != 0);
    }

    /// <summary>A record is emitted.</summary>
    public void Verify(Record record)
    {
        if (!_checksums.Remove(record, out var checksum))
            throw new InvalidOperationException("A snapshot emits a record that it did not capture, or has emitted before.");
        if (checksum != Checksum(record))
            throw new InvalidOperationException("A record was changed after the snapshot's start and before it was saved.");
    }

    /// <summary>A record has moved.</summary>
    public void Moved(Record from, Record to)
    {
        if (_checksums.Remove(from, out var checksum)) _checksums.Add(to, checksum);
    }

    /// <summary>The walk is through.</summary>
    public void VerifyEnd()
    {
        if (_checksums.Count > 0) throw new InvalidOperationException($"A snapshot ends without {_checksums.Count} of its records.");
    }

    private static ulong Checksum(Record record)
    {
        var isString = record.Type == Keyspace.ValueType.String; // whose encoding says nothing of its bytes, and may change beside the snapshot
        ReadOnlySpan<byte> kind = [(byte)record.Type, isString ? (byte)0 : (byte)record.Encoding];
        var checksum = Crc64.Append(0, kind);
        checksum = Crc64.Append(checksum, BitConverter.GetBytes(record.ExpireAtMs));
        checksum = Crc64.Append(checksum, record.Key);
        return Crc64.Append(checksum, record.Value);
    }
}
#endif
