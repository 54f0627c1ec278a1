using System.Diagnostics;

namespace Redouble.Fuzz.Tests;

/// <summary>A short run of each target on the guarded build. Longer ones are run by hand: see CONTRIBUTING.md.</summary>
public sealed class FuzzRunTests
{
    private const int RunSeconds = 10;
    private const int WaitSecondsMax = 120;

    [Theory]
    [InlineData("resp")]
    [InlineData("rdb")]
    [InlineData("aof")]
    public void Nothing_is_found_in_ten_seconds(string target)
    {
        // Always the same inputs, as far as the time goes: what nobody has tried yet is for the longer runs.
        const string seed = "1";
        var (status, output) = Run(target, "--seed", seed, "--seconds", $"{RunSeconds}");
        Assert.True(status == 0, $"status {status}\n{output}");
        Assert.Contains($"{target}: seed {seed}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT a guarded build", output, StringComparison.Ordinal);
        Assert.Matches(@"\d\d+ inputs in ", output);
    }

    [Theory]
    [InlineData("resp")]
    [InlineData("rdb")]
    [InlineData("aof")]
    public void An_input_repeats_from_its_seed_and_number(string target)
    {
        var (status, output) = Run(target, "--seed", "5", "--from", "17", "--iterations", "3");
        Assert.True(status == 0, $"status {status}\n{output}");
        Assert.Contains("3 inputs", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finding_ends_with_status_1_and_its_input_in_a_file()
    {
        using var folder = new TemporaryFolder();
        var (status, output) = Run("planted", "--seed", "3", "--out", folder.Path);
        Assert.True(status == 1, $"status {status}\n{output}");
        Assert.Contains("FAILED planted: seed 3 iteration ", output, StringComparison.Ordinal);
        var input = Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Contains(input, output, StringComparison.Ordinal);
        Assert.Equal(1, Run("planted", "--input", input, "--out", folder.Path).Status);
    }

    [Theory]
    [InlineData()]
    [InlineData("nothing")]
    [InlineData("rdb", "--seed")]
    [InlineData("rdb", "--what", "1")]
    public void A_wrong_call_ends_with_status_2(params string[] arguments) => Assert.Equal(2, Run(arguments).Status);

    private static (int Status, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Fuzzer.Path);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(WaitSecondsMax * 1000))
        {
            process.Kill();
            process.WaitForExit();
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
