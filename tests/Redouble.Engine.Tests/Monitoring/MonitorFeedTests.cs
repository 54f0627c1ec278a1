using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Monitoring;

public sealed class MonitorFeedTests
{
    /// <summary>As in Redis, which takes it for a replica by then.</summary>
    [Fact]
    public void Who_asks_again_is_not_answered()
    {
        using var node = new EngineNode();
        var monitor = node.Connect();
        Assert.Equal(("+OK|", ""), (node.Do("MONITOR", monitor), node.Do("MONITOR", monitor)));
        node.Do("SET k v");
        Assert.Single(node.Take(monitor).Split("\"SET\"")[1..]);
    }

    /// <summary>As in Redis, which takes it for a replica: the keyspace is not only what has a name.</summary>
    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    [InlineData("SWAPDB 0 1")]
    [InlineData("PUBLISH a b")]
    [InlineData("SPUBLISH a b")]
    [InlineData("DBSIZE")]
    [InlineData("KEYS *")]
    [InlineData("SCAN 0")]
    [InlineData("RANDOMKEY")]
    [InlineData("LOLWUT")]
    [InlineData("GET a")]
    [InlineData("PFCOUNT a")]
    [InlineData("MEMORY USAGE a")]
    public void Who_looks_on_may_not_touch_the_keyspace(string command)
    {
        const string refusal = "-ERR Replica can't interact with the keyspace|";
        using var node = new EngineNode();
        var monitor = node.Connect();
        node.Do("MONITOR", monitor);
        Assert.Equal(refusal, node.Do(command, monitor));
        Assert.StartsWith("+PONG|", node.Do("PING", monitor), StringComparison.Ordinal);
        Assert.StartsWith("+OK|", node.Do("MULTI", monitor), StringComparison.Ordinal);
        Assert.Equal(refusal, node.Do(command, monitor));
        Assert.StartsWith("-EXECABORT", node.Do("EXEC", monitor), StringComparison.Ordinal);
    }

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

    /// <summary>A line was made whole, in managed memory: of an argument of 512 MB it was more than an array may have, and ended the process.</summary>
    [Fact]
    public void A_long_argument_is_shown_part_by_part()
    {
        const int length = 3_000_001;
        using var node = new EngineNode();
        var monitor = node.Connect();
        node.Do("MONITOR", monitor);
        node.Do("SET k v");
        node.Take(monitor);
        var value = string.Create(length, 0, static (span, _) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = (char)(i * 31 % 256);
        });
        var request = EngineNode.Encode("SET", "k", value, "XX");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("+OK|", node.Send(request));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        var quoted = new byte[QuotedText.MaxLength(length)];
        var shown = Encoding.Latin1.GetString(quoted, 0, QuotedText.Format(Encoding.Latin1.GetBytes(value), quoted));
        var line = node.Take(monitor);
        Assert.Equal($"] \"SET\" \"k\" {shown} \"XX\"|", line[line.IndexOf(']', StringComparison.Ordinal)..]);
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
