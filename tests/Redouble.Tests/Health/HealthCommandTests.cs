using System.Diagnostics;

namespace Redouble.Tests.Health;

public sealed class HealthCommandTests
{
    private const string Info = "redis_version:7.0.15\r\nrole:master\r\nmaster_repl_offset:5\r\n";

    [Fact]
    public void Help_tells_the_thresholds_and_the_exit_status()
    {
        CommandLineRun run = CommandLineRun.Of("health", "--help");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.StartsWith("usage: redouble health", run.Output);
        Assert.Contains("--lag-critical S", run.Output);
        Assert.Contains("status 0", run.Output);
    }

    [Fact]
    public void A_wrong_command_line_is_unknown_to_a_monitoring_system()
    {
        CommandLineRun run = CommandLineRun.Of("health", "--fast");
        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.StartsWith("redouble health: unknown option '--fast'", run.Error);
    }

    [Fact]
    public void The_exit_status_is_the_verdict()
    {
        using FakeNode node = FakeNode.Saying(() => Info);
        CommandLineRun well = CommandLineRun.Of("health", $"127.0.0.1:{node.Port}");
        Assert.Equal((0, ""), (well.Status, well.Error));
        Assert.StartsWith("OK: 1 primary, 0 replicas\n", well.Output);
        CommandLineRun alone = CommandLineRun.Of("health", $"127.0.0.1:{node.Port}", "--expect", "1");
        Assert.Equal(2, alone.Status);
        Assert.StartsWith($"CRITICAL: 127.0.0.1:{node.Port}: 0 of 1 expected replicas are up\n", alone.Output);
        const string Down = "role:slave\r\nmaster_link_status:down\r\nmaster_link_down_since_seconds:7\r\nmaster_host:h\r\nmaster_port:1\r\n";
        using FakeNode replica = FakeNode.Saying(() => Down);
        CommandLineRun late = CommandLineRun.Of("health", $"127.0.0.1:{replica.Port}", "--down-warning", "5", "--down-critical", "never");
        Assert.Equal(1, late.Status);
        Assert.StartsWith($"WARNING: 127.0.0.1:{replica.Port}: the link to h:1 is down for 7.0 s\n", late.Output);
    }

    [Fact]
    public void Watching_ends_when_it_is_told_to_with_the_last_verdict()
    {
        using FakeNode node = FakeNode.Saying(() => Info);
        using TemporaryFolder folder = new();
        string[] args = ["health", "--watch", "--interval", "0.05", "--json", "--expect", "1", $"127.0.0.1:{node.Port}"];
        CommandLineRun run = CommandLineRun.In(folder.Path, args, terminateAfterFirstLine: true);
        Assert.Equal((2, ""), (run.Status, run.Error));
        Assert.All(run.Output.TrimEnd().Split('\n'), line => Assert.StartsWith("{\"time\":", line));
    }

    [Fact]
    public void Watching_ends_when_nobody_reads_it_any_more()
    {
        using FakeNode node = FakeNode.Saying(() => Info);
        string program = Path.Combine(AppContext.BaseDirectory, "redouble.dll");
        string command = $"dotnet '{program}' health --watch --interval 0.05 --json 127.0.0.1:{node.Port} | head -n 1; echo ${{PIPESTATUS[0]}}";
        ProcessStartInfo start = new("/bin/bash", ["-c", command]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"time\":", lines[0]);
        Assert.Equal("0", lines[1]);
    }
}
