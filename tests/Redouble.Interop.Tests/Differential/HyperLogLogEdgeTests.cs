using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Edge cases of the HyperLogLog commands, with every error text and strings that only look like one.</summary>
public sealed class HyperLogLogEdgeTests(ServerPair pair) : EdgeTests(pair), IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["arity"] = """
            PFADD
            PFCOUNT
            PFMERGE
            PFDEBUG
            PFDEBUG encoding
            PFDEBUG encoding k x
            PFSELFTEST x
            """,
        ["counts"] = """
            PFADD k
            PFADD k
            GET k
            OBJECT ENCODING k
            PFCOUNT k
            PFADD k a b c a
            PFADD k a
            GET k
            PFCOUNT k
            GET k
            PFCOUNT k
            PFADD k ""
            PFADD k "\x00"
            PFCOUNT k k nosuch
            PFCOUNT nosuch
            PFCOUNT nosuch nosuch2
            PFADD l c d e
            PFCOUNT k l
            PFCOUNT l k nosuch
            EXPIRE k 1000
            PFADD k new
            TTL k
            """,
        ["merges"] = """
            PFMERGE d
            GET d
            PFCOUNT d
            PFADD a 1 2 3
            PFADD b 3 4 5
            PFMERGE d a b nosuch
            GET d
            PFCOUNT d
            GET d
            PFMERGE d d a
            GET d
            PFMERGE a a
            GET a
            PFDEBUG TODENSE b
            PFMERGE a b
            GET a
            PFDEBUG ENCODING a
            EXPIRE a 1000
            PFMERGE a d
            TTL a
            SET s xyz
            PFMERGE d a s
            PFMERGE s a
            PFMERGE new s
            EXISTS new
            """,
        ["debug"] = """
            PFDEBUG ENCODING nosuch
            PFDEBUG foo nosuch
            PFADD k a b c d e f g h i j k
            PFDEBUG encoding k
            PFDEBUG decode k
            PFDEBUG foo k
            PFDEBUG todense k
            PFDEBUG todense k
            PFDEBUG decode k
            PFDEBUG encoding k
            GET k
            PFADD l a b c
            PFDEBUG getreg l
            PFDEBUG encoding l
            SET s x
            PFDEBUG encoding s
            """,
        ["limits"] = """
            CONFIG SET hll-sparse-max-bytes 25
            PFADD k a
            PFADD k b
            PFADD k c
            PFDEBUG ENCODING k
            PFCOUNT k
            CONFIG SET hll-sparse-max-bytes 0
            PFADD l
            PFDEBUG ENCODING l
            PFADD l a
            PFDEBUG ENCODING l
            PFCOUNT l k
            CONFIG SET hll-sparse-max-bytes 3000
            """,
        ["not one"] = """
            SET k ""
            PFADD k a
            PFCOUNT k
            PFCOUNT k k
            PFMERGE k
            SET k 5
            PFADD k a
            PFCOUNT k
            SET k HYLL
            PFCOUNT k
            SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            PFCOUNT k
            SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            PFCOUNT k
            PFCOUNT k k
            PFADD k a
            PFMERGE k
            PFDEBUG DECODE k
            PFDEBUG TODENSE k
            SET k "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            PFCOUNT k
            SET k "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            PFCOUNT k
            SET k "hyll\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
            PFCOUNT k
            """,
        ["corrupt"] = """
            SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe"
            PFCOUNT k
            PFCOUNT k k
            PFMERGE d k
            PFADD k a
            PFDEBUG DECODE k
            PFDEBUG TODENSE k
            PFDEBUG GETREG k
            SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff\x80"
            PFCOUNT k
            PFCOUNT k k
            PFMERGE d k
            PFDEBUG DECODE k
            PFADD k a
            GET k
            SET k "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xfe"
            PFCOUNT k
            SET k "HYLL\x01\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x7f\xff"
            OBJECT ENCODING k
            PFCOUNT k
            OBJECT ENCODING k
            """,
        ["many"] = """
            PFADD d {3000*x}
            PFADD k 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40
            GET k
            PFCOUNT k
            PFCOUNT k d
            """,
    };

    public static TheoryData<string, int> Table() => TableOf(Scripts);

    [PairTheory]
    [MemberData(nameof(Table))]
    public void Agree(string script, int protocol) => RunScript(script, protocol, Scripts[script]);
}
