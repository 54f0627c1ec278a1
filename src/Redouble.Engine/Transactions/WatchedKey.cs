using Redouble.Engine.Sessions;

namespace Redouble.Engine.Transactions;

/// <summary>A key watched by a session.</summary>
/// <param name="database">Number of the database at the time of WATCH.</param>
/// <param name="key">A copy of the key.</param>
/// <param name="wasExpired">Whether the key was present but expired then.</param>
public sealed class WatchedKey(int database, byte[] key, bool wasExpired)
{
    /// <summary>Bytes of the collected heap that it takes.</summary>
    public long MemoryBytes => ManagedMemory.WatchedKeyBytes + Key.Length;

    /// <summary>Number of the database at the time of WATCH.</summary>
    public int Database { get; } = database;

    /// <summary>The key.</summary>
    public byte[] Key { get; } = key;

    /// <summary>Its place among those who watch the key.</summary>
    internal int Place { get; set; }

    /// <summary>Whether the watcher took the key, present but expired, for missing: its removal is then no change.</summary>
    public bool WasExpired { get; set; } = wasExpired;
}
