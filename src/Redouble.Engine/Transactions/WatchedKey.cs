namespace Redouble.Engine.Transactions;

/// <summary>A key watched by a session.</summary>
/// <param name="Database">Number of the database at the time of WATCH.</param>
/// <param name="Key">A copy of the key.</param>
/// <param name="WasExpired">Whether the key was present but expired then: its removal is then no change.</param>
public sealed record WatchedKey(int Database, byte[] Key, bool WasExpired);
