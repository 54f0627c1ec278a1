using System.Diagnostics;

namespace Redouble.Storage.Keyspace;

/// <content>Calls that only a guarded build makes; in others the compiler leaves them out.</content>
public sealed partial class Keyspace
{
#if GUARDED
    internal WriteGuard Guard { get; } = new();
#endif

    /// <summary>Ends the life of all records and spans handed out so far.</summary>
    [Conditional("GUARDED")]
    internal void OnWrite()
    {
#if GUARDED
        Guard.OnWrite();
#endif
    }

    /// <summary>Ties a record that is about to be handed out to the present moment.</summary>
    [Conditional("GUARDED")]
    internal void Tie(ref ReadRecord record)
    {
#if GUARDED
        record = new ReadRecord(record.Record, Guard);
#endif
    }
}
