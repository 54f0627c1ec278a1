namespace Redouble.Storage.Keyspace;

/// <summary>What the engine is told by the keyspace while a command runs.</summary>
public interface IKeyspaceListener
{
    /// <summary>
    /// Whether an <see cref="InsufficientMemoryException"/> would end what is running as if it had never begun. Asked only while memory is short.
    /// </summary>
    bool MayRefuse => false;

    /// <summary>A key was found expired and is about to be removed: the removal has to reach the replicas as a DEL.</summary>
    void KeyExpired(Database database, ReadOnlySpan<byte> key);

    /// <summary>A key is about to change or go. Called only while <see cref="Keyspace.ReportModifications"/> is set.</summary>
    void KeyModified(Database database, ReadOnlySpan<byte> key);

    /// <summary>A key has come into being. Called only while <see cref="Keyspace.ReportCreations"/> is set; never by a load.</summary>
    void KeyCreated(Database database, ReadOnlySpan<byte> key)
    {
    }

    /// <summary>A key was created whose type is in <see cref="Keyspace.AwaitedTypes"/>.</summary>
    void KeyAdded(Database database, ReadOnlySpan<byte> key)
    {
    }

    /// <summary>A key is about to go, or to get a value of another type. Called only while <see cref="Keyspace.ReportRemovals"/> is set.</summary>
    void KeyRemoved(Database database, ReadOnlySpan<byte> key)
    {
    }
}
