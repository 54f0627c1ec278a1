using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>
/// A base of commands is the data set, and no other one: the mark behind it says so, and replicas go on from there. What counts is what REDOUBLE VERIFY
/// compares, and how far groups have read.
/// </summary>
public sealed class CommandBaseExactnessTests
{
    private static readonly string[] Pending =
    [
        "XADD x 1-1 f v", "XADD x 2-1 f v", "XADD x 3-1 f v", "XADD x 4-1 f v", "XGROUP CREATE x g 0", "XREADGROUP GROUP g a COUNT 2 STREAMS x >",
        "XREADGROUP GROUP g b STREAMS x >",
    ];

    [Theory]
    [InlineData("XDEL x 1-1 3-1")]
    [InlineData("XDEL x 1-1 2-1 3-1 4-1")]
    [InlineData("XTRIM x MINID 3")]
    [InlineData("XTRIM x MAXLEN 0")]
    public void What_is_pending_and_deleted_is_still_pending(string removal)
    {
        using var node = Filled([.. Pending, removal]);
        using var again = Restarted(node);
        Assert.StartsWith("*4|:4|", again.Do("XPENDING x g"), StringComparison.Ordinal);
        Assert.Equal(node.Do("XPENDING x g"), again.Do("XPENDING x g"));
        Assert.Equal(Described(node.Engine), Described(again));
    }

    /// <summary>Behind the rewrite it is as in any stream of a primary: the claim of what is deleted takes it out.</summary>
    [Fact]
    public void What_is_claimed_afterwards_is_not()
    {
        using var node = Filled([.. Pending, "XDEL x 1-1 2-1"]);
        Assert.Equal("*0|", node.Do("XCLAIM x g b 0 1-1 FORCE JUSTID"));
        Assert.Equal("*0|", node.Do("XCLAIM x g b 0 1-1 FORCE JUSTID"));
        node.Turn();
        using var again = Restarted(node);
        Assert.Equal(":3|$3|2-1|$3|4-1|", again.Do("XPENDING x g")[3..].Split("*2|")[0]);
        Assert.Equal(Described(node.Engine), Described(again));
    }

    /// <summary>There the same words may be what a client said, and Redis did nothing then.</summary>
    [Fact]
    public void A_file_of_a_Redis_before_7_0_is_read_as_it_reads_it()
    {
        string[] commands = [.. Pending[..5], "XDEL x 1-1", "XCLAIM x g b 0 1-1 2-1 TIME 5 RETRYCOUNT 1 FORCE JUSTID"];
        using var node = AofSet.Start([("/data/appendonly.aof", string.Concat(commands.Select(AofSet.Command)))]);
        Assert.Equal("*4|:1|$3|2-1|$3|2-1|*1|*2|$1|b|$1|1|", node.Do("XPENDING x g"));
    }

    [Theory]
    [InlineData("HSET h a 1 b 2 c 3", "HPEXPIRE h 5 FIELDS 1 a", "HPEXPIRE h 9000000 FIELDS 1 b")]
    [InlineData("SET k v PX 5", "RPUSH l 1 2", "PEXPIRE l 5", "SADD s 1", "PEXPIREAT s 9000000000000")]
    [InlineData("ZADD z -0 a 0 b 0.1 c 1e300 d 3 e -inf f inf g", "ZADD y 17179869184.5 a 3.0000000000000004 b")]
    [InlineData("XGROUP CREATE x g $ MKSTREAM", "XGROUP CREATECONSUMER x g c")]
    [InlineData("XADD x 5 f v", "XDEL x 5-0", "XSETID x 7 ENTRIESADDED 9 MAXDELETEDID 6-1", "XGROUP CREATE x g 3 ENTRIESREAD 2")]
    [InlineData("XADD x 18446744073709551615-18446744073709551615 f v", "XDEL x 18446744073709551615-18446744073709551615")]
    [InlineData("SET empty ", "HSET h  ", "SADD s  ", "XADD x 1  ")]
    [InlineData("SETBIT b 900000 1", "PFADD p a b c", "SET i 9223372036854775807", "SET j 007")]
    [InlineData("SELECT 3", "SET k v", "SELECT 0")]
    public void What_stands_in_no_command_of_its_own_is_there(params string[] commands)
    {
        using var node = Filled(commands);
        using var again = Restarted(node);
        Assert.Equal(Described(node.Engine), Described(again));
    }

