using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.PubSub;

public sealed class PubSubCommandsTests : IDisposable
{
    private readonly EngineNode _node = new("save ");

    [Fact]
    public void Tells_who_listens_to_what()
    {
        var first = _node.Connect();
        var second = _node.Connect();
        _node.Do("SUBSCRIBE news sport", first);
        _node.Do("SUBSCRIBE news", second);
        _node.Do("PSUBSCRIBE a* b*", first);
        _node.Do("PSUBSCRIBE a*", second);
        _node.Do("SSUBSCRIBE shard", second);
        Assert.Equal("*2|$4|news|$5|sport|", _node.Do("PUBSUB CHANNELS"));
        Assert.Equal("*1|$5|sport|", _node.Do("PUBSUB CHANNELS s*"));
        Assert.Equal("*1|$5|shard|", _node.Do("PUBSUB SHARDCHANNELS"));
        Assert.Equal("*0|", _node.Do("PUBSUB SHARDCHANNELS n*"));
        Assert.Equal(":2|", _node.Do("PUBSUB NUMPAT"));
        Assert.Equal("*0|", _node.Do("PUBSUB NUMSUB"));
        Assert.Equal("*6|$4|news|:2|$4|none|:0|$5|sport|:1|", _node.Do("PUBSUB NUMSUB news none sport"));
        Assert.Equal("*4|$5|shard|:1|$4|news|:0|", _node.Do("PUBSUB SHARDNUMSUB shard news"));
    }

    [Fact]
    public void Refuses_what_it_does_not_know()
    {
        Assert.Equal("-ERR unknown subcommand 'nosuch'. Try PUBSUB HELP.|", _node.Do("PUBSUB nosuch"));
        Assert.Equal("-ERR unknown subcommand or wrong number of arguments for 'channels'. Try PUBSUB HELP.|", _node.Do("PUBSUB channels a b"));
        Assert.Equal("-ERR wrong number of arguments for 'pubsub|numpat' command|", _node.Do("PUBSUB NUMPAT x"));
    }

    public void Dispose() => _node.Dispose();
}
