using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>What a replica tells of its last synchronisations, and of its link's rates.</summary>
public sealed class SyncJournalTests : IDisposable
{
    private readonly LinkFixture _fixture = new();

    private PrimaryLink Link => _fixture.Link;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void AFullSyncIsWrittenDownWithItsCauseTimeAndBytes()
    {
        _fixture.Handshake();
        _fixture.After(1.5);
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 1000\r\n$4\r\nDA");
        Assert.Empty(Link.Journal.Records);
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.After(0.5);
        _fixture.Receive("TA");
        var record = Assert.Single(Link.Journal.Records);
        Assert.Equal(new SyncRecord(true, 1, "REPLICAOF", 0, 2_000_000, 4, null, 1), record);
        Assert.Equal((1, 0), (Link.Journal.FullSyncs, Link.Journal.PartialSyncs));
    }

    [Fact]
    public void APartialSyncTellsWhatBrokeAndTheGapOnceItIsKnown()
    {
        _fixture.FullSync();
        _fixture.After(5);
        Link.OnClosed(_fixture.Now, "connection reset by peer");
        _fixture.Handshake();
        _fixture.Receive("+CONTINUE\r\n");
        var record = Link.Journal.Records[0];
        Assert.Equal((false, 1001, "connection reset by peer", -1, null), (record.IsFull, record.AskedOffset, record.Cause, record.Bytes, record.Error));
        Link.Journal.PrimaryToldOffset(1500);
        Link.Journal.PrimaryToldOffset(9000); // of later writes
        Assert.Equal(500, Link.Journal.Records[0].Bytes);
        Assert.Equal((1, 1), (Link.Journal.FullSyncs, Link.Journal.PartialSyncs));
    }

    [Fact]
    public void TheSameFailureIsCountedAndAttemptsThatWereNotGrantedAreNot()
    {
        for (var i = 0; i < 3; i++)
        {
            _fixture.Handshake();
            _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 1000\r\n$100\r\nhalf");
            Link.OnClosed(_fixture.Now, "connection closed by the primary");
            _fixture.After(3);
            Link.OnClosed(_fixture.Now, "refused"); // while connecting, or not at all
            _fixture.After(3);
        }

        var record = Assert.Single(Link.Journal.Records);
        Assert.Equal((3, 4, "connection closed by the primary"), (record.Times, record.Bytes, record.Error));
    }

    [Fact]
    public void OnlyTheLastFiveAreKept()
    {
        _fixture.FullSync();
        for (var i = 0; i < 7; i++)
        {
            _fixture.After(2);
            Link.OnClosed(_fixture.Now, $"cut {i}");
            _fixture.Handshake();
            _fixture.Receive("+CONTINUE\r\n");
        }

        Assert.Equal(["cut 6", "cut 5", "cut 4", "cut 3", "cut 2"], Link.Journal.Records.Select(record => record.Cause));
    }

    [Fact]
    public void RatesAndTheTimeUntilTheLinkIsGivenUp()
    {
        _fixture.FullSync();
        var frame = Wire.Command("SET", "k", new string('v', 972)); // 1000 bytes
        Assert.Equal(1000, frame.Length);
        for (var i = 0; i < 30; i++)
        {
            Link.Sample(_fixture.Now);
            _fixture.After(0.1);
            _fixture.Receive(frame);
        }

        Assert.InRange(Link.ApplyRate(_fixture.Now), 9_900, 10_100);
        Assert.InRange(Link.ReceiveRate(_fixture.Now), 9_900, 10_100);
        Assert.Equal(-1, Link.TimeoutInMicroseconds(_fixture.Now));
        _fixture.After(20);
        Assert.Equal(40_000_000, Link.TimeoutInMicroseconds(_fixture.Now));
        _fixture.After(39);
        Assert.True(Link.IsUp);
        _fixture.After(1.1);
        Assert.False(Link.IsUp);
        Assert.Equal(-1, Link.TimeoutInMicroseconds(_fixture.Now));
    }
}
