namespace Redouble.Tests.Launchers;

public sealed class TestLauncherTests
{
    private const string Program = "#!/bin/bash\nexit 0";

    [Fact]
    public void It_adds_up_all_projects_and_closes_with_one_line()
    {
        using FakeCheckout checkout = Checkout(("One", 0, Counters(5, 4, 4)), ("Two", 0, Counters(3, 3, 3)));
        CommandLineRun run = checkout.Run("test", "");
        Assert.Equal(0, run.Status);
        Assert.EndsWith("\n7 passed, 0 failed, 1 skipped\n", run.Output);
    }

    [Fact]
    public void A_failed_test_fails_the_run()
    {
        using FakeCheckout checkout = Checkout(("One", 1, Counters(5, 5, 3)), ("Two", 0, Counters(3, 3, 3)));
        CommandLineRun run = checkout.Run("test", "");
        Assert.Equal(1, run.Status);
        Assert.EndsWith("\n6 passed, 2 failed\n", run.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_project_that_crashes_is_a_failure_whatever_it_left(bool leavesResults)
    {
        using FakeCheckout checkout = Checkout(("One", 1, leavesResults ? Counters(2, 2, 2) : null), ("Two", 0, Counters(3, 3, 3)));
        CommandLineRun run = checkout.Run("test", "");
        Assert.Equal(1, run.Status);
        Assert.Contains("FAILED: One.Tests ended with status 1", run.Output);
        Assert.EndsWith($"\n{(leavesResults ? 5 : 3)} passed, 1 failed\n", run.Output);
    }

    [Fact]
    public void Running_nothing_is_no_success()
    {
        using FakeCheckout checkout = Checkout(("One", 0, Counters(0, 0, 0)));
        CommandLineRun run = checkout.Run("test", "", "--filter", "Nothing");
        Assert.Equal(1, run.Status);
        Assert.EndsWith("\n0 passed, 0 failed\n", run.Output);
    }

    [Fact]
    public void Words_choose_projects()
    {
        using FakeCheckout checkout = Checkout(("One", 0, Counters(5, 5, 5)), ("Two", 0, Counters(3, 3, 3)));
        CommandLineRun run = checkout.Run("test", "", "two", "--filter", "X");
        Assert.EndsWith("\n3 passed, 0 failed\n", run.Output);
        Assert.Equal(1, checkout.Calls("test"));
    }

    /// <summary>They run beside the others, in a shell of their own.</summary>
    [Theory]
    [InlineData("Interop", 0, 4, "7 passed, 0 failed, 1 skipped")]
    [InlineData("Interop", 1, 2, "5 passed, 2 failed, 1 skipped")]
    [InlineData("Interop", 1, -1, "3 passed, 1 failed")]
    [InlineData("Fuzz", 0, 4, "7 passed, 0 failed, 1 skipped")]
    [InlineData("Fuzz", 1, -1, "3 passed, 1 failed")]
    public void Tests_that_run_aside_count_like_all_others(string name, int status, int passed, string line)
    {
        using FakeCheckout checkout = Checkout(
            ("One", 0, Counters(2, 2, 2)), ($"Redouble.{name}", status, passed < 0 ? null : Counters(5, 4, passed)), ("Redouble.Server", 0, Counters(1, 1, 1)));
        CommandLineRun run = checkout.Run("test", "");
        Assert.Equal(status, run.Status);
        Assert.Contains($"== Redouble.{name}.Tests", run.Output);
        Assert.EndsWith($"\n{line}\n", run.Output);
        Assert.Equal(3, checkout.Calls("test"));
    }

    [Fact]
    public void The_tests_of_the_guarded_build_count_too()
    {
        using FakeCheckout checkout = Checkout(("One", 0, Counters(2, 2, 2)), ("Redouble.Interop", 0, Counters(5, 5, 5)));
        checkout.Write("Redouble.Guarded.slnf", """{ "solution": { "projects": [ "tests/One.Tests/One.Tests.csproj" ] } }""");
        CommandLineRun run = checkout.Run("test", "");
        Assert.Contains("== One.Tests.guarded", run.Output);
        Assert.EndsWith("\n9 passed, 0 failed\n", run.Output);
        Assert.Equal(3, checkout.Calls("test"));
    }

    [Fact]
    public void A_program_that_does_not_build_fails_the_run()
    {
        using FakeCheckout checkout = Checkout(("One", 0, Counters(5, 5, 5)));
        checkout.Write("broken", "");
        CommandLineRun run = checkout.Run("test", "");
        Assert.Equal(1, run.Status);
        Assert.EndsWith("\n0 passed, 1 failed\n", run.Output);
    }

    private static string Counters(int total, int executed, int passed) =>
        $"<ResultSummary><Counters total=\"{total}\" executed=\"{executed}\" passed=\"{passed}\" failed=\"{executed - passed}\" error=\"0\" /></ResultSummary>";

    private static FakeCheckout Checkout(params (string Name, int Status, string? Results)[] projects)
    {
        FakeCheckout checkout = new(Program);
        foreach ((string name, int status, string? results) in projects)
        {
            checkout.Write($"tests/{name}.Tests/{name}.Tests.csproj", "<Project/>");
            checkout.Write($"results/{name}.Tests.status", $"{status}");
            if (results != null)
            {
                checkout.Write($"results/{name}.Tests.trx", results);
            }
        }

        return checkout;
    }
}
