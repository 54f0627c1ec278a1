using System.Globalization;

namespace Redouble.Server.Rehearsal;

/// <summary>
/// Everyday commands of every type, often enough for the runtime to compile what they use: it does so when a method was called often. Small
/// values grow past the thresholds of their packed shape on the way, so both shapes are met, and are taken apart again.
/// </summary>
internal static class CommandRehearsal
{
    private const int FillerLength = 64;
    private const int CallsToGrow = 400; // past every threshold, and through several leaves of a list or stream

    // "#" is the number of the call, "@" stands for 64 bytes.
    private static readonly string[] Growing =
    [
        "RPUSH list @#", "LPUSH list @#", "LPUSH numbers #", "SADD set member:#", "SADD other member:# x#", "SADD intset #", "HSET hash field:# @",
        "HSET counts f# #",
        "ZADD zset # member:#", "ZADD ranks 0.5 m# # n#", "XADD stream * field @", "GEOADD geo 13.# 38.# place:#", "PFADD hll element:#",
        "SETBIT bits # 1",
    ];

    private static readonly string[] Everyday =
    [
        "SET string:# @", "GET string:#", "SET counter:# 10", "INCR counter:#", "DECR counter:#", "INCRBY counter:# 5", "INCRBYFLOAT float:# 1.5",
        "APPEND string:# tail",
        "STRLEN string:#", "GETRANGE string:# 0 9", "SETRANGE string:# 5 abc", "GETSET string:# @", "GETEX string:# EX 100",
        "SETEX volatile:# 100 @", "SET nx:# v NX PX 100000",
        "SETNX nx:# v", "MSET a:# @ b:# @ c:# @", "MGET a:# b:# none:#", "EXISTS a:# none", "TYPE a:#", "EXPIRE a:# 100", "PEXPIRE a:# 100000",
        "TTL a:#", "PTTL a:#", "PERSIST a:#",
        "DEL a:#", "UNLINK b:#", "GETDEL c:#", "TOUCH string:#", "RENAME nx:# renamed:#", "COPY renamed:# copied:#",
        "OBJECT ENCODING string:#",
        "LLEN list", "LRANGE list 0 99", "LINDEX list 200", "LSET list 3 @", "LPOS list none", "LINSERT list BEFORE none x", "LREM list 1 none",
        "LMOVE list list LEFT RIGHT",
        "LPOP list", "RPOP list", "LPOP list 2", "RPUSH short:# a b 1", "LRANGE short:# 0 -1", "LPOP short:#", "LTRIM list 0 700",
        "SISMEMBER set member:#", "SMISMEMBER set member:# none", "SCARD set", "SMEMBERS set", "SRANDMEMBER set", "SRANDMEMBER set 5", "SSCAN set 0",
        "SINTER set other",
        "SINTERCARD 2 set other", "SUNION set intset", "SDIFF other set", "SUNIONSTORE stored set intset", "SINTERSTORE stored set other",
        "SDIFFSTORE stored other set",
        "SADD few:# a b c", "SREM few:# a", "SMEMBERS few:#", "SPOP few:#", "SISMEMBER few:# b", "SADD ints:# 1 2 3", "SISMEMBER ints:# 2",
        "SMOVE few:# moved b",
        "HGET hash field:#", "HMGET hash field:# none", "HGETALL counts", "HKEYS counts", "HVALS counts", "HLEN hash", "HEXISTS hash field:#",
        "HSTRLEN hash field:#", "HINCRBY counts f# 1",
        "HINCRBYFLOAT floats f 0.5", "HSETNX hash field:# v", "HSCAN hash 0", "HRANDFIELD hash 3 WITHVALUES", "HSET object:# name @ age 30 city x",
        "HGET object:# age", "HGETALL object:#",
        "HMGET object:# name city", "HSET object:# age 31", "HINCRBY object:# age 1", "HDEL object:# city", "HEXPIRE hash 1000 FIELDS 1 field:#",
        "HTTL hash FIELDS 1 field:#",
        "ZSCORE zset member:#", "ZMSCORE zset member:# none", "ZRANK zset member:#", "ZREVRANK zset member:#", "ZCARD zset", "ZCOUNT zset 10 200",
        "ZRANGE zset 0 99", "ZRANGE zset 0 9 WITHSCORES",
        "ZREVRANGE zset 0 9", "ZRANGEBYSCORE zset 10 100 LIMIT 0 10", "ZREVRANGEBYSCORE zset 100 10", "ZRANGE ranks [m ( BYLEX LIMIT 0 5",
        "ZINCRBY zset 2 member:#", "ZADD zset GT # member:#",
        "ZUNIONSTORE stored:z 2 zset ranks", "ZINTERSTORE stored:z 2 zset ranks", "ZSCAN zset 0", "ZRANDMEMBER zset 3", "ZADD board:# 1 a 2 b 3 c",
        "ZINCRBY board:# 5 a", "ZRANGE board:# 0 -1 WITHSCORES",
        "ZRANK board:# b", "ZREM board:# c", "ZPOPMIN board:#", "ZPOPMIN zset", "ZPOPMAX zset", "ZREMRANGEBYRANK zset 0 1",
        "ZREMRANGEBYSCORE zset -inf 3",
        "XLEN stream", "XRANGE stream - + COUNT 10", "XREVRANGE stream + - COUNT 10", "XREAD COUNT 10 STREAMS stream 0",
        "XREADGROUP GROUP group consumer COUNT 2 STREAMS stream >",
        "XPENDING stream group - + 10", "XADD stream MAXLEN ~ 300 * field @", "XTRIM stream MAXLEN 350", "XADD short-stream:# * a 1 b 2",
        "GEOPOS geo place:#", "GEODIST geo place:# place:1", "GEOSEARCH geo FROMLONLAT 13.2 38.2 BYRADIUS 10 km COUNT 5", "PFCOUNT hll",
        "GETBIT bits #", "BITCOUNT bits", "BITPOS bits 0",
        "SORT numbers LIMIT 0 10", "PUBLISH channel message", "SUBSCRIBE channel", "UNSUBSCRIBE channel", "PING", "ECHO @", "SELECT 0",
        "CLIENT SETNAME app", "INFO", "DBSIZE",
    ];

