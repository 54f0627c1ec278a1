namespace Redouble.Engine.Tests.Configuration.Directives;

public sealed class NumberDirectiveTests
{
    [Theory]
    [InlineData("timeout", "15", "15")]
    [InlineData("timeout", "0", "0")]
    [InlineData("list-max-listpack-size", "-5", "-5")]
    [InlineData("maxmemory", "1gb", "1073741824")]
    [InlineData("maxmemory", "1G", "1000000000")]
    [InlineData("maxmemory", "10k", "10000")]
    [InlineData("maxmemory", "", "0")]
    [InlineData("maxmemory", "18446744073709551615", "18446744073709551615")]
    [InlineData("maxmemory", "99999999999999999999999", "18446744073709551615")]
    [InlineData("maxmemory-clients", "10%", "10%")]
    [InlineData("maxmemory-clients", "0%", "0")]
    [InlineData("maxmemory-clients", "5mb", "5242880")]
    [InlineData("hz", "1000", "500")]
    [InlineData("hz", "0", "1")]
    [InlineData("rdb-key-save-delay", "-10", "-10")]
    public void Accepts(string name, string value, string shown)
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason(name, value));
        Assert.Equal(shown, node.Get(name));
    }

    [Theory]
    [InlineData("timeout", "", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", " 1", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "+1", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "01", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "-0", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "1kb", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "99999999999999999999", "argument couldn't be parsed into an integer")]
    [InlineData("timeout", "-1", "argument must be between 0 and 2147483647 inclusive")]
    [InlineData("port", "65536", "argument must be between 0 and 65535 inclusive")]
    [InlineData("maxclients", "0", "argument must be between 1 and 4294967295 inclusive")]
    [InlineData("maxmemory", "1.5gb", "argument must be a memory value")]
    [InlineData("maxmemory", "-1", "argument must be a memory value")]
    [InlineData("maxmemory", "1tb", "argument must be a memory value")]
    [InlineData("repl-backlog-size", "0", "argument must be between 1 and 9223372036854775807 inclusive")]
    [InlineData("repl-backlog-size", "18446744073709551615", "argument must be between 1 and 9223372036854775807 inclusive")]
    [InlineData("maxmemory-clients", "%", "argument must be a memory or percent value")]
    [InlineData("maxmemory-clients", "-1%", "argument must be a memory or percent value")]
    [InlineData("maxmemory-clients", "101%", "percentage argument must be less or equal to 100")]
    public void Refuses(string name, string value, string reason)
    {
        TestNode node = new();
        string before = node.Get(name);
        Assert.Equal(reason, node.Reason(name, value));
        Assert.Equal(before, node.Get(name));
    }

    [Theory]
    [InlineData("unixsocketperm 700", "")]
    [InlineData("unixsocketperm 999", "argument couldn't be parsed as an octal number")]
    [InlineData("unixsocketperm 1000", "argument must be between 0 and 777 inclusive")]
    [InlineData("unixsocketperm -1", "argument must be between 0 and 777 inclusive")]
    public void ReadsOctal(string line, string error)
    {
        TestNode node = new();
        Assert.Equal(error, node.Load(line));
        Assert.Equal(error.Length == 0 ? "700" : "0", node.Get("unixsocketperm"));
    }
}
