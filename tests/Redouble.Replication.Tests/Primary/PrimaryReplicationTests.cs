using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

public sealed class PrimaryReplicationTests : IDisposable
{
    private readonly PrimaryFixture _fixture = new();

    private PrimaryReplication Replication => _fixture.Replication;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void PingsGoIntoTheLogEachPeriodWhileThereAreReplicas()
    {
        _fixture.After(100);
        Assert.Equal(0, _fixture.Log.EndOffset);
        var link = _fixture.ConnectOnline();
        for (var i = 0; i < 35; i++)
        {
            _fixture.After(1);
            _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
        }

        Assert.Equal(3 * 14, _fixture.Log.EndOffset);
        Assert.Equal(0, _fixture.Log.LastDataOffset);
    }

    /// <summary>A FAILOVER that waited for longer than repl-timeout lost all its replicas, and none could come back: it waited for ever.</summary>
    [Fact]
    public void WhileAFailoverWaitsThereAreAsFewPingsAsKeepReplicas()
    {
        var link = _fixture.ConnectOnline();
        _fixture.After(10);
        _fixture.Log.Append(new byte[100]);
        _fixture.IsOffsetFrozen = true;
        var appended = new List<int>();
        for (var second = 1; second <= 100; second++)
        {
            var end = _fixture.Log.EndOffset;
            _fixture.After(1);
            _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
            if (_fixture.Log.EndOffset == end + 14) appended.Add(second);
            Assert.True(Replication.NextDeadline > _fixture.Now);
        }

        Assert.Equal([30, 60, 90], appended);
        _fixture.IsOffsetFrozen = false;
        _fixture.After(0);
        Assert.Equal(114 + (4 * 14), _fixture.Log.EndOffset);
    }

    /// <summary>Nor was there one while the log held nothing.</summary>
    [Fact]
    public void SoThereAreInALogThatHoldsNothingYet()
    {
        var link = _fixture.ConnectOnline();
        _fixture.IsOffsetFrozen = true;
        var appended = new List<int>();
        for (var second = 1; second <= 70; second++)
        {
            var end = _fixture.Log.EndOffset;
            _fixture.After(1);
            _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
            if (_fixture.Log.EndOffset > end) appended.Add(second);
        }

        Assert.Equal([30, 60], appended);
    }

    [Fact]
    public void WaitCountsOnlineReplicasAndAsksOncePerTurn()
    {
        var first = _fixture.ConnectOnline();
        var second = _fixture.ConnectOnline();
        _fixture.Connect("? -1");
        _fixture.Log.Append(new byte[100]);
        var target = _fixture.Log.EndOffset;
        Assert.Equal(0, Replication.CountAcknowledged(target));
        Replication.RequestAcks();
        Replication.RequestAcks();
        _fixture.AreWritesPaused = true;
        _fixture.Turn();
        Assert.Equal(target, _fixture.Log.EndOffset);
        _fixture.AreWritesPaused = false;
        _fixture.Turn();
        _fixture.Turn();
        Assert.Equal(target + 37, _fixture.Log.EndOffset);
        Assert.EndsWith("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", _fixture.Sent(first));
        var before = _fixture.Acknowledgements;
        _fixture.Say(first, "REPLCONF", "ACK", $"{target}");
        Assert.Equal(before + 1, _fixture.Acknowledgements);
        Assert.Equal(1, Replication.CountAcknowledged(target));
        _fixture.Say(second, "REPLCONF", "ACK", $"{target - 1}", "FACK", "50");
        Assert.Equal((1, 2, 1), (Replication.CountAcknowledged(target), Replication.CountAcknowledged(target - 1), Replication.CountDurable(50)));
        _fixture.Say(second, "REPLCONF", "ACK", "3");
        Assert.Equal(target - 1, second.AckOffset);
    }

    /// <summary>A replica that had given up keepalives told of them as being on its disk, and so of writes that took their offsets and had not come.</summary>
    [Fact]
    public void NothingIsDurableThatIsNotApplied()
    {
        var link = _fixture.ConnectOnline();
        _fixture.Log.Append(new byte[100]);
        var end = _fixture.Log.EndOffset;
        _fixture.Say(link, "REPLCONF", "ACK", $"{end}", "FACK", $"{end + 50}");
        Assert.Equal(end, link.DurableOffset);
        _fixture.Log.Append(new byte[50]);
        Assert.Equal((1, 0), (Replication.CountDurable(end), Replication.CountDurable(end + 50)));
        _fixture.Say(link, "REPLCONF", "ACK", $"{end + 50}", "FACK", $"{end + 50}");
        Assert.Equal(1, Replication.CountDurable(end + 50));
    }

