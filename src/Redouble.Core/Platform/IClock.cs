namespace Redouble.Core.Platform;

/// <summary>The two clocks a node may read. Everything below the server project gets its time from here, so a simulator can own it.</summary>
public interface IClock
{
    /// <summary>Microseconds since 1970-01-01T00:00:00Z. May jump.</summary>
    long UnixMicroseconds { get; }

    /// <summary>Microseconds since an arbitrary moment. Never goes back.</summary>
    long MonotonicMicroseconds { get; }
}
