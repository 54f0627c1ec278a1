namespace Redouble.Interop.Tests.Harness;

/// <summary>Debian's faketime: a library in front of libc's clocks. The monotonic clock stays as it is.</summary>
internal static class FakeTime
{
    private static readonly Lazy<string?> LazyLibrary = new(() => Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null);

    /// <summary>Why a test that needs another time cannot run, or null.</summary>
    public static string? Missing => LazyLibrary.Value is null ? "libfaketime is not installed (Debian: apt-get install faketime)" : null;

    /// <summary>What goes before a command whose time is to be off by <paramref name="offset"/>, such as <c>+3600s</c>.</summary>
    public static string[] Wrapper(string offset) =>
        ["env", $"LD_PRELOAD={LazyLibrary.Value}", $"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=0", "NO_FAKE_STAT=1"];
}

/// <summary>A table of tests that need both servers and a clock that can be moved.</summary>
public sealed class ClockTheoryAttribute : TheoryAttribute
{
    public ClockTheoryAttribute() => Skip = Peers.NoRedis ?? Peers.NoSubject ?? FakeTime.Missing;
}
