using System.Globalization;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Replication;

/// <summary>A replica is made a primary before all that has come is applied. A look at the clock costs 0.1 ms.</summary>
public sealed class PromotionsTests
{
    private const int Units = 700;
    private const string Increment = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";

#if GUARDED
    private const int Limit = 64 << 20; // what was freed is kept for a while
#else
    private const int Limit = 32 << 20;
#endif

    /// <summary>What a slice had left was lost although it had come; then it was all applied in one turn, however long, and nobody was served.</summary>
    [Theory]
    [InlineData("REPLICAOF NO ONE")]
    [InlineData("slaveof no one")]
    [InlineData("MULTI", "SLAVEOF NO ONE", "CONFIG SET repl-timeout 61", "EXEC")] // a Sentinel's
    public void What_has_come_is_applied_first_in_slices(params string[] commands)
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        foreach (var command in commands) Assert.DoesNotContain("-", node.Engine.Do(command, asking), StringComparison.Ordinal);
        node.Engine.Feed(asking, EngineNode.Encode("ECHO", "behind"));
        Assert.True(node.Engine.Node.IsReplica);
        Assert.Equal("+PONG|", node.Do("PING"));
        Assert.InRange(TurnsUntilPrimary(node), 3, Units);
        Assert.EndsWith("+OK|$6|behind|", node.Engine.Take(asking), StringComparison.Ordinal);
        Assert.Equal(Text(Units), node.Do("GET n"));
    }

    /// <summary>A primary that forces one that is behind to take over lost what had come there.</summary>
    [Fact]
    public void A_failover_waits_too()
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        Assert.Equal("", node.Engine.Do($"PSYNC {FollowingNode.IdA} 1 failover", asking));
        Assert.InRange(TurnsUntilPrimary(node), 3, Units);
        Assert.Equal(Text(Units), node.Do("GET n"));
        Assert.Equal(FollowingNode.IdA, node.Info()["master_replid2"]);
        Assert.True(((ReplicaLink)asking.ReplicaLink!).IsReplica);
    }

    /// <summary>It may have taken the failover back, and be a primary again. If not, it asks again.</summary>
    [Fact]
    public void A_failover_is_not_done_for_who_has_gone()
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        Assert.Equal("", node.Engine.Do($"PSYNC {FollowingNode.IdA} 1 FAILOVER", asking));
        node.Engine.Node.RemoveSession(asking);
        Assert.Null(node.Engine.Node.Sessions.FindById(asking.Id));
        while (node.Link.HasWork) Turn(node);
        for (var i = 0; i < 10; i++) Turn(node);
        Assert.True(node.Engine.Node.IsReplica);
    }

    /// <summary>A Sentinel closes a connection whose PINGs are not answered.</summary>
    [Fact]
    public void Who_has_asked_need_not_stay()
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", asking));
        node.Engine.Node.RemoveSession(asking);
        Assert.InRange(TurnsUntilPrimary(node), 3, Units);
        Assert.Equal(Text(Units), node.Do("GET n"));
    }

    /// <summary>A transaction that could only have been refused, or perhaps, once made a primary of the node when its client had gone.</summary>
    [Theory]
    [InlineData("-EXECABORT", "MULTI", "REPLICAOF NO ONE", "GET")]
    [InlineData("", "WATCH n", "MULTI", "REPLICAOF NO ONE")]
    public void An_exec_that_may_be_refused_is_not_done_for_who_has_gone(string answer, params string[] commands)
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        foreach (var command in commands) node.Engine.Do(command, asking);
        Assert.StartsWith(answer, node.Engine.Do("EXEC", asking), StringComparison.Ordinal);
        node.Engine.Node.RemoveSession(asking);
        while (node.Link.HasWork) Turn(node);
        for (var i = 0; i < 10; i++) Turn(node);
        Assert.True(node.Engine.Node.IsReplica);
    }

    /// <summary>Of a Sentinel's transaction only the promotion was done: the file still said "replicaof", and clients stayed that were to be closed.</summary>
    [Theory]
    [InlineData("MULTI", "SET own 1", "SLAVEOF NO ONE", "CONFIG SET repl-timeout 61", "CLIENT KILL TYPE normal", "EXEC")]
    [InlineData("WATCH own", "MULTI", "SET own 1", "SLAVEOF NO ONE", "CONFIG SET repl-timeout 61", "CLIENT KILL TYPE normal", "EXEC")]
    [InlineData("REPLICAOF NO ONE", "SET own 1", "CONFIG SET repl-timeout 61", "CLIENT KILL TYPE normal")]
    public void All_that_who_has_gone_had_sent_is_done(params string[] commands)
    {
        using var node = Behind();
        node.Do("CONFIG SET replica-read-only no");
        var (asking, other) = (node.Engine.Connect(), node.Engine.Connect());
        var sessions = node.Engine.Node.Sessions.Count;
        foreach (var command in commands) node.Engine.Do(command, asking);
        node.Engine.Node.RemoveSession(asking);
        TurnsUntilPrimary(node);
        Assert.True(other.Has(SessionFlags.CloseAsap));
        Assert.Equal(sessions - 1, node.Engine.Node.Sessions.Count);
        Assert.Null(node.Engine.Node.Sessions.Find(asking.Handle));
        var asked = node.Engine.Connect();
        Assert.Equal("*2|$12|repl-timeout|$2|61|", node.Engine.Do("CONFIG GET repl-timeout", asked));
        Assert.Equal("$1|1|", node.Engine.Do("GET own", asked));
        Assert.Equal(Text(Units), node.Engine.Do("GET n", asked));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_is_killed_or_evicted_while_it_waits_had_asked_before(bool isEvicted)
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", asking));
        if (isEvicted) node.Engine.Node.Clients.CloseAndFree(asking);
        else Assert.Equal(":1|", node.Do($"CLIENT KILL ID {asking.Id}"));
        TurnsUntilPrimary(node);
        Assert.True(asking.Has(SessionFlags.CloseAsap));
        Assert.Equal(Text(Units), node.Do("GET n"));
        node.Engine.Node.RemoveSession(asking);
        Assert.Null(node.Engine.Node.Sessions.FindById(asking.Id));
    }

    /// <summary>It was done behind the final save, in the turn that ends the process: under a name that no file has.</summary>
    [Theory]
    [InlineData("REPLICAOF NO ONE")]
    [InlineData("MULTI", "SLAVEOF NO ONE", "CONFIG SET repl-timeout 61", "EXEC")]
    public void Nothing_waits_beyond_the_end_of_the_process(params string[] commands)
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        foreach (var command in commands) node.Engine.Do(command, asking);
        node.Engine.Node.Shutdown.OnSignal(interrupt: false);
        Assert.Equal(0, node.Engine.ExitStatus);
        Turn(node);
        Assert.True(node.Engine.Node.IsReplica);
        Assert.Equal(FollowingNode.IdA, node.Engine.Node.Replication.Protocol.History.Identity.Id.ToString());
        Assert.True(asking.Has(SessionFlags.CloseAsap));
    }

    /// <summary>A process that ends gives everything back.</summary>
    [Fact]
    public void A_second_removal_does_not_wait()
    {
        using var node = Behind();
        var asking = node.Engine.Connect();
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", asking));
        node.Engine.Node.RemoveSession(asking);
        Assert.NotNull(node.Engine.Node.Sessions.FindById(asking.Id));
        node.Engine.Node.RemoveSession(asking);
        Assert.Null(node.Engine.Node.Sessions.FindById(asking.Id));
        while (node.Link.HasWork) Turn(node);
        Assert.True(node.Engine.Node.IsReplica);
    }

    /// <summary>A promotion that waited overtook it: the last word was to follow, and the node was a primary.</summary>
    [Theory]
    [InlineData(false, "REPLICAOF another 6379")]
    [InlineData(true, "REPLICAOF another 6379")]
    [InlineData(false, "MULTI", "SLAVEOF another 6379", "EXEC")]
    [InlineData(true, "MULTI", "SLAVEOF another 6379", "EXEC")]
    public void Who_follows_another_later_has_the_last_word(bool areGone, params string[] commands)
    {
        using var node = Behind();
        var (first, second) = (node.Engine.Connect(), node.Engine.Connect());
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", first));
        if (areGone) node.Engine.Node.RemoveSession(first);
        foreach (var command in commands) node.Engine.Do(command, second);
        if (areGone) node.Engine.Node.RemoveSession(second);
        while (node.Link.HasWork) Turn(node);
        for (var i = 0; i < 10; i++) Turn(node);
        Assert.Equal("another", node.Info()["master_host"]);
        Assert.Equal(Text(Units), node.Do("GET n"));
        if (areGone) return;
        Assert.Equal("+OK|", node.Engine.Take(first));
        Assert.EndsWith("+OK|", node.Engine.Take(second), StringComparison.Ordinal);
    }

    /// <summary>A primary that lives writes on: what comes after the request is not waited for.</summary>
    [Fact]
    public void What_comes_later_is_not_waited_for()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Engine.Clock.MicrosecondsPerRead = 100;
        var stream = string.Concat(Enumerable.Repeat(Increment, Units));
        node.Do("CLIENT PAUSE 1000 WRITE");
        node.Hear("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + stream);
        node.Turn(2000);
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", node.Engine.Connect()));
        for (var i = 0; node.Engine.Node.IsReplica; i++)
        {
            Assert.InRange(i, 0, 1000);
            Assert.True(node.Link.HasWork);
            node.Hear(stream);
            Turn(node);
        }

        Assert.InRange(int.Parse(node.Do("GET n").Split('|')[1], CultureInfo.InvariantCulture), Units, 2 * Units);
    }

    /// <summary>It was applied whatever memory there was, and the process that may be the only copy ended.</summary>
    [Fact]
    public void What_there_is_no_memory_for_is_given_up()
    {
        const int keys = 2000;
        using var node = new FollowingNode(Limit);
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Engine.Clock.MicrosecondsPerRead = 100;
        node.Do("CLIENT PAUSE 1000 WRITE");
        node.Hear(EngineNode.Encode("SELECT", "0"));
        for (var i = 0; i < keys; i++) node.Hear(EngineNode.Encode("SETRANGE", $"key:{i}", "99999", "x"));
        node.Turn(2000);
        Assert.Equal("", node.Engine.Do("REPLICAOF NO ONE", node.Engine.Connect()));
        TurnsUntilPrimary(node);
        Assert.InRange(int.Parse(node.Do("DBSIZE")[1..^1], CultureInfo.InvariantCulture), 100, keys - 1);
        Assert.Contains(node.Engine.LogLines, static line => line.EndsWith(" are given up: they could not be applied", StringComparison.Ordinal));
    }

    /// <summary>During CLIENT PAUSE the primary died: what had come was lost although it was here.</summary>
    [Fact]
    public void What_came_during_a_pause_is_applied_after_it_though_the_primary_is_gone()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Do("CLIENT PAUSE 5000 WRITE");
        node.Hear(string.Concat(Enumerable.Repeat(Increment, Units)));
        Assert.Equal("up", node.Info()["master_link_status"]);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "gone");
        node.Turn(3000);
        Assert.Equal(("down", "3"), (node.Info()["master_link_status"], node.Info()["master_link_down_since_seconds"]));
        Assert.Equal("$-1|", node.Do("GET n"));
        node.Turn(3000);
        while (node.Link.HasWork) Turn(node);
        Assert.Equal(Text(Units), node.Do("GET n"));
        Assert.False(node.Link.IsUp);
    }

    // With more at hand than a turn has time for, and half a command.
    private static FollowingNode Behind()
    {
        var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Engine.Clock.MicrosecondsPerRead = 100;
        node.Turn();
        node.Hear("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + string.Concat(Enumerable.Repeat(Increment, Units)) + Increment[..9]);
        Assert.True(node.Link.HasWork);
        return node;
    }

    private static int TurnsUntilPrimary(FollowingNode node)
    {
        var turns = 0;
        for (; node.Engine.Node.IsReplica; turns++)
        {
            Assert.InRange(turns, 0, 10_000);
            Turn(node);
        }

        return turns;
    }

    private static void Turn(FollowingNode node)
    {
        node.Turn();
        node.Engine.Node.ResumeUnblocked();
        node.Engine.Node.FeedReplicas();
    }

    private static string Text(int number) => string.Create(CultureInfo.InvariantCulture, $"${number.ToString(CultureInfo.InvariantCulture).Length}|{number}|");
}