    /// <summary>Found by a WAIT older than the replica, at the offset where its data set begins: nobody told it when that one came online.</summary>
    [Fact]
    public void TheFirstAcknowledgementCountsWhateverItsOffset()
    {
        var before = _fixture.Acknowledgements;
        var link = _fixture.ConnectOnline();
        _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
        Assert.Equal(before + 1, _fixture.Acknowledgements);
        Assert.Equal(1, Replication.CountAcknowledged(_fixture.Log.EndOffset));
        _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
        Assert.Equal(before + 1, _fixture.Acknowledgements);
    }

    [Fact]
    public void GoodReplicasAreOnlineAndFresh()
    {
        _fixture.Settings.MinReplicasToWrite = 1;
        Assert.True(Replication.LacksReplicas);
        var link = _fixture.ConnectOnline();
        _fixture.Connect("? -1");
        Replication.CountGood(_fixture.Now);
        Assert.Equal((1, false), (Replication.GoodReplicas, Replication.LacksReplicas));
        _fixture.After(11.5);
        Assert.Equal(11, PrimaryReplication.LagSeconds(link, _fixture.Now));
        Assert.Equal((0, true), (Replication.GoodReplicas, Replication.LacksReplicas));
        _fixture.Say(link, "REPLCONF", "ACK", "0");
        _fixture.After(1);
        Assert.Equal(1, Replication.GoodReplicas);
        link.OnClosed();
        Assert.True(Replication.LacksReplicas);
    }

    [Fact]
    public void SilentReplicasAreTimedOutAndLoadingOnesAreNot()
    {
        var silent = _fixture.ConnectOnline();
        var loading = _fixture.Connect("? -1", "listening-port 7001 capa eof capa psync2");
        _fixture.Turn();
        _fixture.Streams[^1].Append("RDB"u8);
        _fixture.Streams[^1].Complete();
        _fixture.Sent(loading);
        Assert.True(loading.AwaitsAck);
        for (var i = 0; i < 62; i++)
        {
            _fixture.After(1);
            _fixture.Send(loading, "\n");
        }

        Assert.Equal([silent], _fixture.Disconnected);
        Assert.Contains("Disconnecting timedout replica (streaming sync): 127.0.0.1:7000", _fixture.Lines);
        Assert.Equal(ReplicaLinkState.Online, loading.State);
    }

    [Fact]
    public void AReplicaThatDoesNotReadItsPayloadIsTimedOutAndASlowEncoderIsNot()
    {
        var link = _fixture.Connect("? -1");
        _fixture.Turn();
        _fixture.Sent(link);
        for (var i = 0; i < 200; i++) _fixture.After(1);
        Assert.Equal(ReplicaLinkState.WaitEnd, link.State);
        _fixture.Streams[0].Append("RDB"u8);
        for (var i = 0; i < 62; i++) _fixture.After(1);
        Assert.Equal([link], _fixture.Disconnected);
        Assert.Contains("Disconnecting timedout replica (full sync): 127.0.0.1:<unknown-replica-port>", _fixture.Lines);
    }

    /// <summary>Found by seed 4725 of the simulator: it was cut off at its start, and begun anew for ever.</summary>
    [Fact]
    public void APartialResyncOfMoreThanTheHardLimitGoesOn()
    {
        using var fixture = new PrimaryFixture(blockCapacity: 100, backlogSize: 100_000);
        fixture.ConnectOnline();
        var start = fixture.Log.EndOffset + 1;
        for (var i = 0; i < 50; i++) fixture.Log.Append(new byte[100]);
        fixture.Log.BacklogSize = 1000; // nothing is trimmed before the next block
        fixture.Settings.OutputHardLimitBytes = 2000;
        var late = fixture.Connect($"{fixture.Id} {start}");
        fixture.Turn();
        fixture.Log.Append(new byte[14]);
        fixture.Turn();
        Assert.Equal(ReplicaLinkState.Online, late.State);
        for (var i = 0; i < 21; i++) fixture.Log.Append(new byte[100]);
        fixture.Turn();
        Assert.Equal(ReplicaLinkState.Closed, late.State); // it has taken nothing, and as much as is allowed has come on top
    }

