namespace Redouble.Replication.Failovers;

/// <summary>The arguments of FAILOVER.</summary>
/// <param name="Host">TO host, or null for whichever replica is in sync first.</param>
/// <param name="Port">TO port.</param>
/// <param name="Force">FORCE: at the end of the time fail over to a replica that is behind.</param>
/// <param name="TimeoutMs">TIMEOUT, or 0 to wait for ever.</param>
public readonly record struct FailoverRequest(string? Host, long Port, bool Force, long TimeoutMs);