    /// <summary>Runs them on a node. Throws when one answers with an error.</summary>
    public static void Run(RehearsalNode node)
    {
        Repeat(node, Growing, CallsToGrow);
        node.Do("XGROUP", "CREATE", "stream", "group", "0");
        Repeat(node, Everyday, Rehearsal.Calls);
        for (var i = 0; i < Rehearsal.Calls; i++)
        {
            node.Do("MULTI");
            node.Do("INCR", "counter");
            node.Do("EXEC");
        }

        node.Turn();
    }

    /// <summary>One value of each type in its large shape, and <paramref name="small"/> of each that are packed.</summary>
    public static void WriteCollections(RehearsalNode node, int small)
    {
        const int groupEvery = 10;
        Repeat(node, Growing, CallsToGrow);
        node.Do("XGROUP", "CREATE", "stream", "group", "0");
        node.Do("XREADGROUP", "GROUP", "group", "consumer", "COUNT", "100", "STREAMS", "stream", ">");
        node.Do("HEXPIRE", "counts", "1000", "FIELDS", "2", "f1", "f2");
        string[] packed =
        [
            "RPUSH short:# a b 1 @", "SADD few:# a b c", "SADD ints:# 1 2 3", "HSET object:# name @ age 30", "ZADD board:# 1 a 2.5 b", "XADD short-stream:# * a 1",
        ];
        Repeat(node, packed, small);
        Repeat(node, ["XGROUP CREATE short-stream:# group 0"], small / groupEvery);
    }

    /// <summary>A list and a stream of more leaves than the runtime counts calls: what reads and writes them works leaf by leaf.</summary>
    public static void WriteLong(RehearsalNode node, int leaves)
    {
        const int leafBytes = 8192, entriesOfALeaf = 100;
        const string push = "RPUSH queue @# @ @ @ @ @ @ @ @ @ @ @ @ @ @ @";
        Repeat(node, [push], leaves * leafBytes / (16 * FillerLength));
        Repeat(node, ["XADD events * field @"], leaves * entriesOfALeaf);
    }

    private static void Repeat(RehearsalNode node, ReadOnlySpan<string> commands, int calls)
    {
        var filler = new string('x', FillerLength);
        foreach (var command in commands)
        {
            var words = command.Replace("@", filler, StringComparison.Ordinal).Split(' ');
            var filled = new string[words.Length];
            for (var call = 0; call < calls; call++)
            {
                var number = call.ToString(CultureInfo.InvariantCulture);
                for (var i = 0; i < words.Length; i++) filled[i] = words[i].Replace("#", number, StringComparison.Ordinal);
                node.Do(filled);
            }
        }
    }
}
