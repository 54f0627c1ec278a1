namespace Redouble.Tests;

public sealed class ProgramTests
{
    [Fact]
    public void Version_names_the_product_and_what_it_is_compatible_with()
    {
        CommandLineRun run = CommandLineRun.Of("--version");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Matches(@"^Redouble \d+\.\d+\.\d+ \(compatible with Redis 7\.2\.4\)\n$", run.Output);
    }

    [Fact]
    public void Help_goes_to_standard_output()
    {
        CommandLineRun run = CommandLineRun.Of("--help");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.StartsWith("usage: redouble server", run.Output);
    }

    [Theory]
    [InlineData("redouble: unknown command 'serve'", "serve")]
    [InlineData("usage: redouble server")]
    [InlineData("redouble demo: --seconds needs a whole number from 1 to 86400", "demo", "--seconds", "soon")]
    public void A_wrong_command_line_is_explained_on_standard_error(string expected, params string[] args)
    {
        CommandLineRun run = CommandLineRun.Of(args);
        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.StartsWith(expected, run.Error);
    }
}
