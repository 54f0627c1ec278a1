using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Tests.Replication;

/// <summary>replica-refuse-empty-primary: a primary that came back with nothing does not wipe its replica.</summary>
public sealed class EmptyPrimaryGuardTests : IDisposable
{
    private readonly FollowingNode _node = new("replica-refuse-empty-primary yes", "replica-freshness-period-ms 0");

    public void Dispose() => _node.Dispose();

    private void BreakLink(FollowingNode node)
    {
        node.Turn(2000);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "connection closed by the primary");
    }

    [Fact]
    public void By_default_the_data_is_replaced_as_in_Redis()
    {
        using var node = new FollowingNode();
        Assert.Equal("*2|$28|replica-refuse-empty-primary|$2|no|", node.Do("CONFIG GET replica-refuse-empty-primary"));
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(5));
        BreakLink(node);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.True(node.Link.IsUp);
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void An_empty_primary_with_another_history_is_refused_until_it_is_forced()
    {
        Refuse();
        Assert.False(_node.Link.IsUp);
        Assert.Equal(":5|", _node.Do("DBSIZE"));
        var info = _node.Info();
        Assert.Equal("1", info["redouble_empty_primary_refused"]);
        Assert.Equal(
            "full sync, load: The primary is empty, under a replication ID unrelated to this server's: its data set is refused, the 5 keys here are kept "
            + "(replica-refuse-empty-primary). REPLICAOF again to replace them.", info["master_link_last_error"]);
        Assert.Equal(FollowingNode.IdA, info["master_replid"]); // still what it was
        Assert.Contains(_node.Engine.LogLines, line => line.StartsWith("The primary is empty", StringComparison.Ordinal));

        // The same lost history does not become good because somebody has written to it meanwhile.
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2));
        Assert.Equal(":5|", _node.Do("DBSIZE"));
        Assert.Contains("started again without data", _node.Info()["master_link_last_error"], StringComparison.Ordinal);

        Assert.Equal("+OK|", _node.Do("REPLICAOF PRIMARY 6379"));
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.True(_node.Link.IsUp);
        Assert.Equal(":0|", _node.Do("DBSIZE"));
        Assert.Equal("0", _node.Info()["redouble_empty_primary_refused"]);
        Assert.StartsWith("+OK Already connected", _node.Do("REPLICAOF primary 6379"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_loaded_beside_the_data_is_not_exchanged_for_nothing()
    {
        using var node = new FollowingNode("replica-refuse-empty-primary yes", "replica-freshness-period-ms 0", "repl-diskless-load swapdb");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(5));
        Assert.Contains("MASTER <-> REPLICA sync: Swapping active DB with loaded DB", node.Engine.LogLines);
        BreakLink(node);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.False(node.Link.IsUp);
        Assert.Equal(":5|", node.Do("DBSIZE"));
        var info = node.Info();
        Assert.Equal(("1", FollowingNode.IdA), (info["redouble_empty_primary_refused"], info["master_replid"]));
        Assert.Contains("The primary is empty", info["master_link_last_error"], StringComparison.Ordinal);
        Assert.Contains("loading:0|", node.Do("INFO persistence"), StringComparison.Ordinal);

        Assert.Equal("+OK|", node.Do("REPLICAOF PRIMARY 6379"));
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.True(node.Link.IsUp);
        Assert.Equal(":0|", node.Do("DBSIZE"));
        Assert.Equal("0", node.Info()["redouble_empty_primary_refused"]);
    }

    /// <summary>
    /// With the replica's data gone meanwhile the payload was loaded as it came, and its own keys counted as those to be kept: refused for ever, and the
    /// append-only file was off.
    /// </summary>
    [Fact]
    public void Where_no_data_is_left_nothing_is_refused()
    {
        using var node = new FollowingNode(
            "replica-refuse-empty-primary yes", "replica-freshness-period-ms 0", "repl-diskless-load on-empty-db", "replica-read-only no", "appendonly yes");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(5));
        BreakLink(node);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal(("1", ":5|"), (node.Info()["redouble_empty_primary_refused"], node.Do("DBSIZE")));
        Assert.Equal("+OK|", node.Do("FLUSHALL"));
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2));
        Assert.True(node.Link.IsUp);
        Assert.Equal(("0", ":2|"), (node.Info()["redouble_empty_primary_refused"], node.Do("DBSIZE")));
        Assert.NotEqual(AppendOnlyState.Off, node.Engine.Node.AppendOnly.State);
    }

    /// <summary>A load of files is no stream of a primary, though it is applied like one.</summary>
    [Fact]
    public void A_load_of_the_append_only_file_does_not_end_it()
    {
        using var node = AofReplicaTests.Following("replica-refuse-empty-primary yes", "replica-freshness-period-ms 0", "enable-debug-command yes");
        BreakLink(node);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal("1", node.Info()["redouble_empty_primary_refused"]);
        Assert.Equal("+OK|", node.Do("DEBUG LOADAOF"));
        Assert.Equal(("1", ":1|"), (node.Info()["redouble_empty_primary_refused"], node.Do("DBSIZE")));
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2)); // of the same lost history
        Assert.Equal(":1|", node.Do("DBSIZE"));
    }

    /// <summary>The primary was started with its data after all: what was refused of it is over.</summary>
    [Fact]
    public void A_link_that_goes_on_ends_it()
    {
        Refuse();
        _node.Engine.Clock.MonotonicMicroseconds = Math.Max(_node.Engine.Clock.MonotonicMicroseconds, _node.Link.NextDeadline);
        _node.Turn();
        _node.Link.OnConnected(_node.Engine.Clock.MonotonicMicroseconds);
        _node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        if (_node.Link.State == PrimaryLinkState.PlaceReply) _node.Hear(FollowingNode.Place(FollowingNode.IdA, 1000, null));
        _node.Hear("+CONTINUE\r\n");
        Assert.True(_node.Link.IsUp);
        Assert.Equal("0", _node.Info()["redouble_empty_primary_refused"]);
        Assert.StartsWith("+OK Already connected", _node.Do("REPLICAOF primary 6379"), StringComparison.Ordinal);
        BreakLink(_node);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal(":5|", _node.Do("DBSIZE"));
    }

    [Fact]
    public void Saying_it_twice_forces_too()
    {
        Refuse();
        Assert.Equal("+OK|", _node.Do("REPLICAOF primary 6379"));
        Assert.Equal("+OK|", _node.Do("REPLICAOF primary 6379"));
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal(":0|", _node.Do("DBSIZE"));
    }

    [Fact]
    public void Forcing_holds_for_one_data_set()
    {
        Refuse();
        _node.Do("REPLICAOF primary 6379");
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(3));
        Assert.Equal(":3|", _node.Do("DBSIZE"));
        BreakLink(_node);
        _node.FullSync(new string('c', 40), FollowingNode.Rdb(0));
        Assert.Equal(":3|", _node.Do("DBSIZE"));
        Assert.False(_node.Link.IsUp);
    }

    [Fact]
    public void The_same_history_may_be_empty_and_so_may_the_replica()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        Assert.True(_node.Link.IsUp);
        BreakLink(_node);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(5)); // another history with keys
        Assert.Equal(":5|", _node.Do("DBSIZE"));
        BreakLink(_node);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), offset: 5000); // FLUSHALL, and more than its backlog
        Assert.True(_node.Link.IsUp);
        Assert.Equal(":0|", _node.Do("DBSIZE"));
    }

    [Fact]
    public void Another_primary_or_none_ends_it()
    {
        Refuse();
        Assert.Equal("+OK|", _node.Do("REPLICAOF other 6379"));
        Assert.Equal("0", _node.Info()["redouble_empty_primary_refused"]);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0)); // another address: not forced
        Assert.Equal(":5|", _node.Do("DBSIZE"));
        _node.Do("REPLICAOF NO ONE");
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal(":5|", _node.Do("DBSIZE"));
        _node.Do("CONFIG SET replica-refuse-empty-primary no");
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.Equal(":0|", _node.Do("DBSIZE"));
    }

    /// <summary>A replica that was promoted, and flushed, was refused as unrelated although it had had all that is here.</summary>
    [Theory]
    [InlineData(1001, true)]
    [InlineData(1000, false)] // as one that was started again from an older file: what is here may be the last copy
    public void One_that_has_had_all_that_is_here_may_be_empty(long partsAt, bool isTaken)
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(5));
        BreakLink(_node);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), offset: 5000, former: (FollowingNode.IdA, partsAt));
        Assert.Equal((isTaken, isTaken ? ":0|" : ":5|"), (_node.Link.IsUp, _node.Do("DBSIZE")));
        if (isTaken) return;
        Assert.Equal(
            "full sync, load: The primary is empty, and has not had the last 1 bytes of data here: its data set is refused, the 5 keys here are kept "
            + "(replica-refuse-empty-primary). REPLICAOF again to replace them.", _node.Info()["master_link_last_error"]);
    }

    // It has five keys, and its primary comes back with none, under another name.
    private void Refuse()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(5));
        BreakLink(_node);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
    }
}
