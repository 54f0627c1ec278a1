using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Channels;

/// <summary>A full sync over two channels, from the replica's side.</summary>
public sealed class ChannelReplicaTests : IDisposable
{
    private static readonly int Steps = ValkeyTranscript.FromPsync.Length;

    private readonly ChannelFixture _fixture = new();

    private PrimaryLink Link => _fixture.Link;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(5)]
    public void TheTranscriptOfValkey(int readMax)
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(-1, _fixture.Main.Now);
        _fixture.Handshake();
        _fixture.Play(readMax: readMax);
        Assert.Equal(PrimaryLinkState.Connected, Link.State);
        Assert.Equal("DATA", _fixture.Host.Payload.ToString());
        Assert.False(_fixture.Host.ChannelIsConnected);
        _fixture.Main.After(0);
        Assert.Equal(["SELECT 0", "SET a 1"], _fixture.Host.Applied);
        Assert.Equal((ValkeyTranscript.Id, 1000 + 23 + 27), (_fixture.Main.History.Identity.Id.ToString(), _fixture.Main.Log.EndOffset));
        Assert.Equal(0, Link.UnappliedBytes);
        _fixture.Main.Receive(Wire.Command("SET", "b", "2"));
        Assert.Equal("SET b 2", _fixture.Host.Applied[^1]);
        Assert.Null(Link.LastError);
    }

    [Fact]
    public void TheCapabilityIsToldOnlyWhereTheDirectiveIsOn()
    {
        Link.Follow("primary", 6379, 0);
        Link.OnConnected(0);
        _fixture.Main.Sent();
        _fixture.Main.Receive("+PONG\r\n");
        Assert.Contains("$4\r\ncapa\r\n$12\r\ndual-channel\r\n", _fixture.Main.Sent());
    }

    [Fact]
    public void AuthenticationComesFirstOnTheChannelToo()
    {
        _fixture.Main.Settings.PrimaryUser = "u";
        _fixture.Main.Settings.PrimaryPassword = "pw";
        Link.Follow("primary", 6379, 0);
        Link.OnConnected(0);
        _fixture.Main.Receive("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+DUALCHANNELSYNC\r\n");
        _fixture.Channel.OnConnected(0);
        Assert.StartsWith("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$2\r\npw\r\n*9\r\n$8\r\nREPLCONF\r\n", _fixture.SentOnChannel());
        _fixture.ReceiveOnChannel("+OK\r\n");
        Assert.Equal(SnapshotChannelState.IntroductionReply, _fixture.Channel.State);
        _fixture.ReceiveOnChannel("+OK\r\n");
        Assert.Equal("SYNC\r\n", _fixture.SentOnChannel());
    }

    // Otherwise fields that expire come without their times, and the stream relies on them: a simulated replica kept what had expired.
    [Theory]
    [InlineData(false, "+DUALCHANNELSYNC")]
    [InlineData(true, "+RDBCHANNELSYNC 17")]
    public void ARedoubleIsToldThatWeAreOne(bool isRedis, string reply)
    {
        using var fixture = new ChannelFixture(isRedis);
        fixture.Link.Follow("primary", 6379, 0);
        fixture.Link.OnConnected(0);
        fixture.Main.Receive($"+PONG\r\n+OK\r\n+OK redouble\r\n+OK\r\n{reply}\r\n");
        fixture.Channel.OnConnected(0);
        Assert.EndsWith("$4\r\ncapa\r\n$8\r\nredouble\r\n", fixture.SentOnChannel());
    }

    [Fact]
    public void APrimaryThatDoesNotSpeakItSyncsOverOneChannel()
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, 0);
        _fixture.Handshake();
        _fixture.Main.Receive($"+FULLRESYNC {ValkeyTranscript.Id} 7\r\n$4\r\nDATA");
        Assert.True(Link.IsUp);
        Assert.Equal(SnapshotChannelState.None, _fixture.Channel.State);
    }

    [Fact]
    public void APrimaryThatRefusesTheChannelIsAskedWithoutItNext()
    {
        _fixture.Handshake();
        _fixture.Play(2);
        _fixture.ReceiveOnChannel("-ERR Unrecognized REPLCONF option: rdb-only\r\n");
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains("dual channel sync approach cannot be used", Link.LastError);
        Assert.False(_fixture.Host.ChannelIsConnected);
        _fixture.Main.After(1);
        Link.OnConnected(_fixture.Main.Now);
        _fixture.Main.Sent();
        _fixture.Main.Receive("+PONG\r\n");
        Assert.DoesNotContain("dual-channel", _fixture.Main.Sent());

        // It may have been an error of that moment.
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Main.Now);
        _fixture.Main.Receive($"+OK\r\n+OK\r\n+OK\r\n+FULLRESYNC {ValkeyTranscript.Id} 7\r\n$4\r\nDATA");
        Assert.True(Link.IsUp);
        Link.OnClosed(_fixture.Main.Now, "gone");
        _fixture.Main.After(Math.Max(0, (Link.NextDeadline - _fixture.Main.Now) / 1e6));
        Link.OnConnected(_fixture.Main.Now);
        _fixture.Main.Sent();
        _fixture.Main.Receive("+PONG\r\n");
        Assert.Contains("$12\r\ndual-channel\r\n", _fixture.Main.Sent());
    }

    [Fact]
    public void TheStreamIsHeldWhileTheHostLoads()
    {
        _fixture.Handshake();
        _fixture.Play(Steps - 1);
        Assert.Equal((PrimaryLinkState.Buffering, SnapshotChannelState.Complete), (Link.State, _fixture.Channel.State));
        Assert.Empty(_fixture.Host.Applied);
        Assert.Equal((50, 50), Link.HeldBytes);
        Assert.True(Link.IsSyncing);
        for (var i = 0; i < 200; i++)
        {
            _fixture.Main.After(1);
            Assert.Equal("\n", _fixture.Main.Sent()); // a sign of life, as long as the load takes
        }

        Link.OnLoadCompleted(0, _fixture.Main.Now);
        Assert.Equal(["SELECT 0", "SET a 1"], _fixture.Host.Applied);
        Assert.Equal((0, 50), Link.HeldBytes);
    }

    [Fact]
    public void ALoadThatIsOverBeforeTheStreamIsGrantedWaitsForIt()
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(3, _fixture.Main.Now);
        _fixture.Handshake();
        _fixture.Play(7);
        _fixture.ReceiveOnChannel($"$EOF:{ValkeyTranscript.Mark}\r\nDATA{ValkeyTranscript.Mark}");
        Assert.Equal((PrimaryLinkState.ChannelPsyncReply, SnapshotChannelState.None), (Link.State, _fixture.Channel.State));
        Assert.Equal((1000, 3), (_fixture.Main.Log.EndOffset, _fixture.Main.Log.StreamDatabase));
        _fixture.Main.Sent();
        _fixture.Main.Receive($"+CONTINUE {ValkeyTranscript.Id}\r\n{Wire.Command("SET", "a", "1")}");
        Assert.True(Link.IsUp);
        Assert.Equal(3, _fixture.Host.Database);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1000"), _fixture.Main.Sent());
    }

    /// <summary>
    /// A snapshot without the database said, and one from the second channel that is not here: the next write ended the process, or went to database 0.
    /// </summary>
    [Theory]
    [InlineData(20, "The stream is in database 20, which is not here")]
    [InlineData(-1, "It is not known which database the stream is in")]
    public void ADatabaseOfTheChannelThatIsNotHereHasToBeLeftFirst(int database, string told)
    {
        _fixture.Handshake();
        _fixture.Play(end: 4);
        _fixture.ReceiveOnChannel($"$ENDOFF:1000 {ValkeyTranscript.Id} {database} 17\r\n");
        _fixture.Main.Receive("+OK\r\n");
        _fixture.ReceiveOnChannel($"$EOF:{ValkeyTranscript.Mark}\r\nDATA{ValkeyTranscript.Mark}");
        Link.OnLoadCompleted(-1, _fixture.Main.Now);
        _fixture.Main.Receive($"+CONTINUE {ValkeyTranscript.Id}\r\n");
        Assert.True(Link.IsUp);
        Assert.Contains(_fixture.Host.Lines, line => line.StartsWith(told));
        _fixture.Main.Receive(Wire.Command("SET", "a", "1"), whileUp: true);
        Assert.Empty(_fixture.Host.Applied);
        Assert.False(Link.IsUp);
    }

    // Between snapshot and stream the primary was demoted, or its own primary promoted: a simulated cluster ended with two histories.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheStreamMayHaveAnotherNameThanTheSnapshot(bool loadsFirst)
    {
        const string other = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
        _fixture.Handshake();
        _fixture.Play(end: 8);
        if (!loadsFirst) _fixture.Main.Receive($"+CONTINUE {other}\r\n");
        _fixture.ReceiveOnChannel($"$EOF:{ValkeyTranscript.Mark}\r\nDATA{ValkeyTranscript.Mark}");
        _fixture.Link.OnLoadCompleted(-1, _fixture.Main.Now);
        if (loadsFirst) _fixture.Main.Receive($"+CONTINUE {other}\r\n");
        Assert.True(_fixture.Link.IsUp);
        var identity = _fixture.Main.History.Identity;
        Assert.Equal((other, ValkeyTranscript.Id), (identity.Id.ToString(), identity.SecondId.ToString()));
        Assert.Equal((1001L, 1000L), (identity.SecondOffset, _fixture.Main.History.Log.EndOffset));
    }

    [Fact]
    public void BeyondTheLimitTheStreamIsNotRead()
    {
        _fixture.Main.Settings.FullSyncBufferLimitBytes = 100;
        _fixture.Handshake();
        _fixture.Play(Steps - 1);
        Assert.True(Link.WantsRead);
        var command = Wire.Command("SET", "a", "1");
        _fixture.Main.Receive(command + command);
        Assert.False(Link.WantsRead);
        Assert.True(Link.GetReceiveBuffer().IsEmpty);
        Assert.Contains(_fixture.Host.Lines, line => line.Contains("104 bytes") && line.Contains("replica-full-sync-buffer-limit is 100"));
        _fixture.Main.After(100);
        Assert.Equal(PrimaryLinkState.Buffering, Link.State); // silence of our own making is no timeout
        Link.OnLoadCompleted(0, _fixture.Main.Now);
        Assert.Equal(["SELECT 0", "SET a 1", "SET a 1", "SET a 1"], _fixture.Host.Applied);
        Assert.True(Link.WantsRead);
    }

    [Fact]
    public void TheLimitIsToldOnceHoweverOftenItIsReached()
    {
        _fixture.Main.Settings.FullSyncBufferLimitBytes = 3_000_000;
        _fixture.Handshake();
        _fixture.Play(Steps - 1);
        var stream = Wire.Bytes(string.Concat(Enumerable.Repeat(Wire.Command("SET", "k", new string('v', 10_000)), 1000)));
        var at = 0;
        void Fill()
        {
            while (Link.WantsRead && at < stream.Length)
            {
                var free = Link.GetReceiveBuffer();
                var part = Math.Min(free.Length, stream.Length - at);
                stream.AsSpan(at, part).CopyTo(free);
                Link.OnReceived(part, _fixture.Main.Now);
                at += part;
            }
        }

        Fill();
        _fixture.Host.UnitsPerTurn = 100;
        Link.OnLoadCompleted(0, _fixture.Main.Now);
        while (Link.HasWork)
        {
            Fill(); // what the primary has goes on coming while it is replayed
            _fixture.Main.After(0.001);
        }

        Assert.Equal(stream.Length, at);
        Assert.Equal(1002, _fixture.Host.Applied.Count);
        Assert.Single(_fixture.Host.Lines, line => line.StartsWith("Replication buffer limit reached", StringComparison.Ordinal));
        Assert.Single(_fixture.Host.Lines, line => line == "Successfully streamed replication data into memory");
    }

    // The main connection's silence was counted after its end: the load was given up as timed out.
    [Fact]
    public void ALoadGoesOnHoweverLongAgoTheMainConnectionWasClosed()
    {
        _fixture.Handshake();
        _fixture.Play(7);
        _fixture.ReceiveOnChannel($"$EOF:{ValkeyTranscript.Mark}\r\nDATA{ValkeyTranscript.Mark}");
        Assert.Equal((PrimaryLinkState.ChannelPsyncReply, SnapshotChannelState.Complete), (Link.State, _fixture.Channel.State));
        Link.OnClosed(_fixture.Main.Now, "gone");
        for (var i = 0; i < 200; i++) _fixture.Main.After(1);
        Assert.Equal(PrimaryLinkState.ChannelPsyncReply, Link.State);
        Link.OnLoadCompleted(0, _fixture.Main.Now);
        Assert.Equal((PrimaryLinkState.Connect, 1000), (Link.State, _fixture.Main.Log.EndOffset));
        Assert.True(_fixture.Main.History.IsResumable);
    }

    [Fact]
    public void WhatComesDuringAReplayIsAppliedBehindIt()
    {
        _fixture.Handshake();
        _fixture.Play(Steps - 1);
        var value = new string('v', 1000);
        for (var i = 0; i < 3000; i++) _fixture.Main.Receive(Wire.Command("SET", $"k{i}", value));
        var held = Link.HeldBytes.Now;
        Assert.True(held > 3_000_000);
        (_fixture.Host.UnitsPerTurn, _fixture.Host.UnitsInTurn) = (1000, 0);
        Link.OnLoadCompleted(0, _fixture.Main.Now);
        Assert.True(Link.IsUp);
        Assert.InRange(Link.HeldBytes.Now, 1_500_000, held - 1_000_000); // one slice of it is applied, the loop goes on meanwhile
        Assert.Equal(0, Link.NextDeadline);
        _fixture.Main.Receive(Wire.Command("SET", "last", "1"));
        while (Link.HasWork) _fixture.Main.After(0.001);
        Assert.Equal(3003, _fixture.Host.Applied.Count);
        Assert.Equal("SET last 1", _fixture.Host.Applied[^1]);
        _fixture.Main.Receive(Wire.Command("SET", "direct", "1"));
        Assert.Equal("SET direct 1", _fixture.Host.Applied[^1]);
    }

    public static TheoryData<int, bool> Phases()
    {
        var data = new TheoryData<int, bool>();
        for (var i = 1; i < Steps; i++)
        {
            data.Add(i, true);
            data.Add(i, false);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public void APeerThatClosesAtAnyPhaseIsTriedAgain(int steps, bool main)
    {
        _fixture.Handshake();
        _fixture.Play(steps);
        var loading = _fixture.Channel.State == SnapshotChannelState.Complete;
        if (main) Link.OnClosed(_fixture.Main.Now, "gone");
        else _fixture.Channel.OnClosed(_fixture.Main.Now, "gone");
        if (loading)
        {
            // The payload is whole: it is loaded, what was held is applied, and the rest is asked for from there.
            Link.OnLoadCompleted(0, _fixture.Main.Now);
            Assert.Equal(["SELECT 0", "SET a 1"], _fixture.Host.Applied);
            Assert.Equal(!main, Link.IsUp);
            Assert.True(_fixture.Main.History.IsResumable);
            Assert.Equal(1050, _fixture.Main.Log.EndOffset);
            return;
        }

        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Equal((false, false), (_fixture.Host.IsConnected, _fixture.Host.ChannelIsConnected));
        Assert.Contains("gone", Link.LastError);
        Assert.Equal(_fixture.Host.Events.Contains("begin aaaa 1000 -1"), _fixture.Host.Events.Contains("abort"));
        Assert.Equal((0, 0), Link.HeldBytes);
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(-1, _fixture.Main.Now);
        _fixture.Handshake();
        _fixture.Play();
        Assert.True(Link.IsUp);
    }

    [Theory]
    [MemberData(nameof(Phases))]
    public void APeerThatFallsSilentAtAnyPhaseIsTimedOut(int steps, bool newlines)
    {
        _fixture.Handshake();
        _fixture.Play(steps);
        if (_fixture.Channel.State == SnapshotChannelState.Complete) return; // our own load has no timeout
        if (_fixture.Channel.State == SnapshotChannelState.Connecting) newlines = false;
        for (var i = 0; newlines && i < 100; i++)
        {
            _fixture.Main.After(1);
            if (_fixture.Channel.State is SnapshotChannelState.Snapshot or SnapshotChannelState.Header) _fixture.ReceiveOnChannel("\n");
            else if (_fixture.Channel.State == SnapshotChannelState.Payload) _fixture.ReceiveOnChannel("x");
            if (Link.State is PrimaryLinkState.AssociateReply or PrimaryLinkState.ChannelPsyncReply) _fixture.Main.Receive("\n");
            if (_fixture.Channel.State == SnapshotChannelState.IntroductionReply) _fixture.ReceiveOnChannel("\n");
            Assert.True(Link.IsDual);
        }

        _fixture.Main.After(61);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains("Timeout", Link.LastError);
    }

    [Theory]
    [InlineData("$ENDOFF:x aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 42")]
    [InlineData("$ENDOFF:1000 aaaa 0 42")]
    [InlineData("$ENDOFF:1000 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 42")]
    [InlineData("$ENDOFF:9223372036854775807 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 42")]
    [InlineData("$ENDOFF:-1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 42")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1000")]
    [InlineData("-ERR no")]
    public void NonsenseInThePlaceOfTheOffsetEndsTheAttempt(string line)
    {
        _fixture.Handshake();
        _fixture.Play(4);
        _fixture.ReceiveOnChannel(line + "\r\n");
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains(line, Link.LastError);
    }

    [Theory]
    [InlineData(6, "-ERR Unrecognized RDB client id 42")]
    [InlineData(8, "+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1000")]
    [InlineData(8, "+DUALCHANNELSYNC")]
    [InlineData(8, "-LOADING later")]
    public void WithoutTheStreamTheSnapshotIsGivenUp(int steps, string reply)
    {
        _fixture.Handshake();
        _fixture.Play(steps);
        _fixture.ReceiveOnChannel($"$EOF:{ValkeyTranscript.Mark}\r\nDA");
        _fixture.Main.Receive(reply + "\r\n");
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains("abort", _fixture.Host.Events);
        Assert.False(_fixture.Host.ChannelIsConnected);
    }

    [Fact]
    public void ALoadThatFailsEndsBothConnections()
    {
        _fixture.Handshake();
        _fixture.Play(Steps - 1);
        Link.OnLoadFailed("damaged", dataIntact: true, _fixture.Main.Now);
        Assert.Equal((false, false), (_fixture.Host.IsConnected, _fixture.Host.ChannelIsConnected));
        Assert.Equal("full sync, load: damaged", Link.LastError);
    }

    [Fact]
    public void TheWayOfRedis8()
    {
        using var fixture = new ChannelFixture(isRedis: true);
        fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, 0);
        fixture.Handshake();
        fixture.Main.Receive("+RDBCHANNELSYNC 17\r\n");
        Assert.Equal(PrimaryLinkState.Buffering, fixture.Link.State);
        fixture.Channel.OnConnected(0);
        string[] words = ["REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1", "main-ch-client-id", "17", "listening-port", "7000"];
        Assert.Equal(Wire.Command(words), fixture.SentOnChannel()); // a Redis 8.0.2 says the same
        fixture.ReceiveOnChannel("+OK\r\n");
        Assert.Equal(Wire.Command("PSYNC", "?", "-1"), fixture.SentOnChannel());
        fixture.ReceiveOnChannel($"+FULLRESYNC {ValkeyTranscript.Id} 1000\r\n$EOF:{ValkeyTranscript.Mark}\r\nDATA");
        fixture.Main.Receive(Wire.Command("SET", "a", "1"));
        fixture.ReceiveOnChannel(ValkeyTranscript.Mark);
        Assert.True(fixture.Link.IsUp);
        Assert.Equal(["SET a 1"], fixture.Host.Applied);
        Assert.Equal(1027, fixture.Main.Log.EndOffset);
    }
}
