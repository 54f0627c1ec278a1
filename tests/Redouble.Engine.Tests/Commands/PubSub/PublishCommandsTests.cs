using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.PubSub;

public sealed class PublishCommandsTests : IDisposable
{
    private readonly EngineNode _node = new("save ");

    [Fact]
    public void Subscribers_of_the_channel_come_first_then_patterns_in_the_order_of_their_coming()
    {
        var session = _node.Connect();
        _node.Do("PSUBSCRIBE n* *s", session);
        _node.Do("SUBSCRIBE news", session);
        Assert.Equal(":3|", _node.Do("PUBLISH news hi"));
        Assert.Equal(
            "*3|$7|message|$4|news|$2|hi|*4|$8|pmessage|$2|n*|$4|news|$2|hi|*4|$8|pmessage|$2|*s|$4|news|$2|hi|", _node.Take(session));
        Assert.Equal(":0|", _node.Do("PUBLISH other hi"));
        Assert.Equal("", _node.Take(session));
    }

    [Fact]
    public void Every_subscriber_gets_it_in_its_protocol()
    {
        var old = _node.Connect();
        var young = _node.Connect();
        _node.Do("HELLO 3", young);
        _node.Do("SUBSCRIBE c", old);
        _node.Do("SUBSCRIBE c", young);
        _node.Do("PSUBSCRIBE ?", young);
        Assert.Equal(":3|", _node.Do("PUBLISH c m"));
        Assert.Equal("*3|$7|message|$1|c|$1|m|", _node.Take(old));
        Assert.Equal(">3|$7|message|$1|c|$1|m|>4|$8|pmessage|$1|?|$1|c|$1|m|", _node.Take(young));
    }

    [Fact]
    public void Shard_channels_are_a_world_of_their_own()
    {
        var session = _node.Connect();
        _node.Do("SSUBSCRIBE c", session);
        _node.Do("PSUBSCRIBE *", session);
        Assert.Equal(":1|", _node.Do("SPUBLISH c m"));
        Assert.Equal("*3|$8|smessage|$1|c|$1|m|", _node.Take(session));
        Assert.Equal(":1|", _node.Do("PUBLISH c m"));
        Assert.Equal("*4|$8|pmessage|$1|*|$1|c|$1|m|", _node.Take(session));
    }

    /// <summary>A long message is put together once and lent to all; it must outlive the publisher's request, and go when all have it.</summary>
    [Theory]
    [InlineData(16_300)]
    [InlineData(16_384)]
    [InlineData(1_000_000)]
    public void Long_messages_arrive_whole(int length)
    {
        var before = _node.Node.Blocks.LentBytes;
        var first = _node.Connect();
        var second = _node.Connect();
        _node.Do("SUBSCRIBE c", first);
        _node.Do("PSUBSCRIBE *", second);
        _node.Do("HELLO 3");
        var message = string.Concat(Enumerable.Range(0, length / 10).Select(i => $"{i:D10}")) + new string('x', length % 10);
        Assert.Equal(":2|", _node.DoWords("PUBLISH", "c", message));
        Assert.Equal(":2|", _node.Do("PUBLISH c short"));
        Assert.Equal($"*3|$7|message|$1|c|${length}|{message}|*3|$7|message|$1|c|$5|short|", _node.Take(first));
        Assert.Equal($"*4|$8|pmessage|$1|*|$1|c|${length}|{message}|*4|$8|pmessage|$1|*|$1|c|$5|short|", _node.Take(second));
        Assert.Equal(before, _node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void An_own_message_follows_the_reply()
    {
        var session = _node.Connect();
        _node.Do("HELLO 3", session);
        _node.Do("SUBSCRIBE c", session);
        Assert.Equal(":1|>3|$7|message|$1|c|$1|m|", _node.Do("PUBLISH c m", session));
        _node.Do("MULTI", session);
        _node.Do("PUBLISH c 1", session);
        _node.Do("PING", session);
        _node.Do("PUBLISH c 2", session);
        Assert.Equal("*3|:1|+PONG|:1|>3|$7|message|$1|c|$1|1|>3|$7|message|$1|c|$1|2|", _node.Do("EXEC", session));
    }

    [Fact]
    public void Goes_to_the_replicas_and_changes_nothing()
    {
        var tap = new StreamTap(_node);
        var dirty = _node.Node.Dirty;
        _node.Do("PUBLISH c m");
        _node.Do("SPUBLISH s n");
        _node.Do("SELECT 3");
        _node.Do("MULTI");
        _node.Do("PUBLISH c 1");
        _node.Do("EXEC");
        _node.Do("MULTI");
        _node.Do("PUBLISH c 1");
        _node.Do("SET k v");
        _node.Do("EXEC");
        Assert.Equal(
            "SELECT 0 | PUBLISH c m | SPUBLISH s n | SELECT 3 | PUBLISH c 1 | MULTI | PUBLISH c 1 | SET k v | EXEC", tap.Take());
        Assert.Equal(dirty + 1, _node.Node.Dirty);
    }

    /// <summary>What a successor lacks of a primary whose Sentinels alone have published is no data, and no reason for a full sync.</summary>
    [Fact]
    public void A_message_is_no_data_unless_it_shares_a_unit_with_some()
    {
        var tap = new StreamTap(_node);
        var log = _node.Node.Replication.Protocol.Log;
        _node.Do("PUBLISH c m");
        _node.Send("PUBLISH c inline\r\n"u8);
        _node.Do("SPUBLISH s n");
        Assert.Equal("SELECT 0 | PUBLISH c m | PUBLISH c inline | SPUBLISH s n", tap.Take());
        Assert.Equal(0, log.LastDataOffset);
        _node.Do("SET k v");
        Assert.Equal(log.EndOffset, log.LastDataOffset);
        _node.Do("PUBLISH c m");
        Assert.NotEqual(log.EndOffset, log.LastDataOffset);
        _node.Do("MULTI");
        _node.Do("SET k v");
        _node.Do("PUBLISH c m");
        _node.Do("EXEC");
        Assert.Equal(log.EndOffset, log.LastDataOffset);
    }

    [Fact]
    public void A_subscriber_beyond_its_limit_is_closed_in_the_middle_of_a_transaction()
    {
        Assert.Equal("+OK|", _node.DoWords("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100kb 0 0"));
        var slow = _node.Connect();
        _node.Do("SUBSCRIBE c", slow);
        _node.Do("MULTI");
        for (var i = 0; i < 100; i++) _node.DoWords("PUBLISH", "c", new string('m', 10_000));
        var replies = _node.Do("EXEC");
        Assert.Equal(100, replies.Split(":1|").Length - 1); // closed ones count until they are gone
        Assert.Equal(1, _node.Node.Stats.OutputLimitDisconnections);
        Assert.InRange(slow.Output.PendingBytes, 100_000, 130_000);
        Assert.Contains(_node.LogLines, line => line.Contains("scheduled to be closed ASAP for overcoming of output buffer limits", StringComparison.Ordinal));
    }

    public void Dispose() => _node.Dispose();
}
