using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Edge cases of connection, transaction and server commands, with every error text.</summary>
public sealed class ConnectionEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["ping echo"] = """
            PING
            PING hello
            PING "a\r\nb"
            PING a b
            ECHO
            ECHO a
            ECHO a b
            ECHO ""
            """,
        ["unknown commands"] = """
            nosuch
            nosuch a b c
            nosuch "with space" "new\nline" "\x00\xff"
            nosuch {200*x} {200*y}
            {200*n} a
            "" a
            "GET " a
            "new\r\nline"
            config|get maxmemory
            CLIENT nosuch
            CLIENT "no\nsuch" x
            CLIENT {200*n}
            CLIENT "no\x00such" x
            "no\x00such" x
            CLIENT KILL TYPE "a\x00b"
            CLIENT KILL USER "a\x00b"
            CLIENT LIST TYPE "a\x00b"
            HELLO 3 "a\x00b"
            CONFIG SET "no\x00such" 1
            DEBUG "no\x00such"
            LATENCY GRAPH "a\x00b"
            EXPIRE k 10 "a\x00b"
            REPLCONF "a\x00b" x
            SLOWLOG GET "1\x00" x
            """,
        ["hello"] = """
            HELLO
            HELLO 2
            HELLO 3
            HELLO
            HELLO 1
            HELLO 4
            HELLO abc
            HELLO 2 AUTH default
            HELLO 2 AUTH nobody x
            HELLO 2 AUTH default x
            HELLO 2 SETNAME
            HELLO 2 SETNAME good
            CLIENT GETNAME
            HELLO 2 SETNAME "bad name"
            CLIENT GETNAME
            HELLO 2 foo
            HELLO 3 SETNAME a AUTH default x
            """,
        ["auth"] = """
            AUTH
            AUTH x
            AUTH default x
            AUTH nobody x
            AUTH a b c
            CONFIG SET requirepass secret
            1> GET k
            AUTH wrong
            AUTH secret
            AUTH default secret
            AUTH default wrong
            AUTH nobody secret
            CONFIG SET requirepass ""
            """,
        ["client"] = """
            CLIENT GETNAME
            CLIENT SETNAME foo
            CLIENT GETNAME
            CLIENT SETNAME ""
            CLIENT GETNAME
            CLIENT SETNAME "a b"
            CLIENT SETNAME "a\n"
            CLIENT SETNAME "\xff"
            CLIENT INFO
            CLIENT LIST ID 999999
            CLIENT LIST ID
            CLIENT LIST ID abc
            CLIENT LIST TYPE foo
            CLIENT LIST TYPE
            CLIENT LIST foo
            CLIENT KILL 127.0.0.1:1
            CLIENT KILL foo
            CLIENT KILL ID
            CLIENT KILL ID abc
            CLIENT KILL ID 0
            CLIENT KILL ID 999999
            CLIENT KILL TYPE foo
            CLIENT KILL USER nobody
            CLIENT KILL SKIPME maybe
            CLIENT KILL foo bar
            CLIENT KILL ADDR 1.2.3.4:5 ID
            CLIENT NO-EVICT foo
            CLIENT NO-EVICT on
            CLIENT INFO
            CLIENT NO-EVICT off
            CLIENT REPLY foo
            CLIENT REPLY ON
            CLIENT PAUSE abc
            CLIENT PAUSE -1
            CLIENT PAUSE 0 foo
            CLIENT PAUSE 10 WRITE x
            CLIENT UNPAUSE
            CLIENT UNBLOCK abc
            CLIENT UNBLOCK 999999
            CLIENT UNBLOCK 999999 TIMEOUT
            CLIENT UNBLOCK 999999 foo
            CLIENT UNBLOCK 0
            CLIENT ID x
            CLIENT HELP
            CLIENT HELP x
            """,
        ["tracking"] = """
            CLIENT TRACKING
            CLIENT TRACKING x
            CLIENT TRACKING ON x
            CLIENT TRACKING x REDIRECT abc
            CLIENT TRACKING ON REDIRECT
            CLIENT TRACKING ON REDIRECT 0
            CLIENT TRACKING ON REDIRECT 999999
            CLIENT TRACKING ON REDIRECT 9223372036854775808
            CLIENT TRACKING ON PREFIX a
            CLIENT TRACKING ON BCAST OPTIN
            CLIENT TRACKING ON OPTIN OPTOUT
            CLIENT TRACKING ON BCAST PREFIX a PREFIX ""
            CLIENT TRACKING ON BCAST PREFIX "a\x00b" PREFIX "a\x00bc"
            CLIENT TRACKING ON BCAST PREFIX b PREFIX a
            CLIENT TRACKING ON BCAST PREFIX ab
            CLIENT TRACKING ON BCAST PREFIX "a\r\nb"
            CLIENT TRACKINGINFO
            CLIENT INFO
            CLIENT TRACKING ON
            CLIENT TRACKING OFF
            CLIENT GETREDIR
            CLIENT GETREDIR x
            CLIENT CACHING YES
            CLIENT TRACKING ON OPTIN NOLOOP
            CLIENT CACHING
            CLIENT CACHING NO
            CLIENT CACHING x
            CLIENT CACHING YES
            CLIENT TRACKINGINFO
            CLIENT TRACKINGINFO x
            CLIENT TRACKING ON OPTOUT
            CLIENT INFO
            CLIENT GETREDIR
            RESET
            CLIENT TRACKINGINFO
            """,
        ["reset and quit"] = """
            CLIENT SETNAME foo
            SELECT 2
            MULTI
            RESET
            CLIENT GETNAME
            CLIENT INFO
            EXEC
            SET k v
            GET k
            RESET x
            QUIT
            PING
            QUIT x
            PING
            """,
        ["transactions"] = """
            EXEC
            DISCARD
            MULTI
            MULTI
            WATCH k
            SET k 1
            INCR k
            GET k
            EXEC
            MULTI
            nosuch
            EXEC
            MULTI
            SET k
            SET k 2
            EXEC
            GET k
            MULTI
            SET k abc
            INCR k
            SET k 3
            EXEC
            GET k
            MULTI
            SET k 4
            DISCARD
            GET k
            WATCH k
            1> SET k other
            MULTI
            SET k mine
            EXEC
            GET k
            WATCH k
            1> SET k other2
            UNWATCH
            MULTI
            SET k mine
            EXEC
            WATCH k
            SET k self
            MULTI
            EXEC
            WATCH nosuch
            1> SET nosuch 1
            1> DEL nosuch
            MULTI
            PING
            EXEC
            MULTI
            EXEC
            MULTI x
            EXEC x
            WATCH
            UNWATCH x
            DISCARD x
            MULTI
            SELECT 3
            SET k three
            SELECT 0
            SET k zero
            EXEC
            MULTI
            SELECT 99
            GET k
            CLIENT INFO
            EXEC
            CLIENT INFO
            MULTI
            QUIT
            """,
        ["watch and expiry"] = """
            SET k v PX 200
            WATCH k
            @sleep 250
            MULTI
            PING
            EXEC
            SET k v PX 5
            @sleep 20
            WATCH k
            MULTI
            PING
            EXEC
            WATCH k
            1> FLUSHALL
            MULTI
            PING
            EXEC
            SET k v
            WATCH k
            1> SWAPDB 0 1
            MULTI
            PING
            EXEC
            WATCH k
            1> SELECT 1
            1> SET k other-db
            MULTI
            PING
            EXEC
            WATCH k
            1> SELECT 0
            1> EXPIRE k 100
            MULTI
            PING
            EXEC
            """,
        ["denied in MULTI"] = """
            MULTI
            WATCH k
            EXEC
            MULTI
            SAVE
            BGSAVE
            SHUTDOWN NOSAVE
            MONITOR
            SYNC
            PSYNC ? -1
            EXEC
            MULTI
            REPLICAOF NO ONE
            CONFIG GET maxmemory
            DEBUG DIGEST
            EXEC
            """,
        ["out of memory"] = """
            CONFIG SET maxmemory 1
            SET k v
            GET k
            MULTI
            WATCH k
            MULTI
            GET k
            CONFIG GET maxmemory
            EXEC
            MULTI
            DISCARD
            MULTI
            RESET
            MULTI
            QUIT
            CONFIG SET maxmemory 0
            MULTI
            SET k v
            1> CONFIG SET maxmemory 1
            EXEC
            CONFIG SET maxmemory 0
            """,
        ["help"] = """
            CLIENT HELP
            CONFIG HELP
            COMMAND HELP
            OBJECT HELP
            SLOWLOG HELP
            LATENCY HELP
            MODULE HELP
            DEBUG HELP
            """,
        ["config"] = """
            CONFIG GET maxmemory
            CONFIG GET MAXMEMORY
            CONFIG GET nosuch
            CONFIG GET maxmemory maxmemory max*memory
            CONFIG SET maxmemory abc
            CONFIG SET maxmemory 1gbx
            CONFIG SET nosuch 1
            CONFIG SET maxmemory 0 nosuch 1
            CONFIG SET maxmemory 0 maxmemory 1
            CONFIG SET databases 5
            CONFIG SET port abc
            CONFIG SET port 70000
            CONFIG SET dir /nosuch/dir
            CONFIG SET dbfilename a/b
            CONFIG SET timeout -1
            CONFIG SET timeout abc
            CONFIG SET timeout 1.5
            CONFIG SET hz 0
            CONFIG SET hz 501
            CONFIG GET hz
            CONFIG SET hz 10
            CONFIG SET maxmemory-policy foo
            CONFIG SET maxmemory-samples 0
            CONFIG SET save abc
            CONFIG SET save "1"
            CONFIG SET save "-1 1"
            CONFIG SET save ""
            CONFIG SET client-output-buffer-limit "normal 0"
            CONFIG SET client-output-buffer-limit "wrong 0 0 0"
            CONFIG SET client-output-buffer-limit "normal -1 0 0"
            CONFIG SET client-output-buffer-limit "replica 1mb 1mb 1"
            CONFIG GET client-output-buffer-limit
            CONFIG SET client-output-buffer-limit "replica 256mb 64mb 60"
            CONFIG SET notify-keyspace-events xyz
            CONFIG SET notify-keyspace-events AKE
            CONFIG GET notify-keyspace-events
            CONFIG SET notify-keyspace-events ""
            CONFIG SET slave-priority 5
            CONFIG GET *-priority
            CONFIG SET replica-priority 100
            CONFIG SET maxmemory-clients 5%
            CONFIG GET maxmemory-clients
            CONFIG SET maxmemory-clients 0
            CONFIG SET replicaof "127.0.0.1 1"
            CONFIG SET requirepass
            CONFIG REWRITE
            CONFIG REWRITE x
            CONFIG RESETSTAT x
            CONFIG SET repl-backlog-size 0
            CONFIG SET repl-backlog-size abc
            CONFIG SET bind "not an address"
            CONFIG SET unixsocket /tmp/x
            CONFIG SET enable-debug-command no
            CONFIG SET daemonize yes
            CONFIG SET appendfilename x
            CONFIG SET oom-score-adj maybe
            CONFIG SET proto-max-bulk-len 1
            CONFIG SET maxclients 0
            CONFIG SET lfu-log-factor -1
            CONFIG SET rdbchecksum no
            CONFIG SET tcp-backlog 5
            CONFIG SET io-threads 4
            CONFIG SET supervised no
            CONFIG SET min-replicas-to-write -1
            CONFIG SET repl-ping-replica-period 0
            CONFIG SET shutdown-timeout -1
            CONFIG SET shutdown-on-sigterm foo
            CONFIG SET shutdown-on-sigterm "save now"
            CONFIG GET shutdown-on-sig*
            CONFIG SET shutdown-on-sigterm default
            CONFIG SET latency-tracking-info-percentiles "50 101"
            CONFIG SET latency-tracking-info-percentiles "50 99 99.9"
            CONFIG GET latency-tracking*
            """,
        ["server"] = """
            SLOWLOG RESET
            SLOWLOG GET -2
            SLOWLOG GET abc
            SLOWLOG GET 9223372036854775807
            SLOWLOG LEN
            SLOWLOG RESET
            LATENCY RESET nosuch
            LATENCY HISTORY nosuch
            LATENCY GRAPH nosuch
            LATENCY DOCTOR
            LATENCY LATEST
            MODULE LIST
            SHUTDOWN foo
            SHUTDOWN ABORT
            SHUTDOWN ABORT NOSAVE
            SHUTDOWN SAVE NOSAVE
            SHUTDOWN NOW NOW foo
            REPLICAOF 127.0.0.1 abc
            REPLICAOF 127.0.0.1 0
            REPLICAOF NO ONE
            REPLICAOF 127.0.0.1 65536
            SLAVEOF NO ONE
            WAIT abc 0
            WAIT 0 abc
            WAIT 0 -1
            BGSAVE foo
            BGSAVE SCHEDULE foo
            REPLCONF
            REPLCONF a
            REPLCONF nosuch x
            REPLCONF listening-port abc
            REPLCONF listening-port 1 capa eof
            PSYNC
            PSYNC a b c
            DEBUG nosuch
            DEBUG SLEEP abc
            DEBUG OBJECT
            DEBUG ERROR "MYERR text"
            DEBUG DIGEST-VALUE
            DEBUG DIGEST-VALUE nosuch
            DEBUG DIGEST
            DEBUG PROTOCOL string
            DEBUG PROTOCOL integer
            DEBUG PROTOCOL double
            DEBUG PROTOCOL bignum
            DEBUG PROTOCOL null
            DEBUG PROTOCOL array
            DEBUG PROTOCOL set
            DEBUG PROTOCOL map
            DEBUG PROTOCOL verbatim
            DEBUG PROTOCOL true
            DEBUG PROTOCOL false
            DEBUG PROTOCOL foo
            DEBUG CHANGE-REPL-ID
            DEBUG STRINGMATCH-LEN
            DEBUG SET-ACTIVE-EXPIRE abc
            DEBUG SET-ACTIVE-EXPIRE 0
            DEBUG POPULATE 5
            DEBUG POPULATE 5 p 3
            DEBUG POPULATE abc
            DEBUG DIGEST
            INFO nosuch
            INFO server nosuch
            COMMAND COUNT
            COMMAND INFO nosuch
            COMMAND GETKEYS SET k v
            COMMAND GETKEYS nosuch x
            COMMAND GETKEYS MGET a b c
            COMMAND GETKEYSANDFLAGS SET k v
            COMMAND GETKEYSANDFLAGS SET k v EX 10 get
            COMMAND GETKEYSANDFLAGS COPY a b
            COMMAND LIST FILTERBY foo bar
            COMMAND LIST FILTERBY MODULE nosuch
            COMMAND LIST FILTERBY ACLCAT nosuch
            COMMAND LIST FILTERBY PATTERN xyz*
            COMMAND DOCS nosuch
            """,
        ["debug reload keeps the data"] = """
            MSET a 1 b {100*x} c "" d "\x00\xff"
            EXPIRE a 1000
            SELECT 3
            SET k3 v
            DEBUG RELOAD
            SELECT 0
            MGET a b c d
            TTL a
            DEBUG DIGEST
            SAVE
            DEBUG RELOAD NOSAVE
            DEBUG DIGEST
            DEBUG RELOAD foo
            """,
        ["config resetstat"] = """
            CONFIG RESETSTAT
            GET k
            INCR k
            nosuch
            """,
    };

    /// <summary>Scripts that start and end replication, or that a save under way would disturb.</summary>
    private static readonly string[] WithoutStreams = ["server", "out of memory", "denied in MULTI", "debug reload keeps the data"];

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string script, int protocol) =>
        RunScript(script, protocol, Scripts[script], streams: !WithoutStreams.Contains(script));
}
