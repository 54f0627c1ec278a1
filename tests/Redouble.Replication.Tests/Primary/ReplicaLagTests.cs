using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>What a primary tells of a replica's lag, and of how long it will be one.</summary>
public sealed class ReplicaLagTests : IDisposable
{
    private const string Redouble = "listening-port 7000 capa eof capa psync2 capa redouble";
    private readonly PrimaryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private ReplicaLag Lag(ReplicaLink link) => link.LagAt(_fixture.Now);

    // A tenth of a second: writes, what is sent of it, what is acknowledged.
    private void Tick(ReplicaLink link, int write = 0, int send = int.MaxValue, bool ack = true)
    {
        _fixture.After(0.1);
        _fixture.Replication.Sample(_fixture.Now);
        if (write > 0) _fixture.Log.Append(new byte[write]);
        if (send > 0) _fixture.Sent(link, send);
        if (ack && link.State == ReplicaLinkState.Online) _fixture.Send(link, Wire.Command("REPLCONF", "ACK", $"{link.StreamOffset}"));
    }

    [Fact]
    public void NothingIsKnownBeforeTheFirstAcknowledgement()
    {
        var link = _fixture.Connect("? -1");
        _fixture.Turn();
        Assert.Equal((-1, -1, -1, -1), (Lag(link).BytesBehind, Lag(link).BehindMicroseconds, Lag(link).CatchUpMicroseconds, Lag(link).SilenceMicroseconds));
        _fixture.Streams[^1].Append("RDB"u8);
        _fixture.Streams[^1].Complete();
        _fixture.Sent(link);
        _fixture.Log.Append("data"u8);
        Assert.Equal((-1, -1), (Lag(link).BytesBehind, Lag(link).BehindMicroseconds));
        _fixture.Say(link, "REPLCONF", "ACK", "0");
        Assert.Equal((4, 0), (Lag(link).BytesBehind, Lag(link).BehindMicroseconds));
        _fixture.After(0.5);
        Assert.Equal((4, 500_000), (Lag(link).BytesBehind, Lag(link).BehindMicroseconds));
    }

    [Fact]
    public void KeepalivesAreBytesButNoTime()
    {
        var link = _fixture.ConnectOnline();
        _fixture.Log.Append(LogFrames.Ping, AppendKind.Keepalive);
        _fixture.After(5);
        Assert.Equal(LogFrames.Ping.Length, Lag(link).BytesBehind);
        Assert.Equal(0, Lag(link).BehindMicroseconds);
        Assert.Equal(0, Lag(link).CatchUpMicroseconds);
    }

    [Fact]
    public void TheGrainIsThatOfTheKindOfReplica()
    {
        Assert.Equal(1_000_000, Lag(_fixture.ConnectOnline()).GrainMicroseconds);
        Assert.Equal(100_000, Lag(_fixture.ConnectOnline(Redouble)).GrainMicroseconds);
    }

    [Fact]
    public void RatesAndTheTimeToCatchUp()
    {
        var link = _fixture.ConnectOnline(Redouble);
        for (var i = 0; i < 20; i++) Tick(link, write: 100_000, send: 50_000); // twice what it takes
        var lag = Lag(link);
        Assert.InRange(lag.BytesBehind, 900_000, 1_100_000);
        Assert.InRange(lag.SendRate, 450_000, 550_000);
        Assert.InRange(lag.ApplyRate, 450_000, 550_000);
        Assert.Equal(-1, lag.CatchUpMicroseconds);
        Assert.InRange(lag.BehindMicroseconds, 900_000, 1_100_000);
        for (var i = 0; i < 50; i++) Tick(link, write: 10_000, send: 20_000);
        lag = Lag(link);
        Assert.InRange(lag.BytesBehind, 400_000, 600_000);
        Assert.InRange(lag.CatchUpMicroseconds, 3_500_000, 6_500_000); // 500,000 bytes, at 100,000 a second more than are written
    }

