using Redouble.Engine.Configuration;

namespace Redouble.Engine.Tests.Configuration.Directives;

/// <summary>Directives with a grammar of their own.</summary>
public sealed class SpecialDirectiveTests
{
    [Fact]
    public void SaveLinesOfAFileAddUpAndReplaceTheDefault()
    {
        TestNode node = new();
        Assert.Equal("3600 1 300 100 60 10000", node.Get("save"));
        Assert.Equal("", node.Load("save 900 1", "save 300 10 60 20"));
        Assert.Equal("900 1 300 10 60 20", node.Get("save"));
        Assert.Equal("", node.Load("save \"\"", "save \"5 6\""));
        Assert.Equal([new SavePoint(5, 6)], node.Config.SavePoints);
    }

    [Fact]
    public void ConfigSetSaveReplaces()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("save", "60 1 30 2"));
        Assert.Equal("60 1 30 2", node.Get("save"));
        Assert.Equal("OK", node.Reason("save", ""));
        Assert.Equal("", node.Get("save"));
        foreach (string bad in (string[])["60", "0 1", "60 -1", "60  1", " 60 1", "60 1 ", "60 1x", "x 1", "60 1 x"])
            Assert.Equal("Invalid save parameters", node.Reason("save", bad));
    }

    [Fact]
    public void OutputBufferLimitsChangeByClass()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("client-output-buffer-limit", "replica 1 2 3 normal 0 1k 5"));
        Assert.Equal("normal 0 1000 5 slave 1 2 3 pubsub 33554432 8388608 60", node.Get("client-output-buffer-limit"));
        Assert.Equal(new OutputBufferLimit(1, 2, 3), node.Config.OutputBufferLimitOf(ClientClass.Replica));
        Assert.Equal("Invalid client class specified in buffer limit configuration.", node.Reason("client-output-buffer-limit", "master 1 2 3"));
        const string badNumber = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
        Assert.Equal(badNumber, node.Reason("client-output-buffer-limit", "normal 1 2 -1"));
        Assert.Equal(badNumber, node.Reason("client-output-buffer-limit", "pubsub 9 9 9 normal x 2 1"));
        Assert.Equal("Wrong number of arguments in buffer limit configuration.", node.Reason("client-output-buffer-limit", "normal 1 2"));
        Assert.Equal("normal 0 1000 5 slave 1 2 3 pubsub 33554432 8388608 60", node.Get("client-output-buffer-limit"));
    }

    [Theory]
    [InlineData("KEA", "AKE")]
    [InlineData("KEn", "nKE")]
    [InlineData("gxE$lshzxetdm", "AEm")]
    [InlineData("KEAmn", "AKEm")]
    [InlineData("", "")]
    public void KeyspaceEventsAreShownInOneOrder(string set, string shown)
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("notify-keyspace-events", set));
        Assert.Equal(shown, node.Get("notify-keyspace-events"));
        Assert.Equal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.", node.Reason("notify-keyspace-events", "Kq"));
    }

    [Fact]
    public void BindTakesSixteenAddresses()
    {
        TestNode node = new();
        Assert.Equal("* -::*", node.Get("bind"));
        Assert.Equal("OK", node.Reason("bind", "127.0.0.1 -::1"));
        Assert.Equal(["127.0.0.1", "-::1"], node.Config.BindAddresses);
        Assert.Equal("OK", node.Reason("bind", string.Join(' ', Enumerable.Repeat("127.0.0.1", 16))));
        Assert.Equal("Too many bind addresses specified.", node.Reason("bind", string.Join(' ', Enumerable.Repeat("127.0.0.1", 17))));
        Assert.Equal("OK", node.Reason("bind", ""));
        Assert.Empty(node.Config.BindAddresses);
    }

    [Theory]
    [InlineData("replicaof a", "wrong number of arguments")]
    [InlineData("replicaof a x", "Invalid master port")]
    [InlineData("slaveof a 70000", "Invalid master port")]
    [InlineData("replicaof no one", "")]
    [InlineData("replicaof a 1 b", "wrong number of arguments")]
    public void ReplicaOfLines(string line, string error)
    {
        TestNode node = new();
        Assert.Equal(error, node.Load(line));
        Assert.Null(node.Config.InitialPrimary);
    }

    [Fact]
    public void ReplicaOfShowsWhomTheNodeFollowsNow()
    {
        TestNode node = new();
        Assert.Equal("", node.Load("replicaof example 7000"));
        Assert.Equal(new PrimaryAddress("example", 7000), node.Config.InitialPrimary);
        Assert.Equal("", node.Get("slaveof"));
        node.CurrentPrimary = "other 7001";
        Assert.Equal("other 7001", node.Get("replicaof"));
        Assert.Equal("can't set immutable config", node.Reason("replicaof", "a 1"));
    }

    [Theory]
    [InlineData("50 100 99.99", "50 100 99.99")]
    [InlineData("0 33.333333333", "0 33.333333")]
    [InlineData("", "")]
    [InlineData("1e1", "10")]
    public void Percentiles(string set, string shown)
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("latency-tracking-info-percentiles", set));
        Assert.Equal(shown, node.Get("latency-tracking-info-percentiles"));
        Assert.Equal("Invalid latency-tracking-info-percentiles parameters", node.Reason("latency-tracking-info-percentiles", "50  99"));
        Assert.Equal(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
            node.Reason("latency-tracking-info-percentiles", "101"));
    }

    [Fact]
    public void OomScoresAreThreeNumbers()
    {
        TestNode node = new();
        Assert.Equal("OK", node.Reason("oom-score-adj-values", "-2000 0 2000"));
        Assert.Equal("wrong number of arguments", node.Reason("oom-score-adj-values", "1 2"));
        Assert.Equal(
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.", node.Reason("oom-score-adj-values", "1 2 3000"));
        Assert.Equal([-2000, 0, 2000], node.Config.OomScoreAdjValues);
    }
}
