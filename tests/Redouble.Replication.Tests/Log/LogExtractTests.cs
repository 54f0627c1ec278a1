using System.Text;
using Redouble.Core.Memory;
using Redouble.Replication.Log;

namespace Redouble.Replication.Tests.Log;

public sealed class LogExtractTests : IDisposable
{
    private readonly BlockPool _pool = new();
    private readonly ReplicationLog _log;

    public LogExtractTests() => _log = new ReplicationLog(_pool, backlogSize: 600, blockCapacity: 32);

    public void Dispose()
    {
        _log.Free();
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    /// <summary>Random units against a list of them as model: blocks of 32 bytes cut every frame somewhere.</summary>
    [Theory]
    [InlineData(81, 1 << 20, 0)]    // all is held
    [InlineData(82, 1 << 20, 3000)] // … with few edges
    [InlineData(83, 600, 2000)]     // the head is not
    [InlineData(84, 100, 2000)]
    public void WhatIsReadAreTheUnitsFromThereOn(int seed, long backlogSize, int microsecondsMax)
    {
        var random = new Random(seed);
        _log.BacklogSize = backlogSize;
        _log.Create(1000);
        var units = new List<(long Start, int Database, string Kept, int Commands)>();
        for (var step = 0; step < 400; step++)
        {
            _log.Now += microsecondsMax == 0 ? 1000 : random.Next(microsecondsMax);
            AddUnit(units, random);
            if (random.Next(4) != 0) continue;
            var from = random.NextInt64(1001, _log.EndOffset + 2);
            var to = _log.LastDataOffset;
            using var extract = new LogExtract(_log, from, to);
            var text = ReadAll(extract, random);
            Assert.Equal(-1, extract.BrokenAt);
            Assert.Equal(Math.Max(0, extract.Start - from), extract.MissingBytes);
            if (text.Length == 0)
            {
                Assert.Equal(to + 1, extract.Start);
                continue;
            }

            var index = units.FindIndex(unit => unit.Start == extract.Start);
            Assert.True(index >= 0, $"seed {seed}: {extract.Start} is no edge");
            var wanted = units.FindLastIndex(unit => unit.Start <= from);
            if (microsecondsMax == 0) Assert.Equal(wanted, index);
            else Assert.True(index >= wanted && (index == wanted || _log.FirstOffset > 1001), $"seed {seed}: {index}, not {wanted}");
            var expected = units.Skip(index).Where(unit => unit.Start <= to).ToList();
            Assert.Equal(Wire.Command("SELECT", $"{Math.Max(0, expected[0].Database)}") + string.Concat(expected.Select(unit => unit.Kept)), text);
            Assert.Equal(expected.Sum(unit => unit.Commands), extract.Commands);
        }
    }

    [Fact]
    public void AnOffsetWithinAUnitGetsAllOfIt()
    {
        _log.Create(0);
        _log.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        _log.BeginUnit(2);
        var middle = _log.EndOffset + 20;
        _log.Append(Wire.Bytes(Wire.Command("SET", "b", "2")));
        _log.Append(Wire.Bytes(Wire.Command("SET", "c", "3")));
        _log.EndUnit(2);
        using var extract = new LogExtract(_log, middle, _log.EndOffset);
        Assert.Equal(28, extract.Start);
        Assert.Equal(0, extract.MissingBytes);
        Assert.StartsWith(Wire.Command("SELECT", "0") + "*1\r\n$5\r\nMULTI\r\n", ReadAll(extract, new Random(1)));
        Assert.Equal(2, extract.Commands);
    }

    [Fact]
    public void NothingHeldIsAllMissing()
    {
        _log.SetEndOffset(500);
        _log.Create(500); // as after a restart
        using var extract = new LogExtract(_log, 401, 500);
        Assert.Equal((501, 100), (extract.Start, extract.MissingBytes));
        Assert.Equal("", ReadAll(extract, new Random(1)));
    }

    [Fact]
    public void WhatIsNoCommandIsSaidNotWritten()
    {
        _log.Create(0);
        _log.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        var bad = _log.EndOffset + 1;
        _log.Append("*2\r\n$3\r\nGETxx"u8);
        using var extract = new LogExtract(_log, 1, _log.EndOffset);
        ReadAll(extract, new Random(1));
        Assert.Equal(bad, extract.BrokenAt);
    }

    [Fact]
    public void ALogThatIsDroppedMeanwhileIsNoticed()
    {
        _log.BacklogSize = 1 << 20;
        _log.Create(0);
        for (var i = 0; i < 50; i++) _log.Append(Wire.Bytes(Wire.Command("SET", "key", "value")));
        using var extract = new LogExtract(_log, 1, _log.EndOffset);
        Assert.Equal(40, extract.Read(new byte[40]));
        _log.Create(0);
        ReadAll(extract, new Random(1));
        Assert.True(extract.BrokenAt >= 0);
    }

    // A megabyte of messages was walked over within one slice.
    [Fact]
    public void ACallWalksOverABoundedStretchOfMessages()
    {
        _log.BacklogSize = 1 << 24;
        _log.Create(0);
        _log.Append(Wire.Bytes(Wire.Command("SET", "a", "1")));
        for (var i = 0; i < 100_000; i++) _log.Append(Wire.Bytes(Wire.Command("PUBLISH", "channel", "message")));
        _log.Append(Wire.Bytes(Wire.Command("SET", "b", "2")));
        using var extract = new LogExtract(_log, 1, _log.EndOffset);
        var text = new StringBuilder();
        var buffer = new byte[1000];
        var calls = 0;
        for (; !extract.IsAtEnd; calls++) text.Append(Wire.Text(buffer.AsSpan(0, extract.Read(buffer))));
        Assert.Equal(Wire.Command("SELECT", "0") + Wire.Command("SET", "a", "1") + Wire.Command("SET", "b", "2"), text.ToString());
        Assert.InRange(calls, _log.EndOffset / 300_000, 1000);
    }

    // A SELECT outside of MULTI is a unit of its own for who reads: it may begin behind it, and knows the database.
    private void AddUnit(List<(long Start, int Database, string Kept, int Commands)> units, Random random)
    {
        var unit = (Start: _log.EndOffset + 1, Database: _log.StreamDatabase);
        if (random.Next(6) == 0)
        {
            string[] words = random.Next(3) switch { 0 => ["ping"], 1 => ["REPLCONF", "GETACK", "*"], _ => ["PUBLISH", "a", "b"] };
            _log.Append(Wire.Bytes(Wire.Command(words)), words[0] == "PUBLISH" ? AppendKind.Data : AppendKind.Keepalive);
            units.Add((unit.Start, unit.Database, "", 0));
            return;
        }

        var effects = random.Next(3) == 0 ? random.Next(2, 5) : 1;
        var kept = new StringBuilder();
        _log.BeginUnit(effects);
        if (effects > 1) kept.Append(Wire.Command("MULTI"));
        for (var i = 0; i < effects; i++)
        {
            var database = random.Next(8) == 0 ? random.Next(12) : Math.Max(0, _log.StreamDatabase);
            var isSelected = _log.StreamDatabase == database && !_log.SelectRequired;
            if (!isSelected) kept.Append(Wire.Command("SELECT", $"{database}"));
            _log.SelectDatabase(database);
            if (!isSelected && effects == 1)
            {
                units.Add((unit.Start, unit.Database, kept.ToString(), 0));
                unit = (_log.EndOffset + 1, database);
                kept.Clear();
            }

            var frame = Wire.Command("SET", $"key:{random.Next(1000)}", new string('v', random.Next(80)));
            kept.Append(frame);
            _log.Append(Wire.Bytes(frame));
        }

        _log.EndUnit(effects);
        if (effects > 1) kept.Append(Wire.Command("EXEC"));
        units.Add((unit.Start, unit.Database, kept.ToString(), effects));
    }

    private static string ReadAll(LogExtract extract, Random random)
    {
        var text = new StringBuilder();
        var buffer = new byte[64];
        while (!extract.IsAtEnd)
        {
            var count = extract.Read(buffer.AsSpan(0, random.Next(1, 65)));
            text.Append(Wire.Text(buffer.AsSpan(0, count)));
        }

        return text.ToString();
    }
}
