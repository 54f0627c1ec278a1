using Redouble.Persistence.Rdb;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>Replies byte for byte as redis-server 7.0.15 gives them, REPLCONF version aside, which it does not know.</summary>
public sealed class ReplconfCommandTests : IDisposable
{
    private readonly PrimaryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("REPLCONF", "+OK\r\n")]
    [InlineData("REPLCONF x", "-ERR syntax error\r\n")]
    [InlineData("REPLCONF foo bar", "-ERR Unrecognized REPLCONF option: foo\r\n")]
    [InlineData("REPLCONF listening-port abc", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("REPLCONF listening-port 7000", "+OK\r\n")]
    [InlineData("replconf LISTENING-PORT 99999999999", "+OK\r\n")]
    [InlineData("REPLCONF ip-address a.example", "+OK\r\n")]
    [InlineData("REPLCONF capa eof capa psync2", "+OK\r\n")]
    [InlineData("REPLCONF capa dual-channel", "+OK\r\n")]
    [InlineData("REPLCONF capa redouble", "+OK redouble\r\n")]
    [InlineData("REPLCONF version 8.0.1", "+OK\r\n")]
    [InlineData("REPLCONF ack 5", "")]
    [InlineData("REPLCONF ack x", "")]
    [InlineData("REPLCONF getack *", "")]
    [InlineData("REPLCONF rdb-only 1", "+OK\r\n")]
    [InlineData("REPLCONF rdb-only x", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("REPLCONF rdb-only 2", "-ERR value is out of range, value must between 0 and 1\r\n")]
    [InlineData("REPLCONF rdb-filter-only functions", "+OK\r\n")]
    [InlineData("REPLCONF rdb-filter-only bar", "-ERR Unsupported rdb-filter-only option: bar\r\n")]
    [InlineData("PSYNC ? abc", "-ERR value is not an integer or out of range\r\n")]
    [InlineData("PSYNC ? -1 FAILOVER", "-ERR PSYNC FAILOVER can't be sent to a master.\r\n")]
    [InlineData("PING", "+PONG\r\n")]
    public void RepliesAreThoseOfRedis(string command, string reply)
    {
        var link = _fixture.Connect(options: "");
        Assert.Equal(reply, _fixture.Say(link, command.Split(' ')));
        Assert.False(link.IsReplica);
    }

    [Fact]
    public void OptionsBeforeABadOneStay()
    {
        var link = _fixture.Connect(options: "");
        Assert.StartsWith("-ERR", _fixture.Say(link, "REPLCONF", "listening-port", "7001", "bad", "1"));
        Assert.Equal(7001, link.Options.ListeningPort);
        _fixture.Say(link, "REPLCONF", "capa", "eof", "ip-address", "me.example", "rdb-filter-only", "", "rdb-only", "1", "version", "8.0.1");
        Assert.Equal(("me.example", "me.example:7001", "8.0.1"), (link.Address, link.Name, link.Options.Version));
        Assert.Equal((SnapshotContent.None, true), (link.Options.Content, link.Options.RdbOnly));
        Assert.True(link.Options.Can(ReplicaCapabilities.Eof));
        Assert.False(link.Options.Can(ReplicaCapabilities.Psync2));
        var text = new string('x', 256);
        Assert.Equal("-ERR REPLCONF ip-address provided by replica instance is too long: 256 bytes\r\n", _fixture.Say(link, "REPLCONF", "ip-address", text));
    }

    [Fact]
    public void OnlyOneOfOurKindGetsMoreThanRedis70Reads()
    {
        _fixture.NeededDialect = RdbDialect.Rdb12;
        Assert.Equal(RdbDialect.Rdb10, _fixture.Connect(options: "capa eof capa psync2").Format.Dialect);
        var ours = _fixture.Connect(options: "capa eof capa psync2 capa redouble");
        Assert.Equal(RdbDialect.Rdb12, ours.Format.Dialect);
        _fixture.NeededDialect = RdbDialect.Rdb10;
        Assert.Equal(RdbDialect.Rdb10, ours.Format.Dialect);
    }

    [Fact]
    public void WhatARedisReadsIsSaidByTheOperatorAndAValkeyReadsNoneOfIt()
    {
        _fixture.NeededDialect = RdbDialect.Rdb12;
        _fixture.Settings.RedisReplicaDialect = RdbDialect.Rdb12;
        var redis = _fixture.ConnectOnline();
        Assert.Equal((RdbDialect.Rdb12, false), (redis.Format.Dialect, _fixture.Replication.HasForeignReplica));
        Assert.Equal(RdbDialect.Rdb10, _fixture.Connect(options: "capa eof capa psync2 version 8.0.1").Format.Dialect);
        _fixture.Settings.RedisReplicaDialect = RdbDialect.Rdb10;
        Assert.True(_fixture.Replication.HasForeignReplica); // the one that is up
        redis.OnClosed();
        Assert.False(_fixture.Replication.HasForeignReplica);
    }

    [Fact]
    public void AReplicaThatWouldBeRepliedToIsDropped()
    {
        var link = _fixture.ConnectOnline();
        Assert.Equal("", _fixture.Say(link, "REPLCONF", "ACK", "0", "FACK", "0"));
        Assert.True(link.IsReplica);
        Assert.Equal("", _fixture.Say(link, "REPLCONF", "listening-port", "1"));
        Assert.Equal([link], _fixture.Disconnected);
        Assert.Empty(_fixture.Replication.Links);
    }
}
