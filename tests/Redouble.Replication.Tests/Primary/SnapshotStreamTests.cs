using Redouble.Core.Memory;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

public sealed class SnapshotStreamTests : IDisposable
{
    private static readonly SnapshotFormat Format = new(RdbDialect.Rdb10, SnapshotContent.All, false);

    private readonly BlockPool _pool = new();

    public void Dispose()
    {
        Assert.Equal(0, _pool.LentBytes);
        _pool.Dispose();
    }

    [Fact]
    public void MemoryGoesAsTheSlowestReaderPasses()
    {
        var stream = new SnapshotStream(_pool, Format);
        var fast = stream.OpenCursor();
        var slow = stream.OpenCursor();
        stream.Append(new byte[100_000]);
        stream.Complete();
        Read(fast, 100_000);
        Assert.True(fast.IsAtEnd);
        Assert.Equal(100_000, stream.BufferedBytes);
        Assert.Equal(_pool.LentBytes, stream.MemoryBytes);
        Read(slow, 50_000);
        Assert.InRange(stream.BufferedBytes, 50_000, 50_000 + BlockPool.StandardCapacity);
        Assert.Equal(_pool.LentBytes, stream.MemoryBytes);
        Assert.False(stream.CanJoin);
        slow.Close();
        Assert.True(stream.BufferedBytes <= BlockPool.StandardCapacity);
        fast.Close();
        fast.Close();
        Assert.Equal((0, 0), (stream.BufferedBytes, stream.MemoryBytes));
    }

    [Fact]
    public void TheProducerWaitsForTheSlowestReader()
    {
        var stream = new SnapshotStream(_pool, Format, bufferMax: 20_000);
        var fast = stream.OpenCursor();
        var slow = stream.OpenCursor();
        stream.Append(new byte[19_999]);
        Assert.True(stream.HasRoom);
        stream.Append(new byte[1]);
        Read(fast, 20_000);
        Assert.False(stream.HasRoom);
        Read(slow, 20_000);
        Assert.True(stream.HasRoom);
        slow.Close();
        fast.Close();
        Assert.True(stream.HasRoom); // what nobody reads is dropped
    }

    [Fact]
    public void WhenTheLastReaderGoesTheRestIsNotWanted()
    {
        var abandoned = 0;
        var stream = new SnapshotStream(_pool, Format, onAbandoned: _ => abandoned++);
        var cursor = stream.OpenCursor();
        stream.Append("abc"u8);
        cursor.Close();
        Assert.Equal(1, abandoned);
        stream.Append("def"u8);
        stream.Append(_pool.Rent());
        stream.Complete();
        Assert.Equal(SnapshotStatus.Writing, stream.Status);
    }

    [Fact]
    public void BlocksAreTakenOverAndNotWrittenTo()
    {
        var stream = new SnapshotStream(_pool, Format);
        var cursor = stream.OpenCursor();
        var block = _pool.Rent(100_000);
        block.Length = 3;
        "abc"u8.CopyTo(block.Data);
        stream.Append("x"u8);
        stream.Append(block);
        stream.Append("y"u8);
        var segments = new OutputSegment[8];
        Assert.Equal(3, cursor.Peek(segments));
        Assert.Equal("xabcy", Wire.Text(segments.AsSpan(0, 3)));
        cursor.Advance(5);
        Assert.False(cursor.IsAtEnd);
        stream.Complete();
        Assert.True(cursor.IsAtEnd);
        Assert.Equal(5, stream.Length);
        cursor.Close();
    }

    [Fact]
    public void NothingComesBehindTheEnd()
    {
        var stream = new SnapshotStream(_pool, Format);
        var cursor = stream.OpenCursor();
        stream.Complete();
        var block = _pool.Rent();
        Assert.Throws<InvalidOperationException>(() => stream.Append(block));
        _pool.Release(block);
        cursor.Close();
    }

    /// <summary>One that is frozen has a page of memory, and the others are at the end.</summary>
    [Fact]
    public void ReadersOfAFileEachGoTheirPace()
    {
        var bytes = RandomBytes(1_000_000);
        var file = new MemoryPayload(bytes);
        var stream = new SnapshotStream(_pool, Format);
        var cursors = Enumerable.Range(0, 3).Select(_ => stream.OpenCursor()).ToArray();
        stream.Serve(file);
        Assert.Equal((SnapshotStatus.Completed, 1_000_000, 0), (stream.Status, stream.Length, stream.BufferedBytes));
        var read = new List<byte>[] { [], [] };
        Take(cursors[2], 10, []);
        while (!cursors[0].IsAtEnd)
        {
            Take(cursors[0], int.MaxValue, read[0]);
            Take(cursors[1], int.MaxValue, read[1]);
            Assert.InRange(stream.MemoryBytes, 1, 2 * (SnapshotStream.PageSize + 8192));
            Assert.Equal(_pool.LentBytes, stream.MemoryBytes);
        }

        Assert.True(cursors[1].IsAtEnd);
        Assert.All(read, all => Assert.True(all.SequenceEqual(bytes)));
        Assert.Equal((1_000_000 / SnapshotStream.PageSize) + 1, file.Reads); // once for those that are together
        cursors[0].Close();
        cursors[1].Close();
        Assert.Equal((10, 0), (cursors[2].ReadBytes, file.Disposals));
        cursors[2].Close();
        Assert.Equal((1, 0), (file.Disposals, stream.MemoryBytes));
    }

