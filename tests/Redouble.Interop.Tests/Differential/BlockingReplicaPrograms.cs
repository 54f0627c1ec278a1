namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Programs about clients that wait at a replica, in the language of <see cref="BlockingRun"/>: big letters are its clients. It follows the primary and has
/// everything when a program begins.
/// </summary>
internal static class BlockingReplicaPrograms
{
    public static Dictionary<string, string> All { get; } = new()
    {
        ["readers wait, writers are refused"] = "B~ XREAD BLOCK 0 STREAMS s $; C BLPOP k 0; C BLMOVE k l LEFT LEFT 0; C BZPOPMIN z 0; C WAIT 0 0; "
            + "C XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a XADD s 1-1 f v; B<; #sync",
        ["what the stream brings is served"] = "A CONFIG SET replica-read-only no; B~ BLPOP k 0; C~ BZPOPMIN z 0; D~ BLPOP k 0; a RPUSH k 1; B<; D!; "
            + "a ZADD z 1 m; C<; a RPUSH k 2; D<; #sync; a LRANGE k 0 -1; A EXISTS k z",
        ["a transaction of the stream"] = "A CONFIG SET replica-read-only no; B~ BLPOP k 0; C~ XREAD BLOCK 0 STREAMS s 0; a MULTI; a RPUSH k 1; "
            + "a RPUSH k 2; a XADD s 1-1 f v; a XADD s 2-1 f v; a EXEC; B<; C<; #sync; A LRANGE k 0 -1",
        ["a pop of the primary's client comes after the replica's"] = "A CONFIG SET replica-read-only no; b~ BLPOP k 0; B~ BLPOP k 0; a RPUSH k 1; b<; "
            + "B<; #sync; a RPUSH k 1; #sync; A LRANGE k 0 -1",
        ["served by a client of the replica"] = "A CONFIG SET replica-read-only no; B~ BLPOP k 0; A RPUSH k 1; B<; C~ BLMOVE k l LEFT LEFT 0; "
            + "A RPUSH k 1; C<; A LRANGE l 0 -1; A DEL l",
        ["groups on the replica"] = "A CONFIG SET replica-read-only no; a XGROUP CREATE s g $ MKSTREAM; #sync; "
            + "B~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a XADD s 1-1 f v; B<; C~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a DEL s; "
            + "C< => -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option; #sync",
        ["promoted"] = "B~ XREAD BLOCK 0 STREAMS s $; A REPLICAOF NO ONE; B!; C~ BLPOP k 0; A XADD s 1-1 f v; B<; A RPUSH k 1; C<",
        ["told to follow another"] = "B~ XREAD BLOCK 0 STREAMS s $; A REPLICAOF 127.0.0.1 1; B<; B%; A REPLICAOF @primary; #sync; "
            + "D~ XREAD BLOCK 0 STREAMS s $; a XADD s 1-1 f v; D<",
        ["told to follow whom it follows"] = "B~ XREAD BLOCK 0 STREAMS s $; A REPLICAOF @primary; B!; a XADD s 1-1 f v; B<",
        ["demoted and promoted and demoted"] = "A REPLICAOF NO ONE; B~ BLPOP k 0; C~ WAIT 1 0; A REPLICAOF @primary; B<; B%; C%; #sync; D BLPOP k 0; "
            + "A REPLICAOF NO ONE; E~ BLPOP k 0; A RPUSH k 1; E<",
        ["a full sync does not send them away"] = "B~ XREAD BLOCK 0 STREAMS s 0; a MULTI; a DEBUG CHANGE-REPL-ID; a CLIENT KILL TYPE replica; "
            + "a XADD s 1-1 f v; a EXEC; #sync; B!; a XADD s 2-1 f v; B<",
        ["a full sync brings what they wait for"] = "A CONFIG SET replica-read-only no; B~ BLPOP k 0; a MULTI; a DEBUG CHANGE-REPL-ID; "
            + "a CLIENT KILL TYPE replica; a RPUSH k 1; a EXEC; #sync; B!; a RPUSH k 2; B!; #sync; A LRANGE k 0 -1; a DEL k; a RPUSH k 3; B<",
        ["a full sync takes a group away"] = "A CONFIG SET replica-read-only no; a XGROUP CREATE s g $ MKSTREAM; #sync; "
            + "B~ XREADGROUP GROUP g x BLOCK 0 STREAMS s >; a MULTI; a DEBUG CHANGE-REPL-ID; a CLIENT KILL TYPE replica; a DEL s; a EXEC; "
            + "B< => -NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option; #sync",
        ["waiting for the replica"] = "a SET k v; a WAIT 1 5000; a MULTI; a SET k w; a WAIT 1 0; a EXEC => *[+OK, :1]; a WAIT 1 0; b WAIT 0 0 => :1; "
            + "b~ WAIT 2 0; a CLIENT UNBLOCK @b; b< => :1; #sync",
        ["waiting for a replica that goes"] = "a SET k v; a~ WAIT 2 0; A REPLICAOF NO ONE; a!; A REPLICAOF @primary; #sync; a!; b CLIENT UNBLOCK @a",
    };
}
