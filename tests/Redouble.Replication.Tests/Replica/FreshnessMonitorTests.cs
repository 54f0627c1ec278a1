using Redouble.Replication.Replica;
using Redouble.Replication.Tests.Conversations;
using static Redouble.Replication.Tests.Conversations.Talk;

namespace Redouble.Replication.Tests.Replica;

/// <summary>How a replica finds out how old its data is: whom it asks, when, and what it makes of the answers.</summary>
public sealed class FreshnessMonitorTests : IDisposable
{
    private readonly LinkFixture _fixture = new();
    private readonly Talk _talk = new();
    private readonly FreshnessMonitor _monitor;

    public FreshnessMonitorTests()
    {
        _fixture.Settings.FreshnessPeriodMs = 1000;
        _monitor = new FreshnessMonitor(_fixture.Pool, _fixture.Settings, _fixture.History, _fixture.Link, _talk);
    }

    public void Dispose()
    {
        _fixture.Link.Stop(_fixture.Now);
        _monitor.OnTurn(_fixture.Now);
        _fixture.Dispose();
    }

    private long StalenessMs => _monitor.StalenessAt(_fixture.Now) is var staleness and >= 0 ? staleness / 1000 : -1;

    private void Turn(double seconds = 0)
    {
        _fixture.After(seconds);
        _monitor.OnTurn(_fixture.Now);
        if (_fixture.Now >= _monitor.NextDeadline) _monitor.OnTimer(_fixture.Now);
    }

    // A link that is up at offset 1000, and a probe with a question out.
    private void Begin()
    {
        _fixture.FullSync();
        Turn();
        Turn();
        Assert.Equal(("primary", 6379), (_talk.Last.Host, _talk.Last.Port));
        _talk.Last.OnConnected(_fixture.Now);
        Assert.Equal("CLIENT SETNAME redouble-freshness INFO replication", _talk.Said(_talk.Last));
        Hear(_talk.Last, "+OK\r\n", _fixture.Now);
    }

    private void IsConnectedTo(string host, int port, string nameReply = "+OK")
    {
        Assert.Equal((host, port), (_talk.Last.Host, _talk.Last.Port));
        _talk.Last.OnConnected(_fixture.Now);
        Hear(_talk.Last, nameReply + "\r\n", _fixture.Now);
    }

    // Who is above is of another history; the one below is asked again, 50 ms ago.
    private void MeetAStranger()
    {
        Turn();
        Turn();
        IsConnectedTo("top", 7777);
        Answer(5000, LinkFixture.IdB);
        Turn();
        Turn(1);
        Turn();
        IsConnectedTo("primary", 6379);
        _fixture.After(0.05);
    }

    private void Answer(long offset, string id = LinkFixture.IdA) =>
        Hear(_talk.Last, Bulk($"role:master\r\nmaster_replid:{id}\r\nmaster_repl_offset:{offset}"), _fixture.Now);

    private void AnswerAsReplica(long offset, string more = "", string id = LinkFixture.IdA) => Hear(_talk.Last, Bulk(
        $"role:slave\r\nmaster_host:top\r\nmaster_port:7777\r\nslave_repl_offset:{offset}\r\nmaster_replid:{id}\r\n{more}"), _fixture.Now);

    [Fact]
    public void NobodyIsAskedBeforeTheLinkWasUp()
    {
        _fixture.Handshake();
        for (var i = 0; i < 10; i++) Turn(0.5);
        Assert.Empty(_talk.Opened);
        Assert.Equal(-1, StalenessMs);
    }

    [Fact]
    public void StalenessGrowsUntilTheNextQuestionIsAnswered()
    {
        Begin();
        Assert.Equal(-1, StalenessMs);
        _fixture.After(0.02);
        Answer(1000);
        Assert.Equal(20, StalenessMs); // since it was asked, not since it was answered
        Turn(0.5);
        Assert.Equal("", _talk.Said(_talk.Last));
        Assert.Equal(520, StalenessMs);
        Turn(0.5);
        Assert.Equal("INFO replication", _talk.Said(_talk.Last));
        Turn(0.1);
        Answer(1000);
        Assert.Equal(100, StalenessMs);
        Assert.Single(_talk.Opened);
    }

    [Fact]
    public void AnOffsetThatIsNotAppliedDoesNotMakeFresh()
    {
        Begin();
        Answer(1000);
        Turn(1);
        Answer(1500);
        Turn(1);
        Assert.Equal(2000, StalenessMs);
        Assert.Equal(1500, _monitor.PrimaryOffset);
        _fixture.Receive(Wire.Command("SET", "k", new string('v', 472))); // 500 bytes
        Assert.Equal(1000, StalenessMs);
    }

