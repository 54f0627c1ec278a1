using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Programs about collections that once showed a difference, and edges that random programs seldom meet.</summary>
public sealed class CollectionEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["places that are as far, of which some are wanted"] = EqualOrderScripts.Places(),
        ["elements of a list that weigh the same, of which some are wanted"] = EqualOrderScripts.Lists(),
        ["a destination that has expired"] =
            """
            SADD s a b
            SADD d 18
            PEXPIRE d 2
            @sleep 15
            SUNIONSTORE d s
            PEXPIRE d 2
            @sleep 15
            SINTERSTORE d s s
            PEXPIRE d 2
            @sleep 15
            SDIFFSTORE d s none
            PEXPIRE d 2
            @sleep 15
            SINTERSTORE d s none
            PEXPIRE s 2
            @sleep 15
            SMOVE s d a
            """,
        ["a move into a set that has expired, from nowhere"] =
            """
            SADD d 1
            PEXPIRE d 2
            @sleep 15
            SMOVE none d h
            DBSIZE
            """,
        ["pops of sorted sets with and without a count"] =
            """
            ZADD z 1 a 2.5 b 3 c 4 d 5 e 6 f 7 g 8 h
            ZPOPMIN z
            ZPOPMAX z
            ZPOPMIN z 1
            ZPOPMAX z 0
            BZPOPMIN z 0.01
            BZPOPMAX none z 0.01
            ZMPOP 2 none z MIN
            BZMPOP 0.01 1 z MAX COUNT 5
            ZPOPMIN z
            ZPOPMIN z 2
            ZMPOP 1 z MIN
            BZPOPMIN z 0.01
            BZMPOP 0.01 1 z MAX
            """,
        ["pops of lists with and without a count"] =
            """
            RPUSH l a b c d e f g h
            LPOP l
            RPOP l 1
            LPOP l 0
            BLPOP none l 0.01
            LMPOP 2 none l RIGHT
            BLMPOP 0.01 1 l LEFT COUNT 2
            BLMOVE l m LEFT RIGHT 0.01
            BRPOPLPUSH l m 0.01
            LPOP l 5
            LPOP l
            LPOP l 0
            LMPOP 1 l LEFT
            BLPOP l 0.01
            BLMPOP 0.01 1 l LEFT
            BLMOVE l m LEFT RIGHT 0.01
            LRANGE m 0 -1
            """,
        ["an intset that packs well"] =
            """
            SADD s 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110
            @restoreback s t
            @redump s u 0
            SMEMBERS t
            """,
        ["pairs and words that are missing"] =
            """
            HSET h
            HSET h f
            HSET h f v g
            HMSET h f
            HMSET h f v g
            HSETNX h f
            HINCRBY h f
            HINCRBYFLOAT h f
            SADD s
            SMOVE s d
            ZADD z
            ZADD z 1
            ZADD z 1 a 2
            ZADD z NX
            ZADD z NX 1
            XADD x *
            XADD x 1-1 f
            XADD x 1-1 f v g
            LPUSH l
            LINSERT l BEFORE a
            GEOADD g 1 2
            GEOADD g 1 2 a 3
            ZUNIONSTORE d 1
            ZINTER 1
            SINTERCARD 1
            LMPOP 1 l
            """,
    };

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string name, int protocol) => RunScript(name, protocol, Scripts[name]);
}
