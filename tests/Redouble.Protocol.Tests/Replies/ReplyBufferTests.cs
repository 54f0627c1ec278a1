using System.Text;
using Redouble.Core.Memory;
using Redouble.Protocol.Replies;

namespace Redouble.Protocol.Tests.Replies;

public sealed class ReplyBufferTests
{
    [Fact]
    public void LentBlocksAreSentInPlaceAndReleased()
    {
        using var written = new Written();
        var block = written.Pool.Rent(100_000);
        block.Data.Fill((byte)'x');
        written.Writer.Ok();
        written.Writer.BulkHeader(90_000);
        written.Buffer.Lend(block, 10_000, 90_000);
        written.Writer.LineEnd();
        Assert.Equal(2, block.References);
        Assert.Equal(3, written.Buffer.SegmentCount);

        var segments = new OutputSegment[4];
        Assert.Equal(3, written.Buffer.Peek(segments));
        Assert.Equal(block, segments[1].Block);
        Assert.Equal(block.UnsafeAddress + 10_000, segments[1].UnsafeAddress);
        Assert.Equal("+OK\r\n$90000\r\n" + new string('x', 90_000) + "\r\n", written.Text());

        written.Buffer.Advance(13 + 50_000);
        Assert.True(written.Buffer.TryPeek(out var rest));
        Assert.Equal((60_000, 40_000), (rest.Offset, rest.Length));
        Assert.Equal(2, block.References);
        written.Buffer.Advance(40_000);
        Assert.Equal(1, block.References);
        Assert.Equal("\r\n", written.Text());
        written.Pool.Release(block);
    }

    /// <summary>Whatever a reply is made of, from the limit on it takes one block, and nothing of it is left.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AtItsLimitTheOutputIsCut(bool lends)
    {
        using var written = new Written();
        var judge = new Judge(200_000);
        (written.Buffer.Limit, written.Buffer.Observer) = (100_000, judge);
        var block = written.Pool.Rent(50_000);
        var outer = written.Writer.BeginDeferred();
        for (var i = 0; i < 1000; i++)
        {
            var inner = written.Writer.BeginDeferred();
            var mark = written.Buffer.Mark();
            if (lends) written.Buffer.Lend(block, 0, 10_000);
            written.Buffer.Write(new byte[20_000]);
            if (i % 3 == 0) written.Buffer.Rollback(mark);
            written.Writer.EndArray(inner, 1);
            Assert.InRange(written.Pool.LentBytes, 0, 300_000);
        }

        written.Writer.EndArray(outer, 1000);
        Assert.True(written.Buffer.IsCut);
        Assert.Equal((2, 1), (judge.Asked, judge.Cuts)); // at 100,000, and at the 200,000 that it said
        Assert.Equal(1, block.References);
        written.Pool.Release(block);
        Assert.Equal(BlockPool.StandardMemoryBytes, written.Pool.LentBytes);
        written.Buffer.Clear();
        Assert.Equal(0, written.Pool.LentBytes);
    }

    /// <summary>The system gives no more memory: the observer says whether the writer hears of it, and can take back what it wrote, or all is over.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutMemoryItGrowsAsFarAsItMay(bool cutting)
    {
        const long span = 4 << 20;
        using var heap = new NativeHeap(span, limitBytes: 2 * span);
        using var pool = new BlockPool(heap, 1 << 20);
        var buffer = new ReplyBuffer(pool) { Observer = new Judge(long.MaxValue) { Cutting = cutting } };
        buffer.Write(new byte[100_000]);
        Assert.Equal(100_000, buffer.PendingBytes); // while there is memory nobody is asked
        buffer.Advance(100_000);
        var held = new List<Block>();
        while (!pool.IsShort) held.Add(pool.Rent(64 << 10));
        buffer.Write("+OK"u8);
        var mark = buffer.Mark();
        if (cutting)
        {
            buffer.Write(new byte[100_000]);
            Assert.Equal((true, true), (buffer.IsCut, buffer.PendingBytes < 100_000));
        }
        else
        {
            Assert.Throws<InsufficientMemoryException>(() => buffer.Write(new byte[100_000]));
            buffer.Rollback(mark);
            Assert.Equal((false, 3), (buffer.IsCut, buffer.PendingBytes));
        }

        buffer.Clear();
        foreach (var block in held) pool.Release(block);
        Assert.Equal(0, pool.LentBytes);
    }

