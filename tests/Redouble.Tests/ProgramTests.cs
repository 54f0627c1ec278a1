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

    [Theory]
    [InlineData("wrong number of arguments", "--port")]
    [InlineData("Bad directive or wrong number of arguments", "--prot", "7000")]
    [InlineData("Bad directive or wrong number of arguments", "-", "--prot", "7000")]
    public void A_directive_in_the_place_of_a_command_is_for_the_server(string expected, params string[] args)
    {
        CommandLineRun run = CommandLineRun.Of(args);
        Assert.Equal((1, ""), (run.Status, run.Output));
        Assert.Contains("*** FATAL CONFIG FILE ERROR", run.Error);
        Assert.Contains(expected, run.Error);
    }

    [Theory]
    [InlineData("redis.conf")]
    [InlineData("no/such")]
    public void A_file_in_the_place_of_a_command_is_the_servers_configuration(string file)
    {
        CommandLineRun run = CommandLineRun.Of(file);
        Assert.Equal((1, ""), (run.Status, run.Error));
        Assert.Contains("Fatal error, can't open config file", run.Output);
    }
}
