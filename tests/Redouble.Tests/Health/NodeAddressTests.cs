using Redouble.Health;

namespace Redouble.Tests.Health;

public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("db.example.org:7000", "db.example.org", 7000, "db.example.org:7000")]
    [InlineData("localhost", "localhost", 6379, "localhost:6379")]
    [InlineData("10.0.0.1:65535", "10.0.0.1", 65535, "10.0.0.1:65535")]
    [InlineData("10.0.0.1", "10.0.0.1", 6379, "10.0.0.1:6379")]
    [InlineData("[::1]:7000", "::1", 7000, "[::1]:7000")]
    [InlineData("[fe80::2]", "fe80::2", 6379, "[fe80::2]:6379")]
    [InlineData("::1", "::1", 6379, "[::1]:6379")]
    public void Host_and_port_are_read(string text, string host, int port, string shown)
    {
        Assert.True(NodeAddress.TryParse(text, out NodeAddress address));
        Assert.Equal(new NodeAddress(host, port), address);
        Assert.Equal(shown, address.ToString());
    }

    [Theory]
    [InlineData(":7000")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:port")]
    [InlineData("a:b:1")]
    [InlineData("[::1]7000")]
    [InlineData("[host]:7000")]
    [InlineData("[::1]:")]
    public void Anything_else_is_refused(string text) => Assert.False(NodeAddress.TryParse(text, out _));
}
