using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>repl-writer-throttle: writers are slowed, within bounds, before a replica that gets on would be dropped.</summary>
public sealed class WriterThrottleTests : IDisposable
{
    private const int Megabyte = 1 << 20;
    private const string Redouble = "listening-port 7000 capa eof capa psync2 capa redouble";
    private readonly PrimaryFixture _fixture = new(backlogSize: 16 * 1024);
    private readonly OutputSegment[] _segment = new OutputSegment[1];

    public WriterThrottleTests() => Limit(4 * Megabyte);

    private WriterThrottle Throttle => _fixture.Replication.Throttle;

    public void Dispose() => _fixture.Dispose();

    private void Limit(long hard, long soft = 0, int seconds = 0) => (_fixture.Settings.OutputHardLimitBytes, _fixture.Settings.OutputSoftLimitBytes,
        _fixture.Settings.OutputSoftLimitSeconds) = (hard, soft, seconds);

    // Writers who write whenever they may, 1000 bytes at a time, 100 MB/s at most; the replica takes so many bytes a second. Returns what was written.
    private long Storm(ReplicaLink link, double seconds, int bytesPerSecond, bool ack = true)
    {
        const int perSecond = 10_000;
        var written = 0L;
        var owed = 0.0;
        var write = new byte[1000];
        for (var left = (long)(seconds * perSecond); left > 0; left--)
        {
            _fixture.After(1.0 / perSecond);
            if (!link.IsReplica) break;
            for (var i = 0; i < 10 && MayWrite(); i++)
            {
                _fixture.Log.Append(write);
                written += write.Length;
            }

            owed = Math.Min(owed + (bytesPerSecond / (double)perSecond), 200_000);
            if (owed < 20_000) continue;
            owed -= Take(link, (long)owed);
            if (ack) _fixture.Send(link, Wire.Command("REPLCONF", "ACK", $"{link.StreamOffset}"));
        }

        return written;
    }

    // Sends at most so much, and returns how much it was.
    private long Take(ReplicaLink link, long bytes)
    {
        var taken = 0L;
        while (taken < bytes && link.PeekSend(_segment) > 0)
        {
            var part = Math.Min(bytes - taken, _segment[0].Bytes.Length);
            link.OnSent(part, _fixture.Now);
            taken += part;
        }

        return taken;
    }

    private bool MayWrite() => !Throttle.IsHolding && (!Throttle.IsArmed || Throttle.HasRoom || !Throttle.TryHold(_fixture.Now));

    [Fact]
    public void AStormGetsThroughAsFastAsTheReplicaTakesItAndTheReplicaStays()
    {
        var link = _fixture.ConnectOnline(Redouble);
        var written = Storm(link, 10, bytesPerSecond: 40 * Megabyte);
        Assert.True(link.IsReplica, link.CloseReason);
        Assert.InRange(written, 390 * Megabyte, 430 * Megabyte);
        Assert.InRange(link.OutputMemoryBytes, 2 * Megabyte, 4 * Megabyte);
        Assert.True(Throttle.IsSlowing);
        Assert.Equal((1, "127.0.0.1:7000"), (Throttle.Times, Throttle.ReplicaName));
        Assert.InRange(Throttle.HeldMicroseconds, 3_000_000, 9_000_000);
        const string begin = "Writers are slowed, by at most 90 percent, for replica 127.0.0.1:7000: ";
        Assert.Single(_fixture.Lines, line => line.StartsWith(begin, StringComparison.Ordinal));

        Take(link, long.MaxValue);
        _fixture.Turn();
        _fixture.After(0.5);
        Assert.False(Throttle.IsHolding);
        Assert.True(Throttle.IsSlowing); // it may begin anew at any moment
        _fixture.After(0.6);
        Assert.False(Throttle.IsSlowing);
        Assert.Single(_fixture.Lines, line => line.StartsWith("Writers are not slowed for replica 127.0.0.1:7000 any more: ", StringComparison.Ordinal));
    }

