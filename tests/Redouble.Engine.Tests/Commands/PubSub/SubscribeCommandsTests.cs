using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.PubSub;

public sealed class SubscribeCommandsTests : IDisposable
{
    private readonly EngineNode _node = new("save ");

    [Fact]
    public void Every_channel_is_answered_with_the_number_of_subscriptions()
    {
        var session = _node.Connect();
        Assert.Equal("*3|$9|subscribe|$1|a|:1|*3|$9|subscribe|$1|b|:2|*3|$9|subscribe|$1|a|:2|", _node.Do("SUBSCRIBE a b a", session));
        Assert.Equal("*3|$10|psubscribe|$2|n*|:3|", _node.Do("PSUBSCRIBE n*", session));
        Assert.Equal("*3|$10|ssubscribe|$1|a|:1|", _node.Do("SSUBSCRIBE a", session)); // shard channels are counted apart
        Assert.Equal("*3|$11|unsubscribe|$1|x|:3|*3|$11|unsubscribe|$1|a|:2|", _node.Do("UNSUBSCRIBE x a", session));
        Assert.Equal("*3|$11|unsubscribe|$1|b|:1|", _node.Do("UNSUBSCRIBE", session));
        Assert.Equal("*3|$11|unsubscribe|$-1|:1|", _node.Do("UNSUBSCRIBE", session));
        Assert.Equal("*3|$12|punsubscribe|$2|n*|:0|", _node.Do("PUNSUBSCRIBE", session));
        Assert.Equal("*3|$12|sunsubscribe|$1|a|:0|", _node.Do("SUNSUBSCRIBE", session));
        Assert.Equal("+PONG|", _node.Do("PING", session));
    }

    [Fact]
    public void In_RESP3_the_answers_are_pushes_and_all_commands_stay_allowed()
    {
        var session = _node.Connect();
        _node.Do("HELLO 3", session);
        Assert.Equal(">3|$9|subscribe|$1|a|:1|", _node.Do("SUBSCRIBE a", session));
        Assert.Equal("+PONG|", _node.Do("PING", session));
        Assert.Equal("+OK|", _node.Do("SET k v", session));
        Assert.Equal(">3|$12|punsubscribe|_|:1|", _node.Do("PUNSUBSCRIBE", session));
    }

    [Fact]
    public void A_RESP2_client_that_listens_runs_nothing_else()
    {
        var session = _node.Connect();
        _node.Do("SSUBSCRIBE a", session);
        Assert.Equal(
            "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context|", _node.Do("GET k", session));
        Assert.Equal(
            "-ERR Can't execute 'client|id': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context|",
            _node.Do("CLIENT ID", session));
        Assert.Equal("*2|$4|pong|$0||", _node.Do("PING", session));
        Assert.Equal("*2|$4|pong|$2|hi|", _node.Do("PING hi", session));
        Assert.Equal("+RESET|", _node.Do("RESET", session));
        Assert.Equal("$-1|", _node.Do("GET k", session));
        Assert.Equal(":0|", _node.Do("SPUBLISH a m"));
    }

    [Fact]
    public void In_a_transaction_SUBSCRIBE_answers_in_place_and_messages_follow_EXEC()
    {
        var session = _node.Connect();
        _node.Do("MULTI", session);
        _node.Do("SUBSCRIBE a", session);
        _node.Do("PUBLISH a m", session);
        Assert.Equal("*2|*3|$9|subscribe|$1|a|:1|:1|*3|$7|message|$1|a|$1|m|", _node.Do("EXEC", session));
        _node.Do("RESET", session);
        _node.Do("MULTI", session);
        _node.Do("SSUBSCRIBE a", session);
        Assert.Equal("*1|-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client|", _node.Do("EXEC", session));
    }

    [Fact]
    public void Pushes_pass_where_replies_are_switched_off()
    {
        var session = _node.Connect();
        _node.Do("HELLO 3", session);
        Assert.Equal("", _node.Do("CLIENT REPLY OFF", session));
        Assert.Equal(">3|$9|subscribe|$1|a|:1|", _node.Do("SUBSCRIBE a", session));
        Assert.Equal(">3|$7|message|$1|a|$1|m|", _node.Do("PUBLISH a m", session)); // the reply :1 is dropped
        Assert.Equal("", _node.Do("SUBSCRIBE", session)); // an error is no push
        _node.Do("PUBLISH a n");
        Assert.Equal(">3|$7|message|$1|a|$1|n|", _node.Take(session));
        Assert.Equal("+OK|", _node.Do("CLIENT REPLY ON", session));
    }

    [Fact]
    public void A_session_that_goes_takes_its_subscriptions_with_it()
    {
        var before = UsedBytes();
        var session = _node.Connect();
        _node.Do("SUBSCRIBE a b", session);
        _node.Do("PSUBSCRIBE *", session);
        _node.Do("SSUBSCRIBE s", session);
        Assert.True(session.Has(SessionFlags.PubSub));
        Assert.True(UsedBytes() > before);
        _node.Node.RemoveSession(session);
        Assert.True(_node.Node.Subscriptions.IsEmpty);
        Assert.Equal("*0|", _node.Do("PUBSUB CHANNELS"));
        Assert.Equal(":0|", _node.Do("PUBLISH a m"));
        Assert.Equal(before, UsedBytes());
    }

    [Fact]
    public void CLIENT_LIST_shows_who_listens_and_counts_what_it_holds()
    {
        var session = _node.Connect();
        var idle = SessionMemory.TotalBytes(session);
        _node.Do("SUBSCRIBE a b", session);
        _node.Do("PSUBSCRIBE p*", session);
        _node.Do("SSUBSCRIBE s t u", session);
        Assert.Contains("flags=P db=0 sub=2 psub=1 ssub=3 ", _node.Do("CLIENT LIST TYPE pubsub"), StringComparison.Ordinal);
        Assert.DoesNotContain("sub=2", _node.Do("CLIENT LIST TYPE normal"), StringComparison.Ordinal);
        Assert.InRange(SessionMemory.TotalBytes(session) - idle, 6 * 40, 6 * 200);
        var info = _node.Do("INFO stats");
        Assert.Contains("pubsub_channels:2|pubsub_patterns:1|pubsubshard_channels:3|", info, StringComparison.Ordinal);
        _node.Do("RESET", session);
        Assert.Equal(idle, SessionMemory.TotalBytes(session));
        Assert.Equal(":0|", _node.Do("CLIENT KILL TYPE pubsub"));
        _node.Do("SUBSCRIBE a", session);
        Assert.Equal(":1|", _node.Do("CLIENT KILL TYPE pubsub"));
        Assert.True(session.Has(SessionFlags.CloseAsap));
    }

    public void Dispose() => _node.Dispose();

    private long UsedBytes() => _node.Node.Heap.UsedBytes - _node.Node.Blocks.RetainedBytes;
}
