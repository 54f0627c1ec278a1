using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// A few seconds of bench/kills: a primary and a replica with append-only files, killed at random moments. <c>REDOUBLE_KILL_MINUTES</c> and
/// <c>REDOUBLE_KILL_SEED</c> make it longer, or another one.
/// </summary>
public sealed class KillTests
{
    private const string Options = "--port {port} --dir {dir} --bind 127.0.0.1 --save '' --repl-diskless-sync-delay 0 --repl-backlog-size 64mb "
        + "--enable-debug-command local --auto-aof-rewrite-min-size 64kb --rehearsal no";

    [PythonFact]
    public void Who_is_killed_has_what_it_acknowledged_and_goes_on()
    {
        if (Peers.SelfTest) return;
        string minutes = Environment.GetEnvironmentVariable("REDOUBLE_KILL_MINUTES") ?? "0.1";
        string seed = Environment.GetEnvironmentVariable("REDOUBLE_KILL_SEED") ?? "1";
        var start = new ProcessStartInfo(
            "python3",
            [Path.Combine(Peers.Root, "bench", "kills"), "--minutes", minutes, "--seed", seed, "--server", $"{Peers.RedoubleProgram} server {Options}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Peers.DotnetRoot != null) start.Environment["DOTNET_ROOT"] = Peers.DotnetRoot;
        start.Environment["DOTNET_TC_CallCountThreshold"] = "1000"; // as in ServerProcess
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string told = $"seed {seed}\n{output}\n{errors.Result}";
        Assert.True(process.ExitCode == 0, told);
        Match passed = Regex.Match(output, @"passed: (\d+) kills  ([\d,]+) numbers");
        Assert.True(passed.Success, told);
        Assert.True(int.Parse(passed.Groups[1].Value) >= 2 && int.Parse(passed.Groups[2].Value, NumberStyles.AllowThousands) > 20, told);
    }

    /// <summary>A test of bench/kills, which is written in Python.</summary>
    private sealed class PythonFactAttribute : FactAttribute
    {
        public PythonFactAttribute()
        {
            string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            bool isThere = folders.Any(folder => File.Exists(Path.Combine(folder, "python3")));
            Skip = Peers.NoSubject ?? (isThere ? null : "python3 is not installed");
        }
    }
}
