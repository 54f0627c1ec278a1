using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// How often a command counts as a use of its keys. With <c>lfu-log-factor 0</c> and no decay each use adds one to OBJECT FREQ, so both servers can be
/// compared. (Not BZPOPMIN and BZPOPMAX, which Redis lets count twice because it looks for their key twice.)
/// </summary>
public sealed class AccessCountTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private static readonly string[] Keys = ["k", "k2", "d"];

    [PairTheory]
    [InlineData(
        "SET k vvvv",
        "GET k;APPEND k x;STRLEN k;SETRANGE k 1 q;GETRANGE k 0 1;SETBIT k 1 1;GETBIT k 1;BITCOUNT k;BITPOS k 1;BITFIELD k SET u8 0 1;"
        + "BITFIELD k GET u8 0;BITFIELD_RO k GET u8 0;GETSET k q;SETEX k 100 v;PSETEX k 100000 v;SETNX k v;GETEX k EX 100;"
        + "GETEX k PERSIST;EXPIRE k 100;PEXPIRE k 100000;EXPIREAT k 99999999999;PERSIST k;MGET k k;MSET k 1;MSETNX k 1;SET k v XX;"
        + "SET k v GET;SET k v NX GET;LCS k k;SUBSTR k 0 1;TYPE k;OBJECT ENCODING k;TOUCH k;EXISTS k;RENAME k k;RENAMENX k k;"
        + "COPY k k2 REPLACE;SORT k BY nosort;DUMP k;EXPIRETIME k;TTL k;BITOP NOT k k;BITOP NOT d k;INCR k;PFADD k x;PFCOUNT k;"
        + "OBJECT REFCOUNT k;EXPIRE k 100 NX;EXPIRE k 100 XX")]
    [InlineData(
        "SET k 10",
        "INCR k;DECR k;INCRBY k 5;DECRBY k 2;INCRBYFLOAT k 1;APPEND k 1")]
    [InlineData(
        "RPUSH k a b c d e f",
        "LPUSH k x;RPUSH k x;LPUSHX k x;RPUSHX k x;LPOP k;RPOP k;LPOP k 2;RPOP k 2;LPOP k 0;LRANGE k 0 -1;LINDEX k 0;LLEN k;LSET k 0 v;"
        + "LINSERT k BEFORE b q;LREM k 1 zz;LREM k 1 b;LTRIM k 0 -1;LTRIM k 0 2;LPOS k a;LMOVE k k LEFT RIGHT;LMOVE k k2 LEFT RIGHT;"
        + "RPOPLPUSH k k;RPOPLPUSH k k2;BLPOP k 0.1;BRPOP k 0.1;BLMOVE k k LEFT RIGHT 0.1;BRPOPLPUSH k k2 0.1;LMPOP 1 k LEFT;"
        + "BLMPOP 0.1 1 k LEFT;SORT k ALPHA;SORT k ALPHA STORE d;SORT_RO k ALPHA")]
    [InlineData(
        "SADD k a b c d",
        "SADD k e;SADD k a;SREM k a;SREM k zz;SPOP k;SPOP k 1;SPOP k 0;SRANDMEMBER k;SRANDMEMBER k 2;SRANDMEMBER k -2;SMEMBERS k;"
        + "SISMEMBER k a;SMISMEMBER k a b;SCARD k;SADD k b c;SMOVE k k2 b;SMOVE k k c;SMOVE k k2 zz;SSCAN k 0;SINTER k k;SUNION k;SDIFF k;"
        + "SINTERSTORE d k;SUNIONSTORE d k;SDIFFSTORE d k;SINTERSTORE k k k;SINTERCARD 1 k")]
    [InlineData(
        "SADD k 1 2 3 4",
        "SADD k 9;SREM k 9;SPOP k;SRANDMEMBER k;SADD k x")]
    [InlineData(
        "HSET k f 1 g 2",
        "HSET k h 1;HSET k f 2;HSETNX k f 1;HSETNX k z 1;HMSET k f 3;HGET k f;HMGET k f g;HGETALL k;HKEYS k;HVALS k;HLEN k;HEXISTS k f;"
        + "HSTRLEN k f;HDEL k z;HDEL k zz;HINCRBY k f 1;HINCRBYFLOAT k f 1;HRANDFIELD k;HRANDFIELD k 2;HRANDFIELD k -2;HSCAN k 0")]
    [InlineData(
        "ZADD k 1 a 2 b 3 c",
        "ZADD k 5 e;ZADD k 1 a;ZADD k XX 5 q;ZINCRBY k 1 a;ZREM k e;ZREM k zz;ZCARD k;ZSCORE k a;ZMSCORE k a b;ZRANK k a;ZREVRANK k a;"
        + "ZRANGE k 0 -1;ZRANGEBYSCORE k 0 9;ZRANGEBYLEX k - +;ZREVRANGE k 0 1;ZCOUNT k 0 9;ZLEXCOUNT k - +;ZPOPMIN k 0;"
        + "ZADD k 9 x 8 y 7 z;ZPOPMIN k;ZPOPMAX k;ZMPOP 1 k MIN;ZREMRANGEBYRANK k 99 100;ZREMRANGEBYSCORE k 100 200;"
        + "ZREMRANGEBYLEX k [zz [zzz;ZRANDMEMBER k;ZRANDMEMBER k 2;ZSCAN k 0;ZRANGESTORE d k 0 -1;ZUNIONSTORE d 1 k;ZINTERSTORE d 1 k;"
        + "ZDIFFSTORE d 1 k;ZUNION 1 k;ZINTER 1 k;ZDIFF 1 k;ZINTERCARD 1 k;ZUNIONSTORE k 1 k")]
    [InlineData(
        "XADD k 1-1 a b",
        "XADD k 2-1 a b;XADD k NOMKSTREAM 3-1 a b;XLEN k;XRANGE k - +;XREVRANGE k + -;XREAD STREAMS k 0;XREAD COUNT 1 STREAMS k $;"
        + "XTRIM k MAXLEN 100;XTRIM k MAXLEN 2;XDEL k 9-9;XDEL k 3-1;XGROUP CREATE k g 0;XGROUP CREATECONSUMER k g c;"
        + "XREADGROUP GROUP g c STREAMS k >;XREADGROUP GROUP g c STREAMS k 0;XACK k g 2-1;XPENDING k g;XPENDING k g - + 10;"
        + "XCLAIM k g c 0 2-1;XAUTOCLAIM k g c 0 0;XINFO STREAM k;XINFO GROUPS k;XINFO CONSUMERS k g;XGROUP SETID k g 0;"
        + "XGROUP DELCONSUMER k g c;XGROUP DESTROY k g;XSETID k 9-9")]
    [InlineData(
        "PFADD k a b",
        "PFADD k z;PFADD k a;PFCOUNT k;PFCOUNT k;PFADD k zz;PFCOUNT k k;PFMERGE k k;PFMERGE d k;PFMERGE k d;GET k;PFDEBUG ENCODING k")]
    [InlineData(
        "GEOADD k 13 38 P 15 37 C",
        "GEOADD k 13 38 P;GEOPOS k P;GEODIST k P C;GEOHASH k P;GEOSEARCH k FROMMEMBER P BYRADIUS 100 km;"
        + "GEOSEARCHSTORE d k FROMMEMBER P BYRADIUS 100 km;GEORADIUS k 15 37 200 km;GEORADIUSBYMEMBER k P 100 km;"
        + "GEORADIUS k 15 37 200 km STORE d")]
    public void UsesAreCountedAlike(string creation, string commands)
    {
        using var couple = new Couple(pair);
        couple.Both("FLUSHALL");
        couple.Both("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0", "lfu-decay-time", "0", "maxmemory", "4gb"); // no shared integers
        try
        {
            foreach (string command in commands.Split(';'))
            {
                if (couple.Subject.Must("EXISTS", "k").Integer == 0) couple.Both(creation.Split(' '));
                string[] words = command.Split(' ');
                couple.Exchange(words, words);
                foreach (string key in Keys)
                {
                    string[] question = ["OBJECT", "FREQ", key];
                    (Reply expected, Reply actual) = couple.Exchange(question, question);
                    Assert.Equal($"{command}: {key} {expected}", $"{command}: {key} {actual}");
                }
            }
        }
        finally
        {
            couple.Both("CONFIG", "SET", "maxmemory-policy", "noeviction", "lfu-log-factor", "10", "lfu-decay-time", "1", "maxmemory", "0");
        }
    }
}
