namespace Redouble.Replication.Log;

/// <summary>A place in the log at which an execution unit begins: whoever reads from there gets whole units.</summary>
/// <param name="Offset">Of the unit's first byte.</param>
/// <param name="Database">The database in which the stream is there, or -1 when it has not said.</param>
public readonly record struct LogEdge(long Offset, int Database);
