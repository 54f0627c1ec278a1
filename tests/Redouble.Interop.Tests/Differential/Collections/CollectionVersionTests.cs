using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>What 7.2 does with collections and a 7.0 oracle does otherwise or not at all: the expected replies and streams stand here.</summary>
public sealed class CollectionVersionTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, (string Request, string Reply)[]> Cases = new()
    {
        ["scores have the fewest digits"] =
        [
            ("ZADD k 0.1 a 3.2 b 1e-7 c 5e-324 d 1e17 e 1e-5 f 123456789.123456789 g 1e20 h 9007199254740993 i -521142.184362 j", ":10"),
            ("ZMSCORE k a b c d e", "*[$0.1, $3.2, $1e-7, $5e-324, $100000000000000000]"),
            ("ZMSCORE k f g h i j", "*[$0.00001, $1.2345678912345679e+8, $1e+20, $9007199254740992, $-5.2114218436200003e+5]"),
        ],
        ["ZRANK WITHSCORE"] =
        [
            ("ZADD k 1.5 a 2 b", ":2"),
            ("ZRANK k a WITHSCORE", "*[:0, $1.5]"),
            ("ZREVRANK k a withscore", "*[:1, $1.5]"),
            ("ZRANK k none WITHSCORE", "*-1"),
            ("ZRANK none a WITHSCORE", "*-1"),
            ("ZRANK k a", ":0"),
            ("ZRANK k none", "$(null)"),
            ("ZRANK k a WITHSCORES", "-ERR syntax error"),
            ("ZRANK k a WITHSCORE x", "-ERR wrong number of arguments for 'zrank' command"),
        ],
        ["ZRANK WITHSCORE in RESP3"] =
        [
            ("HELLO 3", ""), ("ZADD k 1.5 a", ":1"), ("ZRANK k a WITHSCORE", "*[:0, ,1.5]"), ("ZRANK k none WITHSCORE", "_(null)"), ("HELLO 2", ""),
        ],
        ["a list of streams that is not balanced"] =
        [
            ("XREAD COUNT 1 STREAMS a", "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified."),
            ("XREADGROUP GROUP g c STREAMS a b 0", "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified."),
        ],
        ["time-outs that are too large"] =
        [
            ("BLPOP k 1e400", "-ERR timeout is out of range"), ("BRPOP k inf", "-ERR timeout is out of range"),
            ("BLMOVE k l LEFT LEFT 1e300", "-ERR timeout is out of range"), ("BZPOPMIN k inf", "-ERR timeout is out of range"),
            ("XREAD BLOCK 9223372036854775807 STREAMS k $", "-ERR timeout is out of range"), ("BLPOP k -1", "-ERR timeout is negative"),
        ],
        ["the smallest rank"] =
        [
            ("RPUSH k a", ":1"),
            ("LPOS k a RANK -9223372036854775808", "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"),
        ],
        ["XSETID below the largest deleted ID"] =
        [
            ("XADD k 5-0 f v", "$5-0"), ("XDEL k 5-0", ":1"),
            ("XSETID k 4-0", "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"), ("XSETID k 5-0", "+OK"),
        ],
        ["a consumer is made without entries, and is idle since it tried"] =
        [
            ("XGROUP CREATE k g $ MKSTREAM", "+OK"),
            ("XREADGROUP GROUP g c STREAMS k >", "*-1"),
            ("XINFO CONSUMERS k g", "*[*[$name, $c, $pending, :0, $idle, :N, $inactive, :-1]]"),
            ("XADD k 1-1 f v", "$1-1"),
            ("XREADGROUP GROUP g c STREAMS k 0", "*[*[$k, *[]]]"),
            ("XINFO CONSUMERS k g", "*[*[$name, $c, $pending, :0, $idle, :N, $inactive, :-1]]"),
            ("XREADGROUP GROUP g c STREAMS k >", "*[*[$k, *[*[$1-1, *[$f, $v]]]]]"),
            ("XINFO CONSUMERS k g", "*[*[$name, $c, $pending, :1, $idle, :N, $inactive, :N]]"),
            ("XCLAIM k g d 100000 1-1", "*[]"),
            ("XAUTOCLAIM k g e 100000 0", "*[$0-0, *[], *[]]"),
            ("XINFO GROUPS k", "*[*[$name, $g, $consumers, :3, $pending, :1, $last-delivered-id, $1-1, $entries-read, :1, $lag, :0]]"),
        ],
        ["an iteration of a packed set is one call"] = [("SADD k a b c d e f", ":6"), ("SSCAN k 0 COUNT 1", "*[$0, *[$a, $b, $c, $d, $e, $f]]")],
        ["members of a packed set come as they were added"] = [("SADD k zz aa 5 mm", ":4"), ("SMEMBERS k", "*[$zz, $aa, $5, $mm]")],
    };

    public static TheoryData<string> Table() => [.. Cases.Keys];

    [RedoubleTheory]
    [MemberData(nameof(Table))]
    public void AsIn72(string name)
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        client.Must("FLUSHALL");
        foreach ((string request, string reply) in Cases[name])
        {
            string actual = client.Call(Script.Words(request)).ToString();
            if (reply.Length > 0)
            {
                Assert.Equal((request, reply), (request, Unclocked(actual)));
            }
        }
    }

    [RedoubleFact]
    public void SpopIsOneSremInTheStream()
    {
        if (Peers.SelfTest)
        {
            return;
        }

        string[] popped = [];
        StreamCommand[] stream = StreamOf(client =>
        {
            client.Must("SADD", "k", "a", "b", "c", "d", "e");
            popped = [.. client.Must("SPOP", "k", "3").Items.Select(i => i.String)];
            client.Must("SPOP", "k", "5");
        });
        Assert.Equal(["SADD", "SREM", "DEL"], stream.Select(c => c.Name));
        Assert.Equal(["SREM", "k", .. popped], stream[1].Args);
    }

    [RedoubleFact]
    public void OnlyNoackPropagatesAConsumerWithoutEntries()
    {
        if (Peers.SelfTest)
        {
            return;
        }

        StreamCommand[] stream = StreamOf(client =>
        {
            client.Must("XGROUP", "CREATE", "k", "g", "$", "MKSTREAM");
            client.Must("XREADGROUP", "GROUP", "g", "quiet", "STREAMS", "k", ">");
            client.Must("XREADGROUP", "GROUP", "g", "loud", "NOACK", "STREAMS", "k", ">");
        });
        Assert.Equal(["XGROUP CREATE k g $ MKSTREAM", "XGROUP CREATECONSUMER k g loud"], stream.Select(c => c.ToString()));
    }

    private StreamCommand[] StreamOf(Action<RespClient> play)
    {
        using RespClient client = pair.Subject.Connect();
        client.Must("FLUSHALL");
        using SyncClient stream = SyncClient.Psync(pair.Subject.Port);
        client.Must("SET", "begin", "1");
        play(client);
        client.Must("SET", "end", "1");
        StreamCommand[] all = stream.WaitFor("the end", c => c.Name == "SET" && c.Args[1] == "end");
        return [.. all.SkipWhile(c => c.Name != "SET").Skip(1).SkipLast(1).Where(c => c.Name is not ("PING" or "REPLCONF" or "SELECT"))];
    }

    /// <summary>Idle times are a matter of the clock; −1, for never, is not.</summary>
    private static string Unclocked(string reply) =>
        System.Text.RegularExpressions.Regex.Replace(reply, @"(\$(?:idle|inactive), :)\d+", "${1}N");
}
