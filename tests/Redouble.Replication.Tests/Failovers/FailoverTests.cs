using Redouble.Replication.Failovers;
using Redouble.Replication.Replica;
using Redouble.Replication.Tests.Replica;

namespace Redouble.Replication.Tests.Failovers;

public sealed class FailoverTests : IDisposable
{
    private static readonly FailoverRequest Any = new(null, 0, false, 0);

    private readonly FailoverFixture _fixture = new();

    private Failover Failover => _fixture.Failover;

    private List<string> Events => _fixture.Events;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void TheFirstReplicaInSyncIsTaken()
    {
        var late = _fixture.Attach(7001);
        var early = _fixture.Attach(7002);
        _fixture.Write("x");
        Assert.Null(Failover.Begin(Any, 0));
        _fixture.After(0.1);
        Assert.Equal("waiting-for-sync", Failover.StateName);
        _fixture.Acknowledge(early);
        _fixture.After(0.1);
        _fixture.Acknowledge(late);
        Assert.Equal("failover-in-progress", Failover.StateName);
        Assert.Equal(
            ["FAILOVER requested to any replica.", "pause", "Failover target 127.0.0.1:7002 is synced, failing over.", "follow 127.0.0.1:7002"], Events);
        Assert.Equal($"PSYNC $40 {_fixture.Node.History.Identity.Id} $4 1002 $8 FAILOVER ", _fixture.Handshake());
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n");
        Assert.Equal("no-failover", Failover.StateName);
        Assert.Equal("resume", Events[^1]);
        Assert.True(_fixture.Node.Primary.IsUp);
        Assert.Equal(LinkFixture.IdB, _fixture.Node.History.Identity.Id.ToString());
    }

