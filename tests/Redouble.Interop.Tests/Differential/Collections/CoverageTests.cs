using Redouble.Interop.Tests.Harness;
using Xunit.Abstractions;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// The generators themselves, on two equal servers: the harness finds nothing, most requests succeed, and every command and option is met with success,
/// every command also with an error. <c>--logger "console;verbosity=detailed"</c> shows the table.
/// </summary>
public sealed class CoverageTests(EqualPair pair, ITestOutputHelper output) : IClassFixture<EqualPair>
{
    private const int Programs = 60;

    private static readonly Dictionary<string, string[]> Wanted = new()
    {
        ["lists"] =
        [
            "BLMOVE LEFT RIGHT", "BLMPOP LEFT RIGHT COUNT", "BLPOP", "BRPOP", "BRPOPLPUSH", "LINDEX", "LINSERT BEFORE AFTER", "LLEN", "LMOVE LEFT RIGHT",
            "LMPOP LEFT RIGHT COUNT", "LPOP", "LPOS RANK COUNT MAXLEN", "LPUSH", "LPUSHX", "LRANGE", "LREM", "LSET", "LTRIM", "RPOP", "RPOPLPUSH", "RPUSH",
            "RPUSHX",
        ],
        ["sets"] =
        [
            "SADD", "SCARD", "SDIFF", "SDIFFSTORE", "SINTER", "SINTERCARD LIMIT", "SINTERSTORE", "SISMEMBER", "SMEMBERS", "SMISMEMBER", "SMOVE", "SPOP",
            "SRANDMEMBER", "SREM", "SSCAN MATCH COUNT", "SUNION", "SUNIONSTORE",
        ],
        ["hashes"] =
        [
            "HDEL", "HEXISTS", "HGET", "HGETALL", "HINCRBY", "HINCRBYFLOAT", "HKEYS", "HLEN", "HMGET", "HMSET", "HRANDFIELD WITHVALUES",
            "HSCAN MATCH COUNT NOVALUES", "HSET", "HSETNX", "HSTRLEN", "HVALS",
        ],
        ["sortedsets"] =
        [
            "BZMPOP MIN MAX COUNT", "BZPOPMAX", "BZPOPMIN", "ZADD NX XX GT LT CH INCR", "ZCARD", "ZCOUNT", "ZDIFF WITHSCORES", "ZDIFFSTORE", "ZINCRBY",
            "ZINTER WEIGHTS AGGREGATE SUM MIN MAX WITHSCORES", "ZINTERCARD LIMIT", "ZINTERSTORE WEIGHTS AGGREGATE SUM MIN MAX",
            "ZLEXCOUNT", "ZMPOP MIN MAX COUNT",
            "ZMSCORE", "ZPOPMAX", "ZPOPMIN", "ZRANDMEMBER WITHSCORES", "ZRANGE BYSCORE BYLEX REV LIMIT WITHSCORES", "ZRANGEBYLEX LIMIT",
            "ZRANGEBYSCORE WITHSCORES LIMIT", "ZRANGESTORE BYSCORE BYLEX REV LIMIT", "ZRANK", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE",
            "ZREVRANGE WITHSCORES", "ZREVRANGEBYLEX LIMIT", "ZREVRANGEBYSCORE WITHSCORES LIMIT", "ZREVRANK", "ZSCAN MATCH COUNT", "ZSCORE",
            "ZUNION WEIGHTS AGGREGATE SUM MIN MAX WITHSCORES", "ZUNIONSTORE WEIGHTS AGGREGATE SUM MIN MAX",
        ],
        ["geo"] =
        [
            "GEOADD NX XX CH", "GEODIST KM FT MI", "GEOHASH", "GEOPOS", "GEORADIUS WITHCOORD WITHDIST WITHHASH COUNT ANY ASC DESC STORE STOREDIST",
            "GEORADIUSBYMEMBER WITHCOORD WITHDIST WITHHASH COUNT ANY ASC DESC STORE STOREDIST",
            "GEORADIUSBYMEMBER_RO WITHDIST COUNT ASC", "GEORADIUS_RO WITHDIST COUNT ASC",
            "GEOSEARCH FROMMEMBER FROMLONLAT BYRADIUS BYBOX WITHCOORD WITHDIST WITHHASH COUNT ANY ASC DESC",
            "GEOSEARCHSTORE FROMMEMBER FROMLONLAT BYRADIUS BYBOX COUNT ANY ASC DESC STOREDIST",
        ],
        ["streams"] =
        [
            "XACK", "XADD NOMKSTREAM MAXLEN MINID ~ = LIMIT *", "XAUTOCLAIM COUNT JUSTID", "XCLAIM IDLE TIME RETRYCOUNT FORCE JUSTID LASTID", "XDEL",
            "XGROUP|CREATE MKSTREAM ENTRIESREAD $", "XGROUP|CREATECONSUMER", "XGROUP|DELCONSUMER", "XGROUP|DESTROY", "XGROUP|SETID ENTRIESREAD $",
            "XINFO|CONSUMERS",
            "XINFO|GROUPS", "XINFO|STREAM FULL COUNT", "XLEN", "XPENDING IDLE", "XRANGE COUNT", "XREAD COUNT BLOCK STREAMS",
            "XREADGROUP GROUP COUNT BLOCK NOACK STREAMS >", "XREVRANGE COUNT", "XSETID ENTRIESADDED MAXDELETEDID", "XTRIM MAXLEN MINID ~ = LIMIT",
        ],
        ["sort"] = ["SORT BY LIMIT GET ASC DESC ALPHA STORE #", "SORT_RO BY LIMIT GET ASC DESC ALPHA"],
        ["collections"] = ["COPY DB REPLACE", "MOVE", "RENAME", "RENAMENX", "OBJECT|ENCODING", "RESTORE REPLACE", "EXPIRE", "PEXPIRE"],
    };

    /// <summary>All but that of large collections, which has no command of its own.</summary>
    public static TheoryData<string> FamilyNames() => [.. Wanted.Keys];

    [RedisTheory]
    [MemberData(nameof(FamilyNames))]
    public void ProgramsUseEveryCommandAndOption(string family)
    {
        var coverage = new Coverage();
        using var runner = new Runner(pair.Pair, Vocabulary.Defaults) { Observer = coverage.Add };
        foreach (int seed in Enumerable.Range(1, Programs))
        {
            Report.FailOnMismatch(runner, Families.Named(family).Program(seed), pair.Pair);
        }

        output.WriteLine(coverage.Table(Wanted[family]));
        Assert.Empty(coverage.Missing(Wanted[family]));
        Assert.True(coverage.Good > 2 * coverage.Bad, $"{coverage.Good} requests succeeded, {coverage.Bad} failed");
    }

    [RedisFact]
    public void EqualServersAgreeInStreamsEventsAndCopiesToo()
    {
        using var runner = new Runner(pair.Pair, Vocabulary.Defaults) { WithStreams = true, WithEvents = true, WithFullSync = true };
        foreach (Family family in Families.OfCollections)
        {
            Report.FailOnMismatch(runner, family.Program(30_001), pair.Pair);
        }
    }
}
