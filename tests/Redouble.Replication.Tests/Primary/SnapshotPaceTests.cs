using Redouble.Core.Memory;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

public sealed class SnapshotPaceTests : IDisposable
{
    private const int BufferMax = 1_000_000;
    private const long Turn = 10_000; // microseconds

    private readonly BlockPool _pool = new();
    private readonly SnapshotStream _stream;
    private readonly OutputSegment[] _segments = new OutputSegment[1];
    private long _now;

    public SnapshotPaceTests() => _stream = new SnapshotStream(_pool, new(RdbDialect.Rdb10, SnapshotContent.All, false), BufferMax);

    public void Dispose()
    {
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    [Fact]
    public void OneThatTakesNothingMayHoldItsSiblingForTwoSeconds()
    {
        var (frozen, fast) = (_stream.OpenCursor(), _stream.OpenCursor());
        var turns = Until(500, () => Read(fast, int.MaxValue));
        Assert.InRange(turns * Turn, SnapshotPace.HeldMax, SnapshotPace.HeldMax + (50 * Turn));
        Close(frozen, fast);
    }

    /// <summary>It is not held all of the time, but most of it.</summary>
    [Fact]
    public void OneThatTakesALittleNowAndThenIsTooSlowAsWell()
    {
        var (slow, fast) = (_stream.OpenCursor(), _stream.OpenCursor());
        var turn = 0;
        var turns = Until(1000, () =>
        {
            Read(fast, int.MaxValue);
            if (++turn % 100 == 0) Read(slow, 200_000);
        });
        Assert.InRange(turns * Turn, SnapshotPace.HeldMax, 4 * SnapshotPace.HeldMax);
        Close(slow, fast);
    }

    [Fact]
    public void WhoIsAboutAsFastAsTheOthersStays()
    {
        var (one, other) = (_stream.OpenCursor(), _stream.OpenCursor());
        Assert.Equal(2000, Until(2000, () =>
        {
            Read(one, 100_000);
            Read(other, 90_000);
        }));
        Close(one, other);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneThatIsAloneHoldsWhoeverWaitsForTheNextSnapshot(bool othersWait)
    {
        var alone = _stream.OpenCursor();
        Read(alone, 0);
        var turns = Until(500, () => Read(alone, alone.ReadBytes < BufferMax ? 50_000 : 0), othersWait);
        Assert.Equal(othersWait, turns < 500);
        Close(alone);
    }

    [Fact]
    public void NobodyIsWaitedForAtTheEnd()
    {
        var (frozen, fast) = (_stream.OpenCursor(), _stream.OpenCursor());
        Until(100, () => Read(fast, int.MaxValue));
        _stream.Complete();
        Assert.Equal(500, Until(500, () => Read(fast, int.MaxValue)));
        Close(frozen, fast);
    }

    // Turns until somebody is to leave, at most so many. The encoder fills what room there is.
    private int Until(int turnsMax, Action read, bool othersWait = false)
    {
        for (var turn = 0; turn < turnsMax; turn++)
        {
            while (_stream.HasRoom && _stream.Status == SnapshotStatus.Writing) _stream.Append(new byte[10_000]);
            read();
            if (_stream.Pace.Update(_stream, othersWait, _now += Turn)) return turn;
        }

        return turnsMax;
    }

    private void Read(SnapshotCursor cursor, int bytes)
    {
        while (bytes > 0 && cursor.Peek(_segments) > 0)
        {
            var part = Math.Min(bytes, _segments[0].Length);
            cursor.Advance(part);
            bytes -= part;
        }
    }

    private static void Close(params SnapshotCursor[] cursors)
    {
        foreach (var cursor in cursors) cursor.Close();
    }
}
