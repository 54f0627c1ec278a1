using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.HyperLogLog;

/// <summary>Any client can write any bytes with SET and then call them a HyperLogLog.</summary>
public sealed class CorruptHyperLogLogTests
{
    private const int Rounds = 20_000;

    private static readonly string[] Commands =
    [
        "PFCOUNT k", "PFADD k a b c d e", "PFCOUNT k good", "PFMERGE d k good", "PFMERGE k good", "PFMERGE k", "PFDEBUG DECODE k", "PFDEBUG ENCODING k",
        "PFDEBUG TODENSE k", "PFDEBUG GETREG k",
    ];

    /// <summary>Each round changes a good value five times, one after the other, with commands between: 100,000 mutations.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_bytes_end_the_server(int seed)
    {
        var random = new Random(seed);
        using var node = new EngineNode();
        var originals = Originals(node, random);
        var replies = new Dictionary<char, int>();
        for (var round = 0; round < Rounds / 2; round++)
        {
            var bytes = originals[random.Next(10) == 0 ? 3 : random.Next(3)].ToArray();
            for (var mutation = 0; mutation < 5; mutation++)
            {
                bytes = Mutate(random, bytes);
                node.DoWords("SET", "k", Encoding.Latin1.GetString(bytes));
                var command = Commands[random.Next(20) == 0 ? random.Next(Commands.Length) : random.Next(6)];
                var reply = node.Do(command);
                Assert.True(IsExpected(reply), $"seed {seed}, round {round}: {command} said {reply} about {Convert.ToHexString(bytes)}");
                replies[reply[0]] = replies.GetValueOrDefault(reply[0]) + 1;
            }

            if (round % 100 == 0) node.Do("DEL d");
        }

        Assert.True(replies['-'] > Rounds / 2 && replies[':'] > Rounds / 10 && replies['+'] > Rounds / 100, string.Join(' ', replies));
        Assert.Null(node.ExitStatus);
        Assert.Equal("+PONG|", node.Do("PING"));
    }

    private static bool IsExpected(string reply) => reply[0] is ':' or '+' or '$' or '*'
        || reply is "-WRONGTYPE Key is not a valid HyperLogLog string value.|" or "-INVALIDOBJ Corrupted HLL object detected|"
            or "-ERR HLL encoding is not sparse|";

    private static byte[][] Originals(EngineNode node, Random random)
    {
        node.Do("PFADD few a b c");
        node.Do("PFADD good x y z");
        for (var i = 0; i < 400; i++) node.Do($"PFADD many {random.Next()}");
        node.Do("PFADD dense a b c");
        node.Do("PFDEBUG TODENSE dense");
        node.Do("PFADD empty");
        return [.. new[] { "few", "many", "empty", "dense" }.Select(key => Raw(node, key))];
    }

    /// <summary>A value as it is: the harness would show a CRLF in it as a bar.</summary>
    private static byte[] Raw(EngineNode node, string key)
    {
        var session = node.Connect();
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Feed(session, EngineNode.Encode("GET", key));
        var reply = new byte[session.Output.PendingBytes];
        session.Output.CopyTo(reply);
        session.Output.Advance(reply.Length);
        return reply[(reply.AsSpan().IndexOf((byte)'\n') + 1)..^2];
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var at = random.Next(Math.Max(1, random.Next(3) == 0 ? Math.Min(18, bytes.Length) : bytes.Length));
        switch (random.Next(6))
        {
            case 0 when bytes.Length > 0:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + 1)];
            case 1:
                return [.. bytes.AsSpan(0, at), (byte)random.Next(256), .. bytes.AsSpan(at)];
            case 2:
                return bytes[..at];
            case 3 when bytes.Length > 16:
                return [.. bytes, .. bytes.AsSpan(16)];
            default:
                if (bytes.Length == 0) return [(byte)random.Next(256)];
                // Mostly behind the header, where it is not noticed at once.
                at = bytes.Length > 16 && random.Next(4) > 0 ? random.Next(16, bytes.Length) : at;
                bytes[at] = (byte)(random.Next(2) == 0 ? random.Next(256) : bytes[at] ^ 1 << random.Next(8));
                return bytes;
        }
    }
}
