using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Edge cases of the bit commands, with every error text.</summary>
public sealed class BitmapEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["arity"] = """
            SETBIT a 0
            SETBIT a 0 1 2
            GETBIT a
            BITCOUNT
            BITPOS a
            BITOP
            BITOP AND a
            BITFIELD
            BITFIELD_RO
            """,
        ["bits"] = """
            SETBIT k 7 1
            GET k
            SETBIT k 7 1
            SETBIT k 7 0
            SETBIT k 0 2
            SETBIT k 0 x
            SETBIT k -1 0
            SETBIT k 4294967296 0
            SETBIT k x x
            GETBIT k 4294967295
            GETBIT k 4294967296
            GETBIT k #1
            GETBIT k ""
            SET n 1
            SETBIT n 2 1
            OBJECT ENCODING n
            SETBIT n 3 0
            GET n
            SET e abc
            SETBIT e 1 1
            OBJECT ENCODING e
            SETBIT k 200000 1
            STRLEN k
            BITCOUNT k
            CONFIG SET proto-max-bulk-len 1mb
            SETBIT k 8388608 1
            SETBIT m 8388607 0
            BITFIELD m SET u16 8388607 65535
            STRLEN m
            BITFIELD m SET u16 8388608 65535
            CONFIG SET proto-max-bulk-len 512mb
            """,
        ["counts"] = """
            BITCOUNT nosuch
            BITCOUNT nosuch 0
            BITCOUNT nosuch 0 x
            SET k foobar
            BITCOUNT k
            BITCOUNT k 0
            BITCOUNT k 0 0
            BITCOUNT k 0 0 BIT
            BITCOUNT k 0 0 byte
            BITCOUNT k 0 0 x
            BITCOUNT k x 0 x
            BITCOUNT k -1 -2 x
            BITCOUNT k 0 1 BIT x
            BITCOUNT k 5 30 BIT
            BITCOUNT k -30 -5 BIT
            BITCOUNT k 7 8 BIT
            BITCOUNT k 8 8 BIT
            BITCOUNT k 9223372036854775807 9223372036854775807
            BITCOUNT k -9223372036854775808 9223372036854775807 BIT
            BITCOUNT k -9223372036854775808 -9223372036854775808
            BITCOUNT k 0 9223372036854775808
            SET e ""
            BITCOUNT e
            BITCOUNT e 0 -1
            BITCOUNT e 0 0 BIT
            """,
        ["positions"] = """
            BITPOS nosuch 0
            BITPOS nosuch 1
            BITPOS nosuch 2
            BITPOS nosuch x
            BITPOS nosuch 1 x y z
            SET k "\xff\xf0\x00"
            BITPOS k 0
            BITPOS k 1
            BITPOS k 1 2
            BITPOS k 0 0 0
            BITPOS k 0 0 1
            BITPOS k 0 0 -1 BYTE
            BITPOS k 1 12 -1 BIT
            BITPOS k 1 11 -1 BIT
            BITPOS k 0 11 11 BIT
            BITPOS k 0 12 12 BIT
            BITPOS k 0 3 6 BIT
            BITPOS k 0 3 9 BIT
            BITPOS k 0 3 14 BIT
            BITPOS k 1 x
            BITPOS k 1 0 x
            BITPOS k 1 0 x y
            BITPOS k 1 0 1 bit z
            SET f "\xff\xff\xff"
            BITPOS f 0
            BITPOS f 0 1
            BITPOS f 0 3
            BITPOS f 0 0 -1
            BITPOS f 0 0 -1 BIT
            BITPOS f 1 9 3
            SET z "\x00\x00\x00"
            BITPOS z 1
            BITPOS z 1 1 2 BIT
            BITPOS z 0 23 23 BIT
            SET e ""
            BITPOS e 0
            BITPOS e 1
            BITPOS e 0 0
            BITPOS e 0 0 -1
            """,
        ["operations"] = """
            BITOP NAND d a b
            BITOP "" d a
            BITOP NOT d a b
            BITOP not d nosuch
            SET a "\xaa\x0f\xff"
            SET b "\xff"
            BITOP AND d a b
            GET d
            OBJECT ENCODING d
            BITOP OR d a b
            GET d
            BITOP xor d a b
            GET d
            BITOP NOT d a
            GET d
            BITOP AND d a nosuch
            GET d
            BITOP OR d a
            GET d
            BITOP XOR d d d
            GET d
            BITOP XOR d a a d a
            GET d
            BITOP AND d nosuch nosuch2
            EXISTS d
            BITOP AND d nosuch
            SET d 12 EX 1000
            BITOP OR d d b
            TTL d
            SET n 12
            BITOP OR d n n
            GET d
            OBJECT ENCODING d
            SET big {20000*ab}
            BITOP OR d big a
            BITOP XOR d d big a a d
            STRLEN d
            BITCOUNT d
            """,
        ["fields"] = """
            BITFIELD k
            EXISTS k
            BITFIELD k GET u8 0
            EXISTS k
            BITFIELD k SET u8 0 255 GET i8 0 INCRBY u8 0 10 GET u4 #1
            BITFIELD k OVERFLOW SAT INCRBY u8 0 1000 INCRBY u8 0 -1000
            BITFIELD k OVERFLOW SAT INCRBY i8 0 1000 INCRBY i8 0 -1000
            BITFIELD k OVERFLOW WRAP INCRBY i8 0 -100 INCRBY i8 0 -100
            BITFIELD k OVERFLOW FAIL INCRBY u8 0 1000 INCRBY u8 0 1
            BITFIELD k OVERFLOW FAIL SET u8 0 256 SET u8 0 -1 SET i8 0 -129 SET i8 0 -128
            BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0 SET i8 0 -9223372036854775000 GET i8 0 SET i8 0 -1000 GET i8 0
            BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0
            BITFIELD k SET i64 3 -9223372036854775808 GET i64 3 OVERFLOW SAT INCRBY i64 3 -1 OVERFLOW WRAP INCRBY i64 3 -1
            BITFIELD k SET u63 5 9223372036854775807 OVERFLOW SAT INCRBY u63 5 1 OVERFLOW WRAP INCRBY u63 5 1
            BITFIELD k SET i1 0 1 GET i1 0 GET u1 0
            BITFIELD k GET i64 1000000
            BITFIELD k GET u8 #4611686018427387904
            BITFIELD k GET u4 #4611686018427387904
            BITFIELD k GET u64 0
            BITFIELD k GET i65 0
            BITFIELD k GET U8 0
            BITFIELD k GET u8
            BITFIELD k GET u8 x
            BITFIELD k GET u8 -1
            BITFIELD k GET u8 4294967296
            BITFIELD k SET u8 0
            BITFIELD k SET u8 0 x
            BITFIELD k INCRBY x8 x x
            BITFIELD k OVERFLOW
            BITFIELD k OVERFLOW x
            BITFIELD k OVERFLOW x GET u8 0
            BITFIELD k foo
            BITFIELD k OVERFLOW SAT
            BITFIELD_RO k
            BITFIELD_RO k GET u8 0 GET u8 #1
            BITFIELD_RO k SET u8 0 1
            BITFIELD_RO k GET u8 0 INCRBY u8 0 1
            BITFIELD_RO nosuch GET u8 0
            SET n 1
            BITFIELD n SET u8 0 49
            OBJECT ENCODING n
            BITFIELD n SET u8 0 50 SET u8 0 49
            COMMAND GETKEYSANDFLAGS BITFIELD k get u8 0 overflow sat
            COMMAND GETKEYSANDFLAGS BITFIELD k get u8 0 set u8 0 1
            COMMAND GETKEYSANDFLAGS BITFIELD k get u8
            """,
        ["types"] = """
            SADD s 5
            SETBIT s 0 1
            GETBIT s 0
            BITCOUNT s
            BITPOS s 0
            BITOP AND d s
            BITOP AND d nosuch s
            BITFIELD s GET u8 0
            BITFIELD s SET u8 0 1
            BITFIELD_RO s GET u8 0
            SET k x
            BITOP OR s k
            TYPE s
            SADD t 5
            BITOP OR t nosuch
            EXISTS t
            """,
        ["events"] = """
            CONFIG SET notify-keyspace-events KEA
            SETBIT k 1 1
            SETBIT k 1 1
            BITOP OR d k
            BITOP OR d nosuch
            BITOP OR d nosuch
            BITFIELD k INCRBY u8 0 1 INCRBY u8 0 1
            BITFIELD k INCRBY u8 0 0
            CONFIG SET notify-keyspace-events ""
            """,
    };

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string script, int protocol) => RunScript(script, protocol, Scripts[script]);
}