    [Fact]
    public void SwitchedOffTheReplicaIsDroppedAtItsLimit()
    {
        _fixture.Settings.WriterThrottlePercent = 0;
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 10, bytesPerSecond: 40 * Megabyte);
        Assert.Equal("output buffer limit", link.CloseReason);
        Assert.Equal((0, 0L), (Throttle.Times, Throttle.HeldMicroseconds));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(90)]
    [InlineData(99)]
    public void WritersKeepTheirShareOfTheTimeAndThenTheLimitHolds(int percent)
    {
        _fixture.Settings.WriterThrottlePercent = percent;
        Limit(400 * Megabyte);
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 3.5, bytesPerSecond: Megabyte);
        Assert.True(Throttle.IsSlowing);
        var (held, began) = (Throttle.HeldMicroseconds, _fixture.Now);
        var written = Storm(link, 2, bytesPerSecond: 0); // until it counts as stuck
        var share = (Throttle.HeldMicroseconds - held) * 100.0 / Math.Min(_fixture.Now - began, 1_000_000);
        Assert.InRange(share, percent - 10, percent + 3);
        Assert.True(written > 0);
        if (percent == 50) return;
        Storm(link, 60, bytesPerSecond: 100_000);
        Assert.Equal("output buffer limit", link.CloseReason);
    }

    [Fact]
    public void AReplicaThatTakesNothingIsNotWaitedFor()
    {
        Limit(512 * Megabyte);
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 20, bytesPerSecond: 0, ack: false);
        Assert.Equal("output buffer limit", link.CloseReason);
        Assert.Equal(0, Throttle.HeldMicroseconds); // stuck long before its buffer was full
    }

    [Fact]
    public void AReplicaThatGetsStuckUnderAStormIsWaitedForNoLongerThanASecond()
    {
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 2, bytesPerSecond: 40 * Megabyte);
        var held = Throttle.HeldMicroseconds;
        var began = _fixture.Now;
        Storm(link, 20, bytesPerSecond: 0, ack: false);
        Assert.Equal("output buffer limit", link.CloseReason);
        Assert.InRange(_fixture.Now - began, 0, 1_200_000);
        Assert.InRange(Throttle.HeldMicroseconds - held, 0, 1_000_000);
        Assert.False(Throttle.IsHolding);
    }

    [Fact]
    public void ASyncIsGivenTimeAndTheLimitHolds()
    {
        _fixture.Settings.WriterThrottlePercent = 99;
        Limit(64 * Megabyte);
        var link = _fixture.Connect("? -1", Redouble);
        _fixture.Turn();
        Take(link, long.MaxValue);
        Storm(link, 5, bytesPerSecond: 0); // the snapshot is not ready: nothing to send
        Assert.True(link.IsReplica, link.CloseReason); // at 100 MB/s the limit would have been reached in 0.6 s
        Assert.InRange(link.OutputMemoryBytes, 32 * Megabyte, 64 * Megabyte);
        Assert.Contains(_fixture.Lines, line => line.Contains("127.0.0.1:7000 in full sync: ", StringComparison.Ordinal));
        var sofar = link.OutputMemoryBytes;
        Storm(link, 5, bytesPerSecond: 0);
        Assert.True(link.IsReplica, link.CloseReason);
        Assert.True(link.OutputMemoryBytes > sofar); // writers go on all the time
        _fixture.Streams[^1].Append("RDB"u8);
        _fixture.Streams[^1].Complete();
        _fixture.Sent(link);
        Storm(link, 2, bytesPerSecond: 0);
        _fixture.Send(link, Wire.Command("REPLCONF", "ACK", "0"));
        Assert.False(link.AwaitsAck);
        Storm(link, 1, bytesPerSecond: 100 * Megabyte);
        Assert.True(link.IsReplica, link.CloseReason);
    }

    /// <summary>It counted as one that streams and is stuck: it was dropped while it loaded, came back, and was dropped again.</summary>
    [Theory]
    [InlineData("listening-port 7000 capa psync2", true)] // it gets a file's length, as it knows no mark
    [InlineData(Redouble, false)]                         // so it does, as repl-diskless-sync is off
    public void ALoadBehindAPayloadOfKnownLengthIsPartOfItsSync(string options, bool diskless)
    {
        _fixture.Settings.DisklessSync = diskless;
        _fixture.Settings.WriterThrottlePercent = 99;
        Limit(64 * Megabyte);
        var link = _fixture.Connect("? -1", options);
        _fixture.Turn();
        _fixture.Streams[^1].Serve(new MemoryPayload("RDB"));
        Take(link, long.MaxValue);
        Assert.Equal((ReplicaLinkState.Online, false), (link.State, link.AwaitsAck));
        for (var second = 0; second < 10; second++)
        {
            Storm(link, 1, bytesPerSecond: 0); // at 100 MB/s the limit would have been reached in 0.6 s
            _fixture.Send(link, "\n"); // it loads, and says so
        }

        Assert.True(link.IsReplica, link.CloseReason);
        Assert.InRange(link.OutputMemoryBytes, 32 * Megabyte, 64 * Megabyte);
        Assert.Contains(_fixture.Lines, line => line.Contains("127.0.0.1:7000 in full sync: ", StringComparison.Ordinal));
        Assert.InRange(_fixture.Replication.SyncLogBytes, 32 * Megabyte, 64 * Megabyte);
        _fixture.Send(link, Wire.Command("REPLCONF", "ACK", "0"));
        Assert.Equal(0, _fixture.Replication.SyncLogBytes);
        Storm(link, 1, bytesPerSecond: 100 * Megabyte);
        Assert.True(link.IsReplica, link.CloseReason);
        Storm(link, 10, bytesPerSecond: 0, ack: false);
        Assert.Equal("output buffer limit", link.CloseReason); // from now on one that takes nothing is stuck
    }

    [Fact]
    public void OneThatFallsSilentWhileItLoadsIsNotWaitedFor()
    {
        Limit(64 * Megabyte);
        var link = _fixture.Connect("? -1", "listening-port 7000 capa psync2");
        _fixture.Turn();
        _fixture.Streams[^1].Serve(new MemoryPayload("RDB"));
        Take(link, long.MaxValue);
        var began = _fixture.Now;
        Storm(link, 20, bytesPerSecond: 0, ack: false);
        Assert.Equal("output buffer limit", link.CloseReason);
        Assert.InRange(_fixture.Now - began, 2_000_000, 6_000_000);
    }

    /// <summary>One that came with SYNC tells no offsets, and never that it has loaded.</summary>
    [Fact]
    public void OneThatNeverAcknowledgesStreamsFromTheEndOfItsPayloadOn()
    {
        Limit(64 * Megabyte);
        var link = _fixture.Connect(options: "");
        _fixture.Send(link, "SYNC\r\n");
        _fixture.Turn();
        _fixture.Streams[^1].Serve(new MemoryPayload("RDB"));
        Take(link, long.MaxValue);
        Storm(link, 10, bytesPerSecond: 40 * Megabyte, ack: false);
        Assert.True(link.IsReplica, link.CloseReason);
        Assert.Equal(0, _fixture.Replication.SyncLogBytes);
    }

    [Fact]
    public void AReplicaThatFreezesDuringItsSyncIsNotWaitedFor()
    {
        Limit(64 * Megabyte);
        var link = _fixture.Connect("? -1", Redouble);
        _fixture.Turn();
        _fixture.Streams[^1].Append("RDB"u8);
        Storm(link, 10, bytesPerSecond: 0);
        Assert.Equal("output buffer limit", link.CloseReason);
        Assert.InRange(_fixture.Now, 2_000_000, 4_000_000);
    }

    [Fact]
    public void TheSoftLimitIsAvoidedInTime()
    {
        Limit(64 * Megabyte, soft: 8 * Megabyte, seconds: 10);
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 60, bytesPerSecond: 40 * Megabyte);
        Assert.True(link.IsReplica, link.CloseReason);
        Assert.InRange(link.OutputMemoryBytes, 4 * Megabyte, 64 * Megabyte);
    }

    [Fact]
    public void OtherReplicasOfTheSamePrimaryAreNoReason()
    {
        _fixture.ConnectOnline("listening-port 7001 capa eof capa psync2 capa redouble");
        var slow = _fixture.ConnectOnline(Redouble);
        Storm(slow, 1, bytesPerSecond: 40 * Megabyte); // the first takes nothing, and goes at its limit
        Assert.Equal("127.0.0.1:7000", slow.Name);
        Storm(slow, 3, bytesPerSecond: 40 * Megabyte);
        Assert.True(slow.IsReplica, slow.CloseReason);
        Assert.Single(_fixture.Replication.Links);
    }

    /// <summary>One whose window ends first, but is not near yet, spoke for the one before it, which was.</summary>
    [Fact]
    public void OneThatIsNearItsWindowIsEnough()
    {
        Limit(64 * Megabyte);
        _fixture.ConnectOnline(Redouble);
        _fixture.Log.Append(new byte[14 * Megabyte]);
        _fixture.Connect("? -1", Redouble);
        _fixture.Turn();
        _fixture.Log.Append(new byte[20 * Megabyte]);
        _fixture.Turn();
        Assert.Equal([34, 20], _fixture.Replication.Links.Select(static link => link.OutputMemoryBytes / Megabyte));
        Assert.True(Throttle.IsArmed); // 14 MB are left to the first, and 12 to the second
    }

    [Fact]
    public void SwitchingItOffLetsGoAtOnce()
    {
        var link = _fixture.ConnectOnline(Redouble);
        Storm(link, 1, bytesPerSecond: 10 * Megabyte);
        while (!Throttle.IsHolding) Storm(link, 0.001, bytesPerSecond: 0);
        _fixture.Settings.WriterThrottlePercent = 0;
        _fixture.Turn();
        Assert.False(Throttle.IsHolding || Throttle.IsArmed);
        Assert.True(link.IsReplica);
    }
}
