using Redouble.Core.Memory;
using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

public sealed class TruncateTests : IDisposable
{
    private readonly BlockPool _pool = new();
    private readonly ReplicationLog _log;

    public TruncateTests() => _log = new ReplicationLog(_pool, backlogSize: 200, blockCapacity: 16);

    public void Dispose()
    {
        _log.Free();
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    /// <summary>Against a string as model: what is held, what is written after it, which cursors live on.</summary>
    [Fact]
    public void WhatFollowsTakesThePlaceOfWhatWasGivenUp()
    {
        var random = new Random(71);
        _log.Create(100);
        var model = new string('.', 100); // of offset 1 and so on
        var cursors = new List<LogCursor>();
        for (var step = 0; step < 3000; step++)
        {
            _log.Now += random.Next(3000);
            if (random.Next(4) > 0)
            {
                var text = new string((char)('a' + random.Next(26)), random.Next(1, 40));
                _log.Append(Wire.Bytes(text), random.Next(5) == 0 ? AppendKind.Data : AppendKind.Keepalive);
                model += text;
                if (random.Next(3) == 0) cursors.Add(_log.TryOpenCursor(random.NextInt64(_log.FirstOffset, _log.EndOffset + 2))!);
                continue;
            }

            var end = random.NextInt64(_log.LastDataOffset, _log.EndOffset + 1);
            var wereOpen = cursors.ConvertAll(cursor => cursor.IsOpen && cursor.Offset <= end + 1);
            var isKept = end + 1 >= _log.FirstOffset;
            _log.Truncate(end);
            model = model[..(int)end];
            Assert.Equal(end, _log.EndOffset);
            Assert.Equal(isKept ? wereOpen : [.. wereOpen.Select(_ => false)], cursors.ConvertAll(cursor => cursor.IsOpen));
            Assert.Equal(model[(int)(_log.FirstOffset - 1)..], Rest(_log.TryOpenCursor(_log.FirstOffset)!));
            Assert.InRange(_log.TimeOf(end), 0, _log.Now);
            foreach (var cursor in cursors)
            {
                if (cursor.IsOpen && random.Next(2) == 0) cursor.Advance(random.NextInt64(cursor.PendingBytes + 1));
                if (random.Next(4) == 0) cursor.Close();
            }
        }

        Assert.All(cursors.Where(cursor => cursor.IsOpen), cursor => Assert.Equal(model[(int)(cursor.Offset - 1)..], Rest(cursor)));
    }

    /// <summary>Against a list as model. The log once stayed in the database of a SELECT that it had given up, and the stream went on in that one.</summary>
    [Theory]
    [InlineData(200)]
    [InlineData(5000)]
    public void TheStreamIsInTheDatabaseAgainThatItWasIn(int backlogSize)
    {
        var random = new Random(72);
        _log.BacklogSize = backlogSize;
        _log.Create(0);
        List<(long Offset, int Database)> edges = [(0, -1)];
        for (var step = 0; step < 5000; step++)
        {
            if (random.Next(5) > 0)
            {
                _log.Now += random.Next(3000);
                if (random.Next(20) == 0) _log.RequireSelect();
                var kind = (AppendKind)random.Next(4);
                if (kind is AppendKind.Data or AppendKind.Message)
                {
                    var before = _log.EndOffset;
                    _log.SelectDatabase(random.Next(3));
                    if (_log.EndOffset > before) edges.Add((_log.EndOffset, _log.StreamDatabase));
                    _log.Append(Wire.Bytes("write"), kind);
                }
                else _log.Append(Wire.Bytes("ping"), AppendKind.Keepalive);

                edges.Add((_log.EndOffset, _log.StreamDatabase));
                continue;
            }

            var possible = edges.FindAll(edge => edge.Offset >= _log.LastDataOffset);
            var (end, database) = possible[random.Next(possible.Count)];
            _log.Truncate(end);
            edges.RemoveAll(edge => edge.Offset > end);
            Assert.Equal((end, database), (_log.EndOffset, _log.StreamDatabase));
            if (_log.EdgeFor(end) is { } edge) Assert.Equal(edges.FindLast(at => at.Offset < edge.Offset).Database, edge.Database);
        }
    }

    [Theory]
    [InlineData(DatabaseMarks.CountMax - 1, 5)]
    [InlineData(DatabaseMarks.CountMax, -1)]
    public void OfTooManyDatabasesTheFirstIsNotGuessed(int changes, int expected)
    {
        _log.Create(0);
        _log.NoteStreamDatabase(5);
        _log.Append("data"u8);
        for (var i = 0; i < changes; i++)
        {
            _log.SelectDatabase(i % 2);
            _log.Append("message"u8, AppendKind.Message);
        }

        _log.Truncate(4);
        Assert.Equal(expected, _log.StreamDatabase);
    }

    [Fact]
    public void DataIsNeverGivenUp()
    {
        _log.Create(0);
        _log.Append("data"u8);
        _log.Append("ping"u8, AppendKind.Keepalive);
        Assert.Throws<ArgumentOutOfRangeException>(() => _log.Truncate(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => _log.Truncate(9));
        _log.Truncate(4);
        Assert.Equal((4, 4), (_log.EndOffset, _log.LastDataOffset));
    }

    private static string Rest(LogCursor cursor)
    {
        var text = "";
        while (cursor.PendingBytes > 0)
        {
            var part = cursor.Peek();
            text += Wire.Text(part);
            cursor.Advance(part.Length);
        }

        cursor.Close();
        return text;
    }
}