    [Fact]
    public void PeekStopsAtTheRoomGiven()
    {
        using var written = new Written();
        written.Buffer.Write(new byte[50_000]);
        Assert.Equal(4, written.Buffer.SegmentCount);
        var segments = new OutputSegment[2];
        Assert.Equal(2, written.Buffer.Peek(segments));
        written.Buffer.Advance(segments[0].Length + segments[1].Length);
        Assert.Equal(2, written.Buffer.Peek(segments));
        Assert.Equal(written.Buffer.PendingBytes, segments[0].Length + segments[1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => written.Buffer.Advance(50_000));
    }

    [Fact]
    public void AnIdleBufferHoldsNoBlock()
    {
        using var written = new Written();
        written.Writer.Ok();
        Assert.NotEqual(0, written.Pool.LentBytes);
        written.Buffer.Advance(5);
        Assert.True(written.Buffer.IsEmpty);
        Assert.False(written.Buffer.TryPeek(out _));
        Assert.Equal(0, written.Pool.LentBytes);
    }

    [Fact]
    public void DeferredHeadersNest()
    {
        using var written = new Written(RespVersion.Resp3);
        var writer = written.Writer;
        writer.Ok();
        var outer = writer.BeginDeferred();
        for (var i = 0; i < 12; i++)
        {
            var inner = writer.BeginDeferred();
            for (var j = 0; j < i; j++) writer.Integer(j);
            writer.EndArray(inner, i);
        }

        Assert.Throws<InvalidOperationException>(() => written.Buffer.TryPeek(out _));
        writer.EndMap(outer, 6);
        writer.Ok();
        var arrays = Enumerable.Range(0, 12).Select(i => $"*{i}\r\n" + string.Concat(Enumerable.Range(0, i).Select(j => $":{j}\r\n")));
        var expected = "+OK\r\n%6\r\n" + string.Concat(arrays) + "+OK\r\n";
        Assert.Equal(expected, written.Text());
        Assert.Equal(1, written.Buffer.SegmentCount); // short bodies have closed up
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1025)]
    [InlineData(16_000)]
    [InlineData(16_290)]
    [InlineData(16_310)]
    [InlineData(60_000)]
    public void DeferredHeadersStandBeforeBodiesOfAnySize(int length)
    {
        foreach (var before in new[] { 0, 5, 16_290, 16_310, 16_320 })
        {
            using var written = new Written();
            written.Buffer.Write(new byte[before]);
            var deferred = written.Writer.BeginDeferred();
            var block = written.Pool.Rent();
            written.Buffer.Lend(block, 0, 3);
            written.Pool.Release(block);
            var inner = written.Writer.BeginDeferred();
            written.Buffer.Write(Encoding.ASCII.GetBytes(new string('b', length)));
            written.Writer.EndArray(inner, 123456789);
            written.Writer.EndArray(deferred, 1234);
            written.Writer.Ok();
            var bytes = written.Bytes();
            Assert.Equal("*1234\r\n", Encoding.ASCII.GetString(bytes, before, 7));
            Assert.Equal("*123456789\r\n" + new string('b', length) + "+OK\r\n", Encoding.ASCII.GetString(bytes[(before + 10)..]));
            Assert.Equal(bytes, written.Send(7777));
        }
    }

    [Fact]
    public void RollbackTakesBackWhatCameBehind()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            using var written = new Written();
            Scribble(written, random);
            if (random.Next(2) == 0) written.Buffer.Advance(random.NextInt64(written.Buffer.PendingBytes + 1));
            var expected = written.Bytes();
            var mark = written.Buffer.Mark();
            Scribble(written, random);
            if (random.Next(4) == 0) written.Writer.BeginDeferred();
            written.Buffer.Rollback(mark, keepsBlock: random.Next(2) == 0);
            Assert.Equal(expected, written.Bytes());
            written.Writer.Ok();
            Assert.Equal([.. expected, .. "+OK\r\n"u8], written.Send(500));
        }
    }

    /// <summary>A replica drops the reply of every command of the stream: a block came and went with each.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RollbackKeepsABlockWhereItIsToldTo(bool keepsBlock)
    {
        using var written = new Written();
        for (var i = 0; i < 1000; i++)
        {
            var mark = written.Buffer.Mark();
            if (i % 7 == 0) written.Writer.EndArray(written.Writer.BeginDeferred(), 0);
            written.Writer.Ok();
            written.Buffer.Rollback(mark, keepsBlock);
            Assert.Equal((0, keepsBlock ? BlockPool.StandardMemoryBytes : 0), (written.Buffer.PendingBytes, written.Pool.LentBytes));
        }

        var before = written.Buffer.Mark();
        written.Writer.Bulk(new byte[40_000]);
        written.Buffer.Rollback(before, keepsBlock);
        Assert.Equal((0, 0), (written.Buffer.PendingBytes, written.Pool.LentBytes)); // of several none
    }

    [Fact]
    public void RollbackWithinADeferredHeader()
    {
        using var written = new Written();
        written.Writer.Ok();
        var deferred = written.Writer.BeginDeferred();
        var mark = written.Buffer.Mark();
        written.Writer.Bulk(new byte[20_000]);
        written.Buffer.Rollback(mark);
        written.Writer.Integer(5);
        written.Writer.EndArray(deferred, 1);
        Assert.Equal("+OK\r\n*1\r\n:5\r\n", written.Text());
    }

    private static void Scribble(Written written, Random random)
    {
        for (var i = random.Next(6); i > 0; i--)
        {
            switch (random.Next(4))
            {
                case 0:
                    written.Buffer.Write(new byte[random.Next(40_000)]);
                    break;
                case 1:
                    var deferred = written.Writer.BeginDeferred();
                    Scribble(written, random);
                    written.Writer.EndArray(deferred, random.Next(1000));
                    break;
                case 2:
                    var block = written.Pool.Rent();
                    written.Buffer.Lend(block, 5, random.Next(1000));
                    written.Pool.Release(block);
                    break;
                default:
                    written.Writer.Integer(random.Next(100_000));
                    break;
            }
        }
    }

    private sealed class Judge(long limit) : IOutputObserver
    {
        /// <summary>Whether who wants a further block without memory is cut, and not refused.</summary>
        public bool Cutting { get; init; }

        public int Asked { get; private set; }

        public int Cuts { get; private set; }

        public long LimitOf(ReplyBuffer output)
        {
            Asked++;
            return limit;
        }

        public void OnCut(ReplyBuffer output) => Cuts++;

        public bool MayGrow(ReplyBuffer output)
        {
            if (output.PendingBytes < BlockPool.StandardCapacity) return true;
            if (Cutting) return false;
            throw new InsufficientMemoryException();
        }
    }
}
