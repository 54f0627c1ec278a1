namespace Redouble.Engine.Configuration;

/// <summary>One point of <c>save</c>: snapshot when this many changes are this old.</summary>
/// <param name="Seconds">At least 1.</param>
/// <param name="Changes">At least 0.</param>
public readonly record struct SavePoint(long Seconds, long Changes);

/// <summary>A limit on the output buffered for one client: cut off at once above the hard one, or after so long above the soft one.</summary>
/// <param name="HardBytes">Bytes, 0 for no limit.</param>
/// <param name="SoftBytes">Bytes, 0 for no limit.</param>
/// <param name="SoftSeconds">Seconds above the soft limit, 0 for none.</param>
public readonly record struct OutputBufferLimit(ulong HardBytes, ulong SoftBytes, long SoftSeconds);

/// <summary>Where <c>replicaof</c> points.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">1 to 65535 (0 is accepted, as in Redis).</param>
public sealed record PrimaryAddress(string Host, int Port);