    [Fact]
    public void TheHardLimitIsAtLeastTheBacklog()
    {
        using var fixture = new PrimaryFixture(backlogSize: 50_000);
        fixture.Settings.OutputHardLimitBytes = 1000;
        fixture.Settings.OutputSoftLimitBytes = 0;
        var link = fixture.ConnectOnline();
        fixture.Log.Append(new byte[49_000]);
        fixture.Turn();
        Assert.True(link.IsReplica);
        fixture.Log.Append(new byte[1_000]);
        fixture.Turn();
        Assert.Equal([link], fixture.Disconnected);
        Assert.Equal(1, fixture.Replication.LimitDisconnections);
    }

    [Fact]
    public void TheSoftLimitHoldsForItsTimeWithoutPause()
    {
        _fixture.Settings.OutputSoftLimitBytes = 30_000;
        _fixture.Settings.OutputSoftLimitSeconds = 10;
        var link = _fixture.ConnectOnline();
        _fixture.Log.Append(new byte[60_000]);
        _fixture.After(0);
        _fixture.After(9);
        _fixture.Sent(link);
        _fixture.After(0.5);
        _fixture.Log.Append(new byte[60_000]);
        _fixture.After(0);
        _fixture.After(9.9);
        Assert.True(link.IsReplica);
        _fixture.After(0.2);
        Assert.Equal([link], _fixture.Disconnected);
    }

    [Fact]
    public void ABacklogThatNobodyUsesIsGivenUpUnderANewName()
    {
        var link = _fixture.ConnectOnline();
        _fixture.History.Identity.Shift(0);
        var id = _fixture.Id;
        _fixture.Log.Append(new byte[100]);
        _fixture.After(10);
        _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}"); // nothing is here that is nowhere else: see SoleCopyTests
        link.OnClosed();
        Assert.Equal(_fixture.Now + 3_600_000_000, Replication.NextDeadline);
        _fixture.After(3599);
        Assert.True(_fixture.Log.IsActive);
        _fixture.After(1);
        Assert.False(_fixture.Log.IsActive);
        Assert.NotEqual(id, _fixture.Id);
        Assert.True(_fixture.History.Identity.SecondId.IsNone);
        Assert.Equal((114, long.MaxValue), (_fixture.Log.EndOffset, Replication.NextDeadline));
    }

    /// <summary>Without a replica that came and went, a backlog that was recovered at a start stayed for ever.</summary>
    [Theory]
    [InlineData(long.MaxValue, true)]
    [InlineData(500, false)] // a write in it is known to be nowhere else
    public void ARecoveredBacklogIsGivenUpToo(long shared, bool isFreed)
    {
        _fixture.After(10);
        _fixture.Log.BeginRecovery(500);
        _fixture.Log.Append(new byte[100]);
        _fixture.Log.EndRecovery(0, null);
        _fixture.History.Restore(_fixture.History.Identity.Id, asReplica: false, shared);
        Replication.OnRestored();
        var id = _fixture.Id;
        Assert.Equal(isFreed ? _fixture.Now + 3_600_000_000 : long.MaxValue, Replication.NextDeadline);
        _fixture.After(3599);
        Assert.True(_fixture.Log.IsActive);
        _fixture.After(1);
        Assert.Equal((!isFreed, !isFreed), (_fixture.Log.IsActive, id == _fixture.Id));
    }

    [Fact]
    public void ABacklogWithoutTimeToLiveStays()
    {
        _fixture.Settings.BacklogTtlSeconds = 0;
        _fixture.ConnectOnline().OnClosed();
        Assert.Equal(long.MaxValue, Replication.NextDeadline);
        _fixture.After(1e6);
        Assert.True(_fixture.Log.IsActive);
    }

    [Fact]
    public void LagIsTheAgeOfDataNotAcknowledged()
    {
        var link = _fixture.ConnectOnline();
        _fixture.After(1);
        _fixture.Log.Append("data"u8);
        _fixture.After(2);
        Assert.Equal(2_000_000, _fixture.Log.DataAgeAfter(link.AckOffset));
        _fixture.Say(link, "REPLCONF", "ACK", "4");
        _fixture.Log.Append(LogFrames.Ping, AppendKind.Keepalive);
        _fixture.After(2);
        Assert.Equal(0, _fixture.Log.DataAgeAfter(link.AckOffset));
    }
}
