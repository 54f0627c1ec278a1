using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>What replicas are sent, byte for byte and in the order in which redis-server 7.0.15 sends it.</summary>
public sealed class ReplicaLinkTests : IDisposable
{
    private const string Set = "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n";

    private readonly PrimaryFixture _fixture = new();

    private ReplicationLog Log => _fixture.Log;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void ADisklessFullSyncSendsNothingBehindTheMarkBeforeTheFirstAck()
    {
        var id = _fixture.Id;
        var link = _fixture.Connect("? -1", "listening-port 7000 capa eof capa psync2");
        Assert.NotEqual(id, _fixture.Id); // a new log is a new history
        Assert.Equal((ReplicaLinkState.WaitStart, "", true), (link.State, _fixture.Sent(link), Log.IsActive));
        _fixture.Turn();
        var stream = Assert.Single(_fixture.Streams);
        Assert.False(stream.Format.HasLength);
        var head = _fixture.Sent(link);
        Assert.Matches($"^\\+FULLRESYNC {_fixture.Id} 0\r\n\\$EOF:[0-9a-f]{{40}}\r\n$", head);
        var mark = head[^42..^2];
        stream.Append("REDIS0010"u8);
        Assert.Equal("REDIS0010", _fixture.Sent(link));
        Log.SelectDatabase(3);
        Log.Append(Wire.Bytes(Set));
        stream.Append("rest"u8);
        stream.Complete();
        Assert.Equal("rest" + mark, _fixture.Sent(link));
        Assert.Equal((ReplicaLinkState.Online, true, 0), (link.State, link.AwaitsAck, link.AckOffset));
        _fixture.After(3);
        Log.Append(LogFrames.Ping, AppendKind.Keepalive);
        Assert.Equal("", _fixture.Sent(link));
        Assert.Equal("*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n" + Set + "*1\r\n$4\r\nping\r\n", _fixture.Say(link, "REPLCONF", "ACK", "0"));
        Assert.Equal(1, _fixture.Replication.FullSyncs);
    }

    [Fact]
    public void AReplicaThatCannotReadAMarkGetsALengthAndThenTheStream()
    {
        var link = _fixture.Connect("? -1", "");
        _fixture.Turn();
        var stream = Assert.Single(_fixture.Streams);
        Assert.True(stream.Format.HasLength);
        Assert.Equal($"+FULLRESYNC {_fixture.Id} 0\r\n", _fixture.Sent(link));
        Log.Append(Wire.Bytes(Set));
        _fixture.After(1);
        _fixture.After(1);
        Assert.Equal("\n", _fixture.Sent(link)); // not sent, not piled up
        _fixture.After(1);
        Assert.Equal("\n", _fixture.Sent(link));
        Assert.Equal(ReplicaLinkState.WaitEnd, link.State);
        stream.Serve(new MemoryPayload("DATA"));
        Assert.Equal("$4\r\n", _fixture.Sent(link, 4));
        Assert.Equal(ReplicaLinkState.SendBulk, link.State);
        Assert.Equal("DATA" + Set, _fixture.Sent(link));
        Assert.Equal((ReplicaLinkState.Online, false), (link.State, link.AwaitsAck));
    }

    [Fact]
    public void SyncHasNoFullResyncLineAndIsNotTimedOut()
    {
        var link = _fixture.Connect(options: "");
        _fixture.Send(link, "SYNC\r\n");
        _fixture.Turn();
        _fixture.Streams[0].Serve(new MemoryPayload("x"));
        Assert.Equal("$1\r\nx", _fixture.Sent(link));
        for (var i = 0; i < 100; i++) _fixture.After(10);
        Assert.Equal(ReplicaLinkState.Online, link.State);
    }

