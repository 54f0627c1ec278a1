using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>The link to a primary, byte for byte as redis-server 7.0.15 sends and is sent.</summary>
public sealed class PrimaryLinkTests : IDisposable
{
    private const string Mark = "0123456789abcdef0123456789abcdef01234567";
    private const string GetAck = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n";

    private readonly LinkFixture _fixture = new();

    private PrimaryLink Link => _fixture.Link;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void AFreshNodeAsksUnderItsOwnIdForTheFirstByte()
    {
        var id = _fixture.History.Identity.Id;
        Assert.Equal($"*3\r\n$5\r\nPSYNC\r\n$40\r\n{id}\r\n$1\r\n1\r\n", _fixture.Handshake());
    }

    [Fact]
    public void WhatAPrimarySaysIsShownInPrintableLetters()
    {
        Link.Follow("primary", 6379, 0);
        Link.OnConnected(0);
        _fixture.Sent();
        _fixture.Receive("-ERR \u0001\u00FA\u00C3!\r\n");
        Assert.Contains("-ERR ???!", Link.LastError);
    }

    [Fact]
    public void TheIntroductionGoesOutInOneGoAndItsRepliesAreReadInOrder()
    {
        _fixture.Settings.PrimaryUser = "u";
        _fixture.Settings.PrimaryPassword = "pw";
        _fixture.Settings.AnnouncedAddress = "ann.example";
        Link.Follow("primary", 6379, 0);
        Link.OnConnected(0);
        _fixture.Sent();
        _fixture.Receive("+PONG\r\n");
        var auth = "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$2\r\npw\r\n";
        var address = "*3\r\n$8\r\nREPLCONF\r\n$10\r\nip-address\r\n$11\r\nann.example\r\n";
        var port = LinkFixture.Introduction[..LinkFixture.Introduction.IndexOf("*7", StringComparison.Ordinal)];
        Assert.Equal(auth + port + address + LinkFixture.Introduction[port.Length..], _fixture.Sent());
        var states = new List<PrimaryLinkState>();
        foreach (var reply in new[] { "+OK\r\n", "-ERR x\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\n" })
        {
            states.Add(Link.State);
            Assert.Equal("", _fixture.Sent());
            _fixture.Receive(reply);
        }

        Assert.Equal(
            [
                PrimaryLinkState.AuthReply, PrimaryLinkState.PortReply, PrimaryLinkState.AddressReply, PrimaryLinkState.CapabilityReply,
                PrimaryLinkState.VersionReply,
            ],
            states);
        Assert.Equal(PrimaryLinkState.PsyncReply, Link.State);
        Assert.Contains("(Non critical) Master does not understand REPLCONF listening-port: -ERR x", _fixture.Host.Lines);
    }

