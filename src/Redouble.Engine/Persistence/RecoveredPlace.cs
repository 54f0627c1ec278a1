namespace Redouble.Engine.Persistence;

/// <summary>Where in a replication history the data set stands that was read from files, as the last thing that was read says.</summary>
/// <param name="ReplicationId">Name of the history.</param>
/// <param name="Offset">Of the last byte of it that the data set includes.</param>
/// <param name="Database">The database that the stream has selected there, or -1.</param>
/// <param name="StreamBytes">So many bytes of the stream, the last ones, stand at the end of the last file as they were; 0 for none.</param>
public sealed record RecoveredPlace(string ReplicationId, long Offset, int Database, long StreamBytes = 0);
