namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// The HyperLogLog commands. GET and DEBUG DIGEST compare every byte of the registers with those of the real server. No corrupt registers: a PFADD that fails
/// in the middle is kept from the replicas by Redis, and not by Redouble; see the edge cases.
/// </summary>
internal static class HyperLogLogFamily
{
    public static Family Make() => new(
        "hyperloglogs",
        (10, d => [d.Word("pfadd"), d.Key(), .. Elements(d, d.Between(0, 4))]),
        (3, d => ["PFADD", d.Key(), .. Elements(d, d.Pick(10, 50, 300))]),
        (1, d => ["PFADD", d.Key(), .. Enumerable.Range(d.Between(0, 5000), 2000).Select(i => $"e{i}")]),
        (8, d => [d.Word("pfcount"), .. d.KeyList(1, d.Chance(60) ? 1 : 4)]),
        (8, d => [d.Word("pfmerge"), .. d.KeyList(1, 4)]),
        (2, d => ["PFDEBUG", d.Word(d.Pick("encoding", "decode")), d.Key()]),
        (1, d => ["PFDEBUG", d.Word(d.Pick("todense", "getreg", "foo")), d.Key()]),
        (1, d => ["CONFIG", "SET", "hll-sparse-max-bytes", d.Pick("0", "20", "100", "500", "3000", "20000")]),
        (4, d => ["GET", d.Key()]),
        (2, d => ["STRLEN", d.Key()]),
        (1, d => ["SET", d.Key(), d.Chance(50) ? d.Value() : d.Pick("HYLL", "HYLL\u0001\0\0\0\0\0\0\0\0\0\0\0\u007f\u00ff")]),
        (1, d => ["SETRANGE", d.Key(), d.Between(5, 15).ToString(), d.Bytes(1)]),
        (2, d => ["COPY", d.Key(), d.Key(), "REPLACE"]),
        (1, d => ["EXPIRE", d.Key(), "1000"]),
        (2, d => ["DEL", .. d.KeyList(1, 2)]),
        (1, d => ["SELECT", d.Db()]),
        (1, d => ["SADD", d.Key(), "5"]),
        (2, d => ["OBJECT", "ENCODING", d.Key()]))
    {
        Reset = [["CONFIG", "SET", "hll-sparse-max-bytes", "3000"]],
    };

    /// <summary>
    /// Damaged copies of good ones. PFADD shows them one element at a time, see above. Damage of the header alone is left to the other family.
    /// </summary>
    public static Family MakeDamaged() => new(
        "damaged hyperloglogs",
        (2, d => ["PFADD", Good(d), .. Elements(d, d.Pick(1, 5, 40, 300))]),
        (1, d => ["PFDEBUG", "TODENSE", Good(d)]),
        (6, d => ["COPY", Good(d), d.Key(), "REPLACE"]),
        (12, d => ["SETRANGE", d.Key(), d.Between(16, d.Pick(20, 40, 400)).ToString(), d.Bytes(d.Pick(1, 1, 1, 3))]),
        (3, d => ["APPEND", d.Key(), d.Bytes(d.Between(1, 3))]),
        (2, d => ["SETRANGE", d.Key(), "15", "\u0080"]),
        (8, d => ["PFADD", d.Key(), $"e{d.Next(10_000)}"]),
        (6, d => ["PFCOUNT", d.Key()]),
        (4, d => ["PFCOUNT", d.Key(), Good(d)]),
        (3, d => ["PFMERGE", Good(d), d.Key()]),
        (3, d => ["PFMERGE", d.Key(), Good(d)]),
        (6, d => ["PFDEBUG", d.Pick("decode", "encoding", "todense", "getreg"), d.Key()]),
        (6, d => ["GET", d.Key()]))
    {
        Reset = [["CONFIG", "SET", "hll-sparse-max-bytes", "3000"]],
    };

    private static string Good(Dice d) => d.Pick("good", "better", "best");

    private static IEnumerable<string> Elements(Dice d, int count) => Enumerable.Range(0, count).Select(_ => d.Next(4) switch
    {
        0 => d.Value(),
        1 => $"e{d.Next(200)}",
        2 => $"e{d.Next(10_000)}",
        _ => d.Bytes(d.Between(0, 20)),
    });
}