    [Fact]
    public void NewlinesKeepAWaitingReplicaAlive()
    {
        _fixture.Settings.DisklessSyncDelaySeconds = 5;
        var link = _fixture.Connect("? -1");
        var text = "";
        for (var i = 0; i < 50; i++)
        {
            _fixture.After(0.1);
            text += _fixture.Sent(link);
        }

        Assert.StartsWith("\n\n\n\n", text);
        Assert.Contains("+FULLRESYNC", text);
        Assert.Single(_fixture.Streams);
    }

    [Fact]
    public void WaitingReplicasShareASnapshotAndLaterOnesWaitForTheNext()
    {
        _fixture.Settings.DisklessSyncDelaySeconds = 5;
        var first = _fixture.Connect("? -1");
        _fixture.After(3);
        var second = _fixture.Connect("? -1");
        _fixture.After(1.9);
        Assert.Empty(_fixture.Streams);
        _fixture.After(0.2);
        var stream = Assert.Single(_fixture.Streams);
        Assert.Equal(2, stream.Readers);
        _fixture.CanBeginSnapshot = false;
        var third = _fixture.Connect("? -1");
        _fixture.After(20);
        Assert.Equal(ReplicaLinkState.WaitStart, third.State);
        stream.Append("RDB"u8);
        stream.Complete();
        Assert.EndsWith(_fixture.Sent(first)[^46..], _fixture.Sent(second));
        _fixture.CanBeginSnapshot = true;
        _fixture.Turn();
        Assert.Equal(2, _fixture.Streams.Count);
        Assert.Equal(3, _fixture.Replication.FullSyncs);
    }

    [Fact]
    public void EnoughWaitingReplicasEndTheDelay()
    {
        _fixture.Settings.DisklessSyncDelaySeconds = 60;
        _fixture.Settings.DisklessSyncMaxReplicas = 2;
        _fixture.Connect("? -1");
        _fixture.Turn();
        Assert.Empty(_fixture.Streams);
        _fixture.Connect("? -1");
        _fixture.Turn();
        Assert.Single(_fixture.Streams);
    }

    [Fact]
    public void FormsThatDifferAreEncodedApartFromOneSnapshot()
    {
        var plain = _fixture.Connect("? -1");
        var file = _fixture.Connect("? -1", "");
        var functions = _fixture.Connect("? -1", "capa eof rdb-filter-only functions");
        var same = _fixture.Connect("? -1", "capa eof");
        _fixture.Turn();
        Assert.Equal(3, _fixture.Streams.Count);
        Assert.Equal([2, 1, 1], _fixture.Streams.Select(stream => stream.Readers));
        Assert.Equal([false, true, false], _fixture.Streams.Select(stream => stream.Format.HasLength));
        Assert.Equal(SnapshotContent.Functions, _fixture.Streams[2].Format.Content);
        Assert.All([plain, file, functions, same], link => Assert.Equal(ReplicaLinkState.WaitEnd, link.State));
    }

    [Fact]
    public void ALateReplicaJoinsWhileTheFileIsBeingSpooled()
    {
        var first = _fixture.Connect("? -1", "");
        _fixture.Turn();
        _fixture.CanBeginSnapshot = false;
        Log.Append(Wire.Bytes(Set));
        var late = _fixture.Connect("? -1", "");
        Assert.Equal($"+FULLRESYNC {_fixture.Id} 0\r\n", _fixture.Sent(late));
        _fixture.Sent(first);
        _fixture.Streams[0].Serve(new MemoryPayload("ab"));
        Assert.Equal("$2\r\nab" + Set, _fixture.Sent(late));
        Assert.Equal("$2\r\nab" + Set, _fixture.Sent(first));
    }

    /// <summary>Behind that snapshot stands what it could not apply.</summary>
    [Fact]
    public void WhoKnowsNoTimesOfFieldsJoinsNoneThatBeganBeforeATransactionWithThem()
    {
        _fixture.Connect("? -1", "capa redouble");
        _fixture.Turn();
        _fixture.CanBeginSnapshot = false;
        Log.Append(Wire.Bytes(Set));
        Log.NoteFieldExpiry();
        var foreign = _fixture.Connect("? -1", "");
        var ours = _fixture.Connect("? -1", "capa redouble");
        Assert.Equal((ReplicaLinkState.WaitStart, ReplicaLinkState.WaitEnd), (foreign.State, ours.State));
    }