    [Fact]
    public void AFullSyncIsAnAnswerToo()
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdB} 7\r\n");
        Assert.False(Failover.IsActive);
        Assert.Equal("resume", Events[^1]);
    }

    [Theory]
    [InlineData("-ERR PSYNC FAILOVER replid must match my replid.")]
    [InlineData("-NOMASTERLINK Can't SYNC while not connected with my master")]
    [InlineData("-NOPERM this user has no permissions to run the 'psync' command")]
    [InlineData("-ERR PSYNC FAILOVER can't be sent to a master.")]
    public void ARefusalMakesThePrimaryOneAgainUnderANewName(string refusal)
    {
        _fixture.Attach(7001);
        var id = _fixture.Node.History.Identity.Id;
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        _fixture.Receive(refusal + "\r\n");
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Failover target rejected psync request", "primary", "resume"], Events[^3..]);
        Assert.False(_fixture.Node.IsReplica);
        Assert.Equal(PrimaryLinkState.None, _fixture.Node.Primary.State);
        Assert.Equal(id, _fixture.Node.History.Identity.SecondId);
        Assert.Equal(1001, _fixture.Node.History.Identity.SecondOffset);
    }

    /// <summary>At offset 0 it looked as if it had acknowledged all there is.</summary>
    [Fact]
    public void WhoHasAcknowledgedNothingIsNotInSync()
    {
        _fixture.Node.Log.Create(0);
        var link = _fixture.Attach(7001, acknowledges: false);
        Failover.Begin(Any, 0);
        _fixture.After(0.1);
        Assert.Equal("waiting-for-sync", Failover.StateName);
        _fixture.Acknowledge(link);
        _fixture.After(0.1);
        Assert.Equal("failover-in-progress", Failover.StateName);
    }

    /// <summary>Whether the promotion had happened is not known then; to take it back would make two primaries.</summary>
    [Fact]
    public void AnAnswerThatIsLostIsAskedForAgain()
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        _fixture.Node.Primary.OnClosed(_fixture.Now, "reset");
        Assert.Equal(FailoverState.InProgress, Failover.State);
        Assert.Contains("FAILOVER", _fixture.Handshake());
        _fixture.Receive("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
        Assert.DoesNotContain("FAILOVER", _fixture.Asked());
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n");
        Assert.Equal((false, true), (Failover.IsActive, _fixture.Node.Primary.IsUp));
    }

    /// <summary>Found by the simulator: until the request is sent nobody can have been promoted by it, and writes should not wait for ever.</summary>
    [Fact]
    public void ATargetThatCannotBeReachedLeavesThePrimaryAsItWas()
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Node.Primary.OnClosed(_fixture.Now, "Connection refused");
        Assert.Equal(60_000_000, Failover.NextDeadline);
        _fixture.After(59.9);
        Assert.True(Failover.IsActive);
        _fixture.After(0.1);
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Failover target could not be reached", "primary", "resume"], Events[^3..]);
        Assert.False(_fixture.Node.IsReplica);
    }

    [Fact]
    public void ATargetThatWasAskedIsAskedUntilItAnswers()
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        Assert.Equal(long.MaxValue, Failover.NextDeadline);
        _fixture.Node.Primary.OnClosed(_fixture.Now, "reset");
        _fixture.After(1000);
        Assert.Equal(FailoverState.InProgress, Failover.State);
        Assert.Equal(long.MaxValue, Failover.NextDeadline);
    }

    /// <summary>Found by the simulator (seed 218): its link to this node had broken, and it waited for a primary with replica-serve-stale-data no.</summary>
    [Fact]
    public void ATargetWhoseLinkIsDownIsAskedAllTheSame()
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        const string down = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n";
        Assert.EndsWith("FAILOVER ", _fixture.Handshake(pong: down), StringComparison.Ordinal);
        _fixture.Receive(down); // a Redis does not take over then
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Failover target rejected psync request", "primary", "resume"], Events[^3..]);
    }

    /// <summary>It was in sync, and has come back since from an older file that carries the same name.</summary>
    [Theory]
    [InlineData("role:slave\r\nmaster_replid:{0}\r\nmaster_repl_offset:1000\r\n", "lost the last 1 bytes")]
    [InlineData("role:slave\r\nmaster_replid:" + LinkFixture.IdB + "\r\nmaster_repl_offset:5000\r\n", "lost the last 1002 bytes")]
    public void ATargetThatHasLostDataIsNotPromoted(string place, string why)
    {
        var link = _fixture.Attach(7001);
        _fixture.Write("x");
        _fixture.Acknowledge(link);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        Assert.Equal("", _fixture.Handshake(string.Format(null, place, _fixture.Node.History.Identity.Id)));
        Assert.Contains(_fixture.Host.Lines, line => line.Contains(why, StringComparison.Ordinal));
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Failover target rejected psync request", "primary", "resume"], Events[^3..]);
    }

    [Fact]
    public void ATargetThatLacksDataIsPromotedByForce()
    {
        _fixture.Attach(7001);
        _fixture.Write("x");
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 1500), 0);
        _fixture.After(1.5);
        var place = $"role:slave\r\nmaster_replid:{_fixture.Node.History.Identity.Id}\r\nmaster_repl_offset:1000\r\n";
        Assert.EndsWith("FAILOVER ", _fixture.Handshake(place), StringComparison.Ordinal);
    }

    /// <summary>
    /// Before it is promoted, whoever is forced to take over tells only what it has by then, and not where its own history begins: that had come to be no
    /// known point, and writes that another replica had were lost without a report.
    /// </summary>
    [Theory]
    [InlineData("+FULLRESYNC " + LinkFixture.IdB + " 1000")]
    [InlineData("+DUALCHANNELSYNC")]
    [InlineData("")] // it was accepted, and its snapshot is still to begin
    public void WhoLacksDataIsAskedAgainWhereItTookOver(string answer)
    {
        _fixture.Node.Settings.DualChannel = true;
        var late = _fixture.Attach(7001);
        var early = _fixture.Attach(7002);
        _fixture.Write("lost");
        _fixture.Acknowledge(early);
        var id = _fixture.Node.History.Identity.Id;
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 1500), 0);
        _fixture.After(1.5);
        Assert.EndsWith("FAILOVER ", _fixture.Handshake($"role:slave\r\nmaster_replid:{id}\r\nmaster_repl_offset:1000\r\n"), StringComparison.Ordinal);
        late.OnClosed();
        _fixture.Receive(answer + "\r\n");
        Assert.Equal("resume", Events[^1]);
        Assert.Equal((true, false), (_fixture.Node.IsReplica, Failover.IsActive));
        var place = $"role:master\r\nmaster_replid:{LinkFixture.IdB}\r\nmaster_repl_offset:1000\r\nmaster_replid2:{id}\r\nsecond_repl_offset:1003\r\n";
        Assert.Equal($"PSYNC $40 {id} $4 1005 ", _fixture.Handshake(place));
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdB} 1000\r\n");
        Assert.Equal(new Parting(1002, ""), _fixture.Node.Primary.Parting);
    }

    /// <summary>What was in the log when a failover was forced was freed while the new primary prepared its snapshot.</summary>
    [Fact]
    public void WhatIsToBeSavedIsKeptAlthoughAReplicaHasIt()
    {
        _fixture.Node.Log.BacklogSize = 1000;
        var late = _fixture.Attach(7001);
        var early = _fixture.Attach(7002);
        for (var i = 0; i < 100; i++) _fixture.Node.Log.Append(new byte[10_000]); // which nobody reads, and so all is held
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 1500), 0);
        _fixture.After(1.5);
        Assert.Equal("failover-in-progress", Failover.StateName);
        late.OnClosed();
        _fixture.Acknowledge(early); // and reads it
        for (var i = 0; i < 10; i++) _fixture.Node.Sample(_fixture.Now);
        Assert.Equal(1001, _fixture.Node.Log.FirstOffset);
        _fixture.Handshake();
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n"); // it has all
        for (var i = 0; i < 10; i++) _fixture.Node.Sample(_fixture.Now);
        Assert.True(_fixture.Node.Log.HistoryLength < 100_000);
    }

    /// <summary>What a primary tells of itself shows whether it has become one by the request whose answer was lost.</summary>
    [Theory]
    [InlineData(1001, true)]
    [InlineData(1002, true)]
    [InlineData(0, false)]
    public void APrimaryOfAnotherHistoryHasNotTakenOver(long secondOffset, bool hasTakenOver)
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        _fixture.Node.Primary.OnClosed(_fixture.Now, "reset");
        var second = secondOffset > 0 ? $"master_replid2:{_fixture.Node.History.Identity.Id}\r\nsecond_repl_offset:{secondOffset}\r\n" : "";
        var asked = _fixture.Handshake($"role:master\r\nmaster_replid:{LinkFixture.IdB}\r\nmaster_repl_offset:2000\r\n{second}");
        if (hasTakenOver) _fixture.Receive("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
        Assert.Equal(hasTakenOver, asked.Length > 0);
        Assert.False(Failover.IsActive);
        Assert.Equal(hasTakenOver, _fixture.Node.IsReplica);
    }

    /// <summary>One that is forced need not have everything; a primary without this history was taken for it, and its data set replaced the one here.</summary>
    [Theory]
    [InlineData(1001, true)]
    [InlineData(0, false)]
    public void NorHasItByForce(long secondOffset, bool hasTakenOver)
    {
        var id = _fixture.Node.History.Identity.Id;
        _fixture.Attach(7001, acknowledges: false);
        _fixture.Write("data");
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 1500), 0);
        _fixture.After(1.5);
        _fixture.Handshake($"role:slave\r\nmaster_replid:{id}\r\nmaster_repl_offset:1000\r\n");
        _fixture.Node.Primary.OnClosed(_fixture.Now, "reset");
        var second = secondOffset > 0 ? $"master_replid2:{id}\r\nsecond_repl_offset:{secondOffset}\r\n" : "";
        var asked = _fixture.Handshake($"role:master\r\nmaster_replid:{LinkFixture.IdB}\r\nmaster_repl_offset:0\r\n{second}");
        Assert.EndsWith("FAILOVER ", asked, StringComparison.Ordinal);
        _fixture.Receive("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
        Assert.Equal((false, hasTakenOver), (Failover.IsActive, _fixture.Node.IsReplica));
    }

    /// <summary>Who may not ask for INFO was told by any primary that it had taken over. One that goes on from here has.</summary>
    [Theory]
    [InlineData("+CONTINUE bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", true)]
    [InlineData("+FULLRESYNC bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 0", false)]
    [InlineData("-LOADING", false)]
    public void APrimaryThatDoesNotTellWhereItStandsHasTakenOverIfItGoesOn(string answer, bool hasTakenOver)
    {
        _fixture.Attach(7001);
        Failover.Begin(Any, 0);
        _fixture.After(0);
        _fixture.Handshake();
        _fixture.Node.Primary.OnClosed(_fixture.Now, "reset");
        Assert.EndsWith("FAILOVER ", _fixture.Handshake(), StringComparison.Ordinal);
        _fixture.Receive("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
        Assert.True(Failover.IsActive);
        Assert.Equal($"PSYNC $40 {_fixture.Node.History.Identity.Id} $4 1001 ", _fixture.Asked());
        _fixture.Receive(answer + "\r\n");
        Assert.Equal((false, hasTakenOver, hasTakenOver), (Failover.IsActive, _fixture.Node.IsReplica, _fixture.Node.Primary.IsUp));
    }

    [Fact]
    public void TimeoutEndsIt()
    {
        _fixture.Attach(7001, acknowledges: false);
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, false, 1500), 0);
        Assert.Equal(1_500_000, Failover.NextDeadline);
        _fixture.After(1.4);
        Assert.True(Failover.IsActive);
        _fixture.After(0.1);
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Replica never caught up before timeout", "resume"], Events[^2..]);
        Assert.False(_fixture.Node.IsReplica);
    }

    [Fact]
    public void TimeoutWithForceGoesOn()
    {
        _fixture.Attach(7001, acknowledges: false);
        Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 1500), 0);
        _fixture.After(1.5);
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 time out exceeded, failing over.", "follow 127.0.0.1:7001"], Events[^2..]);
        Assert.Null(Failover.Abort());
        Assert.Equal(["FAILOVER to 127.0.0.1:7001 aborted: Failover manually aborted", "primary", "resume"], Events[^3..]);
    }

    [Fact]
    public void ATimeoutBeyondAllTimeIsNone()
    {
        _fixture.Attach(7001, acknowledges: false);
        Failover.Begin(new FailoverRequest(null, 0, false, long.MaxValue), 5);
        Assert.Equal(long.MaxValue, Failover.NextDeadline);
    }

    [Fact]
    public void WhatCannotBeDoneIsRefused()
    {
        Assert.Equal("ERR FAILOVER requires connected replicas.", Failover.Begin(Any, 0));
        Assert.Equal("ERR No failover in progress.", Failover.Abort());
        _fixture.Attach(7001, acknowledges: false);
        Assert.Equal(
            "ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
            Failover.Begin(new FailoverRequest("127.0.0.1", 7001, true, 0), 0));
        Assert.Equal("ERR FAILOVER target HOST and PORT is not a replica.", Failover.Begin(new FailoverRequest("127.0.0.1", 7002, false, 0), 0));
        var waiting = _fixture.Node.Replicas.CreateLink("127.0.0.1");
        _fixture.Say(waiting, "REPLCONF", "listening-port", "7003", "capa", "eof");
        _fixture.Say(waiting, "PSYNC", "?", "-1");
        Assert.Equal("ERR FAILOVER target replica is not online.", Failover.Begin(new FailoverRequest("127.0.0.1", 7003, false, 0), 0));
        waiting.OnClosed();
        Assert.Empty(Events);
        Assert.Null(Failover.Begin(Any, 0));
        Assert.Equal("ERR FAILOVER already in progress.", Failover.Begin(Any, 0));
    }
}
