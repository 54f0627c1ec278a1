using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Monitoring;

public sealed class MonitorFeedTests
{
    [Fact]
    public void Who_wants_no_replies_sees_nothing_until_he_wants_them_again()
    {
        using var node = new EngineNode();
        var monitor = node.Connect();
        Assert.Equal("+OK|", node.Do("MONITOR", monitor));
        Assert.Equal("", node.Do("CLIENT REPLY OFF", monitor));
        node.Do("SET k v");
        Assert.Equal("", node.Take(monitor));
        node.Do("CLIENT REPLY ON", monitor);
        node.Do("SET k w");
        Assert.Contains("\"SET\" \"k\" \"w\"", node.Take(monitor), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_has_quit_sees_nothing_more()
    {
        using var node = new EngineNode();
        var monitor = node.Connect();
        node.Do("MONITOR", monitor);
        Assert.Equal("+OK|", node.Do("QUIT", monitor));
        node.Do("SET k v");
        Assert.Equal("", node.Take(monitor));
    }
}