    [Fact]
    public void AFileThatCannotBeReadIsAFailureOfItsReaders()
    {
        var file = new MemoryPayload(RandomBytes(200_000));
        var stream = new SnapshotStream(_pool, Format);
        var cursor = stream.OpenCursor();
        stream.Serve(file);
        Take(cursor, 100, []);
        Assert.Null(cursor.Failure);
        Take(cursor, int.MaxValue, []);
        file.ReadsFail = true;
        Assert.Equal(0, cursor.Peek(new OutputSegment[4]));
        Assert.Equal(0, cursor.Peek(new OutputSegment[4]));
        Assert.Equal("Reading the spooled snapshot: Input/output error", cursor.Failure);
        cursor.Close();
    }

    /// <summary>What the slow ones lack is in the file, and the chain is free of them.</summary>
    [Fact]
    public void SlowReadersGoOnFromAFile()
    {
        var bytes = RandomBytes(300_000);
        var stream = new SnapshotStream(_pool, Format, bufferMax: 100_000);
        var cursors = Enumerable.Range(0, 3).Select(_ => stream.OpenCursor()).ToArray();
        stream.Append(bytes.AsSpan(0, 100_000));
        var read = new List<byte>[] { [], [], [] };
        Take(cursors[0], 100_000, read[0]);
        Take(cursors[1], 30_000, read[1]);
        Assert.False(stream.HasRoom);

        SnapshotCursor? source = null;
        MemoryPayload? file = null;
        Assert.False(stream.Divert(_ => null));
        Assert.False(cursors[1].IsOnFile || stream.HasRoom);
        Assert.True(stream.Divert(reader =>
        {
            source = reader;
            return file = new MemoryPayload(bytes) { End = reader.ReadBytes };
        }));
        Assert.Equal((0, false, true, true), (file!.End, cursors[0].IsOnFile, cursors[1].IsOnFile, cursors[2].IsOnFile));
        Assert.Equal(3, stream.Readers);
        Assert.Equal(0, cursors[1].Peek(new OutputSegment[4])); // not there yet
        file.End = source!.ReadBytes + 100_000;
        source.Advance(100_000);
        Assert.True(stream.HasRoom);
        Take(cursors[1], 40_000, read[1]);
        stream.Append(bytes.AsSpan(100_000));
        stream.Complete();
        Take(cursors[0], 200_000, read[0]);
        source.Advance(200_000);
        file.End = 300_000;
        while (!cursors[1].IsAtEnd || !cursors[2].IsAtEnd)
        {
            Take(cursors[1], 7_000, read[1]);
            Take(cursors[2], 50_000, read[2]);
        }

        Assert.True(cursors[0].IsAtEnd);
        Assert.All(read, all => Assert.True(all.SequenceEqual(bytes)));
        cursors[0].Close();
        cursors[1].Close();
        Assert.Equal(0, file.Disposals);
        cursors[2].Close();
        Assert.Equal(1, file.Disposals);
        source.Close();
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void RandomReadersReadTheSame(int seed)
    {
        var random = new Random(seed);
        var stream = new SnapshotStream(_pool, Format);
        var cursors = Enumerable.Range(0, 4).Select(_ => stream.OpenCursor()).ToArray();
        var written = new List<byte>();
        var read = cursors.Select(_ => new List<byte>()).ToArray();
        var segments = new OutputSegment[2];
        while (written.Count < 2_000_000 || !cursors.All(cursor => cursor.ReadBytes == written.Count))
        {
            if (written.Count < 2_000_000)
            {
                var bytes = new byte[random.Next(30_000)];
                random.NextBytes(bytes);
                stream.Append(bytes);
                written.AddRange(bytes);
            }

            var reader = random.Next(4);
            var count = cursors[reader].Peek(segments);
            if (count == 0) continue;
            var taken = Math.Max(1, random.Next(segments[0].Length + 1));
            read[reader].AddRange(segments[0].Bytes[..taken]);
            cursors[reader].Advance(taken);
        }

        Assert.All(read, bytes => Assert.True(bytes.SequenceEqual(written)));
        foreach (var cursor in cursors) cursor.Close();
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    // About so many of the next bytes.
    private static void Take(SnapshotCursor cursor, int count, List<byte> into)
    {
        var segments = new OutputSegment[64];
        while (count > 0 && cursor.Peek(segments) > 0)
        {
            var part = Math.Min(count, segments[0].Length);
            into.AddRange(segments[0].Bytes[..part]);
            cursor.Advance(part);
            count -= part;
            if (cursor.IsOnFile && count > 1_000_000) return; // a page
        }
    }

    private static void Read(SnapshotCursor cursor, long count)
    {
        var segments = new OutputSegment[64];
        Assert.True(segments.AsSpan(0, cursor.Peek(segments)).ToArray().Sum(segment => (long)segment.Length) >= count);
        cursor.Advance(count);
    }
}