    [Fact]
    public void Random_streams_are_the_same()
    {
        var (deleted, pending) = (0, 0);
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            using var node = new AofNode("aof-use-rdb-preamble no", $"stream-node-max-entries {random.Next(1, 6)}");
            for (var i = random.Next(5, 120); i > 0; i--)
            {
                node.Engine.Clock.Advance(random.Next(3));
                node.Do(RandomStreamCommand(random));
            }

            using var again = Restarted(node);
            Assert.True(Described(node.Engine) == Described(again), $"seed {seed}:\n{Described(node.Engine)}\n{Described(again)}");
            foreach (var group in (string[])["g0", "g1"])
            {
                var reply = node.Do($"XPENDING x0 {group} - + 1000").Split('|').Where(static word => word.Contains('-') && char.IsDigit(word[0])).ToArray();
                pending += reply.Length;
                deleted += reply.Count(id => node.Do($"XRANGE x0 {id} {id}") == "*0|");
            }
        }

        Assert.True(deleted > 50 && pending - deleted > 50, $"The streams are too tame: {deleted} of {pending} pending entries are deleted.");
    }

    private static string RandomStreamCommand(Random random)
    {
        var key = $"x{random.Next(2)}";
        var group = $"g{random.Next(2)}";
        var consumer = $"c{random.Next(3)}";
        string Id() => $"{random.Next(40)}-{random.Next(2)}";
        return random.Next(16) switch
        {
            0 or 1 or 2 or 3 or 4 => $"XADD {key} {(random.Next(5) == 0 ? Id() : $"{random.Next(30)}-*")} f{random.Next(3)} {random.Next(1000)}",
            5 or 6 => $"XGROUP CREATE {key} {group} {(random.Next(2) == 0 ? "0" : Id())} MKSTREAM{(random.Next(2) == 0 ? " ENTRIESREAD 2" : "")}",
            7 or 8 => $"XREADGROUP GROUP {group} {consumer} COUNT {random.Next(1, 4)} STREAMS {key} >",
            9 => $"XACK {key} {group} {Id()} {Id()} {Id()}",
            10 or 11 => $"XDEL {key} {Id()} {Id()} {Id()}",
            12 => $"XTRIM {key} MAXLEN {random.Next(8)}",
            13 => $"XCLAIM {key} {group} {consumer} 0 {Id()} {Id()} {Id()} FORCE RETRYCOUNT {random.Next(9)}",
            14 => $"XAUTOCLAIM {key} {group} {consumer} 0 {Id()} COUNT 1",
            _ => random.Next(3) switch
            {
                0 => $"XGROUP DELCONSUMER {key} {group} {consumer}",
                1 => $"XSETID {key} {random.Next(30, 40)}-1 ENTRIESADDED 100 MAXDELETEDID {random.Next(30)}-0",
                _ => $"XGROUP SETID {key} {group} {Id()}",
            },
        };
    }

    private static AofNode Filled(string[] commands)
    {
        var node = new AofNode("aof-use-rdb-preamble no");
        foreach (var command in commands) Assert.DoesNotContain("-ERR", node.Do(command), StringComparison.Ordinal);
        return node;
    }

    // Rewrites, and loads what is there as a replica, which removes nothing by its own clock, and later.
    private static EngineNode Restarted(AofNode node)
    {
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Rewrite();
        var again = AofSet.Create([], "replicaof 127.0.0.1 6379");
        again.Clock.Advance(1_000_000);
        again.Node.UpdateTime();
        foreach (var (name, bytes) in node.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        return again;
    }

    private static string Described(EngineNode node)
    {
        var sink = new Sum();
        var epoch = new DigestEpoch(node.Node.Keyspace, sink);
        while (!epoch.IsFinished) epoch.Step(1000);
        return $"{sink.Keys} keys, {sink.Value:x16}, {node.Do("XINFO GROUPS x")}{node.Do("XINFO GROUPS x0")}{node.Do("XINFO GROUPS x1")}";
    }

    private sealed class Sum : IKeyDigestSink
    {
        public ulong Value { get; private set; }

        public int Keys { get; private set; }

        public void Take(in KeyDigest digest)
        {
            Value += digest.Whole;
            Keys++;
        }
    }
}
