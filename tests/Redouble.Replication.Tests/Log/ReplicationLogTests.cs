using System.Text;
using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

public sealed class ReplicationLogTests : IDisposable
{
    private readonly BlockPool _pool = new();
    private readonly ReplicationLog _log;

    public ReplicationLogTests() => _log = new ReplicationLog(_pool, backlogSize: 64, blockCapacity: 16);

    public void Dispose()
    {
        _log.Free();
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    [Fact]
    public void WithoutABacklogThereIsNothing()
    {
        Assert.False(_log.IsActive);
        Assert.Equal((0, 0, 0), (_log.EndOffset, _log.FirstOffset, _log.HistoryLength));
        Assert.Null(_log.TryOpenCursor(1));
        Assert.Throws<InvalidOperationException>(() => _log.Append("x"u8));
    }

    [Fact]
    public void OffsetsAreThoseOfRedis()
    {
        _log.Create(0);
        Assert.Equal((0, 1, 0), (_log.EndOffset, _log.FirstOffset, _log.HistoryLength));
        _log.Append("abc"u8);
        Assert.Equal((3, 1, 3), (_log.EndOffset, _log.FirstOffset, _log.HistoryLength));
        _log.Create(1000);
        Assert.Equal((1000, 1001, 0), (_log.EndOffset, _log.FirstOffset, _log.HistoryLength));
    }

    [Fact]
    public void CommandsAreSpelledAsRedisSpellsThem()
    {
        _log.Create(0);
        var cursor = _log.OpenCursorAtEnd();
        _log.SelectDatabase(3);
        _log.SelectDatabase(3);
        var command = _log.BeginCommand(3);
        command.Argument("PEXPIREAT"u8);
        command.Argument("a key of 16 byte"u8);
        command.Argument(-1234567890123);
        command.End();
        _log.BeginUnit(2);
        _log.SelectDatabase(0);
        _log.EndUnit(2);
        _log.Append(LogFrames.Ping, AppendKind.Keepalive);
        const string expected = "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$9\r\nPEXPIREAT\r\n$16\r\na key of 16 byte\r\n$14\r\n-1234567890123\r\n" +
            "*1\r\n$5\r\nMULTI\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$4\r\nping\r\n";
        Assert.Equal(expected, Drain(cursor));
        Assert.Equal(expected.Length, _log.EndOffset);
        Assert.Equal(expected.Length - 14, _log.LastDataOffset);
    }

    [Fact]
    public void ACommandMovesTheOffsetWhenItEnds()
    {
        _log.Create(0);
        var command = _log.BeginCommand(2);
        command.Argument("GET"u8);
        Assert.Equal(0, _log.EndOffset);
        var thrown = false;
        try
        {
            command.End();
        }
        catch (InvalidOperationException)
        {
            thrown = true;
        }

        Assert.True(thrown);
    }

    [Fact]
    public void SelectIsRequiredAnewOnDemandAndKeepsTheKnownDatabase()
    {
        _log.Create(0);
        Assert.Equal(-1, _log.StreamDatabase);
        _log.SelectDatabase(0);
        var length = _log.EndOffset;
        _log.RequireSelect();
        Assert.Equal(0, _log.StreamDatabase);
        _log.SelectDatabase(0);
        Assert.Equal(2 * length, _log.EndOffset);
    }

    [Fact]
    public void TheBacklogKeepsItsSizeAndDropsWholeBlocks()
    {
        _log.Create(0);
        for (var i = 0; i < 100; i++)
        {
            _log.Append("1234567"u8);
            Assert.True(_log.HistoryLength <= 64 + (2 * 16) + 7, $"{_log.HistoryLength}");
            Assert.True(_log.HistoryLength >= Math.Min(_log.EndOffset, 64));
        }

        Assert.Equal(_log.EndOffset + 1 - _log.HistoryLength, _log.FirstOffset);
        Assert.Null(_log.TryOpenCursor(_log.FirstOffset - 1));
        Assert.Null(_log.TryOpenCursor(_log.EndOffset + 2));
        Assert.NotNull(_log.TryOpenCursor(_log.FirstOffset));
        Assert.NotNull(_log.TryOpenCursor(_log.EndOffset + 1));
    }

    [Fact]
    public void ACursorPinsItsBlockAndAllBehindIt()
    {
        _log.Create(0);
        _log.Append("0123456789abcdef0123"u8);
        var cursor = _log.TryOpenCursor(5)!;
        for (var i = 0; i < 40; i++) _log.Append("0123456789"u8);
        Assert.Equal(1, _log.FirstOffset);
        Assert.Equal(420, cursor.PinnedBytes);
        Assert.Equal(416, cursor.PendingBytes);
        Assert.Equal(420 - 64, _log.PinnedBeyondBacklog);
        var other = _log.TryOpenCursor(1)!;
        other.Close();
        cursor.Advance(200);
        Assert.Equal(205, cursor.Offset);
        Assert.False(_log.Trim());
        Assert.Equal(193, _log.FirstOffset); // the start of the block that holds 205
        cursor.Close();
        _log.Trim();
        Assert.InRange(_log.HistoryLength, 64, 64 + 16);
    }

    [Fact]
    public void AnEmptiedLogClosesItsCursors()
    {
        _log.Create(0);
        var cursors = new[] { _log.OpenCursorAtEnd(), _log.OpenCursorAtEnd(), _log.OpenCursorAtEnd() };
        cursors[0].Close();
        _log.Append("0123456789abcdef0123"u8);
        Assert.Equal(2, _log.CursorCount);
        _log.Create(7);
        Assert.All(cursors, cursor => Assert.False(cursor.IsOpen));
        Assert.Equal(0, _log.CursorCount);
    }

    [Fact]
    public void TheSizeChangesLive()
    {
        _log.BacklogSize = 100_000;
        _log.Create(0);
        for (var i = 0; i < 3000; i++) _log.Append("0123456789"u8);
        Assert.Equal(30_000, _log.HistoryLength);
        _log.BacklogSize = 32;
        var steps = 1;
        while (_log.Trim()) steps++;
        Assert.InRange(_log.HistoryLength, 32, 48);
        Assert.True(steps > 10); // given back in bounded steps
    }

    [Fact]
    public void SegmentsCoverWhatPeekCovers()
    {
        _log.Create(0);
        var cursor = _log.OpenCursorAtEnd();
        _log.Append("0123456789abcdefghijklmnopqrstuvwxyz"u8);
        cursor.Advance(3);
        var segments = new OutputSegment[2];
        Assert.Equal(2, cursor.Peek(segments));
        Assert.Equal("3456789abcdef", Encoding.ASCII.GetString(segments[0].Bytes));
        Assert.Equal("ghijklmnopqrstuv", Encoding.ASCII.GetString(segments[1].Bytes));
        cursor.Advance(33);
        Assert.Equal(0, cursor.Peek(segments));
        Assert.True(cursor.Peek().IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.Advance(1));
    }

    [Fact]
    public void LagInTimeIsTheAgeOfTheOldestDataByteBehind()
    {
        _log.BacklogSize = 10_000;
        _log.Now = 1_000_000;
        _log.Create(0);
        _log.Append("data"u8); // 1..4 at 1.0 s
        _log.Now = 3_000_000;
        _log.Append(LogFrames.Ping, AppendKind.Keepalive); // 5..18 at 3.0 s
        _log.Now = 4_000_000;
        _log.Append("data"u8); // 19..22 at 4.0 s
        _log.Append(LogFrames.Ping, AppendKind.Keepalive); // 23..36 in the same millisecond
        _log.Now = 9_000_000;
        Assert.Equal(8_000_000, _log.DataAgeAfter(0));
        Assert.Equal(8_000_000, _log.DataAgeAfter(3));
        Assert.Equal(5_000_000, _log.DataAgeAfter(4));
        Assert.Equal(5_000_000, _log.DataAgeAfter(18));
        Assert.Equal(0, _log.DataAgeAfter(22));
        Assert.Equal(0, _log.DataAgeAfter(36));
        Assert.Equal(3_000_000, _log.TimeOf(10));
        Assert.Equal(8_000_000, _log.CoveredMicroseconds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomReadersSeeWhatWasWritten(int seed)
    {
        var random = new Random(seed);
        _log.Create(0);
        var written = new List<byte>();
        var readers = new List<(LogCursor Cursor, long Next)>();
        for (var step = 0; step < 4000; step++)
        {
            switch (random.Next(6))
            {
                case < 3:
                    var bytes = new byte[random.Next(40)];
                    random.NextBytes(bytes);
                    _log.Append(bytes);
                    written.AddRange(bytes);
                    break;
                case 3 when readers.Count < 6:
                    var offset = _log.FirstOffset + random.NextInt64(_log.HistoryLength + 1);
                    readers.Add((_log.TryOpenCursor(offset)!, offset));
                    break;
                case 4 when readers.Count > 0:
                    var at = random.Next(readers.Count);
                    var (cursor, next) = readers[at];
                    Assert.Equal(next, cursor.Offset);
                    var peeked = cursor.Peek();
                    Assert.Equal(peeked.IsEmpty, cursor.PendingBytes == 0);
                    for (var i = 0; i < peeked.Length; i++) Assert.Equal(written[(int)next - 1 + i], peeked[i]);
                    var taken = random.NextInt64(cursor.PendingBytes + 1);
                    cursor.Advance(taken);
                    readers[at] = (cursor, next + taken);
                    break;
                case 5 when readers.Count > 0 && random.Next(8) == 0:
                    readers[0].Cursor.Close();
                    readers.RemoveAt(0);
                    break;
            }
        }

        Assert.Equal(written.Count, _log.EndOffset);
    }

    private static string Drain(LogCursor cursor)
    {
        var text = new StringBuilder();
        while (cursor.PendingBytes > 0)
        {
            var bytes = cursor.Peek();
            text.Append(Encoding.ASCII.GetString(bytes));
            cursor.Advance(bytes.Length);
        }

        return text.ToString();
    }

    /// <summary>Marks were forgotten only after a trim of 64 blocks at once: in steady state never, until there were 16,384 and they were thinned.</summary>
    [Fact]
    public void TheTimesOfWhatIsTrimmedAreForgotten()
    {
        const int backlog = 10_000, piece = 100, block = 500;
        using var pool = new BlockPool();
        var log = new ReplicationLog(pool, backlog, block);
        log.Create(0);
        for (var i = 1; i <= 40_000; i++)
        {
            log.Now = i * 1000L;
            log.Append(new byte[piece]);
            Assert.InRange(log.MarkCount, 1, (backlog + (2 * block)) / piece);
        }

        Assert.Equal((log.FirstOffset / piece + 1) * 1000, log.TimeOf(log.FirstOffset));
        Assert.Equal(log.Now - log.TimeOf(log.FirstOffset), log.CoveredMicroseconds);
        log.Free();
    }
}
