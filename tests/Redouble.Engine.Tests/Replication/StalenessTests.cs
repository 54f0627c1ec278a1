using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>replica-max-staleness-ms: old data is refused, and nothing else is.</summary>
public sealed class StalenessTests : IDisposable
{
    private const string Unknown = "-MASTERDOWN The age of this replica's data is not known, and 'replica-max-staleness-ms' is set to 1000.|";
    private readonly FollowingNode _node = new("replica-max-staleness-ms 1000");

    public void Dispose() => _node.Dispose();

    private static string Old(int ageMs) => $"-MASTERDOWN This replica's data is {ageMs} ms old, and 'replica-max-staleness-ms' is set to 1000.|";

    private void Begin()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(3));
        _node.OpenProbe();
    }

    [Fact]
    public void Reads_are_refused_until_the_age_is_known_and_when_it_is_too_great()
    {
        Begin();
        Assert.Equal(Unknown, _node.Do("GET key:1"));
        _node.TellOffset(1000);
        Assert.Equal("$5|value|", _node.Do("GET key:1"));
        _node.Engine.Clock.Advance(1000);
        Assert.Equal("$5|value|", _node.Do("GET key:1"));
        _node.Engine.Clock.Advance(1);
        foreach (var read in (string[])["GET key:1", "MGET key:1", "EXISTS key:1", "DBSIZE", "SCAN 0", "KEYS *", "TTL key:1", "XREAD STREAMS s 0", "RANDOMKEY"])
            Assert.Equal(Old(1001), _node.Do(read));
        Assert.Equal("10", _node.Info()["redouble_stale_reads_refused"]);
    }

    [Fact]
    public void Administration_goes_on_and_so_does_the_stream()
    {
        Begin();
        foreach (var command in (string[])["PING", "INFO", "ROLE", "CONFIG GET replica-max-staleness-ms", "CLIENT LIST", "COMMAND COUNT", "TIME", "SELECT 0",
            "SUBSCRIBE c", "UNSUBSCRIBE c", "LASTSAVE", "SLOWLOG LEN", "MULTI", "DISCARD", "WATCH key:1", "ECHO x"])
            Assert.DoesNotContain("MASTERDOWN", _node.Do(command), StringComparison.Ordinal);
        _node.Hear("*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$3\r\nnew\r\n");
        Assert.Equal("+OK|", _node.Do("CONFIG SET replica-max-staleness-ms 0"));
        Assert.Equal("$3|new|", _node.Do("GET key:1"));
    }

    [Fact]
    public void A_transaction_is_refused_when_it_reads_and_when_it_runs()
    {
        Begin();
        _node.Do("MULTI");
        Assert.Equal(Unknown, _node.Do("GET key:1"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.|", _node.Do("EXEC"));
        _node.TellOffset(1000);
        _node.Do("MULTI");
        Assert.Equal("+QUEUED|", _node.Do("GET key:1"));
        _node.Engine.Clock.Advance(5000);
        Assert.Equal("-EXECABORT Transaction discarded because of: " + Old(5000)[1..], _node.Do("EXEC"));
        _node.Do("MULTI");
        _node.Do("PING");
        Assert.Equal("*1|+PONG|", _node.Do("EXEC"));
    }

    [Fact]
    public void A_writable_replica_does_not_answer_with_old_values_either()
    {
        Begin();
        _node.Do("CONFIG SET replica-read-only no");
        Assert.Equal(Unknown, _node.Do("GETSET key:1 x"));
        Assert.Equal(Unknown, _node.Do("INCR n"));
        _node.TellOffset(1000);
        Assert.Equal("$5|value|", _node.Do("GETSET key:1 x"));
    }

    [Fact]
    public void A_primary_is_never_stale()
    {
        Assert.Equal("$-1|", _node.Do("GET key:1"));
        Begin();
        Assert.Equal("+OK|", _node.Do("REPLICAOF NO ONE"));
        Assert.Equal("$5|value|", _node.Do("GET key:1"));
    }

    [Fact]
    public void While_a_data_set_is_loaded_that_is_what_is_said()
    {
        Begin();
        _node.Engine.Node.IsLoading = true;
        Assert.Equal("-LOADING Redis is loading the dataset in memory|", _node.Do("GET key:1"));
        _node.Engine.Node.IsLoading = false;
    }

    /// <summary>In place, what is there is flushed before a payload turns out to be damaged. How old it was says nothing about what is left.</summary>
    [Fact]
    public void Of_a_data_set_that_is_gone_no_age_is_known()
    {
        Assert.Equal("+OK|", _node.Do("CONFIG SET repl-diskless-load on-empty-db"));
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        _node.OpenProbe();
        _node.TellOffset(1000);
        Assert.Equal("$-1|", _node.Do("GET key:1"));
        _node.Link.OnClosed(_node.Engine.Clock.MonotonicMicroseconds, "cut");
        var damaged = FollowingNode.Rdb(3);
        damaged[^1] ^= 1; // of the checksum
        _node.FullSync(FollowingNode.IdA, damaged, offset: 2000);
        Assert.False(_node.Link.IsUp);
        Assert.Equal(Unknown, _node.Do("GET key:1"));
        _node.TellOffset(1000);
        Assert.Equal(Unknown, _node.Do("GET key:1"));
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(3), offset: 2000);
        _node.Turn();
        _node.TellOffset(2000);
        Assert.Equal("$5|value|", _node.Do("GET key:1"));
    }

    [Fact]
    public void Info_tells_the_age_and_how_far_the_primary_is()
    {
        Begin();
        _node.TellOffset(1400);
        _node.Engine.Clock.Advance(20);
        var info = _node.Info();
        Assert.Equal(("-1", ""), (info["redouble_staleness_ms"], info["redouble_staleness_error"]));
        Assert.Equal(("1400", "400"), (info["redouble_primary_offset"], info["redouble_bytes_behind"]));
        _node.Hear("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$372\r\n" + new string('v', 372) + "\r\n");
        info = _node.Info();
        Assert.Equal("1400", info["slave_repl_offset"]);
        Assert.Equal(("20", "0", "0"), (info["redouble_staleness_ms"], info["redouble_bytes_behind"], info["redouble_catch_up_ms"]));
        _node.Hear("*1\r\n$4\r\nPING\r\n");
        Assert.Equal("1414", _node.Info()["redouble_primary_offset"]); // told or not, it must be there by now
    }

    [Fact]
    public void Without_a_bound_or_a_period_nobody_is_asked()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        for (var i = 0; i < 20; i++) node.Turn(500);
        Assert.Empty(node.Engine.Conversations);
        Assert.Equal("$5|value|", node.Do("GET key:0"));
        Assert.Equal("+OK|", node.Do("CONFIG SET replica-max-staleness-ms 100"));
        node.Turn(1);
        node.Turn(1);
        Assert.Single(node.Engine.Conversations);
    }
}
