using System.Globalization;
using Redouble.Engine.Persistence;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>What an encoder asks its sink to have room for.</summary>
public sealed class SnapshotEncoderTests
{
    private const int HeadMax = 512; // what an RDB begins and ends with

    // Found by reading: the listpack of a packed sorted set is up to twice as long as what memory has of it, and was not told. With many of them the blocks
    // for a replica ran out in the middle of the snapshot, and with it the process ended.
    [Fact]
    public void Packed_sorted_sets_of_short_members_and_scores_reach_a_replica()
    {
        using var node = new LimitedNode(1L << 30);
        var pairs = Enumerable.Range(0, 127).SelectMany(i => new[] { Number(i), Number(i) }).ToArray();
        for (var i = 0; i < 3_000; i++) node.Engine.DoWords(["ZADD", $"z{i}", .. pairs]);
        Assert.Equal("$8|listpack|", node.Engine.Do("OBJECT ENCODING z7"));
        var replica = node.AddReplica(7001);
        for (var turn = 0; turn < 20; turn++)
        {
            node.EndTurn(); // much is handed over before the helper gets its turn
            node.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
        }

        node.RunSnapshotTo(replica);
        Assert.Contains("state=online", node.Info("slave0"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SET", "short")]
    [InlineData("SET", "number")]
    [InlineData("SET", "long")]
    [InlineData("RPUSH", "number")]
    [InlineData("RPUSH", "short")]
    [InlineData("RPUSH", "many")]
    [InlineData("RPUSH", "long")]
    [InlineData("SADD", "number")]
    [InlineData("SADD", "mixed")]
    [InlineData("SADD", "short")]
    [InlineData("SADD", "many")]
    [InlineData("SADD", "long")]
    [InlineData("HSET", "number")]
    [InlineData("HSET", "short")]
    [InlineData("HSET", "many")]
    [InlineData("HSET", "long")]
    [InlineData("HSET", "times")]
    [InlineData("HSET", "manytimes")]
    [InlineData("ZADD", "number")]
    [InlineData("ZADD", "short")]
    [InlineData("ZADD", "many")]
    [InlineData("ZADD", "long")]
    [InlineData("XADD", "number")]
    [InlineData("XADD", "short")]
    [InlineData("XADD", "pending")]
    public void What_is_written_is_no_longer_than_was_told(string command, string shape)
    {
        foreach (var dialect in new[] { RdbDialect.Rdb10, RdbDialect.Rdb12 })
        {
            using var node = new LimitedNode(1L << 30, "maxmemory-policy allkeys-lru");
            for (var i = 0; i < 200; i++) Write(node, command, shape, i);
            var sink = new MeasuringSink();
            string? failure = null;
            node.Node.Snapshots.Start([(sink, dialect)], null, outcome => failure = outcome);
            node.RunSnapshot();
            Assert.Null(failure);
            Assert.InRange(sink.Written, 200, long.MaxValue);
            Assert.True(sink.BeyondMax <= HeadMax, $"{sink.BeyondMax} bytes more than were told, as {dialect}");
        }
    }

    private static void Write(LimitedNode node, string command, string shape, int i)
    {
        var random = new Random(i * 31 + shape.Length);
        var count = shape is "many" or "manytimes" ? 300 : random.Next(1, 100);
        var key = "k" + Number(i);
        string Item(int at) => shape switch
        {
            "number" => Number(i % 3 == 0 ? at : i % 3 == 1 ? at - 50 : long.MinValue + (random.NextInt64() >> 2)),
            "mixed" => at % 2 == 0 ? Number(at) : Number(random.NextInt64()) + "x",
            "long" => node.Text(random.Next(60, 3_000)),
            _ => node.Text(random.Next(1, 20)),
        };

        string Score(int at) => i % 2 == 0 ? Number(at) : Number(random.NextInt64(1L << 50)) + ".5";
        if (command == "SET")
        {
            node.Engine.DoWords("SET", key, Item(random.Next(200)));
        }
        else if (command == "XADD")
        {
            if (shape == "pending") node.Engine.DoWords("XGROUP", "CREATE", key, "g", "0", "MKSTREAM");
            for (var at = 0; at < count; at++) node.Engine.DoWords("XADD", key, Number(at + 1) + "-1", "f", Item(at));
            if (shape == "pending") node.Engine.DoWords("XREADGROUP", "GROUP", "g", "c", "COUNT", Number(count), "STREAMS", key, ">");
        }
        else
        {
            var pairs = Enumerable.Range(0, count).SelectMany(at => command switch
            {
                "HSET" => new[] { Item(at), Item(at + 1) },
                "ZADD" => [Score(at), Item(at)],
                _ => [Item(at)],
            });
            node.Engine.DoWords([command, key, .. pairs]);
            if (shape is "times" or "manytimes")
            {
                node.Engine.DoWords("HSET", key, "f", "1");
                node.Engine.DoWords("HPEXPIREAT", key, "1999999999000", "FIELDS", "1", "f");
            }
        }

        if (i % 2 == 0) node.Engine.DoWords("PEXPIREAT", key, "1999999999000");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes everything, and notes what it was told would come.</summary>
    private sealed class MeasuringSink : SnapshotSink
    {
        private readonly ScratchRdbOutput _output = new();

        private long _mayBe = long.MaxValue; // length of the output

        /// <summary>By how much the output got longer than was told.</summary>
        public long BeyondMax { get; private set; } = long.MinValue;

        public long Written => _output.Written.Length;

        public override RdbOutput Output => _output;

        public override void BeforeEncode(long pendingFrameBytes)
        {
            Note();
            _mayBe = Written + pendingFrameBytes;
        }

        public override void AfterEncode(bool finished) => Note();

        private void Note()
        {
            if (_mayBe != long.MaxValue) BeyondMax = Math.Max(BeyondMax, Written - _mayBe);
        }

        public override void Complete()
        {
        }

        public override void Abandon()
        {
        }
    }
}
