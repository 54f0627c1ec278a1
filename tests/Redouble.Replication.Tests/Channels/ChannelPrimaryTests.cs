using Redouble.Protocol.Replies;
using Redouble.Protocol.Requests;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;
using Redouble.Replication.Tests.Primary;

namespace Redouble.Replication.Tests.Channels;

/// <summary>A full sync over two channels, from the primary's side.</summary>
public sealed class ChannelPrimaryTests : IDisposable
{
    private readonly PrimaryFixture _fixture = new();

    public ChannelPrimaryTests() => _fixture.Settings.DualChannel = true;

    public void Dispose() => _fixture.Dispose();

    // Both connections up to the beginning of the payload; the main one has said which the other is.
    private (ReplicaLink Main, ReplicaLink Channel) Begin()
    {
        var main = _fixture.Connect(options: "listening-port 7000 capa eof capa psync2 capa dual-channel", clientId: 41);
        Assert.Equal("+DUALCHANNELSYNC\r\n", _fixture.Say(main, "PSYNC", "?", "-1"));
        Assert.False(main.IsReplica);
        var channel = _fixture.Connect(options: "capa eof rdb-only 1 rdb-channel 1 listening-port 7000", clientId: 42);
        _fixture.Send(channel, "SYNC\r\n");
        _fixture.Turn();
        Assert.StartsWith($"$ENDOFF:{_fixture.Log.EndOffset} {_fixture.Id} 0 42\r\n$EOF:", _fixture.Sent(channel));
        Assert.Equal("+OK\r\n", _fixture.Say(main, "REPLCONF", "set-rdb-client-id", "42"));
        return (main, channel);
    }

    private void Write(string command) => _fixture.Log.Append(Wire.Bytes(command));

    [Fact]
    public void TheTranscriptOfValkey()
    {
        // What the transcript's primary is at: the same history, offset, number of the connection and mark.
        _fixture.History.Adopt(IdOf(ValkeyTranscript.Id), ValkeyTranscript.Offset, 0);
        var main = _fixture.Connect(options: "listening-port 7000 capa eof capa psync2 capa dual-channel", clientId: 41);
        var channel = _fixture.Replication.CreateLink("127.0.0.1", ValkeyTranscript.ChannelClient);
        _fixture.Track(channel);
        _fixture.Send(main, Wire.Command("PSYNC", "?", "-1"));
        var mark = "";
        foreach (var (who, bytes) in ValkeyTranscript.FromPsync)
        {
            switch (who)
            {
                case Voice.ReplicaOnMain:
                    _fixture.Send(main, bytes);
                    break;
                case Voice.ReplicaOnChannel:
                    _fixture.Send(channel, bytes);
                    _fixture.Turn();
                    break;
                case Voice.PrimaryOnMain:
                    if (bytes[0] == '*')
                    {
                        _fixture.Log.SelectDatabase(0);
                        Write(Wire.Command("SET", "a", "1"));
                    }

                    Assert.Equal(bytes, _fixture.Sent(main));
                    break;
                default:
                    if (bytes.StartsWith("$EOF", StringComparison.Ordinal)) _fixture.Streams[^1].Append("DA"u8);
                    if (bytes.StartsWith("TA", StringComparison.Ordinal)) Finish(_fixture.Streams[^1], "TA");
                    var sent = mark + _fixture.Sent(channel);
                    mark = "";
                    if (bytes.StartsWith("$ENDOFF", StringComparison.Ordinal))
                    {
                        // The mark is random, and follows at once.
                        var at = sent.IndexOf("$EOF:", StringComparison.Ordinal);
                        Assert.Equal(5 + 40 + 2, sent.Length - at);
                        (_mark, mark, sent) = (sent[(at + 5)..^2], sent[at..], sent[..at]);
                    }

                    Assert.Equal(bytes, sent.Replace(_mark, ValkeyTranscript.Mark, StringComparison.Ordinal));
                    break;
            }
        }

        Assert.Equal(ReplicaLinkState.Online, main.State);
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Single(_fixture.Replication.Links);
        Assert.Equal((1, 0), (_fixture.Replication.FullSyncs, _fixture.Replication.PartialSyncs));
    }

    private string _mark = "-";

    private static void Finish(SnapshotStream stream, string rest)
    {
        stream.Append(Wire.Bytes(rest));
        stream.Complete();
    }

    private static Redouble.Replication.Identity.ReplicationId IdOf(string text)
    {
        Assert.True(Redouble.Replication.Identity.ReplicationId.TryParse(Wire.Bytes(text), out var id));
        return id;
    }

