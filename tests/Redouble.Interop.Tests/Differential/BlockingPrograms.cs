namespace Redouble.Interop.Tests.Differential;

/// <summary>Programs about blocking commands, in the language of <see cref="BlockingRun"/>, by the type of value they are about.</summary>
internal static class BlockingPrograms
{
    private const string Unblocked = "-UNBLOCKED client unblocked via CLIENT UNBLOCK";
    private const string NoGroup = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";

    public static Dictionary<string, string> Waits { get; } = new()
    {
        ["a wait ends at its time and what was sent meanwhile runs"] = "a SET k v; a~ WAIT 3 80; a> PING; #clients; a<; a<; #clients",
        ["a wait is unblocked"] = $"b SET k v; b~ WAIT 3 0; #clients; a CLIENT UNBLOCK @b; b<; b~ WAIT 3 0; a CLIENT UNBLOCK @b ERROR; b<; "
            + $"a CLIENT UNBLOCK @b",
        ["a wait in a transaction does not wait"] = "a SET k v; a MULTI; a WAIT 3 0; a EXEC",
        ["a killed client waits no more"] = "b SET k v; b~ WAIT 3 0; a CLIENT KILL ID @b; b%; #clients",
        ["silenced waits"] = "a SET k v; a> CLIENT REPLY SKIP; a> WAIT 3 50; a PING; b SET k v; b> CLIENT REPLY OFF; b> WAIT 3 50; b> CLIENT REPLY ON; b<",
        ["waits that are no times"] = "a WAIT 0 -1; a WAIT 0 x; a WAIT x 0; a WAIT 0 1.5",
    };

