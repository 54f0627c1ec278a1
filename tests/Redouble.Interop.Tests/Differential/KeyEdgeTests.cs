using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Edge cases of the generic and expiry commands, with every error text.</summary>
public sealed class KeyEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["arity"] = """
            DEL
            UNLINK
            EXISTS
            TOUCH
            TYPE
            TYPE a b
            RENAME a
            RENAMENX a b c
            COPY a
            MOVE a
            KEYS
            KEYS a b
            RANDOMKEY a
            DBSIZE a
            SWAPDB 0
            SELECT
            SELECT 0 1
            PERSIST
            TTL
            PTTL a b
            EXPIRE a
            PEXPIRE a
            EXPIREAT a
            PEXPIREAT a
            EXPIRETIME
            PEXPIRETIME
            DUMP
            RESTORE a 0
            SCAN
            OBJECT
            OBJECT ENCODING
            OBJECT ENCODING a b
            OBJECT foo a
            OBJECT HELP a
            """,
        ["copy"] = """
            COPY nosuch b
            SET a 1 EX 1000
            COPY a a
            COPY a b
            COPY a b
            COPY a b REPLACE
            TTL b
            COPY a a DB 1
            COPY a b DB 1 REPLACE
            COPY a b DB 1
            COPY a b DB 16
            COPY a b DB -1
            COPY a b DB abc
            COPY a b DB
            COPY a b foo
            COPY a b REPLACE REPLACE
            COPY a a DB 0
            COPY a a DB 1 DB 0
            SELECT 1
            GET b
            TTL b
            """,
        ["move and rename"] = """
            MOVE nosuch 1
            SET a 1 EX 1000
            MOVE a 0
            MOVE a 16
            MOVE a -1
            MOVE a abc
            MOVE a 1
            MOVE a 1
            SET a 2
            MOVE a 1
            SELECT 1
            TTL a
            RENAME nosuch b
            RENAMENX nosuch b
            RENAME a a
            RENAMENX a a
            SET b 5
            RENAMENX a b
            RENAME a b
            TTL b
            GET b
            RENAME nosuch nosuch
            """,
        ["databases"] = """
            SELECT 16
            SELECT -1
            SELECT abc
            SELECT ""
            SELECT 2147483648
            SELECT 9223372036854775808
            SWAPDB 0 abc
            SWAPDB abc 0
            SWAPDB 0 16
            SWAPDB -1 0
            SWAPDB 0 0
            SET k zero
            SWAPDB 0 1
            GET k
            SELECT 1
            GET k
            FLUSHDB foo
            FLUSHALL foo
            FLUSHALL ASYNC SYNC
            FLUSHDB SYNC
            FLUSHDB ASYNC
            DBSIZE
            """,
        ["expire"] = """
            EXPIRE nosuch 10
            SET k v
            EXPIRE k abc
            EXPIRE k 1.5
            EXPIRE k ""
            EXPIRE k 9223372036854775807
            EXPIRE k 9223372036854775
            EXPIRE k -9223372036854775808
            EXISTS k
            SET k v
            PEXPIRE k 9223372036854775807
            PEXPIRE k 9223372036854775000
            EXPIREAT k 9223372036854775807
            EXPIREAT k 9223372036854775
            PEXPIREAT k 9223372036854775807
            PEXPIRETIME k
            EXPIRETIME k
            TTL k
            PERSIST k
            PERSIST k
            EXPIRE k 100 NX
            EXPIRE k 200 NX
            EXPIRE k 300 XX
            EXPIRE k 200 GT
            EXPIRE k 400 GT
            EXPIRE k 500 LT
            EXPIRE k 350 LT
            PERSIST k
            EXPIRE k 100 GT
            EXPIRE k 100 XX
            EXPIRE k 100 LT
            EXPIRE k 100 NX XX
            EXPIRE k 100 NX GT
            EXPIRE k 100 NX LT
            EXPIRE k 100 GT LT
            EXPIRE k 90 XX LT
            EXPIRE k 80 xx XX
            EXPIRE k 100 foo
            EXPIRE k 100 XX foo
            EXPIRE nosuch 100 foo
            EXPIRE nosuch abc foo
            EXPIRE k 0 NX
            EXPIRE k 0
            EXISTS k
            SET k v
            EXPIRE k -1 XX
            EXPIRE k -1 GT
            EXPIRE k -1 LT
            EXISTS k
            SET k v
            PEXPIREAT k 0
            DBSIZE
            SET k v
            EXPIREAT k 1
            EXISTS k
            TTL nosuch
            PTTL nosuch
            EXPIRETIME nosuch
            PEXPIRETIME nosuch
            SET k v
            TTL k
            EXPIRETIME k
            """,
        ["keys"] = """
            MSET hello 1 hallo 2 hxllo 3 hllo 4 heeello 5 h* 6 "h[a]llo" 7 "" 8 "a\nb" 9 "\xff\xfe" 10
            KEYS h?llo
            KEYS h*llo
            KEYS h[ae]llo
            KEYS h[^e]llo
            KEYS h[a-b]llo
            KEYS h[b-a]llo
            KEYS "h\\*"
            KEYS "h\\[a\\]llo"
            KEYS "h\\[*"
            KEYS ""
            KEYS "a?b"
            KEYS "*\xff*"
            KEYS "h[a-"
            KEYS "h["
            KEYS "h[\\ae]llo"
            KEYS "\\"
            KEYS "h[^]llo"
            KEYS "[]"
            KEYS "******o"
            KEYS "HELLO"
            KEYS "h[A-Z]llo"
            """,
        ["object"] = """
            OBJECT ENCODING nosuch
            OBJECT REFCOUNT nosuch
            OBJECT IDLETIME nosuch
            OBJECT FREQ nosuch
            SET k v
            OBJECT REFCOUNT k
            OBJECT FREQ k
            OBJECT IDLETIME k
            CONFIG SET maxmemory-policy allkeys-lfu
            OBJECT FREQ k
            OBJECT IDLETIME k
            SET l v
            OBJECT FREQ l
            OBJECT FREQ l
            SET l w
            OBJECT FREQ l
            CONFIG SET lfu-log-factor 0
            GET l
            GET l
            OBJECT FREQ l
            SET l "another value that does not fit where the old one was"
            OBJECT FREQ l
            RENAME l m
            OBJECT FREQ m
            COPY m n
            OBJECT FREQ n
            EXISTS m
            STRLEN m
            TYPE m
            TTL m
            OBJECT FREQ m
            TOUCH m
            EXPIRE m 100
            OBJECT FREQ m
            SET counter 100000
            INCR counter
            INCR counter
            APPEND counter 1
            OBJECT FREQ counter
            CONFIG SET lfu-log-factor 10
            CONFIG SET maxmemory-policy noeviction
            SET shared 9999
            OBJECT REFCOUNT shared
            SET shared 10000
            OBJECT REFCOUNT shared
            OBJECT HELP
            DEBUG OBJECT nosuch
            """,
        ["restore"] = """
            RESTORE k 0 abc
            RESTORE k -1 abc
            RESTORE k abc abc
            RESTORE k 0 abc foo
            RESTORE k 0 abc IDLETIME
            RESTORE k 0 abc IDLETIME -1
            RESTORE k 0 abc FREQ 256
            RESTORE k 0 abc FREQ -1
            RESTORE k 0 abc FREQ 1 IDLETIME 1
            RESTORE k 0 ""
            RESTORE k 0 "\x00\x03abc\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            SET src hello
            @redump src dst 0
            @redump src dst 0
            @redump src dst 0 REPLACE
            @redump src dst 100000 REPLACE
            PTTL dst
            @redump src dst @nowms+50000 REPLACE ABSTTL
            PTTL dst
            @redump src gone 1 ABSTTL
            EXISTS gone
            @redump src dst 1 ABSTTL REPLACE
            EXISTS dst
            SET dst v PX 3
            @sleep 15
            @redump src dst 0 REPLACE
            SET dst v PX 3
            @sleep 15
            @redump src dst 1 ABSTTL REPLACE
            SET dst v PX 3
            @sleep 15
            @redump src dst 0
            @redump src idle 0 IDLETIME 1000
            OBJECT IDLETIME idle
            SET int 12345
            @redump int int2 0
            OBJECT ENCODING int2
            SET long {300*abc}
            @redump long long2 0
            STRLEN long2
            OBJECT ENCODING long2
            DUMP nosuch
            """,
        ["touch and exists"] = """
            MSET a 1 b 2
            EXISTS a a a nosuch
            TOUCH a a nosuch
            UNLINK a a
            DEL b b nosuch
            EXISTS a
            RANDOMKEY
            """,
        ["scan errors"] = """
            SCAN abc
            SCAN 1.5
            SCAN ""
            SCAN " 0"
            SCAN 18446744073709551616
            SCAN 0 COUNT
            SCAN 0 COUNT 0
            SCAN 0 COUNT -1
            SCAN 0 COUNT abc
            SCAN 0 MATCH
            SCAN 0 TYPE
            SCAN 0 foo bar
            SCAN 0 foo
            SCAN 0
            SCAN 0 TYPE nosuchtype
            """,
        ["wrong number of words in every subcommand"] = """
            CONFIG
            CONFIG GET
            CONFIG SET a
            CONFIG SET a b c
            CONFIG foo
            COMMAND foo
            COMMAND COUNT x
            COMMAND GETKEYS
            COMMAND LIST FILTERBY
            CLIENT
            CLIENT foo
            CLIENT SETNAME
            CLIENT KILL
            CLIENT PAUSE
            CLIENT REPLY
            CLIENT UNBLOCK
            SLOWLOG
            SLOWLOG foo
            SLOWLOG GET a b
            LATENCY
            LATENCY foo
            LATENCY HISTORY
            LATENCY GRAPH
            MODULE
            MODULE foo
            DEBUG
            LOLWUT VERSION
            WAIT
            WAIT 0
            REPLICAOF
            SLAVEOF a
            ROLE x
            SAVE x
            LASTSAVE x
            TIME x
            """,
    };

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string script, int protocol) =>
        RunScript(script, protocol, Scripts[script], streams: script != "object"); // Redis counts no accesses while a child saves
}