    [Fact]
    public void APasswordWithoutUserIsSentAlone()
    {
        _fixture.Settings.PrimaryPassword = "pw";
        Link.Follow("primary", 6379, 0);
        Link.OnConnected(0);
        _fixture.Sent();
        _fixture.Receive("-NOAUTH Authentication required.\r\n");
        Assert.StartsWith("*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n", _fixture.Sent());
        _fixture.Receive("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.StartsWith("AUTH: Unable to AUTH to MASTER: -WRONGPASS", Link.LastError);
        Assert.False(_fixture.Host.IsConnected);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public void AFullSyncOfKnownLength(int readMax)
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(3, _fixture.Now);
        _fixture.Handshake(readMax: readMax);
        _fixture.Receive($"\n\n+FULLRESYNC {LinkFixture.IdA} 1000\r\n\n\n$10\r\n0123456789", readMax);
        Assert.Equal("0123456789", _fixture.Host.Payload.ToString());
        Assert.Equal(["connect primary:6379", "begin aaaa 1000 10", "end", "stream 3"], _fixture.Host.Events);
        Assert.Equal(PrimaryLinkState.Connected, Link.State);
        Assert.Equal(LinkFixture.IdA, _fixture.History.Identity.Id.ToString());
        Assert.Equal((1000, 1001, 3), (_fixture.Log.EndOffset, _fixture.Log.FirstOffset, _fixture.Log.StreamDatabase));
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1000"), _fixture.Sent());
    }

    [Theory]
    [InlineData("some payload")]
    [InlineData("0123456789abcdef0123456789abcdef0123456")]
    [InlineData("00123456789abcdef0123456789abcdef0123456x0123")]
    [InlineData("")]
    public void AMarkIsFoundWhereverReadsCutIt(string payload)
    {
        var wire = $"$EOF:{Mark}\r\n{payload}{Mark}";
        for (var cut = 1; cut < wire.Length; cut++)
        {
            using var fixture = new LinkFixture();
            fixture.Handshake();
            fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 7\r\n");
            fixture.Receive(wire[..cut]);
            fixture.Receive(wire[cut..]);
            Assert.Equal(payload, fixture.Host.Payload.ToString());
            Assert.Equal(PrimaryLinkState.Loading, fixture.Link.State);
            Assert.Equal((0, payload.Length), fixture.Link.Payload);
            fixture.Link.OnLoadCompleted(-1, 0);
            Assert.Equal(Wire.Command("REPLCONF", "ACK", "7"), fixture.Sent());
        }
    }

    [Fact]
    public void TheLinkSaysThatItLivesWhileTheHostLoads()
    {
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 7\r\n$1\r\nx");
        Assert.Equal(PrimaryLinkState.Loading, Link.State);
        Assert.False(Link.WantsRead);
        for (var i = 0; i < 200; i++)
        {
            _fixture.After(1);
            Assert.Equal("\n", _fixture.Sent());
        }

        Link.OnLoadCompleted(-1, _fixture.Now);
        Assert.Equal(PrimaryLinkState.Connected, Link.State);
    }

    [Fact]
    public void AStreamThatArrivedWithThePayloadIsAppliedAfterTheLoad()
    {
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 7\r\n$1\r\nx{Wire.Command("SET", "a", "1")}*1\r\n");
        Assert.Empty(_fixture.Host.Applied);
        Link.OnLoadCompleted(0, _fixture.Now);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal(4, Link.UnappliedBytes);
        Assert.Equal(7 + 27, _fixture.Log.EndOffset);
    }

    [Fact]
    public void OffsetsAndAcksAreThoseOfRedis()
    {
        // The offsets are those that redis-server 7.0.15 told for the same bytes.
        _fixture.FullSync();
        _fixture.Receive(GetAck);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1000"), _fixture.Sent());
        Assert.Equal(1037, _fixture.Log.EndOffset);
        _fixture.Receive(Wire.Command("SELECT", "0"));
        _fixture.Receive(GetAck);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1060"), _fixture.Sent());
        _fixture.Receive(Wire.Command("MULTI") + Wire.Command("SET", "a", "1"));
        Assert.Equal(1097, _fixture.Log.EndOffset);
        Assert.Equal(42, Link.UnappliedBytes);
        _fixture.Receive(GetAck);
        Assert.Equal("", _fixture.Sent());
        _fixture.Receive(Wire.Command("EXEC"));
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1097"), _fixture.Sent());
        Assert.Equal(1190, _fixture.Log.EndOffset);
        Assert.Equal(["SELECT 0", "{", "SET a 1", "}"], _fixture.Host.Applied);
    }

    [Fact]
    public void BlankLinesAreBytesOfTheStream()
    {
        _fixture.FullSync(5000);
        _fixture.Receive("\n\n" + Wire.Command("SELECT", "3") + "\r\n" + Wire.Command("SET", "a", "1"));
        Assert.Equal(5054, _fixture.Log.EndOffset);
        Assert.Equal(3, _fixture.Log.StreamDatabase);
    }

    [Fact]
    public void TheLogGetsExactlyTheAppliedBytes()
    {
        _fixture.FullSync();
        var cursor = _fixture.Log.OpenCursorAtEnd();
        var stream = Wire.Command("SELECT", "2") + Wire.Command("SET", "a", "1") + "*1\r\n$4\r\nping\r\n" + GetAck + Wire.Command("MULTI") +
            Wire.Command("INCR", "a") + Wire.Command("EXEC") + "\n" + Wire.Command("DEL", "a");
        _fixture.Receive(stream + "*2\r\n$3\r\nDEL", readMax: 5);
        var copy = "";
        while (cursor.PendingBytes > 0)
        {
            copy += Wire.Text(cursor.Peek());
            cursor.Advance(cursor.Peek().Length);
        }

        Assert.Equal(stream, copy);
    }

    [Fact]
    public void AcksGoOutEachSecondAndPromptlyToARedouble()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("DEL", "a"));
        _fixture.After(0.2);
        Assert.Equal("", _fixture.Sent());
        _fixture.After(0.8);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1020"), _fixture.Sent());

