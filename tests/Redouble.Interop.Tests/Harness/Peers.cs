using System.Diagnostics;

namespace Redouble.Interop.Tests.Harness;

internal enum ServerKind
{
    /// <summary>The installed redis-server, our oracle.</summary>
    Redis,

    /// <summary>The server under test.</summary>
    Redouble,
}

/// <summary>
/// Which executables the tests run. Environment: <c>REDOUBLE_DIFF_PEER=redis</c> puts a second redis-server in the place of Redouble, which proves
/// that the harness is silent on equal servers; <c>REDOUBLE_BIN</c> names another launcher than the repository's own.
/// </summary>
internal static class Peers
{
    private static readonly Lazy<string?> LazyRedisVersion = new(ReadRedisVersion);
    private static readonly Lazy<string?> LazyNoRedouble = new(ProbeRedouble);
    private static readonly Lazy<string?> LazyRoot = new(FindRoot);
    private static readonly Lazy<(string Path, string? DotnetRoot)> LazyProgram = new(FindProgram);

    /// <summary>The version of the redis-server in PATH; null when there is none.</summary>
    public static string? RedisVersion => LazyRedisVersion.Value;

    /// <summary>What stands in for "the server under test" in this run.</summary>
    public static ServerKind Subject { get; } =
        Environment.GetEnvironmentVariable("REDOUBLE_DIFF_PEER") == "redis" ? ServerKind.Redis : ServerKind.Redouble;

    /// <summary>True when oracle and subject are the same program: then no difference at all is expected.</summary>
    public static bool SelfTest => Subject == ServerKind.Redis;

    /// <summary>The folder of the repository.</summary>
    public static string Root => LazyRoot.Value ?? ".";

    public static string RedoubleLauncher => Environment.GetEnvironmentVariable("REDOUBLE_BIN") ?? Path.Combine(Root, "redouble");

    /// <summary>
    /// What the launcher would start, without its look for changed sources: hundreds of starts are spared that, and sources may be changed meanwhile.
    /// </summary>
    public static string RedoubleProgram => LazyProgram.Value.Path;

    /// <summary>Where the runtime is that the program needs, or null where it finds it itself.</summary>
    public static string? DotnetRoot => LazyProgram.Value.DotnetRoot;

    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>Why a test that needs the real Redis cannot run, or null.</summary>
    public static string? NoRedis => RedisVersion is null ? "redis-server is not in PATH (Debian: apt-get install redis-server)" : null;

    /// <summary>Why a test that needs the server under test cannot run, or null.</summary>
    public static string? NoSubject => SelfTest ? NoRedis : LazyNoRedouble.Value;

    private static string? ReadRedisVersion()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("redis-server", "--version") { RedirectStandardOutput = true })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit(5000);
            int at = text.IndexOf("v=", StringComparison.Ordinal);
            return at < 0 ? null : text[(at + 2)..].Split(' ')[0];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Asks once for the version of <c>redouble server</c>; the launcher builds it first when it has to.</summary>
    private static string? ProbeRedouble()
    {
        if (!File.Exists(RedoubleLauncher))
        {
            return $"the launcher {RedoubleLauncher} is not there";
        }

        var start = new ProcessStartInfo(RedoubleLauncher, ["server", "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return errors.Result.Contains("unknown command 'server'", StringComparison.Ordinal) ? "this build has no server yet" : null;
    }

    // build/current: "<generation> <dotnet root>", written by the launcher when it has built.
    private static (string Path, string? DotnetRoot) FindProgram()
    {
        string current = Path.Combine(Root, "build", "current");
        bool isNamed = Environment.GetEnvironmentVariable("REDOUBLE_BIN") != null;
        if (isNamed || LazyNoRedouble.Value != null || !File.Exists(current)) return (RedoubleLauncher, null);
        string[] words = File.ReadAllText(current).TrimEnd().Split(' ', 2);
        return (Path.Combine(Root, "build", words[0], "redouble"), Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? words[1]);
    }

    private static string? FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Redouble.slnx")))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
