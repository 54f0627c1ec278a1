using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.PubSub;

public sealed class KeyspaceNotifierTests : IDisposable
{
    private readonly EngineNode _node = new("save ");
    private readonly Session _listener;

    public KeyspaceNotifierTests()
    {
        _listener = _node.Connect();
        _node.Do("PSUBSCRIBE __key*", _listener);
    }

    [Fact]
    public void Nothing_is_published_that_was_not_asked_for()
    {
        _node.Do("SET k v");
        Assert.Equal("", Events());
        _node.Do("CONFIG SET notify-keyspace-events $");
        _node.Do("SET k v");
        Assert.Equal("", Events());
        _node.Do("CONFIG SET notify-keyspace-events Kg");
        _node.Do("SET k v");
        Assert.Equal("", Events());
        _node.Do("DEL k");
        Assert.Equal("__keyspace@0__:k del", Events());
    }

    [Fact]
    public void The_keys_channel_comes_before_the_events()
    {
        _node.Do("CONFIG SET notify-keyspace-events KEA");
        _node.Do("SELECT 3");
        _node.Do("SET k v EX 100");
        Assert.Equal("__keyspace@3__:k set; __keyevent@3__:set k; __keyspace@3__:k expire; __keyevent@3__:expire k", Events());
    }

    [Fact]
    public void New_and_missed_keys_have_events_of_their_own()
    {
        _node.Do("CONFIG SET notify-keyspace-events Emn$g");
        _node.Do("GET k");
        _node.Do("SET k v");
        _node.Do("SET k w");
        _node.Do("RENAME k j");
        _node.Do("COPY j i");
        _node.Do("MOVE i 1");
        Assert.Equal(
            "__keyevent@0__:keymiss k; __keyevent@0__:new k; __keyevent@0__:set k; __keyevent@0__:set k; __keyevent@0__:new j; __keyevent@0__:rename_from k; "
            + "__keyevent@0__:rename_to j; __keyevent@0__:new i; __keyevent@0__:copy_to i; __keyevent@1__:new i; __keyevent@0__:move_from i; "
            + "__keyevent@1__:move_to i",
            Events());
    }

    [Fact]
    public void An_expired_key_is_reported_when_it_goes()
    {
        _node.Do("CONFIG SET notify-keyspace-events Ex$n");
        _node.Do("SET k v PX 10");
        Assert.Equal("__keyevent@0__:new k; __keyevent@0__:set k", Events());
        _node.Clock.Advance(100);
        Assert.Equal("", Events());
        _node.Do("GET k");
        Assert.Equal("__keyevent@0__:expired k", Events());
        _node.Do("SET k v PX 10");
        _node.Clock.Advance(100);
        _node.Do("SET k w");
        Assert.Equal(
            "__keyevent@0__:new k; __keyevent@0__:set k; __keyevent@0__:expired k; __keyevent@0__:new k; __keyevent@0__:set k", Events());
    }

    [Fact]
    public void A_listener_that_writes_hears_of_it_after_its_reply()
    {
        _node.Do("CONFIG SET notify-keyspace-events E$");
        var writer = _node.Connect();
        _node.Do("HELLO 3", writer);
        _node.Do("SUBSCRIBE __keyevent@0__:set", writer);
        _node.Do("MULTI", writer);
        _node.Do("SET a 1", writer);
        _node.Do("SET b 2", writer);
        Assert.Equal(
            "*2|+OK|+OK|>3|$7|message|$18|__keyevent@0__:set|$1|a|>3|$7|message|$18|__keyevent@0__:set|$1|b|", _node.Do("EXEC", writer));
    }

    public void Dispose() => _node.Dispose();

    // pmessage, pattern, channel, message: the last two.
    private string Events()
    {
        var words = _node.Take(_listener).Split('|');
        return string.Join("; ", words.Chunk(9).Where(part => part.Length == 9).Select(part => $"{part[6]} {part[8]}"));
    }
}