        using var prompt = new LinkFixture();
        prompt.FullSync(isRedouble: true);
        Assert.True(prompt.Link.IsRedouble);
        prompt.Receive(Wire.Command("DEL", "a"));
        Assert.InRange(prompt.Link.NextDeadline, prompt.Now + 1, prompt.Now + 100_000);
        prompt.After(0.1);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1020"), prompt.Sent());
        Assert.Equal(prompt.Now + 1_000_000, prompt.Link.NextDeadline);
    }

    [Fact]
    public void AnAofAddsWhatIsOnDisk()
    {
        Link.DurableOffset = 12;
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 20\r\n$0\r\n");
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "20", "FACK", "12"), _fixture.Sent());
    }

    [Fact]
    public void WhatIsOnDiskIsNeverAheadOfWhatIsApplied()
    {
        Link.DurableOffset = 25; // of keepalives that were given up
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 20\r\n$0\r\n");
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "20", "FACK", "20"), _fixture.Sent());
    }

    [Fact]
    public void ABrokenLinkIsTakenUpAtTheNextByteInTheSameDatabase()
    {
        _fixture.FullSync();
        var select = Wire.Command("SELECT", "9");
        _fixture.Receive(select + Wire.Command("MULTI") + Wire.Command("SET", "b", "1") + "*3\r\n$3\r\nSE");
        Link.OnClosed(_fixture.Now, "reset by peer");
        Assert.Equal(["SELECT 9"], _fixture.Host.Applied);
        var applied = 1000 + select.Length;
        Assert.Equal($"*3\r\n$5\r\nPSYNC\r\n$40\r\n{LinkFixture.IdA}\r\n$4\r\n{applied + 1}\r\n", _fixture.Handshake());
        _fixture.Receive("+CONTINUE\r\n" + Wire.Command("SET", "b", "2"));
        Assert.Equal(9, _fixture.Host.Database);
        Assert.Equal(["SELECT 9", "SET b 2"], _fixture.Host.Applied);
        Assert.Equal(LinkFixture.IdA, _fixture.History.Identity.Id.ToString());
    }

    /// <summary>PINGs that the new primary has never got are given up, and who had them from here has to ask again.</summary>
    [Fact]
    public void KeepalivesThatThePrimaryLacksAreGivenUp()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SET", "a", "1"));
        var data = _fixture.Log.EndOffset;
        _fixture.Receive(Wire.Command("PING") + Wire.Command("SELECT", "3") + Wire.Command("REPLCONF", "GETACK", "*"));
        _fixture.Sent();
        var observer = new Observer();
        _fixture.History.Observer = observer;
        Link.Follow("other", 6380, _fixture.Now);
        var ping = Wire.Command("PING").Length;
        var psync = _fixture.Handshake(place: Place(LinkFixture.IdB, 9000, LinkFixture.IdA, data + ping + 1));
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{data + ping + 1}"), psync);
        Assert.Equal(0, observer.Changes);
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n");
        Assert.Equal(1, observer.Changes);
        Assert.Equal(data + ping, _fixture.Log.EndOffset);
        Assert.Equal((LinkFixture.IdB, LinkFixture.IdA), (_fixture.History.Identity.Id.ToString(), _fixture.History.Identity.SecondId.ToString()));
        Assert.Equal(data + ping + 1, _fixture.History.Identity.SecondOffset);
        _fixture.Receive(Wire.Command("SELECT", "0") + Wire.Command("SET", "b", "2"));
        Assert.Equal("SET b 2", _fixture.Host.Applied[^1]);
    }

    /// <summary>The stream went on in the database of the message that was given up, without an error, and with equal offsets.</summary>
    [Fact]
    public void AStreamGoesOnInTheDatabaseThatItWasInBeforeAPromotionOfAMoment()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SELECT", "3") + Wire.Command("SET", "a", "1"));
        var end = _fixture.Log.EndOffset;
        PublishAsPrimary(0);
        Assert.Equal(0, _fixture.Log.StreamDatabase);
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{end + 1}"), _fixture.Handshake(place: Place(LinkFixture.IdA, end, LinkFixture.IdB, -1)));
        _fixture.Receive("+CONTINUE\r\n" + Wire.Command("SET", "b", "2"));
        Assert.Equal((3, 3), (_fixture.Host.Database, _fixture.Log.StreamDatabase));
        Assert.Equal("SET b 2", _fixture.Host.Applied[^1]);
    }

    /// <summary>Which one that was is known for so many SELECTs only; a full sync tells it.</summary>
    [Fact]
    public void AStreamWhoseDatabaseIsNotKnownAnyMoreHasToSayIt()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SELECT", "3") + Wire.Command("SET", "a", "1"));
        var end = _fixture.Log.EndOffset;
        for (var i = 0; i < DatabaseMarks.CountMax; i++) PublishAsPrimary(i % 2);
        _fixture.Handshake(place: Place(LinkFixture.IdA, end, LinkFixture.IdB, -1));
        _fixture.Receive("+CONTINUE\r\n" + Wire.Command("PING"));
        Assert.True(Link.IsUp);
        _fixture.Receive(Wire.Command("SET", "b", "2"));
        Assert.False(Link.IsUp);
        Assert.Contains("the database that 'SET' at offset", Link.LastError);
        Assert.Equal("SET a 1", _fixture.Host.Applied.FindLast(command => command.StartsWith("SET", StringComparison.Ordinal)));
        Assert.Equal(Wire.Command("PSYNC", "?", "-1"), _fixture.Handshake());
    }

    private void PublishAsPrimary(int database)
    {
        if (Link.State != PrimaryLinkState.None)
        {
            Link.Stop(_fixture.Now);
            _fixture.History.Promote();
        }

        _fixture.Log.SelectDatabase(database);
        _fixture.Log.Append("*1\r\n$7\r\nmessage\r\n"u8, AppendKind.Message);
    }

    /// <summary>A full sync takes the log as it is: nothing was given up for it.</summary>
    [Fact]
    public void NothingIsGivenUpWhenThePrimaryRefuses()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("PING"));
        Link.Follow("other", 6380, _fixture.Now);
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, "1001"), _fixture.Handshake(place: Place(LinkFixture.IdB, 9000, LinkFixture.IdA, 1001)));
        _fixture.Receive("-NOMASTERLINK Can't SYNC while not connected with my master\r\n");
        Assert.Equal(1000 + Wire.Command("PING").Length, _fixture.Log.EndOffset);
    }

    [Fact]
    public void APrimaryThatIsALateReplicaIsAskedLaterButNotForEver()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SET", "a", "1"));
        var late = "role:slave\r\nmaster_link_status:up\r\n" + Place(LinkFixture.IdA, 1000, LinkFixture.IdB, -1)["role:master\r\n".Length..];
        Link.Follow("other", 6380, _fixture.Now);
        for (var i = 0; i < 10; i++) Assert.Equal("", _fixture.Handshake(place: late));
        Assert.Single(_fixture.Host.Lines, line => line.StartsWith("the primary is a replica itself and has not got the last", StringComparison.Ordinal));
        _fixture.After(60);
        Assert.StartsWith("*3\r\n$5\r\nPSYNC", _fixture.Handshake(place: late));
    }

    [Theory]
    [InlineData("$-5\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$99999999\r\n")]
    public void AnInfoOfImpossibleLengthDropsTheLink(string reply)
    {
        _fixture.FullSync();
        Link.Follow("other", 6380, _fixture.Now);
        Link.OnConnected(_fixture.Now);
        _fixture.Receive("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n" + reply);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.StartsWith("INFO: ", Link.LastError);
    }

    [Fact]
    public void ANewNameInContinueIsTakenAndTheOldOneKept()
    {
        _fixture.FullSync(1230);
        Link.OnClosed(_fixture.Now, "reset by peer");
        _fixture.Handshake();
        _fixture.Receive($"+CONTINUE {LinkFixture.IdB}\r\n");
        var identity = _fixture.History.Identity;
        Assert.Equal((LinkFixture.IdB, LinkFixture.IdA, 1231), (identity.Id.ToString(), identity.SecondId.ToString(), identity.SecondOffset));
        Assert.Equal(1230, _fixture.Log.EndOffset);
    }

    [Theory]
    [InlineData("PING\r\n")]
    [InlineData("\r\nfoo\r\n")]
    [InlineData("*1\r\n:4\r\n")]
    [InlineData("+OK\r\n")]
    [InlineData("*a\r\n")]
    public void GarbageInTheStreamEndsTheLinkAndWhatCouldBeResumed(string garbage)
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SET", "a", "1") + garbage);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Equal(1027 + (garbage[0] == '\r' ? 2 : 0), _fixture.Log.EndOffset);
        Assert.Equal("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n", _fixture.Handshake());
    }

    public static TheoryData<string, string, long> TooLarge { get; } = new()
    {
        { "a bulk", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$19971\r\n", 4 + 9 + 7 + 8 + 19_971 + 2 },
        { "a bulk that no block holds", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3000000000\r\n", int.MaxValue },
        { "a bulk beyond all numbers", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$9223372036854775807\r\n", int.MaxValue },
        { "a transaction", Wire.Command("MULTI") + string.Concat(Enumerable.Repeat(Wire.Command("SET", "a", "12345"), 700)), 20_001 },
        { "a transaction's last bulk", Wire.Command("MULTI") + Wire.Command("SET", "a", new string('x', 19_000)) + "*2\r\n$3\r\nDEL\r\n$1000\r\n", 15 + (4 + 9 + 7 + 8 + 19_000 + 2) + (4 + 9 + 7 + 1000 + 2) },
        { "many arguments", "*100000\r\n" + string.Concat(Enumerable.Repeat("$1\r\nx\r\n", 3000)), 20_001 },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public void WhatIsLargerThanTheBoundTakesTheLinkDownByItsSize(string what, string bytes, long size)
    {
        const int bound = 20_000;
        foreach (var readMax in (int[])[int.MaxValue, 1000, 7])
        {
            using var fixture = new LinkFixture(unappliedMax: bound);
            fixture.FullSync();
            fixture.Receive(Wire.Command("SET", "before", "1"));
            var end = fixture.Log.EndOffset;
            fixture.Receive(bytes, readMax, whileUp: true);
            Assert.Equal(PrimaryLinkState.Connect, fixture.Link.State);
            Assert.Contains($"at offset {end + 1}; at most {bound} bytes can be taken at once", fixture.Link.LastError);
            var told = long.Parse(fixture.Link.LastError!.Split("at least ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(told >= size && (told == size || size == bound + 1), $"{what}: {told} and not {size}");
            Assert.Contains(fixture.Link.LastError, fixture.Host.Lines);
            Assert.Equal(["SET before 1"], fixture.Host.Applied);
            // Nothing is lost by it: the same offset is asked for again, a second later.
            Assert.Equal(fixture.Now + 1_000_000, fixture.Link.NextDeadline);
            Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n{end + 1}\r\n", fixture.Handshake());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(977)]
    [InlineData(int.MaxValue)]
    public void WhatFillsTheBoundIsTaken(int readMax)
    {
        const int bound = 20_000;
        using var fixture = new LinkFixture(unappliedMax: bound);
        fixture.FullSync();
        var frame = Wire.Command("SET", "a", new string('x', bound - 30));
        Assert.Equal(bound, frame.Length);
        var transaction = Wire.Command("MULTI") + Wire.Command("SET", "a", new string('x', bound - 30 - 15 - 14)) + Wire.Command("EXEC");
        Assert.Equal(bound, transaction.Length);
        for (var i = 0; i < 3; i++) fixture.Receive(Wire.Command("DEL", "a") + frame + transaction, readMax);
        Assert.Equal(PrimaryLinkState.Connected, fixture.Link.State);
        Assert.Equal(1000 + (3 * (20 + bound + bound)), fixture.Log.EndOffset);
        Assert.Equal(3 * 5, fixture.Host.Applied.Count);
    }

    [Fact]
    public void AnUnknownCommandTakesTheLinkDownByName()
    {
        _fixture.Host.UnknownCommands.Add("XNEW");
        _fixture.FullSync();
        _fixture.After(5);
        _fixture.Receive(Wire.Command("SET", "a", "1") + Wire.Command("XNEW", "a") + Wire.Command("SET", "b", "1"));
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal("stream: unknown command 'XNEW' at offset 1028", Link.LastError);
        Assert.Equal(_fixture.Now + 1_000_000, Link.NextDeadline);
        Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n1028\r\n", _fixture.Handshake());
    }

    /// <summary>Each partial resync came to the same command again, for ever.</summary>
    [Fact]
    public void ACommandThatStaysUnknownIsLeftBehindByAFullSync()
    {
        _fixture.Host.UnknownCommands.Add("XNEW");
        _fixture.FullSync();
        Fail(1001);
        Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n1001\r\n", _fixture.Handshake());
        _fixture.Receive("+CONTINUE\r\n");
        Fail(1001);
        Assert.Equal("stream: unknown command 'XNEW' at offset 1001, again: a full sync is needed to go on", Link.LastError);
        Assert.Equal(Wire.Command("PSYNC", "?", "-1"), _fixture.Handshake());
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 5000\r\n$4\r\nDATA");
        Assert.True(Link.IsUp);
        Assert.Equal((true, -1, "stream: unknown command 'XNEW' at offset 1001, again: a full sync is needed to go on"),
            (Link.Journal.Records[0].IsFull, Link.Journal.Records[0].AskedOffset, Link.Journal.Records[0].Cause));

        // Another one behind it: full syncs do not follow each other that fast.
        for (var i = 0; i < 2; i++)
        {
            Fail(5001);
            Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n5001\r\n", _fixture.Handshake());
            _fixture.Receive("+CONTINUE\r\n");
        }

        _fixture.Now += 10_000_000;
        Fail(5001);
        Assert.Equal(Wire.Command("PSYNC", "?", "-1"), _fixture.Handshake());

        void Fail(long offset)
        {
            _fixture.Sent();
            _fixture.Receive(Wire.Command("XNEW", "a"));
            Assert.Equal(PrimaryLinkState.Connect, Link.State);
            Assert.StartsWith($"stream: unknown command 'XNEW' at offset {offset}", Link.LastError);
        }
    }

    [Fact]
    public void NothingOfATransactionWithAnUnknownCommandIsApplied()
    {
        _fixture.Host.UnknownCommands.Add("XNEW");
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("MULTI") + Wire.Command("INCR", "a") + Wire.Command("XNEW", "a") + Wire.Command("EXEC"));
        Assert.Empty(_fixture.Host.Applied);
        Assert.Equal(1000, _fixture.Log.EndOffset);
        Assert.Contains("unknown command 'XNEW'", Link.LastError);
    }

    [Fact]
    public void AnErrorToPsyncFallsBackToSync()
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.Handshake();
        _fixture.Receive("-ERR unknown command 'PSYNC'\r\n");
        Assert.Equal("SYNC\r\n", _fixture.Sent());
        _fixture.Receive("\n$3\r\nabc" + Wire.Command("SET", "a", "1"));
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal("begin 0000 -1 3", _fixture.Host.Events[^3]);
        _fixture.After(5);
        Assert.Equal("", _fixture.Sent()); // a primary that knows no PSYNC may not know REPLCONF
        Link.OnClosed(_fixture.Now, "reset by peer");
        Assert.Equal("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n", _fixture.Handshake());
    }

    [Fact]
    public void SyncWithAMarkIsAcknowledgedOnce()
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.Handshake();
        _fixture.Receive("-ERR foo\r\n");
        _fixture.Sent();
        _fixture.Receive($"$EOF:{Mark}\r\nabc{Mark}");
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "0"), _fixture.Sent());
    }

    [Theory]
    [InlineData("-NOMASTERLINK Can't SYNC while not connected with my master\r\n")]
    [InlineData("-LOADING Redis is loading the dataset in memory\r\n")]
    [InlineData("-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n")] // SYNC would lose the history's name for good
    public void APrimaryThatCannotNowIsAskedAgainLater(string reply)
    {
        _fixture.Handshake();
        _fixture.Receive(reply);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Equal(_fixture.Now + 1_000_000, Link.NextDeadline);
        Assert.Equal("", _fixture.Sent());
    }

    [Theory]
    [InlineData("+FULLRESYNC abc 1\r\n", "PSYNC: Master replied with wrong +FULLRESYNC syntax")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa -3\r\n", "PSYNC: Master replied with wrong +FULLRESYNC syntax")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 3\r\n-ERR no\r\n", "full sync: MASTER aborted replication with an error: ERR no")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 3\r\nHTTP/1.1\r\n", "full sync: Bad protocol from MASTER")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 3\r\n$EOF:abc\r\n", "full sync: Bad protocol from MASTER")]
    [InlineData("+FULLRESYNC aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 3\r\n$-1\r\n", "full sync: Bad protocol from MASTER")]
    public void NonsenseIsNamedWithItsStep(string reply, string error)
    {
        _fixture.Handshake();
        _fixture.Receive(reply);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.StartsWith(error, Link.LastError);
    }

    [Fact]
    public void ALineWithoutEndIsRefused()
    {
        _fixture.Handshake();
        _fixture.Receive(new string('x', 5000));
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
    }

    [Fact]
    public void SilenceTimesOutInEveryState()
    {
        _fixture.Handshake();
        _fixture.After(60);
        Assert.Equal(PrimaryLinkState.PsyncReply, Link.State);
        _fixture.Receive("\n");
        _fixture.After(60);
        Assert.Equal(PrimaryLinkState.PsyncReply, Link.State);
        _fixture.After(0.1);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Equal("PSYNC: Timeout connecting to the MASTER...", Link.LastError);
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 1\r\n$10\r\nx");
        _fixture.After(60.1);
        Assert.StartsWith("full sync, payload: Timeout receiving bulk data", Link.LastError);
        Assert.Contains("abort", _fixture.Host.Events);
        _fixture.FullSync();
        _fixture.After(60.1);
        Assert.Equal("MASTER timeout: no data nor PING received...", Link.LastError);
    }

    [Fact]
    public void AHostThatTakesNoPayloadIsNoSilence()
    {
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 1\r\n$10\r\n0123");
        _fixture.Host.WantsPayload = false;
        Assert.True(Link.GetReceiveBuffer().IsEmpty);
        for (var i = 0; i < 5; i++)
        {
            _fixture.After(59);
            Assert.Equal("\n", _fixture.Sent()); // the primary hears that it is waited for
        }

        _fixture.After(0.5);
        Assert.Equal("", _fixture.Sent());
        Assert.Equal(_fixture.Now + 500_000, Link.NextDeadline);
        _fixture.Host.WantsPayload = true;
        _fixture.Receive("456789");
        Assert.Equal("0123456789", _fixture.Host.Payload.ToString());
        Assert.Equal(PrimaryLinkState.Loading, Link.State);
    }

    [Fact]
    public void AFailedLoadIsTriedAgainFromTheStartUnlessTheOldDataIsThere()
    {
        _fixture.FullSync();
        _fixture.Host.OnEndPayload = null;
        foreach (var intact in new[] { true, false })
        {
            Link.OnClosed(_fixture.Now, "reset by peer");
            Assert.Contains(LinkFixture.IdA, _fixture.Handshake());
            _fixture.Receive($"+FULLRESYNC {LinkFixture.IdB} 5000\r\n$1\r\nx");
            Link.OnLoadFailed("bad checksum", intact, _fixture.Now);
            Assert.Equal("full sync, load: bad checksum", Link.LastError);
            Assert.True(Link.NextDeadline >= _fixture.Now + 1_000_000);
            Assert.Equal(intact, _fixture.History.IsResumable);
            Assert.Equal(1000, _fixture.Log.EndOffset);
        }

        Assert.Equal("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n", _fixture.Handshake());
    }

    [Fact]
    public void APrimaryThatGoesWhileTheHostLoadsCostsNoSecondFullSync()
    {
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 500\r\n$1\r\nx");
        Link.OnClosed(_fixture.Now, "reset by peer");
        Assert.Equal(PrimaryLinkState.Loading, Link.State);
        Link.OnLoadCompleted(0, _fixture.Now);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains($"{LinkFixture.IdA}\r\n$3\r\n501\r\n", _fixture.Handshake());
    }

    /// <summary>What had come in one read with the end of the payload was thrown away, though it may be nowhere else by now.</summary>
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)] // in slices
    public void WhatCameBehindThePayloadOfAPrimaryThatHasGoneIsApplied(int unitsPerTurn)
    {
        _fixture.Host.UnitsPerTurn = unitsPerTurn;
        _fixture.Handshake();
        var sets = Wire.Command("SET", "a", "1") + Wire.Command("SET", "b", "2");
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 500\r\n$1\r\nx{sets}*1\r\n");
        Link.OnClosed(_fixture.Now, "reset by peer");
        Link.OnLoadCompleted(0, _fixture.Now);
        while (Link.HasWork) _fixture.After(0);
        Assert.Equal(["SET a 1", "SET b 2"], _fixture.Host.Applied);
        Assert.Equal(PrimaryLinkState.Connect, Link.State);
        Assert.Contains($"{LinkFixture.IdA}\r\n$3\r\n555\r\n", _fixture.Handshake());
    }

    [Fact]
    public void AHostThatCannotTakeThePayloadIsSentNoMoreOfIt()
    {
        _fixture.FullSync(offset: 700);
        Link.OnClosed(_fixture.Now, "cut");
        _fixture.Handshake();
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdB} 500\r\n$1000\r\nx");
        Assert.Equal(PrimaryLinkState.Payload, Link.State);
        Link.OnLoadFailed("No space left on device", dataIntact: true, _fixture.Now);
        Assert.Equal((PrimaryLinkState.Connect, "full sync, payload: No space left on device"), (Link.State, Link.LastError));
        Assert.Equal(_fixture.Now + 1_000_000, Link.NextDeadline);
        Assert.False(_fixture.Host.IsConnected);
        Assert.Contains($"{LinkFixture.IdA}\r\n$3\r\n701\r\n", _fixture.Handshake());
    }

    [Fact]
    public void RetriesComeAtOnceThenSlower()
    {
        _fixture.FullSync();
        _fixture.After(5);
        var delays = new List<long>();
        for (var i = 0; i < 7; i++)
        {
            Link.OnClosed(_fixture.Now, "refused");
            delays.Add(Link.NextDeadline - _fixture.Now);
            _fixture.Now = Link.NextDeadline;
            Link.OnTimer(_fixture.Now);
            Assert.Equal(PrimaryLinkState.Connecting, Link.State);
        }

        Assert.Equal([0, 100_000, 200_000, 400_000, 800_000, 1_000_000, 1_000_000], delays);
        Assert.Equal(7, Link.CurrentAttempts);
    }

    [Fact]
    public void ALinkThatIsCutAgainAndAgainComesBackAtOnceAsLongAsItGetsFurther()
    {
        // A delay that grows with every cut let a busy primary's backlog move past the replica: a full sync where Redis resumes.
        var set = Wire.Command("SET", "a", "1");
        _fixture.FullSync();
        for (var i = 0; i < 5; i++)
        {
            _fixture.Receive(set);
            Link.OnClosed(_fixture.Now, "cut");
            Assert.Equal(_fixture.Now, Link.NextDeadline);
            Assert.Contains($"\r\n{1001 + ((i + 1) * set.Length)}\r\n", _fixture.Handshake());
            _fixture.Receive("+CONTINUE\r\n");
            _fixture.Sent();
        }

        Link.OnClosed(_fixture.Now, "cut before anything came");
        Assert.Equal(100_000, Link.NextDeadline - _fixture.Now);
    }

    [Fact]
    public void AStreamThatIsNoneIsNotTriedAgainAtOnceHoweverMuchOfItWasApplied()
    {
        // Each attempt is a full sync.
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SET", "a", "1") + "nonsense\r\n");
        Assert.Equal(_fixture.Now + 1_000_000, Link.NextDeadline);
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("SET", "a", "1") + "nonsense\r\n");
        Assert.Equal(_fixture.Now + 2_000_000, Link.NextDeadline);
    }

    [Fact]
    public void AnArgumentOfGetAckIsAMarkAtItsOffset()
    {
        _fixture.FullSync();
        var set = Wire.Command("SET", "a", "1");
        var mark = Wire.Command("REPLCONF", "GETACK", "redouble:77");
        _fixture.Receive(set + mark + set);
        Assert.Contains($"mark redouble:77 {1000 + set.Length + mark.Length}", _fixture.Host.Events);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", $"{1000 + set.Length}"), _fixture.Sent());
    }

    [Fact]
    public void StoppingDropsWhatWasNotApplied()
    {
        _fixture.FullSync();
        _fixture.Receive(Wire.Command("MULTI") + Wire.Command("SET", "a", "1"));
        Link.Stop(_fixture.Now);
        Assert.Equal((PrimaryLinkState.None, 1000, long.MaxValue), (Link.State, _fixture.Log.EndOffset, Link.NextDeadline));
        Assert.False(_fixture.Host.IsConnected);
        Assert.Empty(_fixture.Host.Applied);
    }

    [Fact]
    public void AnotherPrimaryIsAskedUnderTheSameHistory()
    {
        _fixture.FullSync();
        Link.Follow("sibling", 6380, _fixture.Now);
        Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n1001\r\n", _fixture.Handshake());
        Assert.Equal("connect sibling:6380", _fixture.Host.Events[^1]);
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdB} 1\r\n$5\r\n12");
        Link.Follow("primary", 6379, _fixture.Now);
        Assert.Contains($"{LinkFixture.IdA}\r\n$4\r\n1001\r\n", _fixture.Handshake());
        Assert.Contains("abort", _fixture.Host.Events);
        _fixture.Receive("+CONTINUE\r\n");
        Assert.Equal(ReplicationId.None, _fixture.History.Identity.SecondId);
    }

    private static string Place(string id, long offset, string secondId, long secondOffset) =>
        $"role:master\r\nmaster_replid:{id}\r\nmaster_replid2:{secondId}\r\nmaster_repl_offset:{offset}\r\nsecond_repl_offset:{secondOffset}\r\n";

    private sealed class Observer : Redouble.Replication.Identity.IHistoryObserver
    {
        public int Changes { get; private set; }

        public void OnHistoryChanged() => Changes++;
    }
}
