namespace Redouble.Replication.Replica;

/// <summary>Replica side: one synchronisation, done or failed.</summary>
/// <param name="IsFull">Whether the primary sent its whole data set.</param>
/// <param name="AskedOffset">The offset from which the replica asked to go on; -1 when it asked for everything.</param>
/// <param name="Cause">Why there had to be one: <c>REPLICAOF</c>, or how the link had broken.</param>
/// <param name="Started">Monotonic microseconds of the attempt to connect.</param>
/// <param name="Ended">When the link was up, or the attempt had failed.</param>
/// <param name="Bytes">A full one: of the payload. A partial one: of the gap, -1 until that is known.</param>
/// <param name="Error">How it failed, null when it did not.</param>
/// <param name="Times">How often in a row that happened in the same way.</param>
public readonly record struct SyncRecord(bool IsFull, long AskedOffset, string Cause, long Started, long Ended, long Bytes, string? Error, int Times);