    /// <summary>This node's primary knows nothing of who is behind it.</summary>
    [Fact]
    public void WhoKnowsNoTimesOfFieldsGetsAFullSyncInsteadOfATransactionWithThem()
    {
        var foreign = _fixture.ConnectOnline();
        var ours = _fixture.ConnectOnline("capa eof capa psync2 capa redouble");
        Log.Append(Wire.Bytes(Set));
        _fixture.Turn();
        Assert.EndsWith(Set, _fixture.Sent(foreign), StringComparison.Ordinal);
        var before = Log.EndOffset;
        Log.Append(Wire.Bytes(Set));
        Log.NoteFieldExpiry();
        _fixture.Turn();
        Assert.Equal([foreign], _fixture.Disconnected);
        Assert.EndsWith(Set + Set, _fixture.Sent(ours), StringComparison.Ordinal);
        Assert.Contains(_fixture.Lines, static line => line.Contains("gets a full sync: it may be a Redis before 7.4", StringComparison.Ordinal));
        Assert.Equal(ReplicaLinkState.WaitStart, _fixture.Connect($"{_fixture.Id} {before + 1}").State);
        Assert.Contains(_fixture.Lines, static line => line.Contains("which drops transactions with times of hash fields", StringComparison.Ordinal));
        Assert.Equal(ReplicaLinkState.Online, _fixture.Connect($"{_fixture.Id} {Log.EndOffset + 1}").State);
        Assert.Equal(ReplicaLinkState.Online, _fixture.Connect($"{_fixture.Id} {before + 1}", "capa eof capa psync2 capa redouble").State);
    }

    [Fact]
    public void ThePlaceOfTheSnapshotIsThatOfItsRdb()
    {
        _fixture.ConnectOnline();
        Log.SelectDatabase(7);
        Log.Append(Wire.Bytes(Set));
        _fixture.Connect("? -1");
        _fixture.Turn();
        Assert.Equal((_fixture.History.Identity.Id, Log.EndOffset, 7), (_fixture.Place.Id, _fixture.Place.Offset, _fixture.Place.StreamDatabase));
        Assert.True(Log.SelectRequired);
    }

    [Fact]
    public void APartialResyncGoesOnAtTheOffsetAndEmitsNoSelect()
    {
        var link = _fixture.ConnectOnline();
        Log.SelectDatabase(3);
        Log.Append(Wire.Bytes(Set));
        link.OnClosed();
        Log.Append(Wire.Bytes(Set));
        var psync2 = _fixture.Connect($"{_fixture.Id} 24");
        Assert.Equal($"+CONTINUE {_fixture.Id}\r\n" + Set + Set, _fixture.Sent(psync2));
        Log.SelectDatabase(3);
        Log.Append(Wire.Bytes(Set));
        Assert.Equal(Set, _fixture.Sent(psync2));
        var psync1 = _fixture.Connect($"{_fixture.Id.ToUpperInvariant()} {Log.EndOffset + 1}", "");
        Assert.Equal("+CONTINUE\r\n", _fixture.Sent(psync1));
        Assert.Equal((1, 2, 0), (_fixture.Replication.FullSyncs, _fixture.Replication.PartialSyncs, _fixture.Replication.RefusedPartialSyncs));
        Assert.Contains(
            "Partial resynchronization request from 127.0.0.1:<unknown-replica-port> accepted. Sending 54 bytes of backlog starting from offset 24.",
            _fixture.Lines);
    }

