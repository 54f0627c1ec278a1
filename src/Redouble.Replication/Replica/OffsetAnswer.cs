namespace Redouble.Replication.Replica;

/// <summary>Replica side: what a server has answered to the question for its offset.</summary>
/// <param name="AskedAt">Monotonic microseconds of the question.</param>
/// <param name="Id">The history of the offset.</param>
/// <param name="Offset">Where it is there.</param>
/// <param name="UpstreamHost">Whom it follows itself; empty for a primary.</param>
/// <param name="UpstreamPort">And at which port.</param>
/// <param name="StalenessMicroseconds">How old its own data is, as far as it knows: 0 for a primary, -1 when it does not say.</param>
internal readonly record struct OffsetAnswer(long AskedAt, string Id, long Offset, string UpstreamHost, int UpstreamPort, long StalenessMicroseconds);