    [Fact]
    public void ALiveReplicaIsNotAboutToBeDropped()
    {
        var link = _fixture.ConnectOnline();
        for (var i = 0; i < 30; i++)
        {
            Tick(link, write: 10_000, ack: i % 10 == 0); // once a second, as a Redis
            Assert.Equal((-1, DropCause.None), (Lag(link).DropInMicroseconds, Lag(link).DropCause));
        }
    }

    [Fact]
    public void ASilentReplicaIsDroppedWhenItWasSaidThatItWouldBe()
    {
        var link = _fixture.ConnectOnline();
        _fixture.Settings.TimeoutSeconds = 60;
        for (var i = 0; i < 100; i++) Tick(link, ack: false);
        var lag = Lag(link);
        Assert.Equal(DropCause.Timeout, lag.DropCause);
        Assert.Equal(10_000_000, lag.SilenceMicroseconds);
        Assert.Equal(50_000_000, lag.DropInMicroseconds);
        _fixture.After(49);
        Assert.Empty(_fixture.Disconnected);
        _fixture.After(2);
        Assert.Equal([link], _fixture.Disconnected);
    }

    [Fact]
    public void AStuckReplicaIsDroppedByItsBufferWhenItWasSaidThatItWouldBe()
    {
        var link = _fixture.ConnectOnline();
        _fixture.Settings.OutputHardLimitBytes = 10 << 20;
        _fixture.Settings.OutputSoftLimitBytes = 0;
        for (var i = 0; i < 50; i++) Tick(link, write: 100_000, send: 0);
        var lag = Lag(link);
        Assert.Equal(DropCause.HardLimit, lag.DropCause);
        Assert.Equal(10 << 20, lag.BufferLimitBytes);
        Assert.InRange(lag.BufferBytes, 5_000_000, 5_100_000);
        Assert.InRange(lag.DropInMicroseconds, 5_300_000, 5_700_000); // what is left, at a million bytes a second
        var ticks = 0;
        for (; _fixture.Disconnected.Count == 0; ticks++) Tick(link, write: 100_000, send: 0, ack: false);
        Assert.InRange(ticks, 53, 57);
    }

    [Fact]
    public void TheSoftLimitRunsOutWhenItWasSaidThatItWould()
    {
        var link = _fixture.ConnectOnline();
        _fixture.Settings.OutputHardLimitBytes = 0;
        _fixture.Settings.OutputSoftLimitBytes = 2 << 20;
        _fixture.Settings.OutputSoftLimitSeconds = 20;
        for (var i = 0; i < 10; i++) Tick(link, write: 100_000, send: 0);
        Assert.Equal(DropCause.SoftLimit, Lag(link).DropCause);
        Assert.InRange(Lag(link).DropInMicroseconds, 20_900_000, 21_300_000); // a second until it is exceeded, and its twenty
        for (var i = 0; i < 20; i++) Tick(link, write: 100_000, send: 0);
        var said = Lag(link).DropInMicroseconds;
        Assert.InRange(said, 18_800_000, 19_200_000);
        Assert.Equal(0, Lag(link).BufferLimitBytes);
        var ticks = 0;
        for (; _fixture.Disconnected.Count == 0; ticks++) Tick(link, send: 0);
        Assert.InRange(ticks, (said / 100_000) - 1, (said / 100_000) + 2);
    }

    [Fact]
    public void AReplicaThatTakesNothingOfItsPayloadIsSilent()
    {
        var link = _fixture.Connect("? -1");
        _fixture.Turn();
        _fixture.Streams[^1].Append(new byte[1000]);
        for (var i = 0; i < 100; i++) Tick(link, send: i == 0 ? 100 : 0);
        Assert.Equal(DropCause.Timeout, Lag(link).DropCause);
        Assert.InRange(Lag(link).DropInMicroseconds, 50_000_000, 50_200_000);
    }
}
