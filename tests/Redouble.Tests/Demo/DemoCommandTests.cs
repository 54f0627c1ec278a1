namespace Redouble.Tests.Demo;

public sealed class DemoCommandTests
{
    [RealRedisFact]
    public void With_redis_server_the_three_copies_are_proven_equal_and_nothing_stays_behind()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = CommandLineRun.In(folder.Path, ["demo", "--seconds", "1", "--server-command", "redis-server"], terminateAfterFirstLine: false);
        Assert.Equal((0, ""), (run.Status, run.Error));
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("all three hold the same data", lines[^1]);
        Assert.Equal(3, lines.Count(line => line.StartsWith("  1 s  ", StringComparison.Ordinal)));
        Assert.Single(lines[^4..^1].Select(line => line[line.IndexOf("digest ", StringComparison.Ordinal)..]).Distinct());
        Assert.Empty(folder.Entries);
    }

    [RealRedisFact]
    public void Terminated_it_still_compares_and_cleans_up()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = CommandLineRun.In(folder.Path, ["demo", "--seconds", "600", "--server-command", "redis-server"], terminateAfterFirstLine: true);
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.EndsWith("all three hold the same data\n", run.Output);
        Assert.Empty(folder.Entries);
    }

    [Fact]
    public void A_server_that_does_not_start_is_reported_with_its_last_lines()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = CommandLineRun.In(folder.Path, ["demo", "--seconds", "1", "--server-command", "echo refusing"], terminateAfterFirstLine: false);
        Assert.Equal((1, ""), (run.Status, run.Output));
        Assert.StartsWith("redouble demo: the primary ended with status 0; its last lines:\n  refusing --port", run.Error);
        Assert.Empty(folder.Entries);
    }

    [RealRedisFact]
    public void A_server_that_dies_is_named()
    {
        using TemporaryFolder folder = new();
        string script = Path.Combine(folder.Path, "mortal");
        File.WriteAllText(script, "#!/bin/bash\n[[ \"$*\" == *replica-2* ]] && exec timeout 3 redis-server \"$@\"\nexec redis-server \"$@\"\n");
        CommandLineRun run = CommandLineRun.In(folder.Path, ["demo", "--seconds", "60", "--server-command", $"bash {script}"], terminateAfterFirstLine: false);
        Assert.Equal(1, run.Status);
        Assert.StartsWith("redouble demo: the replica 2 ended with status 124; its last lines:\n  ", run.Error);
        Assert.Equal([script], folder.Entries);
    }

    [Fact]
    public void A_place_for_temporary_files_that_is_not_there_is_reported()
    {
        using TemporaryFolder folder = new();
        string place = Path.Combine(folder.Path, "none");
        CommandLineRun run = CommandLineRun.In(place, ["demo", "--seconds", "1"], terminateAfterFirstLine: false);
        Assert.Equal((1, "", $"redouble demo: cannot make a folder in {place}/: No such file or directory\n"), (run.Status, run.Output, run.Error));
    }

    [Fact]
    public void A_command_that_does_not_exist_is_reported()
    {
        using TemporaryFolder folder = new();
        CommandLineRun run = CommandLineRun.In(folder.Path, ["demo", "--server-command", "no-such-server"], terminateAfterFirstLine: false);
        Assert.Equal((1, ""), (run.Status, run.Output));
        Assert.Contains("no-such-server", run.Error);
        Assert.Empty(folder.Entries);
    }
}
