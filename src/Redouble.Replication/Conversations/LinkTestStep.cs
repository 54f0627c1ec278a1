namespace Redouble.Replication.Conversations;

/// <summary>One step of a <see cref="LinkTest"/>.</summary>
/// <param name="Name">resolve, connect, auth, ping, replconf or psync.</param>
/// <param name="Status">ok, failed, skipped, predicted (from INFO, not tried) or unknown.</param>
/// <param name="Detail">What came of it, in a line.</param>
/// <param name="Microseconds">How long it took.</param>
public readonly record struct LinkTestStep(string Name, string Status, string Detail, long Microseconds);
