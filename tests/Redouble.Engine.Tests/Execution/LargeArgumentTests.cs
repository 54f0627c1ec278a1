using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.Eviction;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>Large arguments: what is announced, what arrives, and what becomes of the block that it arrived in.</summary>
public sealed class LargeArgumentTests
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public void A_large_argument_moves_twice_at_most_and_is_received_up_to_its_end()
    {
        using var node = new EngineNode();
        var session = node.Connect();
        var request = EngineNode.Encode("SET", "k", new string('v', 9 * Megabyte));
        var (at, moves, block) = (0, 0, Block.None);
        while (at < request.Length)
        {
            var room = node.Node.Clients.PrepareReceive(session);
            Assert.InRange(room.Length, 1, at < 16_384 ? Megabyte : Math.Min(Megabyte, request.Length - at));
            if (!block.IsNone && session.Input.Block != block) moves++;
            block = session.Input.Block;
            Receive(node, session, request.AsSpan(at, Math.Min(room.Length, request.Length - at)), room);
            at += Math.Min(room.Length, request.Length - at);
        }

        Assert.Equal("+OK|", node.Take(session));
        Assert.Equal(2, moves);
        Assert.Equal(":9437184|", node.Do("STRLEN k"));
        Assert.Equal(0, node.Node.Blocks.AbsentBytes);
        Assert.InRange(node.Node.UsedMemory, 9 * Megabyte, 10 * Megabyte);
    }

    /// <summary>The value is not copied: what is in use never holds it twice, and the block that it came in is the key's.</summary>
    [Theory]
    [InlineData("SET", "k", "VALUE")]
    [InlineData("SET", "k", "VALUE", "EX", "1000")]
    [InlineData("SET", "k", "VALUE", "XX", "GET")]
    [InlineData("SETEX", "k", "1000", "VALUE")]
    [InlineData("GETSET", "k", "VALUE")]
    [InlineData("SETNX", "other", "VALUE")]
    [InlineData("APPEND", "other", "VALUE")]
    public void A_value_keeps_the_block_that_it_came_in(params string[] words)
    {
        using var node = new EngineNode();
        node.Do("SET k old");
        var value = new string('v', 5 * Megabyte) + "end";
        var request = EngineNode.Encode([.. words.Select(word => word == "VALUE" ? value : word)]);
        var session = node.Connect();
        node.Feed(session, request.AsSpan(0, request.Length - 3));
        var block = session.Input.Block.UnsafeHandle;
        var used = node.Node.UsedMemory;
        node.Feed(session, request.AsSpan(request.Length - 3));
        Assert.InRange(node.Node.UsedMemory, 0, used + 64_000); // a block for the reply, and no copy of 5 MB
        Assert.InRange(node.Node.Keyspace.DataBytes, value.Length, value.Length + (70 << 10));
        Assert.True(session.Input.Block.IsNone);
        Assert.Equal(":5242883|", node.Do($"STRLEN {words[1]}"));
        Assert.Equal("$4|vend|", node.Do($"GETRANGE {words[1]} -4 -1"));
        Assert.Equal(":5242885|", node.Do($"APPEND {words[1]} !!"));
        Assert.Equal("$6|vend!!|", node.Do($"GETRANGE {words[1]} -6 -1"));
        Assert.Equal("$2|vv|", node.Do($"GETRANGE {words[1]} 0 1"));
        Assert.Equal("+raw|", node.Do($"OBJECT ENCODING {words[1]}").Replace("$3|", "+", StringComparison.Ordinal));
        Assert.NotEqual(0, block);
        Assert.Equal(":1|", node.Do($"DEL {words[1]}"));
    }

    /// <summary>Sets, and what comes before and behind them in the same connection, cut anywhere: every value is what was sent, and no block is lost.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Values_of_all_sizes_in_pieces_are_what_was_sent(int seed)
    {
        var random = new Random(seed);
        using var node = new EngineNode();
        var session = node.Connect();
        var lent = node.Node.Blocks.LentBytes;
        var expected = new Dictionary<string, string>();
        var stream = new List<byte>();
        var replies = new StringBuilder();
        for (var i = 0; i < 150; i++)
        {
            var value = Value(random);
            var key = $"k{random.Next(12)}";
            switch (random.Next(6))
            {
                case 0:
                    stream.AddRange(EngineNode.Encode("MSET", key, value, "m", value));
                    expected["m"] = value;
                    replies.Append("+OK|");
                    break;
                case 1:
                    stream.AddRange(EngineNode.Encode("SET", key, value, "PX", "100000000"));
                    replies.Append("+OK|");
                    break;
                case 2:
                    foreach (var words in (string[][])[["MULTI"], ["SET", key, value], ["EXEC"]]) stream.AddRange(EngineNode.Encode(words));
                    replies.Append("+OK|+QUEUED|*1|+OK|");
                    break;
                case 3:
                    stream.AddRange("PING\r\n"u8);
                    stream.AddRange(EngineNode.Encode("SET", key, value));
                    replies.Append("+PONG|+OK|");
                    break;
                default:
                    stream.AddRange(EngineNode.Encode("SET", key, value));
                    replies.Append("+OK|");
                    break;
            }

            expected[key] = value;
        }

        var all = stream.ToArray().AsSpan();
        var answered = new StringBuilder();
        while (all.Length > 0)
        {
            var part = Math.Min(all.Length, random.Next(3) == 0 ? random.Next(1, 100) : random.Next(1, 200_000));
            node.Feed(session, all[..part]);
            answered.Append(node.Take(session));
            all = all[part..];
        }

        Assert.Equal(replies.ToString(), answered.ToString());
        foreach (var (key, value) in expected) Assert.True(node.Do($"GET {key}") == $"${value.Length}|{value}|", $"seed {seed}, {key}");
        Assert.Equal((0L, true), (node.Node.Blocks.AbsentBytes, session.Input.Block.IsNone));
        node.Do("FLUSHALL");
        while (node.Node.Keyspace.FreeSlice(1000))
        {
        }

        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void A_client_that_announces_more_than_all_may_have_goes_before_it_sends_it()
    {
        using var node = new EngineNode("maxmemory-clients 10mb");
        var (modest, announcer) = (node.Connect(), node.Connect());
        Begin(node, modest, 8_000_000, 10);
        Begin(node, announcer, 100_000_000, 10);
        var used = node.Node.UsedMemory;
        node.Node.FeedReplicas();
        Assert.Equal((false, true), (modest.Has(SessionFlags.CloseAsap), announcer.Has(SessionFlags.CloseAsap)));
        Assert.InRange(used, 0, 4 * Megabyte);
    }

    /// <summary>It is in use, as in Redis, but keys must not go for bytes that may never come.</summary>
    [Fact]
    public void What_is_announced_evicts_no_keys_until_it_is_there()
    {
        using var node = new EngineNode("maxmemory 40mb", "maxmemory-policy allkeys-lru", "maxmemory-clients 0");
        for (var i = 0; i < 10; i++) node.DoWords("SET", $"k{i}", new string('v', Megabyte));
        var announcer = node.Connect();
        Begin(node, announcer, 100_000_000, 3 * Megabyte);
        Assert.InRange(node.Node.UsedMemory, 100_000_000, 130_000_000);
        Assert.InRange(CountedMemory.NotCounted(node.Node), 100_000_000 - (4 * Megabyte), 101_000_000);
        Assert.Equal("+OK|", node.Do("SET another value"));
        Assert.Equal(":11|", node.Do("DBSIZE"));
        node.Feed(announcer, new byte[30 * Megabyte]);
        Assert.Equal("+OK|", node.Do("SET another value"));
        Assert.InRange(node.Do("DBSIZE"), ":1|", ":8|");
        node.Node.RemoveSession(announcer);
        Assert.Equal(0, node.Node.Blocks.AbsentBytes);
        Assert.InRange(node.Node.UsedMemory, 0, 40_000_000);
    }

    [Fact]
    public void An_announcement_shows_where_clients_are_listed()
    {
        using var node = new EngineNode();
        var announcer = node.Connect();
        Begin(node, announcer, 50_000_000, 1000);
        var line = ClientLine.Format(announcer, 0);
        var pending = announcer.Input.Pending;
        Assert.Contains($" qbuf={pending} qbuf-free={Field(line, "qbuf-free")} ", line, StringComparison.Ordinal);
        Assert.InRange(Field(line, "qbuf-free"), 50_000_000 - 1000, 50_100_000 - 1000);
        Assert.InRange(Field(line, "tot-mem"), 50_000_000, 50_100_000);
        node.Feed(announcer, new byte[Megabyte]);
        line = ClientLine.Format(announcer, 0);
        Assert.InRange(Field(line, "qbuf-free") + Field(line, "qbuf"), 50_000_000, 50_100_000);
        Assert.InRange(Field(line, "tot-mem"), 50_000_000, 50_100_000);
    }

    /// <summary>Its block is the value's, and it was shown as less than nothing until its client sent something else.</summary>
    [Fact]
    public void A_value_that_has_been_taken_is_no_input_any_more()
    {
        using var node = new EngineNode();
        var writer = node.Connect();
        node.Feed(writer, EngineNode.Encode("SET", "k", new string('x', Megabyte)));
        Assert.Equal("+OK|", node.Take(writer));
        Assert.Contains(" qbuf=0 qbuf-free=0 ", ClientLine.Format(writer, 0), StringComparison.Ordinal);
        Assert.Equal("+PONG|", node.Do("PING", writer));
        Assert.Equal(Megabyte, node.Do("GET k").Split('|')[1].Length);
    }

    /// <summary>Each takes eight bytes beside its own, which nobody counted: of a request of empty ones more than the request.</summary>
    [Fact]
    public void The_places_of_a_requests_arguments_count_while_it_is_arriving()
    {
        const int count = 1_000_000;
        using var node = new EngineNode();
        var writer = node.Connect();
        node.Feed(writer, Encoding.ASCII.GetBytes($"*{2 * count}\r\n" + string.Concat(Enumerable.Repeat("$0\r\n\r\n", count))));
        Assert.InRange(Field(ClientLine.Format(writer, 0), "tot-mem"), (6 + 8) * count, (6 * 2 + 8 * 2 + 2) * count);
    }

    /// <summary>No more room is made than the client is allowed to fill.</summary>
    [Fact]
    public void An_announcement_beyond_the_limit_takes_no_more_than_the_limit()
    {
        using var node = new EngineNode("client-query-buffer-limit 2mb");
        var announcer = node.Connect();
        Begin(node, announcer, 500_000_000, Megabyte);
        Assert.InRange(node.Node.UsedMemory, Megabyte, 6 * Megabyte);
        Assert.True(node.Node.Clients.CheckInputLimit(announcer));
        node.Feed(announcer, new byte[Megabyte]);
        Assert.False(node.Node.Clients.CheckInputLimit(announcer));
    }

    private static long Field(string line, string name)
    {
        var from = line.IndexOf($" {name}=", StringComparison.Ordinal) + name.Length + 2;
        return long.Parse(line[from..line.IndexOf(' ', from)], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Begin(EngineNode node, Session session, int announced, int sent)
    {
        node.Feed(session, Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${announced}\r\n"));
        node.Feed(session, new byte[sent]);
        node.Node.ClientEviction.Note(session);
    }

    private static void Receive(EngineNode node, Session session, ReadOnlySpan<byte> bytes, Span<byte> room)
    {
        bytes.CopyTo(room);
        session.Input.Received(bytes.Length, node.Node.Blocks);
        node.Node.Executor.ProcessInput(session);
    }

    private static string Value(Random random)
    {
        var length = random.Next(5) switch
        {
            0 => random.Next(100),
            1 => random.Next(20_000),
            2 => random.Next(30_000, 36_000),
            3 => random.Next(300_000),
            _ => random.Next(2_000_000),
        };
        return string.Create(length, random, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i += 61) span[i..Math.Min(i + 61, span.Length)].Fill((char)('a' + source.Next(26)));
        });
    }
}
