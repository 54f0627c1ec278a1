using Redouble.Core.Memory;
using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

/// <summary>repl-backlog-seconds: a backlog that covers a time, within a bound, and tells what it covers.</summary>
public sealed class BacklogSecondsTests : IDisposable
{
    private const int Block = 100;
    private const long Second = 1_000_000;
    private readonly BlockPool _pool = new();
    private readonly ReplicationLog _log;

    public BacklogSecondsTests()
    {
        _log = new ReplicationLog(_pool, backlogSize: 500, blockCapacity: Block) { KeptMicroseconds = 10 * Second, BacklogSizeMax = 20_000 };
        _log.Create(0);
    }

    public void Dispose()
    {
        _log.Free();
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    private void Write(int seconds, int bytesPerTenth)
    {
        for (var i = 0; i < seconds * 10; i++)
        {
            _log.Now += Second / 10;
            if (bytesPerTenth > 0) _log.Append(new byte[bytesPerTenth]);
            _log.Trim();
        }
    }

    [Fact]
    public void TenSecondsOfWritesAreKeptWhateverTheRate()
    {
        Write(30, 50);
        Assert.InRange(_log.HistoryLength, 100 * 50, (100 * 50) + (2 * Block));
        Assert.InRange(_log.CoveredMicroseconds, 10 * Second, 11 * Second);
        Write(30, 100);
        Assert.InRange(_log.HistoryLength, 100 * 100, (100 * 100) + (2 * Block));
        Assert.InRange(_log.CoveredMicroseconds, 10 * Second, 11 * Second);
    }

    [Fact]
    public void TheBoundHoldsAndCoversLess()
    {
        Write(30, 1000);
        Assert.InRange(_log.HistoryLength, 20_000, 20_000 + Block);
        Assert.InRange(_log.CoveredMicroseconds, 19 * Second / 10, 21 * Second / 10);
    }

    [Fact]
    public void WhatIsOlderIsGivenBackWithoutAnAppendButNeverBelowTheSize()
    {
        Write(30, 50);
        Write(9, 0);
        Assert.InRange(_log.HistoryLength, 10 * 50, (20 * 50) + (2 * Block)); // what was written in the tenth second before
        Write(30, 0);
        Assert.InRange(_log.HistoryLength, 500, 500 + Block);
        Assert.InRange(_log.CoveredMicroseconds, 39 * Second, 41 * Second); // nothing written, nothing missed
    }

    [Fact]
    public void WithoutSecondsTheSizeAloneCounts()
    {
        _log.KeptMicroseconds = 0;
        Write(30, 50);
        Assert.InRange(_log.HistoryLength, 500, 500 + Block);
        _log.KeptMicroseconds = 10 * Second;
        Write(5, 50);
        Assert.InRange(_log.HistoryLength, 2500, 2500 + 500 + Block); // from here on
        Assert.Equal(0, _log.PinnedBeyondBacklog / (2 * Block)); // it is the backlog, not a slow replica
    }

    [Fact]
    public void ABacklogOfWhichNothingIsGoneCoversItsWholeTime()
    {
        Write(7, 0);
        Assert.Equal(7 * Second, _log.CoveredMicroseconds);
        _log.Append(new byte[10]);
        Write(3, 0);
        Assert.Equal(10 * Second, _log.CoveredMicroseconds);
        _log.Free();
        Assert.Equal(0, _log.CoveredMicroseconds);
        _log.Create(100);
        Assert.Equal(0, _log.CoveredMicroseconds);
    }

    [Fact]
    public void TheOffsetOfATimeIsThatOfItsInterval()
    {
        var marks = new OffsetTimeMarks();
        Assert.Equal(-1, marks.OffsetAt(5, -1));
        for (var i = 0; i < 100; i++) marks.Add(1 + (100 * i), 1_000 * i, 100 * i);
        Assert.Equal(1, marks.OffsetAt(-5, -1));
        Assert.Equal(1, marks.OffsetAt(999, -1));
        Assert.Equal(101, marks.OffsetAt(1_000, -1));
        Assert.Equal(9901, marks.OffsetAt(long.MaxValue, -1));
    }
}