    [Fact]
    public void AFrozenPrimaryAnswersLateAndTheAnswerCountsFromTheQuestion()
    {
        Begin();
        Answer(1000);
        Turn(1);
        for (var i = 0; i < 20; i++)
        {
            Turn(1);
            _fixture.Receive(Wire.Command("PING")); // the stream is alive: of no concern
        }

        Assert.Single(_talk.Opened);
        Assert.Equal(21_000, StalenessMs);
        Answer(1000);
        Assert.Equal(20_000, StalenessMs);
    }

    [Fact]
    public void ASilentPrimaryIsAskedOnANewConnectionAfterTheTimeout()
    {
        Begin();
        for (var i = 0; i < 64; i++)
        {
            Turn(1);
            _fixture.Receive(Wire.Command("PING"));
        }

        Assert.Equal(2, _talk.Opened.Count);
        Assert.True(_talk.Opened[0].IsOver);
        Assert.Equal("no answer within 60 s", _monitor.Error);
    }

    [Fact]
    public void OffsetsOfAnotherHistorySayNothing()
    {
        Begin();
        Answer(1000, LinkFixture.IdB);
        Assert.Equal(-1, StalenessMs);
        Assert.Equal("the primary's offsets are of another history", _monitor.Error);
        Turn(1);
        Answer(1000);
        Assert.Equal(0, StalenessMs);
        Assert.Null(_monitor.Error);
    }

    [Fact]
    public void AReplicaAboveLeadsToItsPrimary()
    {
        Begin();
        AnswerAsReplica(1000);
        Assert.True(_talk.Last.IsOver);
        Turn();
        Turn();
        IsConnectedTo("top", 7777, "-NOPERM no SETNAME");
        Answer(1000);
        Assert.Equal(0, StalenessMs);
    }

    [Fact]
    public void WhereThePrimaryOfTheChainIsOutOfReachARedoubleInTheMiddleIsBelieved()
    {
        Begin();
        AnswerAsReplica(1000, "redouble_staleness_ms:300");
        Turn();
        Turn();
        _talk.Last.OnFailed("No route to host", _fixture.Now);
        Turn();
        Assert.Equal("No route to host", _monitor.Error);
        Turn(1);
        Turn();
        IsConnectedTo("primary", 6379);
        _fixture.After(0.05);
        AnswerAsReplica(1000, "redouble_staleness_ms:300");
        Assert.False(_talk.Last.IsOver);
        Assert.Equal(350, StalenessMs);
        Assert.Null(_monitor.Error);
    }

    [Fact]
    public void ARedisInTheMiddleDoesNotKnowAndIsAskedAgain()
    {
        Begin();
        AnswerAsReplica(1000);
        Turn();
        Turn();
        _talk.Last.OnFailed("No route to host", _fixture.Now);
        Turn();
        Turn(1);
        Turn();
        _talk.Last.OnConnected(_fixture.Now);
        Hear(_talk.Last, "+OK\r\n", _fixture.Now);
        AnswerAsReplica(1000);
        Assert.Equal(-1, StalenessMs);
        Assert.Equal("No route to host", _monitor.Error);
        Turn(61);
        _fixture.Receive(Wire.Command("PING"), whileUp: true);
        AnswerAsReplica(1000);
        Assert.True(_talk.Last.IsOver); // up again
    }

    /// <summary>While a failover goes through a chain, its servers disagree for a moment: it is climbed anew, but not in a loop without a pause.</summary>
    [Fact]
    public void AChainThatHasChangedIsClimbedAnewAfterAPause()
    {
        Begin();
        AnswerAsReplica(1000);
        Turn();
        Turn();
        _talk.Last.OnConnected(_fixture.Now);
        Hear(_talk.Last, "+OK\r\n", _fixture.Now);
        Answer(1000, LinkFixture.IdB);
        Assert.True(_talk.Last.IsOver);
        Turn();
        Turn(0.9);
        Assert.Equal(2, _talk.Opened.Count);
        Assert.Equal("the primary's offsets are of another history", _monitor.Error);
        Turn(0.2);
        Assert.Equal(("primary", 6379), (_talk.Last.Host, _talk.Last.Port));
        Assert.Equal(3, _talk.Opened.Count);
    }

    /// <summary>The name of the primary above may mean another server here (127.0.0.1): its climb was begun anew for ever, and nothing was known.</summary>
    [Fact]
    public void WhereAnotherServerAnswersForThePrimaryOfTheChainARedoubleInTheMiddleIsBelieved()
    {
        Begin();
        AnswerAsReplica(1000, "redouble_staleness_ms:300");
        MeetAStranger();
        AnswerAsReplica(1000, "redouble_staleness_ms:300");
        Assert.False(_talk.Last.IsOver);
        Assert.Equal(350, StalenessMs);
        Assert.Null(_monitor.Error);
        Assert.Equal(3, _talk.Opened.Count);

        // A failover brings another name of the history, and may have brought another primary.
        _fixture.Link.OnClosed(_fixture.Now, "cut");
        _fixture.Handshake();
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n");
        Turn(1);
        AnswerAsReplica(1000, "redouble_staleness_ms:300", LinkFixture.IdB);
        Assert.True(_talk.Last.IsOver);
    }

