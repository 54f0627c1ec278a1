namespace Redouble.Interop.Tests.Differential;

/// <summary>Programs about what happens around a blocked client, in the language of <see cref="BlockingRun"/>, by what happens.</summary>
internal static class BlockingSituations
{
    /// <summary>Ways for a key to come, to go and to become another.</summary>
    public static Dictionary<string, string> Keys { get; } = new()
    {
        ["restored"] = "#7.2; a RPUSH src 1; b~ BLPOP k 0; a RESTORE k 0 @dump:src; b<; a ZADD z 1 m; b~ BZPOPMIN k 0; a RESTORE k 0 @dump:z; b<; "
            + "a XADD x 1-1 f v; b~ XREAD BLOCK 0 STREAMS k 0; a RESTORE k 0 @dump:x; b<; a DEL k; a SET k s; b~ BLPOP k2 0; a SET k2 s; "
            + "a RESTORE k2 0 @dump:src REPLACE; b<; b~ BLPOP k3 0; a RESTORE k3 1 @dump:src ABSTTL; b!; a RPUSH k3 9; b<; a DEBUG DIGEST",
        ["sorted"] = "#listen; a SADD src b a; b~ BLPOP k 0; a SORT src ALPHA STORE k; b<; a LRANGE k 0 -1; c~ BRPOP k2 0; a SORT none STORE k2; c!; "
            + "a SORT src ALPHA LIMIT 0 1 STORE k2; c<; a EXISTS k2; #events",
        ["stores of sorted sets"] = "a ZADD z1 1 a 2 b; a ZADD z2 3 b; b~ BZPOPMIN k 0; a ZINTERSTORE k 2 z1 z2; b<; b~ BZPOPMAX k 0; "
            + "a ZDIFFSTORE k 2 z1 z2; b<; b~ BZMPOP 0 1 k MIN; a ZRANGESTORE k z1 0 0 REV; b<; b~ BZPOPMIN k 0; a ZUNIONSTORE k 1 none; b!; "
            + "a ZINTERSTORE k 1 z2; b<",
        ["stores of places"] = "a GEOADD g 13.361389 38.115556 p; b~ BZPOPMIN k 0; a GEOSEARCHSTORE k g FROMMEMBER p BYRADIUS 1 km; "
            + "b< => *[$k, $p, $3479099956230698]; b~ BZPOPMIN k 0; a GEORADIUS g 13 38 1 m STORE k; b!; a GEORADIUSBYMEMBER g p 1 km STOREDIST k; b<",
        ["streams"] = "a XADD x 1-1 f v; b~ XREAD BLOCK 0 STREAMS k 0; a COPY x k; b<; b~ XREAD BLOCK 0 STREAMS k2 0; a RENAME k k2; b<; "
            + "b~ XREAD BLOCK 0 STREAMS k3 0; a RENAMENX k2 k3; b<; c SELECT 1; c XADD m 1-1 f v; b~ XREAD BLOCK 0 STREAMS m 0; c MOVE m 0; b<; "
            + "b~ XREAD BLOCK 0 STREAMS n 0; c XADD n 2-2 f v; b!; c SWAPDB 0 1; b<",
        ["renamed over another type"] = "a SET k s; b~ BLPOP l k2 0; a RPUSH x 1; a RENAME x k2; b<; a SET k2 s; c~ BLPOP k3 0; a SET k3 s; a RPUSH x 2; "
            + "a RENAME x k3; c<",
        ["reloaded"] = "b~ BLPOP k 0; c~ XREAD BLOCK 0 STREAMS s 0; a MULTI; a RPUSH k 1; a DEL k; a EXEC; a DEBUG RELOAD; b!; c!; a RPUSH k 2; b<; "
            + "a XADD s 1-1 f v; c<",
        ["expired by the server"] = "a DEBUG SET-ACTIVE-EXPIRE 1; a XGROUP CREATE s g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; "
            + "c~ XREAD BLOCK 0 STREAMS s $; a PEXPIRE s 10; b< => -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option; c!; "
            + "a DEBUG SET-ACTIVE-EXPIRE 0; a XADD s 1-1 f v; c<",
        ["one of two streams goes"] = "a XGROUP CREATE s g $ MKSTREAM; a XGROUP CREATE t g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s t > >; "
            + "a DEL t; b< => -NOGROUP No such key 't' or consumer group 'g' in XREADGROUP with GROUP option; a XADD s 1-1 f v; a XPENDING s g",
        ["a group goes and another stays"] = "a XGROUP CREATE s g $ MKSTREAM; a XGROUP CREATE s h $; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; "
            + "c~ XREADGROUP GROUP h x BLOCK 0 STREAMS s >; a XGROUP DESTROY s g; "
            + "b< => -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option; c!; a XADD s 1-1 f v; c<",
        ["groups share and do not share"] = "a XGROUP CREATE s g $ MKSTREAM; a XGROUP CREATE s h $; a XGROUP CREATECONSUMER s g y; "
            + "b~ XREADGROUP GROUP g x COUNT 1 BLOCK 0 STREAMS s >; c~ XREADGROUP GROUP h x BLOCK 0 STREAMS s >; "
            + "d~ XREADGROUP GROUP g y NOACK BLOCK 0 STREAMS s >; a MULTI; a XADD s 1-1 f v; a XADD s 2-1 f v; a EXEC; b<; c<; d<; a XPENDING s g; "
            + "a XPENDING s h; a XREADGROUP GROUP g x BLOCK 0 STREAMS s 0",
        ["a group is set back"] = "a XADD s 1-1 f v; a XGROUP CREATE s g $; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a XGROUP SETID s g 0; b!; "
            + "a XADD s 2-1 f v; b<",
        ["entries that come and go"] = "a XADD s 1-1 f v; b~ XREAD BLOCK 0 STREAMS s $; a XDEL s 1-1; b!; a XSETID s 5-0; b!; "
            + "a XADD s NOMKSTREAM 6-1 f v; b<; a DEL s; b~ XREAD BLOCK 0 STREAMS s $; a XADD s NOMKSTREAM 7-1 f v; b!; a XGROUP CREATE s g $ MKSTREAM; "
            + "b!; a XADD s 7-1 f v; b<; a XADD s MAXLEN 1 8-1 f v; b XREAD BLOCK 0 STREAMS s 7-1",
        ["flushed and made anew"] = "b~ BLPOP k 0; c~ BZPOPMIN z 0; a RPUSH l 1; a MULTI; a FLUSHDB; a RPUSH k 1; a FLUSHALL; a ZADD z 1 m; a EXEC; c<; "
            + "b!; a RPUSH k 3; b<",
        ["expired while it is served"] = "#listen; b~ BLPOP k 0; a MULTI; a RPUSH k 1; a PEXPIRE k 1; a DEBUG SLEEP 0.01; a EXEC; b!; a EXISTS k; "
            + "#events; b!",
        ["the same name in two databases"] = "c SELECT 1; d SELECT 1; b~ BLPOP k 0; c~ BLPOP k 0; d RPUSH k 1; c<; b!; a RPUSH k 2; b<; b~ BLPOP k 0; "
            + "c~ BLPOP k 0; d MULTI; d RPUSH k 3; d SELECT 0; d RPUSH k 4; d EXEC; c<; b<",
        ["databases are exchanged"] = "c SELECT 1; d SELECT 1; d RPUSH k 1; d XADD s 1-1 f v; a ZADD z 1 m; b~ BLPOP k 0; e~ XREAD BLOCK 0 STREAMS s 0; "
            + "c~ BZPOPMIN z 0; a SWAPDB 0 1; b<; c<; e<; #clients",
        ["databases are exchanged with themselves"] = "b~ BLPOP k 0; a SWAPDB 0 0; b!; a SWAPDB 1 2; b!; a RPUSH k 1; b<",
        ["a key named by many"] = "b~ BLPOP k k k 0; c~ BZMPOP 0 3 k k z MIN; d~ XREAD BLOCK 0 STREAMS k 0; "
            + "#info clients total_blocking_keys total_blocking_keys_on_nokey => total_blocking_keys=2 total_blocking_keys_on_nokey=0; a RPUSH k 1; b<; "
            + "c!; d!; a ZADD k 1 m; c<; d!; a XADD k 1-1 f v; d<; #info clients total_blocking_keys => total_blocking_keys=0",
        ["waiting costs are given back"] = "a XGROUP CREATE s g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; c~ XREAD BLOCK 0 STREAMS s $; "
            + "#info clients total_blocking_keys total_blocking_keys_on_nokey => total_blocking_keys=1 total_blocking_keys_on_nokey=1; "
            + "a CLIENT UNBLOCK @b; b<; "
            + "#info clients total_blocking_keys total_blocking_keys_on_nokey => total_blocking_keys=1 total_blocking_keys_on_nokey=0; c/; "
            + "#info clients total_blocking_keys => total_blocking_keys=0",
        ["long elements and names"] = "b~ BLPOP @long 0; c~ BLMOVE k l LEFT RIGHT 0; a RPUSH @long @long; b<; a RPUSH k @long 2; c<; a LLEN l",
        ["many elements"] = "b~ BLMPOP 0 1 k RIGHT COUNT 3; c~ BLMPOP 0 1 k LEFT COUNT 9; a RPUSH k 1 2 3 4 5; b<; c<; a EXISTS k; "
            + "b~ BZMPOP 0 1 k MAX COUNT 1; c~ BZMPOP 0 1 k MIN COUNT 2; a ZADD k 1 a 2 b 3 c 4 d; b<; c<; a ZRANGE k 0 -1",
    };

