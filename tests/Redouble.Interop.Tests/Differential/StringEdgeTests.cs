using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Edge cases of the string commands that random programs meet too seldom, with every error text.</summary>
public sealed class StringEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["arity"] = """
            GET
            GET a b
            SET
            SET a
            SETNX a
            SETEX a 1
            PSETEX a 1
            MGET
            MSET
            MSET a
            MSET a 1 b
            MSETNX a 1 b
            APPEND a
            STRLEN
            INCR
            INCRBY a
            DECRBY a
            INCRBYFLOAT a
            GETRANGE a 0
            SETRANGE a 0
            SUBSTR a 0
            GETSET a
            GETDEL
            GETDEL a b
            GETEX
            LCS a
            LCS
            """,
        ["set options"] = """
            SET k v XX
            SET k v NX
            SET k w NX
            SET k w XX
            SET k v NX XX
            SET k v XX NX
            SET k v nx get
            SET k v GET
            SET k v GET NX
            SET new v NX GET
            SET k v EX
            SET k v EX 0
            SET k v EX -1
            SET k v PX 0
            SET k v EXAT 0
            SET k v PXAT -5
            SET k v EX abc
            SET k v EX 1.5
            SET k v EX 9223372036854775807
            SET k v EX 9223372036854775
            SET k v EX 9223372036854774
            SET k v PX 9223372036854775807
            SET k v EXAT 9223372036854775807
            SET k v PXAT 9223372036854775807
            SET k v EX 100 PX 100
            SET k v EX 100 KEEPTTL
            SET k v KEEPTTL EX 100
            SET k v KEEPTTL KEEPTTL
            SET k v EX 100 EX 100
            SET k v EX 100 EXAT 100
            SET k v PERSIST
            SET k v EX 100
            SET k v KEEPTTL
            TTL k
            SET k v
            TTL k
            SET k v foo
            SET k v ""
            SET k v NX foo
            SET k v GET GET
            SET k v PXAT 1
            GET k
            EXISTS k
            SET k v EXAT 1
            DBSIZE
            SET k v GET PXAT 1
            GET k
            SET "" empty
            GET ""
            SET k ""
            GET k
            STRLEN k
            """,
        ["setex"] = """
            SETEX k 0 v
            SETEX k -1 v
            SETEX k abc v
            SETEX k 1.0 v
            SETEX k 9223372036854775807 v
            SETEX k 100 v
            TTL k
            PSETEX k 0 v
            PSETEX k -1 v
            PSETEX k 9223372036854775807 v
            PSETEX k 9223372036854775808 v
            PSETEX k 100000 v
            PTTL k
            SETNX k w
            SETNX n w
            GET n
            """,
        ["getex"] = """
            GETEX nosuch
            GETEX nosuch EX 10
            GETEX nosuch EX abc
            SET k v
            GETEX k EX 100
            TTL k
            GETEX k PERSIST
            TTL k
            GETEX k PERSIST
            GETEX k EX
            GETEX k EX 0
            GETEX k PX -1
            GETEX k EX abc
            GETEX k EX 9223372036854775807
            GETEX k EX 10 PX 10
            GETEX k EX 10 PERSIST
            GETEX k PERSIST EX 10
            GETEX k PERSIST PERSIST
            GETEX k KEEPTTL
            GETEX k NX
            GETEX k GET
            GETEX k foo
            GETEX k PXAT @nowms+100000
            PTTL k
            GETEX k EXAT @now+200
            TTL k
            GETEX k PXAT 1
            GET k
            DBSIZE
            SET k v
            GETEX k EXAT 0
            GETEX k EXAT -1
            GETEX k EXAT 1
            EXISTS k
            """,
        ["integers"] = """
            INCR k
            INCR k
            DECR k
            INCRBY k 10
            DECRBY k 3
            SET k 9223372036854775807
            INCR k
            INCRBY k 1
            DECRBY k -1
            DECRBY k -9223372036854775808
            SET k -9223372036854775808
            DECR k
            DECRBY k 1
            INCRBY k -1
            DECRBY k 9223372036854775807
            INCRBY k abc
            INCRBY k ""
            INCRBY k " 1"
            INCRBY k "1 "
            INCRBY k 01
            INCRBY k +1
            INCRBY k -0
            INCRBY k 9223372036854775808
            INCRBY k 1.0
            SET k " 5"
            INCR k
            SET k "5 "
            INCR k
            SET k 05
            INCR k
            SET k 1e3
            INCR k
            SET k ""
            INCR k
            SET k "5\x00"
            INCR k
            SET k -0
            INCR k
            OBJECT ENCODING k
            SET k 100 EX 1000
            INCR k
            TTL k
            """,
        ["floats"] = """
            INCRBYFLOAT k 10.50
            INCRBYFLOAT k 0.1
            INCRBYFLOAT k -5
            SET k 5.0e3
            INCRBYFLOAT k 2.0e2
            SET k 3
            INCRBYFLOAT k 1.1
            INCRBYFLOAT k 1e17
            SET k 1
            INCRBYFLOAT k 1e-17
            SET k 0
            INCRBYFLOAT k 0.00000000000000001
            INCRBYFLOAT k 1e308
            INCRBYFLOAT k inf
            INCRBYFLOAT k -inf
            INCRBYFLOAT k nan
            INCRBYFLOAT k abc
            INCRBYFLOAT k ""
            INCRBYFLOAT k " 1"
            INCRBYFLOAT k "1 "
            INCRBYFLOAT k 0x10
            INCRBYFLOAT k 1e5000
            SET k 1e4932
            INCRBYFLOAT k 1e4932
            SET k abc
            INCRBYFLOAT k 1
            SET k " 1"
            INCRBYFLOAT k 1
            SET k 3.0
            INCRBYFLOAT k 0
            GET k
            SET k 0.1
            INCRBYFLOAT k 0.2
            SET k 1.23456789012345678901234567890
            INCRBYFLOAT k 0
            SET k 100000000000000000000
            INCRBYFLOAT k 1
            SET k 1
            INCRBYFLOAT k -1
            SET k -0.5
            INCRBYFLOAT k 0.5
            SET k 1e300
            INCRBYFLOAT k 1
            """,
        ["ranges"] = """
            GETRANGE nosuch 0 -1
            SET k "Hello World"
            GETRANGE k 0 4
            GETRANGE k 0 -1
            GETRANGE k -5 -1
            GETRANGE k -5 -7
            GETRANGE k 100 200
            GETRANGE k 5 1
            GETRANGE k -100 3
            GETRANGE k -100 -50
            GETRANGE k 0 100
            GETRANGE k -1 0
            GETRANGE k abc 1
            GETRANGE k 0 abc
            GETRANGE k 9223372036854775807 1
            GETRANGE k -9223372036854775808 9223372036854775807
            GETRANGE k 0 9223372036854775808
            SUBSTR k 0 2
            SET n 12345
            GETRANGE n 1 3
            SETRANGE n 1 x
            GET n
            OBJECT ENCODING n
            SETRANGE new 0 ""
            EXISTS new
            SETRANGE new 5 ""
            SETRANGE new 5 abc
            GET new
            SETRANGE k 0 ""
            SETRANGE k -1 x
            SETRANGE k abc x
            SETRANGE k 536870912 x
            SETRANGE k 536870911 xy
            SETRANGE k 4294967295 x
            SETRANGE k 9223372036854775807 x
            SETRANGE nosuch 536870912 ""
            SETRANGE k 20 end
            GET k
            """,
        ["append and encoding"] = """
            SET k 1
            OBJECT ENCODING k
            APPEND k 2
            OBJECT ENCODING k
            GET k
            APPEND new abc
            OBJECT ENCODING new
            APPEND new ""
            APPEND e ""
            EXISTS e
            GET e
            OBJECT ENCODING e
            SET a {44*x}
            OBJECT ENCODING a
            SET a {45*x}
            OBJECT ENCODING a
            SET a 9223372036854775807
            OBJECT ENCODING a
            SET a 9223372036854775808
            OBJECT ENCODING a
            SET a -9223372036854775808
            OBJECT ENCODING a
            SET a 01
            OBJECT ENCODING a
            SET a 12345678901234567890
            OBJECT ENCODING a
            APPEND a5 {5*1}
            OBJECT ENCODING a5
            SETRANGE sr 0 123
            OBJECT ENCODING sr
            INCR sr
            OBJECT ENCODING sr
            INCRBYFLOAT f 1.5
            OBJECT ENCODING f
            INCRBYFLOAT f 0.5
            OBJECT ENCODING f
            GETSET gs 5
            GETSET gs abc
            OBJECT ENCODING gs
            MSET m1 1 m2 a m3 {50*b}
            OBJECT ENCODING m1
            OBJECT ENCODING m3
            COPY m3 c3
            OBJECT ENCODING c3
            COPY m1 c1
            OBJECT ENCODING c1
            """,
        ["mset"] = """
            MSET a 1 a 2
            GET a
            MSETNX a 3 b 4
            EXISTS b
            MSETNX c 1 c 2
            GET c
            MGET a b c nosuch a
            MSET e1 v e2 v
            EXPIRE e1 100
            MSET e1 w
            TTL e1
            MSETNX x 1 y 2 z 3
            MGET x y z
            """,
        ["lcs"] = """
            SET a ohmytext
            SET b mynewtext
            LCS a b
            LCS a b LEN
            LCS a b IDX
            LCS a b IDX MINMATCHLEN 4
            LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
            LCS a b IDX WITHMATCHLEN
            LCS a b idx minmatchlen -1
            LCS a b IDX MINMATCHLEN 0
            LCS a b IDX MINMATCHLEN 100
            LCS a b LEN IDX
            LCS a b IDX LEN
            LCS a b MINMATCHLEN abc
            LCS a b MINMATCHLEN
            LCS a b WITHMATCHLEN
            LCS a b MINMATCHLEN 2
            LCS a b foo
            LCS a nosuch
            LCS nosuch a IDX
            LCS nosuch nosuch2 LEN
            LCS a a
            LCS a a IDX WITHMATCHLEN
            SET n 12345
            LCS a n
            LCS n n IDX
            SET e ""
            LCS e a IDX
            SET x {50*ab}
            SET y {50*ba}
            LCS x y LEN
            LCS x y IDX WITHMATCHLEN
            """,
        ["getset getdel"] = """
            GETSET k v
            GETSET k w
            SETEX t 100 v
            GETSET t w
            TTL t
            GETDEL t
            GETDEL t
            EXISTS t
            """,
    };

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string script, int protocol) => RunScript(script, protocol, Scripts[script]);
}