    [Fact]
    public void RdbOnlyEndsBehindTheMark()
    {
        var link = _fixture.Connect(options: "capa eof rdb-only 1");
        _fixture.Send(link, "SYNC\r\n");
        _fixture.Turn();
        _fixture.Streams[0].Append("RDB"u8);
        _fixture.Streams[0].Complete();
        Log.Append(Wire.Bytes(Set));
        Assert.Matches("^\\$EOF:([0-9a-f]{40})\r\nRDB\\1$", _fixture.Sent(link));
        Assert.Equal([link], _fixture.Disconnected);
    }

    [Fact]
    public void RefusalsLeaveAClientAClient()
    {
        var filtered = _fixture.Connect(options: "rdb-filter-only functions");
        Assert.Equal("-ERR Filtered replica requires EOF capability\r\n", _fixture.Say(filtered, "PSYNC", "?", "-1"));
        var pending = _fixture.Connect(options: "");
        _fixture.Send(pending, "PING\r\nSYNC\r\n");
        Assert.Equal("+PONG\r\n-ERR SYNC and PSYNC are invalid with pending output\r\n", _fixture.Sent(pending));
        Assert.All([filtered, pending], link => Assert.Equal(ReplicaLinkState.Handshake, link.State));
        Assert.Empty(_fixture.Replication.Links);
    }

    [Fact]
    public void ASecondPsyncIsIgnored()
    {
        var link = _fixture.ConnectOnline();
        Assert.Equal("", _fixture.Say(link, "PSYNC", "?", "-1"));
        Assert.Equal(ReplicaLinkState.Online, link.State);
    }

    [Fact]
    public void ASnapshotThatFailsDropsItsReplicas()
    {
        _fixture.BeginFails = true;
        var link = _fixture.Connect("? -1");
        _fixture.Turn();
        Assert.Equal([link], _fixture.Disconnected);
        _fixture.BeginFails = false;
        var other = _fixture.Connect("? -1");
        _fixture.Turn();
        _fixture.Streams[^1].Append("RD"u8);
        _fixture.Streams[^1].Fail("disk full");
        _fixture.Turn();
        Assert.Equal([link, other], _fixture.Disconnected);
        Assert.Contains("Snapshot for replica 127.0.0.1:<unknown-replica-port> failed: disk full", _fixture.Lines);
    }

    [Fact]
    public void AReplicaThatGoesAbandonsItsSnapshotAndFreesTheLog()
    {
        _fixture.Log.BacklogSize = 1;
        var link = _fixture.Connect("? -1");
        _fixture.Turn();
        Log.Append(new byte[100_000]);
        Assert.True(Log.PinnedBeyondBacklog > 90_000);
        link.OnClosed();
        Assert.Single(_fixture.Abandoned);
        Log.Trim();
        Assert.True(Log.HistoryLength < 20_000);
        Assert.Contains("Connection with replica 127.0.0.1:<unknown-replica-port> lost.", _fixture.Lines);
    }

    [Fact]
    public void CutsAnywhereInTheOutputKeepTheOrder()
    {
        var whole = SendInTwo(int.MaxValue);
        Assert.EndsWith("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + Set, whole);
        for (var cut = 0; cut <= whole.Length; cut++) Assert.Equal(whole, SendInTwo(cut));
    }

    private static string SendInTwo(int cut)
    {
        using var fixture = new PrimaryFixture(blockCapacity: 10);
        var link = fixture.Connect("? -1");
        fixture.Turn();
        fixture.Streams[0].Append("some RDB bytes"u8);
        fixture.Streams[0].Complete();
        fixture.Log.SelectDatabase(0);
        fixture.Log.Append(Wire.Bytes(Set));
        var beforeAck = fixture.Sent(link, Math.Min(cut, 120));
        beforeAck += fixture.Sent(link);
        Assert.True(link.AwaitsAck);
        fixture.Send(link, Wire.Command("REPLCONF", "ACK", "0"));
        return beforeAck + fixture.Sent(link, cut / 3) + fixture.Sent(link);
    }
}