    /// <summary>Transactions, and what is refused.</summary>
    public static Dictionary<string, string> Transactions { get; } = new()
    {
        ["streams do not block"] = "a XGROUP CREATE s g $ MKSTREAM; a MULTI; a XREAD BLOCK 0 STREAMS s $; a XREADGROUP GROUP g x BLOCK 0 STREAMS s >; "
            + "a XADD s 1-1 f v; a XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a XREAD COUNT 1 BLOCK 0 STREAMS s 0; a EXEC",
        ["pops and pushes of its own"] = "b~ BLPOP k 0; a MULTI; a BLPOP k 0; a RPUSH k 1 2; a BRPOP k 0; a BLMOVE k l LEFT LEFT 0; a RPUSH k 3; "
            + "a BRPOPLPUSH none l 0; a EXEC; b<; a LRANGE l 0 -1",
        ["times are read"] = "a MULTI; a BLPOP k x; a BLPOP k -1; a BLMPOP -1 1 k LEFT; a XREAD BLOCK -1 STREAMS s $; a WAIT 0 -1; a EXEC",
        ["keys in the order in which they came"] = "b~ BLPOP k1 0; c~ BLPOP k2 0; d~ BLPOP k1 0; e~ BLPOP k3 0; a MULTI; a RPUSH k3 1; a RPUSH k2 1; "
            + "a DEL k3; a RPUSH k1 1 2; a RPUSH k3 2; a EXEC; e<; c<; b<; d<; a EXISTS k1 k2 k3",
        ["a store over a stream that a group waits for"] = "c~ BLPOP s 0; a XGROUP CREATE s g $ MKSTREAM; a RPUSH src 1 2; "
            + "b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a SORT src ALPHA STORE s; "
            + "b< => -WRONGTYPE Operation against a key holding the wrong kind of value; c<; a LRANGE s 0 -1",
        ["a discarded one wakes nobody"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a DISCARD; b!; a MULTI; a RPUSH k 1; a NOSUCH; a EXEC; b!; a WATCH k; "
            + "c RPUSH k 2; b<; a MULTI; a RPUSH k 3; a EXEC; a RPUSH k 4; a LRANGE k 0 -1",
        ["who is served touches what others watch"] = "c WATCH l; d WATCH k; b~ BLMOVE k l LEFT LEFT 0; a RPUSH k 1; b<; c MULTI; c PING; c EXEC; "
            + "d MULTI; d PING; d EXEC",
        ["who watches and waits"] = "b WATCH k; b~ BLPOP k 0; a RPUSH k 1; b<; b MULTI; b PING; b EXEC; b WATCH l; b~ BLPOP k 0; a RPUSH k 1; b<; "
            + "b MULTI; b PING; b EXEC",
        ["out of memory when it is served"] = "#7.2; b~ BLMOVE k l LEFT LEFT 0; c~ BLPOP k 0; a MULTI; a RPUSH k 1 2; a CONFIG SET maxmemory 1; a EXEC; "
            + "b< => -OOM command not allowed when used memory > 'maxmemory'.; c< => *[$k, $1]; a CONFIG SET maxmemory 0; a LRANGE k 0 -1 => *[$2]; "
            + "#blmove => calls=0 rejected_calls=1 failed_calls=0",
        ["too few replicas when it is served"] = "#7.2; b~ BLPOP k 0; a MULTI; a RPUSH k 1; a CONFIG SET min-replicas-to-write 5; a EXEC; "
            + "b< => -NOREPLICAS Not enough good replicas to write.; a CONFIG SET min-replicas-to-write 0; a LRANGE k 0 -1 => *[$1]",
        ["killed inside it"] = "b~ BLPOP k 0; c~ BLPOP k 0; a MULTI; a RPUSH k 1; a CLIENT KILL ID @b; a EXEC; b%; c<",
        ["unblocked with an error inside it"] = "b~ BLPOP k 0; c~ BLPOP k 0; a MULTI; a RPUSH k 1; a CLIENT UNBLOCK @b ERROR; a CLIENT UNBLOCK @b; "
            + "a EXEC; b<; c<",
    };

    /// <summary>What clients do, and what is done to them.</summary>
    public static Dictionary<string, string> Clients { get; } = new()
    {
        ["unblocking nobody"] = "a CLIENT UNBLOCK @a; a CLIENT UNBLOCK 99999999; a CLIENT UNBLOCK x; a CLIENT UNBLOCK 1 SOON; a CLIENT UNBLOCK 1 ERROR x; "
            + "b~ BLPOP k 0; a CLIENT UNBLOCK @b SOON; b!; a CLIENT UNBLOCK @b error; b<",
        ["unblocked while others wait"] = "b~ BLPOP k l 0; c~ BLPOP k 0; a CLIENT UNBLOCK @b ERROR; b<; a RPUSH l 1; a RPUSH k 1; c<; a LRANGE l 0 -1",
        ["unblocked and served at once"] = "b~ BLPOP k 0; a+ CLIENT UNBLOCK @b | RPUSH k 1 | CLIENT UNBLOCK @b; a<; a<; a<; b<; a LRANGE k 0 -1",
        ["unblocked and blocked again behind it"] = "b+ BLPOP k 0 | BLPOP l 0 | PING; a CLIENT UNBLOCK @b; b<; b!; a RPUSH k 1; b!; "
            + "a CLIENT UNBLOCK @b ERROR; b<; b<; a EXISTS k",
        ["gone with commands behind it"] = "b+ BLPOP k 0 | RPUSH l 1 | SET m 1; b!; b/; a RPUSH k 1; a EXISTS k l m",
        ["gone with much behind it"] = "b+ BLPOP k 0 | SET l @long | SET l @long | SET l @long | RPUSH m 1; b!; b/; a RPUSH k 1; a EXISTS k l m",
        ["postponed by a pause"] = "b~ BLPOP k 0; c~ BLPOP k 0; a CLIENT PAUSE 60000 WRITE; d~ RPUSH k 1; e~ BLPOP k 0; #clients; a CLIENT UNBLOCK @c; "
            + "c<; a CLIENT UNPAUSE; d<; b<; e!; a RPUSH k 2; e<",
        ["paused for all"] = "b~ BLPOP k 0; c~ XREAD BLOCK 50 STREAMS s $; a+ CLIENT PAUSE 200 ALL | RPUSH k 1; a<; a<; b<; c<",
        ["leaves behind it"] = "b+ BLPOP k 0 | QUIT | RPUSH l 1; a RPUSH k 1; b<; b<; b%; a EXISTS l",
        ["reset behind it"] = "b SELECT 2; b+ BLPOP k 0 | RESET | RPUSH l 1; a SELECT 2; a RPUSH k 1; b<; b<; b<; a SELECT 0; a EXISTS l",
        ["a transaction behind it"] = "b+ BLPOP k 0 | MULTI | BLPOP l 0 | RPUSH l 1 | EXEC | BLPOP l 0; a RPUSH k 1; b<; b<; b<; b<; b<; b<",
        ["nonsense behind it"] = "b+ BLPOP k 0 | NOSUCH | BLPOP k | PING; a RPUSH k 1; b<; b<; b<; b<",
        ["much behind it"] = "b+ BLPOP k 0 | SET l @long | STRLEN l | BLPOP l 0 | GETDEL l; b!; a EXISTS l; a RPUSH k 1; b<; b<; b<; b<; b<",
        ["two that wake each other"] = "b+ BLPOP k 0 | RPUSH l 1 | BLPOP k 0; c+ BLPOP l 0 | RPUSH k 2; b!; c!; a RPUSH k 1; b<; b<; c<; c<; b<",
        ["not evicted"] = "b CLIENT NO-EVICT ON; b~ BLPOP k 0; a RPUSH k 1; b<; b CLIENT NO-EVICT OFF",
        ["silent about errors, too"] = "b> CLIENT REPLY OFF; b~ BLPOP k 0; a CLIENT UNBLOCK @b ERROR; b> CLIENT REPLY ON; b<; b> CLIENT REPLY SKIP; "
            + "b~ BLMOVE k d LEFT LEFT 0; a SET d s; a RPUSH k 1; b PING; a LRANGE k 0 -1",
        ["silent and blocked again"] = "b+ CLIENT REPLY SKIP | BLPOP k 0 | BLPOP k 0; b!; a RPUSH k 1; b!; a RPUSH k 2; b<",
        ["longest and shortest times"] = "b~ BLPOP k 9223370000000000; a RPUSH k 1; b<; b~ XREAD BLOCK 9223370000000000000 STREAMS s $; "
            + "a CLIENT UNBLOCK @b; b<; b~ BZPOPMIN z 1e10; a CLIENT UNBLOCK @b; b<; a BLPOP k 0.0000000001; a BLPOP k 0x0.1; a BLPOP k .01; "
            + "a BLPOP k 1e-3; a BLPOP k +0.01; b~ BLPOP k 0e5; a RPUSH k 2; b<; b~ BLPOP k -0; a RPUSH k 3; b<; b~ BLPOP k 0x10; a RPUSH k 4; b<",
        ["times that are none"] = "a BZPOPMIN z -0.1; a BZMPOP x 1 z MIN; a BLMOVE k l LEFT LEFT x; a BRPOPLPUSH k l -1; a XREAD BLOCK 1.5 STREAMS s $; "
            + "a XREAD BLOCK; a BLPOP k; a BLPOP k 9999999999999999999999 => -ERR timeout is out of range; "
            + "a BLPOP k infinity => -ERR timeout is out of range; a BLPOP k -nan; a BLPOP ' 1' k; a BLMPOP 0 0 k LEFT; a BLMPOP 0 2 k LEFT; "
            + "a BLMPOP 0 1 k MIDDLE; a BLMPOP 0 1 k LEFT COUNT 0; a BLMPOP x 0 k LEFT; a BZMPOP -1 0 k MIN",
        ["two time-outs of one moment"] = "b~ BLPOP k 0.1; c~ BLPOP k 0.1; d~ XREAD BLOCK 100 STREAMS k $; b<; c<; d<; #clients",
        ["a time-out is kept through a wake in vain"] = "a XGROUP CREATE s g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 300 STREAMS s >; "
            + "c~ XREADGROUP GROUP g y BLOCK 0 STREAMS s >; d~ XREADGROUP GROUP g z BLOCK 300 STREAMS s >; a XADD s 1-1 f v; b<; c!; d<; "
            + "a XADD s 2-1 f v; c<",
        ["protocol 3"] = "b? HELLO 3; b~ BZPOPMIN z 0; a ZADD z 1.5 m; b<; b~ BZMPOP 0 1 z MAX; a ZADD z 2.5 m; b<; b BZPOPMAX z 0.01; "
            + "b~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; b<; b XREAD BLOCK 1 STREAMS s $; a XGROUP CREATE s g 0; "
            + "b XREADGROUP GROUP g x BLOCK 0 STREAMS s >; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a XADD s 2-1 f v; b<; b~ BRPOPLPUSH k l 0; "
            + "a CLIENT UNBLOCK @b; b<",
        ["protocol changes behind it"] = "b+ BLPOP k 0 | HELLO 3 SETNAME x | BLPOP k 0.01; b!; a RPUSH k 1; b<; b? PING; b<",
    };

    /// <summary>Who looks on: events, caches, statistics.</summary>
    public static Dictionary<string, string> Observers { get; } = new()
    {
        ["events of lists"] = "#listen; b~ BLPOP k 0; a RPUSH k 1; b<; #events; b~ BLMOVE k l LEFT RIGHT 0; c~ BRPOP l 0; a LPUSH k 1 2; b<; c<; #events; "
            + "a DEL k l; b~ BLMPOP 0 1 k LEFT COUNT 2; a RPUSH k 1 2 3; b<; #events; b~ BRPOPLPUSH l l 0; a RPUSH l 1; b<; #events",
        ["events of sorted sets"] = "#listen; b~ BZPOPMIN z 0; a ZADD z 1 m; b<; #events; b~ BZMPOP 0 1 z MAX COUNT 5; a ZADD z 1 m 2 n; b<; #events",
        ["events of streams"] = "#listen; a XGROUP CREATE s g $ MKSTREAM; a XGROUP CREATECONSUMER s g x; #events; "
            + "b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; c~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; b<; c<; #events; "
            + "b~ XREADGROUP GROUP g x NOACK BLOCK 0 STREAMS s >; a XADD s 2-1 f v; b<; #events",
        ["events of a transaction"] = "#listen; b~ BLPOP k 0; c~ BZPOPMIN z 0; a MULTI; a RPUSH k 1; a ZADD z 1 m; a RPUSH k 2; a EXEC; b<; c<; #events",
        ["caches of readers"] = "b? HELLO 3; b CLIENT TRACKING ON; b~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; b^; b^; a XADD s 2-1 f w; "
            + "b& => >[$invalidate, *[$s]], +PONG; a XADD s 3-1 f w; b&",
        ["caches of others"] = "c? HELLO 3; c CLIENT TRACKING ON; c LRANGE k 0 -1; c LRANGE l 0 -1; b~ BLMOVE k l LEFT LEFT 0; a RPUSH k 1; b<; c&",
        ["caches that hear of all"] = "c? HELLO 3; c CLIENT TRACKING ON BCAST; b~ BLPOP k 0; a RPUSH k 1; b<; c&; d? HELLO 3; "
            + "d CLIENT TRACKING ON BCAST NOLOOP; d~ BLPOP k 0; a RPUSH k 1; d^; d& => +PONG; c&",
        ["caches by choice"] = "b? HELLO 3; b CLIENT TRACKING ON OPTIN; b CLIENT CACHING YES; b~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; b^; b^; "
            + "a XADD s 2-1 f w; b& => >[$invalidate, *[$s]], +PONG; b XREAD STREAMS s 0; a XADD s 3-1 f w; b&",
        ["a cache of one that pops"] = "b? HELLO 3; b CLIENT TRACKING ON; b LRANGE k 0 -1; b~ BLPOP k 0; a RPUSH k 1; b^; b^; b&",
        ["calls"] = "b~ BLPOP k 0; #blpop => none; a RPUSH k 1; b<; #blpop; b BLPOP k 0.01; #blpop; b~ BLPOP k 0; a CLIENT UNBLOCK @b; b<; "
            + "#blpop => calls=3 rejected_calls=0 failed_calls=0; b~ BLPOP k 0; b/; #blpop => calls=3 rejected_calls=0 failed_calls=0",
        ["calls of readers"] = "b~ XREAD BLOCK 0 STREAMS s $; #xread => none; a XADD s 1-1 f v; b<; #xread; a MULTI; a XREAD BLOCK 0 STREAMS s $; a EXEC; "
            + "#xread; b XREAD BLOCK 1 STREAMS s $; #xread",
        ["changes"] = "#save; b~ BLPOP k 0; a RPUSH k 1; b<; #info persistence rdb_changes_since_last_save => rdb_changes_since_last_save=2; "
            + "b~ BLMOVE k l LEFT LEFT 0; a RPUSH k 1; b<; #info persistence rdb_changes_since_last_save => rdb_changes_since_last_save=4; "
            + "b~ BZPOPMIN z 0; a ZADD z 1 m; b<; #info persistence rdb_changes_since_last_save => rdb_changes_since_last_save=6",
        ["errors"] = "a SET d s; b~ BLMOVE k d LEFT LEFT 0; a RPUSH k 1; b<; #info errorstats errorstat_WRONGTYPE; b~ BLPOP l 0; "
            + "a CLIENT UNBLOCK @b ERROR; b<; #info errorstats errorstat_WRONGTYPE errorstat_UNBLOCKED; #blmove; #blpop",
        ["what was slow"] = "a CONFIG SET slowlog-log-slower-than 0; a SLOWLOG RESET; b~ BLPOP k 0; #slow; a RPUSH k 1; b<; "
            + "#slow => RPUSH k 1, BLPOP k 0; b~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; b<; a SLOWLOG RESET; b BLPOP k 0.01; #slow => BLPOP k 0.01; "
            + "a CONFIG SET slowlog-log-slower-than 10000",
    };
}
