using Redouble.Health;

namespace Redouble.Tests.Health;

public sealed class HealthOptionsTests
{
    [Fact]
    public void The_defaults_are_those_that_the_help_names()
    {
        HealthOptions options = Parsed("one:7000", "two");
        Assert.Equal([new NodeAddress("one", 7000), new NodeAddress("two", 6379)], options.Nodes);
        Assert.Equal(new Thresholds(new Limits(10, 60), new Limits(300, null), new Limits(null, -1), 0), options.Thresholds);
        Assert.Equal((2, 1, 2), (options.Timeout.TotalSeconds, options.Patience.TotalSeconds, options.Interval.TotalSeconds));
        Assert.Equal((false, false, false), (options.Json, options.Watch, options.Discover));
        Assert.Equal((null, null), (options.User, options.Password));
    }

    [Fact]
    public void Every_option_is_read_wherever_it_stands()
    {
        HealthOptions options = Parsed("--lag-warning", "0.5", "one:1", "--lag-critical", "never", "--sync-warning", "1", "--sync-critical", "2",
            "--down-warning", "3", "--down-critical", "4", "--expect", "2", "--timeout", "0.25", "--wait", "5", "--interval", "6", "--json", "--watch",
            "--discover", "--user", "u", "--password", "p", "two:2");
        Assert.Equal(new Thresholds(new Limits(0.5, null), new Limits(1, 2), new Limits(3, 4), 2), options.Thresholds);
        Assert.Equal((0.25, 5, 6), (options.Timeout.TotalSeconds, options.Patience.TotalSeconds, options.Interval.TotalSeconds));
        Assert.Equal((true, true, true), (options.Json, options.Watch, options.Discover));
        Assert.Equal(("u", "p"), (options.User, options.Password));
        Assert.Equal(2, options.Nodes.Count);
    }

    [Theory]
    [InlineData("from redis-cli", "REDISCLI_AUTH=from redis-cli")]
    [InlineData("ours", "REDISCLI_AUTH=from redis-cli", "REDOUBLE_PASSWORD=ours")]
    [InlineData("user/ours", "REDOUBLE_USER=user", "REDOUBLE_PASSWORD=ours")]
    public void The_environment_may_hold_the_login(string expected, params string[] variables)
    {
        Dictionary<string, string> environment = variables.Select(variable => variable.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.True(HealthOptions.TryParse(["one"], environment.GetValueOrDefault, out HealthOptions options, out _));
        Assert.Equal(expected, options.User == null ? options.Password : $"{options.User}/{options.Password}");
        Assert.True(HealthOptions.TryParse(["one", "--user", "a", "--password", "b"], environment.GetValueOrDefault, out options, out _));
        Assert.Equal(("a", "b"), (options.User, options.Password));
    }

    [Theory]
    [InlineData("no node is named")]
    [InlineData("'one:port' is not HOST:PORT", "one:port")]
    [InlineData("unknown option '--fast'", "one", "--fast")]
    [InlineData("unknown option '--speed-warning'", "one", "--speed-warning", "1")]
    [InlineData("--lag-warning needs", "one", "--lag-warning")]
    [InlineData("--lag-warning needs", "one", "--lag-warning", "soon")]
    [InlineData("--lag-warning needs", "one", "--lag-warning", "-1")]
    [InlineData("--expect needs", "one", "--expect", "1.5")]
    [InlineData("--timeout needs", "one", "--timeout", "0")]
    [InlineData("--interval needs", "one", "--interval", "never")]
    [InlineData("--password needs", "one", "--password")]
    [InlineData("a user needs a password", "one", "--user", "u")]
    public void Errors_name_what_is_wrong(string expected, params string[] args)
    {
        Assert.False(HealthOptions.TryParse(args, _ => null, out _, out string error));
        Assert.StartsWith(expected, error);
    }

    private static HealthOptions Parsed(params string[] args)
    {
        Assert.True(HealthOptions.TryParse(args, _ => null, out HealthOptions options, out string error), error);
        return options;
    }
}