    public static Dictionary<string, string> Lists { get; } = new()
    {
        ["who came first is served first"] = "b~ BLPOP k 0; c~ BLPOP k 0; a RPUSH k 1; b<; c!; a RPUSH k 2 3; c<; a LRANGE k 0 -1; #clients",
        ["one push serves several"] = "b~ BLPOP k 0; c~ BRPOP k 0; d~ BLPOP k 0; a RPUSH k 1 2 3 4; b<; c<; d<; a LRANGE k 0 -1",
        ["the first key in the command's order"] = "#7.2; b~ BLPOP k1 k2 0; a MULTI; a RPUSH k2 x; a RPUSH k1 y; a EXEC; b< => *[$k1, $y]; a EXISTS k1 k2",
        ["several clients on several keys"] = "#7.2; b~ BLPOP k1 k2 0; c~ BLPOP k2 k1 0; a MULTI; a RPUSH k2 x; a RPUSH k1 y; a EXEC; b< => *[$k1, $y]; "
            + "c< => *[$k2, $x]; a EXISTS k1 k2",
        ["a key named twice"] = "b~ BLPOP k k 0; a RPUSH k 1 2; b<; a LRANGE k 0 -1",
        ["a later command of the pusher does not steal"] = "b~ BLPOP k 0; a+ RPUSH k 1 | LPOP k | RPUSH k 2 | BLPOP k 1; a<; a<; a<; a<; b<",
        ["nobody is served inside a transaction"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a LRANGE k 0 -1; a RPUSH k 2; a EXEC; b<; a LRANGE k 0 -1",
        ["a key that goes in its transaction"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a DEL k; a EXEC; b!; a RPUSH k 2; b<",
        ["a key that becomes another type in its transaction"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a DEL k; a SET k s; a EXEC; b!; a DEL k; "
            + "a RPUSH k 2; b<",
        ["in a transaction nothing blocks"] = "a MULTI; a BLPOP k 0; a BRPOP k 0; a BLMOVE k l LEFT RIGHT 0; a BRPOPLPUSH k l 0; a BLMPOP 0 1 k LEFT; "
            + "a EXEC; a RPUSH k 1 2; "
            + "a MULTI; a BLPOP k 0; a BLMOVE k l LEFT RIGHT 0; a EXEC",
        ["time-outs"] = "a BLPOP k 0.01; a BRPOP k l 0.01; a BLMOVE k l LEFT RIGHT 0.01; a BRPOPLPUSH k l 0.01; a BLMPOP 0.01 1 k LEFT; "
            + "b~ BLPOP k 0.2; c~ BLPOP k 0.05; "
            + "#clients; c<; b!; b<; #clients",
        ["a time-out and what was sent meanwhile"] = "b~ BLPOP k 0.1; b> PING; b> RPUSH k 1; b<; b<; b<; a LRANGE k 0 -1",
        ["times"] = "a BLPOP k -1; a BLPOP k x; a BLPOP k ''; a BLPOP k nan; a BLPOP k -inf; a BLPOP k 1x; a BLPOP k 0.0001; a BLPOP k 1e-400; "
            + "a BLPOP k -0.002; "
            + "a BLPOP k inf => -ERR timeout is out of range; a BLPOP k 9223372036854776 => -ERR timeout is out of range; a BLMPOP x 1 k LEFT; "
            + "a BLMPOP -1 1 k LEFT",
        ["a wrong type when it is called"] = "a SET k s; a BLPOP k 0; a BLMOVE k l LEFT RIGHT 0; a BLMPOP 0 1 k LEFT; a BLPOP none k 0; a RPUSH k2 1; "
            + "a BLPOP k2 k 0",
        ["another type later"] = "b~ BLPOP k 0; a SET k s; b!; a DEL k; a ZADD k 1 m; b!; a DEL k; a RPUSH k 1; b<",
        ["a store over another type wakes nobody"] = "a RPUSH src 3 1 2; b~ BLPOP k 0; a SET k s; a SORT src STORE k; b!; a RPUSH k 4; b!; "
            + "a COPY src k REPLACE; b<; a LRANGE k 0 -1",
        ["a destination of another type"] = "a SET d s; b~ BLMOVE k d LEFT RIGHT 0; a RPUSH k 1; b<; a LRANGE k 0 -1",
        ["however a list comes"] = "a RPUSH src 1 2; b~ BLPOP k1 0; a RENAME src k1; b<; b~ BLPOP k2 0; a COPY k1 k2; b<; b~ BLPOP k3 0; "
            + "a RENAMENX k1 k3; b<; a RPUSH src 5 4; "
            + "b~ BLPOP k4 0; a SORT src STORE k4; b<; b~ BLPOP k5 0; a LMOVE src k5 LEFT RIGHT; b<; b~ BLPOP k6 0; a RPOPLPUSH src k6; b<; "
            + "b~ BLPOP k7 0; a LPUSHX k7 1; b!; a LPUSH k7 1; b<",
        ["a list from another database"] = "c SELECT 1; c RPUSH k 1; b~ BLPOP k 0; c MOVE k 0; b<; b~ BLPOP k 0; c RPUSH k 2; b!; a SWAPDB 0 1; b<; "
            + "c EXISTS k; d SELECT 1; d~ BLPOP l 0; "
            + "a RPUSH l 1; d!; a SWAPDB 0 1; d<",
        ["moves in a chain"] = "d~ BLPOP k3 0; c~ BLMOVE k2 k3 LEFT RIGHT 0; b~ BRPOPLPUSH k1 k2 0; a+ RPUSH k1 1 | EXISTS k1 k2 k3; a<; a<; b<; c<; d<",
        ["a ring of moves ends"] = "b~ BLMOVE k1 k2 LEFT RIGHT 0; c~ BLMOVE k2 k1 LEFT RIGHT 0; a RPUSH k1 1; b<; c<; a LRANGE k1 0 -1",
        ["a move onto itself"] = "b~ BLMOVE k k LEFT RIGHT 0; a RPUSH k 1 2; b<; a LRANGE k 0 -1",
        ["pops of several"] = "b~ BLMPOP 0 2 k1 k2 LEFT COUNT 2; c~ BLMPOP 0 1 k2 RIGHT COUNT 10; a RPUSH k2 1 2 3; b<; c<; a EXISTS k2",
        ["unblocked"] = $"b~ BLPOP k 0; a CLIENT UNBLOCK @b; b<; b~ BLPOP k 5; a CLIENT UNBLOCK @b TIMEOUT; b<; b~ BLMOVE k l LEFT RIGHT 0; "
            + $"a CLIENT UNBLOCK @b ERROR; b< => {Unblocked}; "
            + "a CLIENT UNBLOCK @b; a RPUSH k 1; a LRANGE k 0 -1; #clients",
        ["unblocked inside a transaction"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a CLIENT UNBLOCK @b; a LRANGE k 0 -1; a EXEC; b<; a LRANGE k 0 -1",
        ["killed"] = "b~ BLPOP k 0; c~ BLPOP k 0; a+ CLIENT KILL ID @b | RPUSH k 1; a<; a<; b%; c<",
        ["gone"] = "b~ BLPOP k 0; c~ BLPOP k 0; b/; a RPUSH k 1; c<; a EXISTS k",
        ["pipelined behind"] = "b+ BLPOP k 0 | RPUSH l 1 | BLPOP l 0 | PING; a EXISTS l; a RPUSH k 1; b<; b<; b<; b<",
        ["blocks again behind"] = "b+ BLPOP k 0 | BLPOP k 0; c~ BLPOP k 0; a RPUSH k 1; b<; a RPUSH k 2; c<; a RPUSH k 3; b<",
        ["silenced"] = "b> CLIENT REPLY SKIP; b~ BLPOP k 0; b> PING; a RPUSH k 1; b<; b> CLIENT REPLY OFF; b~ BLPOP k 0.05; b> CLIENT REPLY ON; b<; "
            + "b> CLIENT REPLY SKIP; b> BLPOP k 0.01; b PING",
        ["paused"] = "b~ BLPOP k 0; c~ BLPOP l 0.05; a CLIENT PAUSE 10000 WRITE; c<; d> RPUSH k 1; b!; a CLIENT UNPAUSE; d<; b<",
        ["expired before"] = "a DEBUG SET-ACTIVE-EXPIRE 0; a RPUSH k old; a PEXPIRE k 1; sleep 20; b~ BLPOP k 0; a RPUSH k 1; b<",
        ["expired in the transaction that made it"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a PEXPIRE k -1; a EXEC; b!; a RPUSH k 2; b<",
        ["emptied"] = "b~ BLPOP k 0; a MULTI; a RPUSH k 1; a FLUSHALL; a EXEC; b!; a FLUSHDB; b!; a RPUSH k 2; b<",
        ["counted when it ends"] = "b~ BLPOP k 0; a RPUSH k 1; b<; #blpop; b BLPOP k 0.01; #blpop; b~ BLMOVE k l LEFT LEFT 0; "
            + "a CLIENT UNBLOCK @b ERROR; b<; #blmove",
        ["protocol 3"] = "b? HELLO 3; b~ BLPOP k 0; a RPUSH k 1; b<; b BLPOP k 0.01; b BLMOVE k l LEFT LEFT 0.01; b BLMPOP 0.01 1 k LEFT; "
            + "b~ BLMPOP 0 1 k LEFT; a RPUSH k 1; b<",
        ["watched keys"] = "c WATCH k; b~ BLPOP k 0; a RPUSH k 1; b<; c MULTI; c PING; c EXEC",
        ["the node becomes a replica"] = "b~ BLPOP k 0; a REPLICAOF 127.0.0.1 1; b<; b%; a REPLICAOF NO ONE; #clients",
    };

    public static Dictionary<string, string> SortedSets { get; } = new()
    {
        ["who came first is served first"] = "b~ BZPOPMIN z 0; c~ BZPOPMAX z 0; d~ BZPOPMIN z 0; a ZADD z 1 x 2 y 3 z; b<; c<; d<; a EXISTS z",
        ["two keys"] = "#7.2; b~ BZPOPMIN z1 z2 0; a MULTI; a ZADD z2 1 x; a ZADD z1 2 y; a EXEC; b< => *[$z1, $y, $2]; a EXISTS z1 z2",
        ["pops of several"] = "b~ BZMPOP 0 2 z1 z2 MIN COUNT 2; c~ BZMPOP 0 1 z2 MAX; a ZADD z2 1 a 2 b 3 c 4 d; b<; c<; a ZRANGE z2 0 -1",
        ["time-outs"] = "a BZPOPMIN z 0.01; a BZPOPMAX z y 0.01; a BZMPOP 0.01 1 z MIN; a BZPOPMIN z -1; a BZPOPMIN z x",
        ["in a transaction nothing blocks"] = "a MULTI; a BZPOPMIN z 0; a BZMPOP 0 1 z MAX; a ZADD z 1 x 2 y; a BZPOPMAX z 0; a EXEC",
        ["however it comes"] = "a ZADD src 1 x 2 y; b~ BZPOPMIN k1 0; a ZUNIONSTORE k1 1 src; b<; b~ BZPOPMIN k2 0; a ZRANGESTORE k2 src 0 -1; b<; "
            + "b~ BZPOPMIN k3 0; a ZINCRBY k3 5 m; b<; "
            + "b~ BZPOPMAX k4 0; a RENAME k1 k4; b<; b~ BZPOPMAX k5 0; a COPY k2 k5; b<",
        ["a store over another type wakes nobody"] = "a ZADD src 1 x; b~ BZPOPMIN k 0; a SET k s; a ZUNIONSTORE k 1 src; b!; a DEL k; a ZADD k 2 y; b<",
        ["lists and sorted sets of one name"] = "b~ BLPOP k 0; c~ BZPOPMIN k 0; a ZADD k 1 m; c<; b!; a RPUSH k 1; b<",
        ["both types in one transaction"] = "b~ BLPOP k 0; c~ BZPOPMIN k 0; a MULTI; a RPUSH k 1; a DEL k; a ZADD k 1 m; a EXEC; c<; b!; a RPUSH k 1; b<",
        ["unblocked"] = "b~ BZPOPMIN z 0; a CLIENT UNBLOCK @b; b<; b~ BZMPOP 0 1 z MIN; a CLIENT UNBLOCK @b ERROR; b<",
    };

    public static Dictionary<string, string> Streams { get; } = new()
    {
        ["what is new from now on"] = "a XADD s 1-1 f v; b~ XREAD BLOCK 0 STREAMS s $; c~ XREAD BLOCK 0 STREAMS s 1-1; a XADD s 2-1 f w; b<; c<; "
            + "b XREAD BLOCK 0 STREAMS s 1-1",
        ["one entry wakes, the next comes later"] = "b~ XREAD BLOCK 0 STREAMS s 0; a+ XADD s 1-1 f v | XADD s 2-1 f w; a<; a<; b<",
        ["two entries in a transaction"] = "b~ XREAD BLOCK 0 STREAMS s 0; a MULTI; a XADD s 1-1 f v; a XADD s 2-1 f w; a EXEC; b<",
        ["several streams"] = "b~ XREAD BLOCK 0 STREAMS s t $ $; a MULTI; a XADD t 1-1 f v; a XADD s 1-1 f w; a EXEC; "
            + "b< => *[*[$s, *[*[$1-1, *[$f, $w]]]], *[$t, *[*[$1-1, *[$f, $v]]]]]",
        ["time-outs"] = "a XREAD BLOCK 10 STREAMS s $; a XREAD BLOCK x STREAMS s $; a XREAD BLOCK -1 STREAMS s $; a MULTI; "
            + "a XREAD BLOCK 0 STREAMS s $; a EXEC",
        ["a group shares"] = "a XGROUP CREATE s g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; "
            + "c~ XREADGROUP GROUP g y BLOCK 0 STREAMS s >; a XADD s 1-1 f v; b<; c!; a XADD s 2-1 f w; c<",
        ["a group's stream is deleted"] = Grouped("a DEL s", NoGroup),
        ["a group's stream is unlinked"] = Grouped("a UNLINK s", NoGroup),
        ["a group's stream is flushed"] = Grouped("a FLUSHALL", NoGroup),
        ["a group's stream is exchanged"] = Grouped("a SWAPDB 0 1", NoGroup),
        ["a group's stream is renamed"] = Grouped("a RENAME s t", NoGroup),
        ["a group's stream is moved"] = Grouped("a MOVE s 1", NoGroup),
        ["a group's stream is overwritten"] = Grouped("a SET s x", WrongType),
        ["a group's stream expires"] = Grouped("a PEXPIRE s -1", NoGroup),
        ["a group is destroyed"] = Grouped("a XGROUP DESTROY s g", NoGroup),
        ["a stream without its group comes in its place"] = "a XGROUP CREATE s g $ MKSTREAM; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a MULTI; "
            + "a DEL s; a XADD s 1-1 f v; a EXEC; b< => " + NoGroup,
        ["other readers do not mind"] = "a XADD s 1-1 f v; b~ XREAD BLOCK 0 STREAMS s $; a DEL s; b!; a SET s x; b!; a DEL s; a XADD s 2-1 f w; b<",
        ["unblocked"] = "b~ XREAD BLOCK 0 STREAMS s $; a CLIENT UNBLOCK @b; b<; b~ XREAD BLOCK 0 STREAMS s $; a CLIENT UNBLOCK @b ERROR; b<",
    };

    private static string Grouped(string command, string answer) =>
        $"a XGROUP CREATE s g $ MKSTREAM; c~ XREAD BLOCK 0 STREAMS s $; b~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; {command}; b< => {answer}; c!; #clients";
}
