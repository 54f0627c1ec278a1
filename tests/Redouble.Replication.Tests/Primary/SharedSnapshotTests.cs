using Redouble.Persistence.Rdb;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>Replicas that read encodings of their own of one snapshot: it goes on in all of them or in none.</summary>
public sealed class SharedSnapshotTests
{
    private const string Redouble = "capa eof capa psync2 capa redouble";

    /// <summary>
    /// A Redis 7.0 beside a Redouble, with times of hash fields in the data set: nobody shared the slow one's payload, so it was never parted from, and the
    /// other got its own at that pace.
    /// </summary>
    [Theory]
    [InlineData("capa eof capa psync2", Redouble)]
    [InlineData(Redouble, "capa eof capa psync2")]
    public void OneThatTakesNothingMayNotHoldThoseWithAnotherEncoding(string slowOptions, string fastOptions)
    {
        using var fixture = new PrimaryFixture { NeededDialect = RdbDialect.Rdb12 };
        fixture.Spool = static source =>
        {
            var file = new MemoryPayload([], source.ReadBytes);
            source.Close();
            return file;
        };
        var slow = fixture.Connect("? -1", slowOptions);
        var fast = fixture.Connect("? -1", fastOptions);
        fixture.Turn();
        Assert.Equal(2, fixture.Streams.Count);
        Assert.True(TurnsUntilParted(fixture, slow, fast) < 400);
        Assert.False(fast.IsOnFile);
        Assert.True(fixture.Streams.TrueForAll(static stream => stream.HasRoom));
        Assert.Contains(fixture.Lines, static line => line.Contains("so slowly that other replicas have to wait", StringComparison.Ordinal));
    }

    [Fact]
    public void WhoIsAboutAsFastAsThoseWithAnotherEncodingStays()
    {
        using var fixture = new PrimaryFixture { NeededDialect = RdbDialect.Rdb12, Spool = static _ => throw new InvalidOperationException() };
        var (slow, fast) = (fixture.Connect("? -1"), fixture.Connect("? -1", Redouble));
        fixture.Turn();
        Assert.Equal(400, TurnsUntilParted(fixture, slow, fast, slowBytes: 150_000, fastBytes: 200_000));
    }

    // The encoders fill what room there is in all of the streams.
    private static int TurnsUntilParted(PrimaryFixture fixture, ReplicaLink slow, ReplicaLink fast, int slowBytes = 0, int fastBytes = int.MaxValue)
    {
        var turns = 0;
        for (; turns < 400 && !slow.IsOnFile; turns++)
        {
            while (fixture.Streams.TrueForAll(static stream => stream.HasRoom))
            {
                foreach (var stream in fixture.Streams) stream.Append(new byte[100_000]);
            }

            fixture.Sent(fast, fastBytes);
            fixture.Sent(slow, slowBytes);
            fixture.After(0.01);
        }

        return turns;
    }
}
