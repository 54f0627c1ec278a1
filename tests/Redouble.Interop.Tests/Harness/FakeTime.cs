namespace Redouble.Interop.Tests.Harness;

/// <summary>Debian's faketime: a library in front of libc's clocks. The monotonic clock stays as it is.</summary>
internal static class FakeTime
{
    private static readonly Lazy<string?> LazyLibrary = new(() => Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null);

    /// <summary>Why a test that needs another time cannot run, or null.</summary>
    public static string? Missing => LazyLibrary.Value is null ? "libfaketime is not installed (Debian: apt-get install faketime)" : null;

    /// <summary>What goes before a command whose time is to be ahead by so much.</summary>
    public static string[] Wrapper(int seconds) =>
        ["env", $"LD_PRELOAD={LazyLibrary.Value}", $"FAKETIME={seconds:+0;-0}s", "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"];
}

/// <summary>A table of tests that need both servers and a clock that can be moved.</summary>
public sealed class ClockTheoryAttribute : TheoryAttribute
{
    public ClockTheoryAttribute() => Skip = Peers.NoRedis ?? Peers.NoSubject ?? FakeTime.Missing;
}
