using Redouble.Core.Platform;

namespace Redouble.Engine.Tests.Harness;

/// <summary>A clock that moves when the test says so.</summary>
internal sealed class ManualClock : IClock
{
    public long UnixMicroseconds { get; set; } = 1_700_000_000_000_000;

    public long MonotonicMicroseconds
    {
        get => field += MicrosecondsPerRead;
        set;
    } = 1_000_000;

    /// <summary>What a look at the monotonic clock takes.</summary>
    public long MicrosecondsPerRead { get; set; }

    public void Advance(long milliseconds)
    {
        UnixMicroseconds += milliseconds * 1000;
        MonotonicMicroseconds += milliseconds * 1000;
    }
}
