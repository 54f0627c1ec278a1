using Redouble.Storage.Structures;

namespace Redouble.Storage.Keyspace;

/// <summary>
/// A <see cref="ReadRecord"/> that can stand in an array, for commands that look at several keys side by side. It is valid as long as the record
/// it came from: until the next write.
/// </summary>
public readonly struct RecordHandle
{
    private readonly Record _record;
#if GUARDED
    private readonly long _generation;

    internal RecordHandle(Record record, long generation)
    {
        _record = record;
        _generation = generation;
    }
#else
    internal RecordHandle(Record record) => _record = record;
#endif

    /// <summary>Whether there was no such key.</summary>
    public bool IsMissing => _record.IsMissing;

    /// <summary>The record.</summary>
    public ReadRecord Read(Keyspace keyspace)
    {
#if GUARDED
        if (!_record.IsMissing) keyspace.Guard.Check(_generation);
#endif
        var record = new ReadRecord(_record);
        keyspace.Tie(ref record);
        return record;
    }
}