    /// <summary>A Redis does not know how old its data is: above it, who is of another history now is asked again.</summary>
    [Fact]
    public void AboveARedisAnotherServerIsAskedAgain()
    {
        Begin();
        AnswerAsReplica(1000);
        MeetAStranger();
        AnswerAsReplica(1000);
        Assert.True(_talk.Last.IsOver);
        Turn();
        Turn();
        IsConnectedTo("top", 7777);
        Answer(1000);
        Assert.Equal(0, StalenessMs);
    }

    /// <summary>What it would have said took a block that nobody gave back.</summary>
    [Fact]
    public void WhatIsOverWhenItsConnectionOpensSaysNothing()
    {
        _fixture.FullSync();
        Turn();
        Turn();
        _fixture.Link.Stop(_fixture.Now);
        Turn();
        Assert.True(_talk.Last.IsOver);
        var lent = _fixture.Pool.LentBytes;
        _talk.Last.OnConnected(_fixture.Now);
        Assert.Equal(lent, _fixture.Pool.LentBytes);
    }

    [Fact]
    public void WhoMayNotAskDoesNotFillTheLogOfThePrimary()
    {
        Begin();
        Hear(_talk.Last, "-NOPERM User r has no permissions to run the 'info' command\r\n", _fixture.Now);
        Turn();
        Assert.Equal("INFO: NOPERM User r has no permissions to run the 'info' command", _monitor.Error);
        for (var i = 0; i < 59; i++)
        {
            Turn(1);
            _fixture.Receive(Wire.Command("PING"));
        }

        Assert.Single(_talk.Opened);
        Turn(2);
        Assert.Equal(2, _talk.Opened.Count);
    }

    [Fact]
    public void ALinkThatIsDownWhileNothingIsWrittenLeavesTheDataFresh()
    {
        Begin();
        Answer(1000);
        _fixture.Link.OnClosed(_fixture.Now, "cut");
        Turn(1);
        Answer(1000);
        Assert.Equal(0, StalenessMs);
        Turn(1);
        Answer(1001);
        Assert.Equal(1000, StalenessMs);
    }

    [Fact]
    public void AnotherPrimaryIsAnotherQuestionAndNoPrimaryNone()
    {
        Begin();
        Answer(1000);
        _fixture.Link.Follow("other", 6380, _fixture.Now);
        Turn();
        Assert.Equal(-1, StalenessMs);
        Assert.True(_talk.Last.IsOver);
        Assert.Single(_talk.Opened);
        _fixture.Link.Stop(_fixture.Now);
        Turn(5);
        Assert.Equal(long.MaxValue, _monitor.NextDeadline);
        Assert.Single(_talk.Opened);
    }

    [Fact]
    public void ABoundOnStalenessIsAskedForFourTimes()
    {
        Assert.Equal(1_000_000, _fixture.Settings.FreshnessPeriod);
        _fixture.Settings.MaxStalenessMs = 1000;
        Assert.Equal(250_000, _fixture.Settings.FreshnessPeriod);
        _fixture.Settings.MaxStalenessMs = 60_000;
        Assert.Equal(1_000_000, _fixture.Settings.FreshnessPeriod);
        _fixture.Settings.FreshnessPeriodMs = 0;
        Assert.Equal(1_000_000, _fixture.Settings.FreshnessPeriod);
        _fixture.Settings.MaxStalenessMs = 1;
        Assert.Equal(10_000, _fixture.Settings.FreshnessPeriod);
        _fixture.Settings.MaxStalenessMs = 0;
        Assert.Equal(0, _fixture.Settings.FreshnessPeriod);
    }

    [Fact]
    public void AHostWithoutConnectionsIsAskedAgainLater()
    {
        _talk.HasConnections = false;
        _fixture.FullSync();
        Turn();
        Turn();
        _talk.HasConnections = true;
        Turn(0.5);
        Assert.Empty(_talk.Opened);
        Turn(0.6);
        Assert.Single(_talk.Opened);
    }

    [Fact]
    public void TheGapOfAPartialSyncIsWhatWasMissing()
    {
        Begin();
        Answer(1000);
        _fixture.Link.OnClosed(_fixture.Now, "cut");
        _fixture.Handshake();
        _fixture.Receive("+CONTINUE\r\n");
        Turn(1);
        Answer(1400);
        Assert.Equal(400, _fixture.Link.Journal.Records[0].Bytes);
    }
}