    [Fact]
    public void TheStreamRunsWhileThePayloadIsOnItsWay()
    {
        var (main, channel) = Begin();
        Write("before");
        Assert.Equal($"+CONTINUE {_fixture.Id}\r\nbefore", _fixture.Say(main, "PSYNC", _fixture.Id, "1"));
        Assert.Equal((ReplicaLinkState.BackgroundLoad, ReplicaLinkState.WaitEnd), (main.State, channel.State));
        Assert.Same(main, Assert.Single(_fixture.Replication.Links)); // one replica, not two
        Write("during");
        Assert.Equal("during", _fixture.Sent(main));
        Finish(_fixture.Streams[^1], "DATA");
        Assert.StartsWith("DATA", _fixture.Sent(channel));
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Equal((ReplicaLinkState.BackgroundLoad, 0), (main.State, _fixture.Replication.CountAcknowledged(0)));
        for (var i = 0; i < 1000; i++)
        {
            _fixture.After(1); // a load takes as long as it takes
            _fixture.Send(main, "\n");
        }

        Assert.Equal(ReplicaLinkState.BackgroundLoad, main.State);
        _fixture.Say(main, "REPLCONF", "ACK", "12");
        Assert.Equal((ReplicaLinkState.Online, 1), (main.State, _fixture.Replication.CountAcknowledged(12)));
    }

    [Fact]
    public void TheLogIsHeldUntilTheMainConnectionHasAskedForTheStream()
    {
        _fixture.Dispose();
        using var fixture = new PrimaryFixture(blockCapacity: 16, backlogSize: 32);
        fixture.Settings.DualChannel = true;
        var main = fixture.Connect("? -1", "capa eof capa psync2 capa dual-channel");
        var channel = fixture.Connect(options: "capa eof rdb-channel 1", clientId: 9);
        fixture.Send(channel, "SYNC\r\n");
        fixture.Turn();
        fixture.Sent(main);
        fixture.Sent(channel);
        for (var i = 0; i < 50; i++) fixture.Log.Append("0123456789"u8);
        Finish(fixture.Streams[^1], "DATA");
        fixture.Sent(channel);
        Assert.Equal(ReplicaLinkState.Online, channel.State); // the payload is through, and still it holds the log
        Assert.Equal(1, fixture.Log.FirstOffset);
        fixture.Say(main, "REPLCONF", "set-rdb-client-id", "9");
        Assert.EndsWith("0123456789", fixture.Say(main, "PSYNC", fixture.Id, "1"));
        Assert.Equal((ReplicaLinkState.BackgroundLoad, ReplicaLinkState.Closed), (main.State, channel.State));
        fixture.Log.Append("0123456789"u8);
        fixture.Sent(main);
        for (var i = 0; i < 10; i++) fixture.Log.Append("0123456789"u8);
        Assert.True(fixture.Log.FirstOffset > 1);
    }

