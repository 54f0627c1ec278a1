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
        var credits = 0;
        var stream = new SnapshotStream(_pool, Format, bufferMax: 1000, onCredit: _ => credits++);
        Assert.False(stream.HasCredit); // nobody reads
        var fast = stream.OpenCursor();
        var slow = stream.OpenCursor();
        stream.Append(new byte[1000]);
        Assert.False(stream.HasCredit);
        Read(fast, 1000);
        Assert.Equal((0, false), (credits, stream.HasCredit));
        Read(slow, 499);
        Assert.Equal(0, credits);
        Read(slow, 1);
        Assert.Equal((1, true), (credits, stream.HasCredit));
        Read(slow, 500);
        Assert.Equal(1, credits);
        stream.Append(new byte[5000]);
        slow.Close();
        Read(fast, 4500);
        Assert.Equal(2, credits);
        fast.Close();
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
    public void AnAnnouncedLengthIsKept()
    {
        var stream = new SnapshotStream(_pool, Format);
        var cursor = stream.OpenCursor();
        stream.Announce(3);
        stream.Append("ab"u8);
        Assert.Throws<InvalidOperationException>(stream.Complete);
        stream.Append("c"u8);
        stream.Complete();
        Assert.Throws<InvalidOperationException>(() => stream.Append("d"u8));
        cursor.Close();
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

    private static void Read(SnapshotCursor cursor, long count)
    {
        var segments = new OutputSegment[64];
        Assert.True(segments.AsSpan(0, cursor.Peek(segments)).ToArray().Sum(segment => (long)segment.Length) >= count);
        cursor.Advance(count);
    }
}
