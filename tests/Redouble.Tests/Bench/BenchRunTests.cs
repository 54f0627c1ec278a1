using System.Diagnostics;
using System.Text.Json;
using Redouble.Tests.Launchers;

namespace Redouble.Tests.Bench;

public sealed class BenchRunTests
{
    private const string Redis = "redis-server --port {port} --dir {dir} --save ''";

    [RealRedisFact("redis-benchmark", "taskset", "python3")]
    public void It_prints_a_table_with_ratios_and_writes_all_samples()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = Run("--only", "start", "--rounds", "2", "--server", $"a={Redis}", "--server", $"b={Redis}", "--output", folder.Path);
        Assert.True(run.Status == 0, run.Error);
        string row = Assert.Single(run.Output.Split('\n'), line => line.StartsWith("| start | first_pong_ms |", StringComparison.Ordinal));
        Assert.Matches(@"^\| start \| first_pong_ms \| [\d.]+ ±\d+ % \| [\d.]+ ±\d+ % \| \d\.\d\d \|  \|$", row);
        using JsonDocument written = JsonDocument.Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(folder.Path, "*.json"))));
        JsonElement first = written.RootElement.GetProperty("results")[0];
        Assert.Equal("a", first.GetProperty("server").GetString());
        Assert.Equal(2, first.GetProperty("samples").GetArrayLength());
        Assert.StartsWith("Redis server v=", written.RootElement.GetProperty("facts").GetProperty("redis-server").GetString());
    }

    [RealRedisFact("redis-benchmark", "taskset", "python3")]
    public void A_server_that_does_not_start_is_shown_with_its_log()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = Run("--only", "start", "--rounds", "1", "--server", "a=redis-server --port {port} --no-such-option x", "--output", folder.Path);
        Assert.Equal(1, run.Status);
        Assert.Contains("a does not answer; its log ends with:", run.Error);
        Assert.Contains("no-such-option", run.Error);
    }

    [RealRedisFact("redis-benchmark", "taskset", "python3")]
    public void Unknown_measures_are_refused()
    {
        CommandLineRun run = Run("--only", "speed");
        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains("unknown measure speed", run.Error);
    }

    private static CommandLineRun Run(params string[] args)
    {
        ProcessStartInfo start = new("python3", [Path.Combine(FakeCheckout.FindRoot(), "bench", "run"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandLineRun(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