    [Fact]
    public void AChannelWhoseMainConnectionDoesNotComeIsClosed()
    {
        var (_, channel) = Begin();
        Finish(_fixture.Streams[^1], "DATA");
        _fixture.Sent(channel);
        _fixture.After(59);
        Assert.Equal(ReplicaLinkState.Online, channel.State);
        _fixture.After(2);
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Contains(channel, _fixture.Disconnected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AReplicaThatFallsSilentWhileItLoadsIsTimedOut(bool streamIsFirst)
    {
        var (main, channel) = Begin();
        if (streamIsFirst) _fixture.Say(main, "PSYNC", _fixture.Id, "1");
        _fixture.After(40);
        Finish(_fixture.Streams[^1], "DATA");
        _fixture.Sent(channel);
        if (!streamIsFirst) _fixture.Say(main, "PSYNC", _fixture.Id, "1");
        Assert.Equal((ReplicaLinkState.BackgroundLoad, ReplicaLinkState.Closed), (main.State, channel.State));
        _fixture.After(59); // since the end of the payload
        Assert.Equal(ReplicaLinkState.BackgroundLoad, main.State);
        _fixture.After(2);
        Assert.Equal(ReplicaLinkState.Closed, main.State);
        Assert.Contains(main, _fixture.Disconnected);
        Assert.Contains(_fixture.Lines, line => line.StartsWith("Disconnecting timedout replica (full sync)", StringComparison.Ordinal));
    }

    /// <summary>The end of the payload was thrown away when the stream was asked for before it had gone out: the sync failed at its last bytes.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(4)]  // the payload
    [InlineData(17)] // and a part of the mark behind it
    public void ThePayloadIsSentToItsEndWheneverTheStreamIsAskedFor(int sentBefore)
    {
        var main = _fixture.Connect("? -1", "listening-port 7000 capa eof capa psync2 capa dual-channel", clientId: 41);
        _fixture.Sent(main);
        var channel = _fixture.Connect(options: "capa eof rdb-only 1 rdb-channel 1 listening-port 7000", clientId: 42);
        _fixture.Send(channel, "SYNC\r\n");
        _fixture.Turn();
        var header = _fixture.Sent(channel);
        _fixture.Say(main, "REPLCONF", "set-rdb-client-id", "42");
        Finish(_fixture.Streams[^1], "DATA");
        var payload = _fixture.Sent(channel, sentBefore);
        Assert.StartsWith($"+CONTINUE {_fixture.Id}\r\n", _fixture.Say(main, "PSYNC", _fixture.Id, "1"));
        payload += _fixture.Sent(channel);
        Assert.Equal("DATA" + header[^42..^2], payload);
        Assert.Equal((ReplicaLinkState.BackgroundLoad, ReplicaLinkState.Closed), (main.State, channel.State));
        Assert.Same(main, Assert.Single(_fixture.Replication.Links));
        _fixture.Say(main, "REPLCONF", "ACK", "0");
        Assert.Equal(ReplicaLinkState.Online, main.State);
    }

    /// <summary>A snapshot was made for it, which nobody read.</summary>
    [Theory]
    [InlineData("PSYNC ? -1")]
    [InlineData("SYNC")]
    public void AChannelThatWasClosedWithItsMainConnectionIsNoReplicaAnyMore(string request)
    {
        _fixture.Settings.DualChannel = false;
        _fixture.Settings.RdbChannel = true;
        var main = _fixture.Connect("? -1", "capa eof capa psync2 capa rdb-channel-repl", clientId: 17);
        _fixture.Sent(main);
        var channel = _fixture.Connect(options: "capa eof rdb-only 1 rdb-channel 1 main-ch-client-id 17 listening-port 6380", clientId: 18);
        main.OnClosed();
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Equal([channel], _fixture.Disconnected);
        Ask(channel, request);
        _fixture.Turn();
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Empty(_fixture.Replication.Links);
        Assert.Empty(_fixture.Streams);
    }

    // As a session does that reads its client's input itself.
    private void Ask(ReplicaLink link, string request)
    {
        var arguments = new ArgumentTable();
        var scanner = default(RequestScanner);
        var bytes = Wire.Bytes(Wire.Command(request.Split(' ')));
        Assert.Equal(ScanStatus.Complete, scanner.Scan(bytes, arguments, ScanLimits.Default, out _));
        var reply = new ReplyWriter(new ReplyBuffer(_fixture.Pool));
        if (arguments.Count == 1) link.Sync(reply, _fixture.Now);
        else link.Psync(new CommandFrame(bytes, arguments, 0, arguments.Count), reply, _fixture.Now);
        Assert.True(reply.Buffer.IsEmpty);
    }

    // Hidden before, its snapshot never began, and the replica waited for it.
    [Fact]
    public void AChannelIsNotFoundBeforeItsSnapshotHasBegun()
    {
        _fixture.CanBeginSnapshot = false;
        var main = _fixture.Connect("? -1", "capa eof capa psync2 capa dual-channel");
        _fixture.Sent(main);
        var channel = _fixture.Connect(options: "capa eof rdb-channel 1", clientId: 9);
        _fixture.Send(channel, "SYNC\r\n");
        _fixture.Turn();
        Assert.StartsWith("-ERR", _fixture.Say(main, "REPLCONF", "set-rdb-client-id", "9"));
        Assert.Equal(0, _fixture.Replication.ChannelsWithoutStream);
        _fixture.CanBeginSnapshot = true;
        _fixture.Turn();
        Assert.Equal((ReplicaLinkState.WaitEnd, 1), (channel.State, _fixture.Replication.ChannelsWithoutStream));
        Assert.Equal("+OK\r\n", _fixture.Say(main, "REPLCONF", "set-rdb-client-id", "9"));
    }

    [Fact]
    public void OneConnectionEndsWithTheOther()
    {
        var (main, channel) = Begin();
        _fixture.Say(main, "PSYNC", _fixture.Id, "1");
        main.OnClosed();
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        Assert.Single(_fixture.Abandoned);
        (main, channel) = Begin();
        _fixture.Say(main, "PSYNC", _fixture.Id, "1");
        channel.OnClosed();
        Assert.Equal(ReplicaLinkState.Closed, main.State);
        Assert.Contains(main, _fixture.Disconnected);
        Assert.Empty(_fixture.Replication.Links);
        _fixture.After(5);
    }

    [Fact]
    public void ASnapshotThatFailsEndsBoth()
    {
        var (main, channel) = Begin();
        _fixture.Say(main, "PSYNC", _fixture.Id, "1");
        _fixture.Streams[^1].Fail("disk");
        _fixture.Turn();
        Assert.Equal((ReplicaLinkState.Closed, ReplicaLinkState.Closed), (main.State, channel.State));
    }

    [Fact]
    public void SeveralReplicasOfBothKindsShareOneSnapshot()
    {
        _fixture.Settings.DisklessSyncDelaySeconds = 1;
        var main = _fixture.Connect("? -1", "capa eof capa psync2 capa dual-channel");
        var channel = _fixture.Connect(options: "capa eof rdb-only 1 rdb-channel 1", clientId: 5);
        _fixture.Send(channel, "SYNC\r\n");
        var other = _fixture.Connect("? -1");
        _fixture.After(2);
        Assert.Single(_fixture.Streams);
        Assert.Contains("+FULLRESYNC", _fixture.Sent(other));
        Assert.Contains("$ENDOFF:", _fixture.Sent(channel));
        Assert.Equal("+DUALCHANNELSYNC\r\n", _fixture.Sent(main));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void WithoutTheDirectiveOrWithFilesItIsUnknown(bool dual, bool diskless)
    {
        _fixture.Settings.DualChannel = dual;
        _fixture.Settings.DisklessSync = diskless;
        var main = _fixture.Connect("? -1", "capa eof capa psync2 capa dual-channel");
        Assert.Equal(ReplicaLinkState.WaitStart, main.State);
        if (dual) return;
        var client = _fixture.Connect(options: "");
        Assert.Equal("-ERR Unrecognized REPLCONF option: rdb-channel\r\n", _fixture.Say(client, "REPLCONF", "rdb-channel", "1"));
        Assert.Equal("-ERR Unrecognized REPLCONF option: set-rdb-client-id\r\n", _fixture.Say(client, "REPLCONF", "set-rdb-client-id", "1"));
    }

    [Fact]
    public void ANumberThatNoChannelHasIsRefused()
    {
        var client = _fixture.Connect(options: "");
        Assert.Equal("-ERR Unrecognized RDB client id 12\r\n", _fixture.Say(client, "REPLCONF", "set-rdb-client-id", "12"));
        Assert.Equal("-ERR value is not an integer or out of range\r\n", _fixture.Say(client, "REPLCONF", "set-rdb-client-id", "x"));
        Assert.Equal("-ERR value is out of range, value must between 0 and 1\r\n", _fixture.Say(client, "REPLCONF", "rdb-channel", "2"));
    }

    [Fact]
    public void APartialResyncStaysOne()
    {
        _fixture.ConnectOnline();
        Write("0123456789");
        var back = _fixture.Connect($"{_fixture.Id} 5", "capa eof capa psync2 capa dual-channel");
        Assert.Equal($"+CONTINUE {_fixture.Id}\r\n456789", _fixture.Sent(back));
        Assert.Equal(ReplicaLinkState.Online, back.State);
    }

    [Fact]
    public void TheWayOfRedis8()
    {
        _fixture.Settings.DualChannel = false;
        _fixture.Settings.RdbChannel = true;
        var main = _fixture.Connect(options: "capa eof capa psync2 capa rdb-channel-repl", clientId: 17);
        Assert.Equal("+RDBCHANNELSYNC 17\r\n", _fixture.Say(main, "PSYNC", "?", "-1"));
        Assert.True(_fixture.Log.IsActive); // from now on PINGs are appended
        var channel = _fixture.Connect(options: "capa eof rdb-only 1 rdb-channel 1 main-ch-client-id 17 listening-port 6380", clientId: 18);
        _fixture.Send(channel, Wire.Command("PSYNC", "?", "-1"));
        _fixture.Turn();
        Assert.StartsWith($"+FULLRESYNC {_fixture.Id} 0\r\n$EOF:", _fixture.Sent(channel));
        Assert.Equal(ReplicaLinkState.BackgroundLoad, main.State);
        Assert.Same(main, Assert.Single(_fixture.Replication.Links));
        Write("stream");
        Assert.Equal("stream", _fixture.Sent(main));
        Finish(_fixture.Streams[^1], "DATA");
        _fixture.Sent(channel);
        Assert.Equal(ReplicaLinkState.Closed, channel.State);
        _fixture.Say(main, "REPLCONF", "ACK", "6");
        Assert.Equal(ReplicaLinkState.Online, main.State);
    }
}
