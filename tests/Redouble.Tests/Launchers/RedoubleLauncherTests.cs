using System.Diagnostics;

namespace Redouble.Tests.Launchers;

public sealed class RedoubleLauncherTests
{
    [Fact]
    public void The_first_start_builds_with_messages_on_standard_error_only()
    {
        using FakeCheckout checkout = new();
        CommandLineRun run = checkout.Run("redouble", "typed", "server", "two words", "");
        Assert.Equal(7, run.Status);
        Assert.EndsWith("\n<server><two words><>typed", run.Output);
        Assert.Equal("redouble: building\ncompiler chatter\n", run.Error);
    }

    [Fact]
    public void The_second_start_builds_nothing_and_is_the_program_itself()
    {
        using FakeCheckout checkout = new();
        checkout.Run("redouble", "");
        using Process process = checkout.Start("redouble");
        process.StandardInput.Close();
        Assert.StartsWith($"pid {process.Id}\n", process.StandardOutput.ReadToEnd());
        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.Equal(1, checkout.Calls("publish"));
    }

    [Theory]
    [InlineData("src/Redouble/Program.cs")]
    [InlineData("src/Redouble/New.cs")]
    [InlineData("global.json")]
    [InlineData("Directory.Build.props")]
    public void A_changed_source_is_built(string path)
    {
        using FakeCheckout checkout = new();
        checkout.Run("redouble", "");
        Thread.Sleep(20);
        checkout.Write(path, "changed");
        Assert.Equal(7, checkout.Run("redouble", "").Status);
        Assert.Equal(2, checkout.Calls("publish"));
    }

    [Fact]
    public void A_removed_source_is_built()
    {
        using FakeCheckout checkout = new();
        checkout.Write("src/Redouble/Old.cs", "");
        checkout.Run("redouble", "");
        Thread.Sleep(20);
        File.Delete(checkout.At("src/Redouble/Old.cs"));
        checkout.Run("redouble", "");
        Assert.Equal(2, checkout.Calls("publish"));
    }

    [Fact]
    public void Build_output_is_no_source()
    {
        using FakeCheckout checkout = new();
        checkout.Run("redouble", "");
        Thread.Sleep(20);
        checkout.Write("src/Redouble/obj/Generated.cs", "");
        checkout.Write("src/Redouble/bin/redouble.dll", "");
        checkout.Run("redouble", "");
        Assert.Equal(1, checkout.Calls("publish"));
    }

    [Fact]
    public void A_failing_build_ends_with_1_and_the_compiler_s_errors_and_is_tried_again()
    {
        using FakeCheckout checkout = new();
        checkout.Write("broken", "");
        CommandLineRun run = checkout.Run("redouble", "");
        Assert.Equal((1, ""), (run.Status, run.Output));
        Assert.Equal("redouble: building\nProgram.cs(1,1): error CS1002: ; expected\nredouble: the build failed\n", run.Error);
        File.Delete(checkout.At("broken"));
        Assert.Equal(7, checkout.Run("redouble", "").Status);
    }

    [Fact]
    public void Two_starts_at_once_build_once()
    {
        using FakeCheckout checkout = new();
        Process[] starts = [.. Enumerable.Range(0, 4).Select(_ => checkout.Start("redouble"))];
        foreach (Process start in starts)
        {
            start.StandardInput.Close();
            Assert.Contains("pid", start.StandardOutput.ReadToEnd());
            start.WaitForExit();
            Assert.Equal(7, start.ExitCode);
            start.Dispose();
        }

        Assert.Equal(1, checkout.Calls("publish"));
    }

    [Fact]
    public void A_signal_during_the_build_ends_the_build_too()
    {
        using FakeCheckout checkout = new();
        checkout.Write("slow", "");
        using Process process = checkout.Start("redouble");
        Assert.True(SpinWait.SpinUntil(() => checkout.Calls("publish") == 1, 30_000));
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        Assert.True(process.WaitForExit(30_000));
        Assert.Equal(143, process.ExitCode);
        Assert.Equal("redouble: building\n", process.StandardError.ReadToEnd());
    }

    [Fact]
    public void It_starts_through_a_link()
    {
        using FakeCheckout checkout = new();
        File.CreateSymbolicLink(checkout.At("bin/linked"), "../redouble");
        Assert.Equal(7, checkout.Run("bin/linked", "").Status);
    }

    /// <summary>A relative link has its target beside it, wherever the link was named from.</summary>
    [Fact]
    public void It_starts_through_a_link_in_the_folder_where_it_is_started()
    {
        using FakeCheckout checkout = new();
        File.CreateSymbolicLink(checkout.At("bin/linked"), "../redouble");
        ProcessStartInfo start = new("/bin/bash", ["linked"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.WorkingDirectory = checkout.At("bin");
        start.Environment["PATH"] = $"{checkout.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Assert.StartsWith($"pid {process.Id}\n", process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(7, process.ExitCode);
    }

    [Fact]
    public void The_build_before_the_last_is_removed()
    {
        using FakeCheckout checkout = new();
        for (int i = 0; i < 4; i++)
        {
            checkout.Write("global.json", $"{i}");
            checkout.Run("redouble", "");
            Thread.Sleep(20);
        }

        Assert.Equal(4, checkout.Calls("publish"));
        Assert.Equal(2, Directory.GetDirectories(checkout.At("build")).Length);
    }
}
