using System.Diagnostics;
using Redouble.Core.Platform;

namespace Redouble.Server.Time;

/// <summary>The machine's clocks.</summary>
public sealed class SystemClock : IClock
{
    private const long MicrosecondsPerTick = TimeSpan.TicksPerMicrosecond;

    /// <inheritdoc/>
    public long UnixMicroseconds => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / MicrosecondsPerTick;

    /// <inheritdoc/>
    public long MonotonicMicroseconds => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));
}
