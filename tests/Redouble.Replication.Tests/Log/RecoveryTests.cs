using Redouble.Core.Memory;
using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

/// <summary>Bytes that were kept over a restart are a log again, with all that the one knew that wrote them, but their times.</summary>
public sealed class RecoveryTests : IDisposable
{
    private const int Block = 100;
    private const long Second = 1_000_000;

    private readonly BlockPool _pool = new();
    private readonly ReplicationLog _written;
    private readonly ReplicationLog _log;

    public RecoveryTests()
    {
        _written = new ReplicationLog(_pool, 1 << 20, Block);
        _log = new ReplicationLog(_pool, 500, Block);
    }

    public void Dispose()
    {
        _written.Free();
        _log.Free();
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    /// <summary>After a restart nothing of the log could be saved in a divergence report: where units begin was not known.</summary>
    [Theory]
    [InlineData(91, 1 << 20)]
    [InlineData(92, 5000)] // the head is not held, and a block begins in the middle of a unit
    public void UnitsAndDatabasesAreThoseThatWereWritten(int seed, long kept)
    {
        var random = new Random(seed);
        _written.BacklogSize = kept;
        _written.Create(1000);
        var units = new List<(long Start, int Database)>();
        for (var i = 0; i < 2000; i++)
        {
            _written.Now += 200;
            AddUnit(units, random);
            if (i % 100 != 99) continue;
            Recover(_written.EdgeFor(_written.FirstOffset));
            Assert.Equal((_written.FirstOffset, _written.EndOffset), (_log.FirstOffset, _log.EndOffset));
            Assert.Equal(_written.LastDataOffset, _log.LastDataOffset);
            for (var offset = _log.FirstOffset; offset <= _log.EndOffset; offset += random.Next(1, 500))
            {
                if (_written.EdgeFor(offset) == null) continue;
                var edge = Assert.NotNull(_log.EdgeFor(offset));
                Assert.True(units.Contains((edge.Offset, edge.Database)), $"seed {seed}: {edge} is none");
                using var extract = new LogExtract(_log, offset, _log.LastDataOffset);
                using var expected = new LogExtract(_written, offset, _written.LastDataOffset);
                Assert.Equal(ReadAll(expected), ReadAll(extract));
                Assert.Equal((-1, expected.Start, expected.MissingBytes), (extract.BrokenAt, extract.Start, extract.MissingBytes));
            }
        }
    }

    [Fact]
    public void TheLogGoesOnBehindThem()
    {
        _written.Create(0);
        _written.SelectDatabase(3);
        _written.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        _written.Append(Wire.Bytes(Wire.Command("PING")), AppendKind.Keepalive);
        Recover(_written.EdgeFor(1));
        var end = _log.EndOffset;
        _log.Append(Wire.Bytes(Wire.Command("SET", "b", "1")));
        using var extract = new LogExtract(_log, end + 1, _log.EndOffset);
        Assert.Equal(Wire.Command("SELECT", "3") + Wire.Command("SET", "b", "1"), ReadAll(extract));
        Assert.Equal((end + 1, 0), (extract.Start, extract.MissingBytes));
    }

    /// <summary>A length near the largest number is no length: the sum with that of a line's end was a negative one.</summary>
    [Theory]
    [InlineData("*1\r\n$9223372036854775807\r\nPING\r\n")]
    [InlineData("*1\r\n$9223372036854775806\r\nPING that is longer than what is kept of a word\r\n")]
    [InlineData("*2\r\n$4\r\nPING\r\n$9223372036854775807\r\nPING that is longer than what is kept of a word\r\n")]
    public void BytesThatAreNoCommandsEndTheWalk(string bytes)
    {
        _log.BeginRecovery(1);
        _log.Append(Wire.Bytes(bytes));
        _log.EndRecovery(0, new LogEdge(1, 0));
        Assert.Null(_log.EdgeFor(1));
    }

    /// <summary>What is behind the last data is none, and can be given up like that of a node that was not restarted.</summary>
    [Fact]
    public void KeepalivesAtTheEndAreNoData()
    {
        _written.Create(0);
        _written.SelectDatabase(3);
        _written.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        var data = _written.EndOffset;
        _written.SelectDatabase(4);
        _written.Append(Wire.Bytes(Wire.Command("PUBLISH", "a", "1")), AppendKind.Message);
        _written.Append(LogFrames.GetAck, AppendKind.Keepalive);
        Recover(_written.EdgeFor(1));
        Assert.Equal(data, _log.LastDataOffset);
        _log.Truncate(data);
        Assert.Equal((data, 3), (_log.EndOffset, _log.StreamDatabase));
    }

    [Theory]
    [InlineData(5)] // in the middle of a command
    [InlineData(0)]
    [InlineData(1000)]
    public void AnEdgeThatIsNoneIsNotBelieved(long offset)
    {
        _written.Create(0);
        _written.SelectDatabase(3);
        _written.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        _written.Append(LogFrames.Ping, AppendKind.Keepalive);
        AssertNotKnown(new LogEdge(offset, 0));
    }

    [Fact]
    public void WhatIsNotWholeIsNotBelieved()
    {
        _written.Create(0);
        _written.Append(LogFrames.Multi);
        _written.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        AssertNotKnown(new LogEdge(1, 0));
        _written.Append("*2\r\n$3\r\nGE"u8);
        AssertNotKnown(new LogEdge(1, 0));
        AssertNotKnown(null);
    }

    /// <summary>What a backlog had kept beyond its size was dropped while it was read from the disk.</summary>
    [Fact]
    public void NothingIsDroppedBeforeItIsKnownWhatIsToBeKept()
    {
        WriteUnits(20_000);
        Recover(_written.EdgeFor(1));
        Assert.Equal(1, _log.FirstOffset);
        _log.SoleCopySize = 15_000;
        WriteOn(1000);
        Assert.InRange(_log.HistoryLength, 15_000, 15_000 + Block);
        _log.SoleCopySize = 0;
        WriteOn(10_000);
        Assert.InRange(_log.HistoryLength, 500, 500 + Block);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ATimeToBeCoveredBeginsWithTheStart(bool knowsUnits)
    {
        WriteUnits(20_000);
        (_log.KeptMicroseconds, _log.BacklogSizeMax, _log.Now) = (10 * Second, 1 << 20, 1000 * Second);
        Recover(knowsUnits ? _written.EdgeFor(1) : null);
        _log.Now += 9 * Second;
        WriteOn(1000);
        Assert.Equal(1, _log.FirstOffset);
        _log.Now += 11 * Second;
        while (_log.Trim())
        {
        }

        Assert.InRange(_log.HistoryLength, 500, 1000 + (2 * Block));
    }

    [Fact]
    public void TheBoundHoldsForThem()
    {
        WriteUnits(20_000);
        (_log.KeptMicroseconds, _log.BacklogSizeMax) = (10 * Second, 12_000);
        Recover(_written.EdgeFor(1));
        while (_log.Trim())
        {
        }

        Assert.InRange(_log.HistoryLength, 12_000, 12_000 + Block);
        using var extract = new LogExtract(_log, 10_000, _log.LastDataOffset);
        Assert.Equal(0, extract.MissingBytes);
    }

    private void AssertNotKnown(LogEdge? edge)
    {
        Recover(edge);
        Assert.Null(_log.EdgeFor(1));
        Assert.Equal((_log.EndOffset, _written.EndOffset), (_log.LastDataOffset, _log.EndOffset));
        using var extract = new LogExtract(_log, 1, _log.EndOffset);
        Assert.Equal(_log.EndOffset, extract.MissingBytes);
    }

    private void Recover(LogEdge? firstUnit)
    {
        _log.BeginRecovery(_written.FirstOffset);
        var cursor = _written.TryOpenCursor(_written.FirstOffset)!;
        while (cursor.PendingBytes > 0)
        {
            var bytes = cursor.Peek();
            _log.Append(bytes);
            cursor.Advance(bytes.Length);
        }

        cursor.Close();
        _log.EndRecovery(0, firstUnit);
    }

    private void WriteUnits(int bytes)
    {
        _written.Create(0);
        while (_written.EndOffset < bytes) _written.Append(Wire.Bytes(Wire.Command("SET", "key", "value")));
    }

    private void WriteOn(int bytes)
    {
        for (var end = _log.EndOffset + bytes; _log.EndOffset < end;) _log.Append(Wire.Bytes(Wire.Command("SET", "key", "value")));
        while (_log.Trim())
        {
        }
    }

    private void AddUnit(List<(long Start, int Database)> units, Random random)
    {
        units.Add((_written.EndOffset + 1, _written.StreamDatabase));
        switch (random.Next(8))
        {
            case 0:
                _written.Append(LogFrames.Ping, AppendKind.Keepalive);
                return;
            case 1:
                _written.Append(Wire.Bytes(Wire.Command("PUBLISH", "a", "b")), AppendKind.Message);
                return;
        }

        var effects = random.Next(3) == 0 ? random.Next(2, 5) : 1;
        _written.BeginUnit(effects);
        for (var i = 0; i < effects; i++)
        {
            var before = _written.EndOffset;
            _written.SelectDatabase(random.Next(8) == 0 ? random.Next(12) : Math.Max(0, _written.StreamDatabase));
            if (effects == 1 && _written.EndOffset > before) units.Add((_written.EndOffset + 1, _written.StreamDatabase));
            _written.Append(Wire.Bytes(Wire.Command("SET", $"key:{random.Next(1000)}", new string('v', random.Next(80)))));
        }

        _written.EndUnit(effects);
    }

    private static string ReadAll(LogExtract extract)
    {
        var buffer = new byte[1 << 20];
        var text = "";
        while (!extract.IsAtEnd) text += Wire.Text(buffer.AsSpan(0, extract.Read(buffer)));
        return text;
    }
}
