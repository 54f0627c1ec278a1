using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class DemoOptionsTests
{
    [Fact]
    public void Without_options_it_runs_until_stopped_with_its_own_server()
    {
        Assert.True(DemoOptions.TryParse([], out DemoOptions options, out _));
        Assert.Equal(new DemoOptions(null, null), options);
    }

    [Fact]
    public void Both_options_are_read()
    {
        Assert.True(DemoOptions.TryParse(["--server-command", "redis-server", "--seconds", "7"], out DemoOptions options, out _));
        Assert.Equal(new DemoOptions(7, "redis-server"), options);
    }

    [Theory]
    [InlineData("--seconds needs", "--seconds")]
    [InlineData("--seconds needs", "--seconds", "0")]
    [InlineData("--seconds needs", "--seconds", "-1")]
    [InlineData("--seconds needs", "--seconds", "86401")]
    [InlineData("--seconds needs", "--seconds", "1.5")]
    [InlineData("--server-command needs", "--server-command", " ")]
    [InlineData("unknown option '--fast'", "--fast")]
    public void Errors_name_the_option(string expected, params string[] args)
    {
        Assert.False(DemoOptions.TryParse(args, out _, out string error));
        Assert.StartsWith(expected, error);
    }
}
