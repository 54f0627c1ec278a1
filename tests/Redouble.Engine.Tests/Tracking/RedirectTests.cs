using static Redouble.Engine.Tests.Tracking.TrackingNode;

namespace Redouble.Engine.Tests.Tracking;

/// <summary>Messages that go to another connection.</summary>
public sealed class RedirectTests
{
    private const string Message = "*3|$7|message|$20|__redis__:invalidate|";

    [Fact]
    public void A_RESP2_client_hears_through_a_subscriber()
    {
        using var node = new TrackingNode();
        var subscriber = node.Engine.Connect();
        var reader = node.Engine.Connect();
        node.Do("SUBSCRIBE __redis__:invalidate", subscriber);
        node.Do($"CLIENT TRACKING ON REDIRECT {subscriber.Id}", reader);
        node.Do("GET k", reader);
        node.Do("SET k 1");
        Assert.Equal(Message + "*1|$1|k|", node.Told(subscriber));
        node.Do("FLUSHALL");
        Assert.Equal(Message + "$-1|", node.Told(subscriber));
        Assert.Equal("", node.Told(reader));
    }

    [Fact]
    public void Any_subscription_will_do_and_without_one_nothing_is_sent()
    {
        using var node = new TrackingNode();
        var subscriber = node.Engine.Connect();
        var reader = node.Engine.Connect();
        node.Do($"CLIENT TRACKING ON REDIRECT {subscriber.Id} BCAST", reader);
        node.Do("SET k 1");
        Assert.Equal("", node.Told(subscriber));
        node.Do("PSUBSCRIBE news.*", subscriber);
        node.Do("MSET b 1 a 1");
        Assert.Equal(Message + "*2|$1|a|$1|b|", node.Told(subscriber));
    }

    [Fact]
    public void A_RESP3_receiver_gets_a_push_whatever_the_reader_speaks()
    {
        using var node = new TrackingNode();
        var receiver = node.Resp3();
        var reader = node.Engine.Connect();
        node.Do($"CLIENT TRACKING ON REDIRECT {receiver.Id}", reader);
        node.Do("GET k", reader);
        node.Do("SET k 1");
        Assert.Equal(Invalid("k"), node.Told(receiver));
        node.Do("FLUSHALL"); // the null is of the reader's version, as in Redis
        Assert.Equal(">2|$10|invalidate|$-1|", node.Told(receiver));
    }

    [Fact]
    public void A_RESP2_client_without_a_redirection_cannot_be_told()
    {
        using var node = new TrackingNode();
        var reader = node.Engine.Connect();
        node.Do("CLIENT TRACKING ON", reader);
        node.Do("GET k", reader);
        node.Do("SET k 1");
        Assert.Equal("", node.Told(reader));
        Assert.Equal(0, node.Node.Tracking.KeyCount);
    }

    [Fact]
    public void A_receiver_that_is_gone_breaks_the_redirection()
    {
        using var node = new TrackingNode();
        var receiver = node.Resp3();
        var id = receiver.Id;
        var reader = node.Tracker($"REDIRECT {id}");
        var resp2 = node.Engine.Connect();
        node.Do($"CLIENT TRACKING ON REDIRECT {id}", resp2);
        node.Do("MGET a b", reader);
        node.Do("MGET a b", resp2);
        node.Node.RemoveSession(receiver);
        var inItsPlace = node.Resp3();
        Assert.DoesNotContain(" flags=tR ", node.Do("CLIENT INFO", reader));
        node.Do("SET a 1");
        Assert.Equal($">2|$21|tracking-redir-broken|:{id}|", node.Told(reader));
        Assert.Equal("", node.Told(resp2));
        Assert.Equal("", node.Told(inItsPlace));
        Assert.Contains(" flags=tR ", node.Do("CLIENT INFO", reader));
        Assert.Contains(" flags=tR ", node.Do("CLIENT INFO", resp2));
        Assert.Contains("$15|broken_redirect|", node.Do("CLIENT TRACKINGINFO", reader));
        Assert.Equal($"+OK|>2|$21|tracking-redir-broken|:{id}|", node.Do("SET b 1", reader));
        node.Do("CLIENT TRACKING ON", reader);
        Assert.DoesNotContain("broken_redirect", node.Do("CLIENT TRACKINGINFO", reader));
    }

    [Fact]
    public void A_receiver_that_is_being_closed_counts_as_gone()
    {
        using var node = new TrackingNode();
        var receiver = node.Resp3();
        var reader = node.Tracker($"REDIRECT {receiver.Id}");
        node.Do("GET a", reader);
        node.Do($"CLIENT KILL ID {receiver.Id}");
        node.Do("SET a 1");
        Assert.Equal($">2|$21|tracking-redir-broken|:{receiver.Id}|", node.Told(reader));
        Assert.Equal("-ERR The client ID you want redirect to does not exist|", node.Do($"CLIENT TRACKING ON REDIRECT {receiver.Id}"));
    }

    /// <summary>7.0 puts the message before, and within EXEC into the middle of the reply; 7.2 behind it.</summary>
    [Fact]
    public void The_receiver_that_makes_the_change_is_told_behind_its_reply()
    {
        using var node = new TrackingNode();
        var receiver = node.Resp3();
        node.Tracker($"REDIRECT {receiver.Id}");
        var reader = node.Tracker($"REDIRECT {receiver.Id}");
        node.Do("MGET a b", reader);
        Assert.Equal("+OK|" + Invalid("a"), node.Do("SET a 1", receiver));
        node.Do("MULTI", receiver);
        node.Do("SET b 1", receiver);
        node.Do("GET b", receiver);
        Assert.Equal("*2|+OK|$1|1|" + Invalid("b"), node.Do("EXEC", receiver));
    }

    [Fact]
    public void Own_keys_come_before_other_pushes()
    {
        using var node = new TrackingNode("notify-keyspace-events K$");
        var reader = node.Tracker();
        node.Do("SUBSCRIBE __keyspace@0__:a __keyspace@0__:b", reader);
        node.Do("MGET a b", reader);
        const string channel = ">3|$7|message|$16|__keyspace@0__:";
        Assert.Equal("+OK|" + Invalid("a") + Invalid("b") + channel + "a|$3|set|" + channel + "b|$3|set|", node.Do("MSET a 1 b 1", reader));
    }

    [Fact]
    public void A_client_may_redirect_to_itself()
    {
        using var node = new TrackingNode();
        var reader = node.Resp3();
        node.Do($"CLIENT TRACKING ON REDIRECT {reader.Id}", reader);
        node.Do("GET k", reader);
        Assert.Equal("+OK|" + Invalid("k"), node.Do("SET k 1", reader));
        Assert.Equal($":{reader.Id}|", node.Do("CLIENT GETREDIR", reader));
    }
}
