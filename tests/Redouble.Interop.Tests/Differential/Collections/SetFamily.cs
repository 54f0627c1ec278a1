using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Every set command, over intsets, packed sets and hash tables.</summary>
internal static class SetFamily
{
    public static Family Make() => new(
        "sets",
        [
            (12, d => ["SADD", d.Of('s'), .. Members(d, 1, 5)]),
            (3, d => ["SADD", d.Of('s'), .. d.Crowd()]),
            (4, d => [d.Word("srem").Replace('R', 'r'), d.Of('s'), .. Members(d, 1, 4)]),
            (1, d => [d.Pick("srem", "Srem"), d.Of('s'), .. d.Crowd()]),
            (2, d => ["SCARD", d.Of('s')]),
            (3, d => ["SISMEMBER", d.Of('s'), Member(d)]),
            (3, d => ["SMISMEMBER", d.Of('s'), .. Members(d, 1, 4)]),
            (5, d => ["SMEMBERS", d.Of('s')]),
            (4, d => ["SMOVE", d.Of('s'), d.Of('s'), Member(d)]),
            (6, d => [d.Pick("SINTER", "SUNION", "SDIFF"), .. d.Several('s', 1, 4)]),
            (6, d => [d.Pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), d.Of('s'), .. d.Several('s', 1, 4)]),
            (4, d => ["SINTERCARD", .. d.Counted(d.Several('s', 1, 3)), .. Limit(d)]),
            (3, d => ["@spop", d.Of('s'), .. d.Pick((string[])[], [d.Count()])]),
            (1, d => ["SPOP", d.Of('s'), d.Pick("100000", "0", "-1", "abc")]),
            (4, d => ["@random", "SRANDMEMBER", d.Of('s'), .. d.Pick((string[])[], [RandomCount(d)])]),
            (4, d => ["@scanof", "SSCAN", d.Of('s'), .. ScanOptions(d)]),
            (1, d => ["SSCAN", d.Of('s'), "0", .. BadScanOptions(d)]),
            (1, d => ["SSCAN", d.Of('s'), d.Pick("abc", "-1", "", "1.5")]),
            .. Common('s'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 70,
        UnitPercent = 5,

        // 7.2 counts the words of SADD against the limit of intsets, 7.0 the members: so that this makes no difference none may stand there twice.
        // SPOP that does not empty its set would go on differently on both servers.
        Unmangled = args => args is ["SADD", _, _, _, _, ..] or ["SPOP", ..],
        Mortal = d => d.Of('s'),
        Prologue = d => d.Chance(50) ? Others('s') :
        [
            .. Others('s'),
            ["@limit", "set-max-intset-entries", d.Pick("0", "3", "8", "20")], ["@limit", "set-max-listpack-entries", d.Pick("0", "3", "8", "20")],
            ["@limit", "set-max-listpack-value", d.Pick("0", "5", "64", "65")],
        ],
    };

    internal static string RandomCount(Dice d) => d.Chance(88) ? d.Pick("0", "1", "2", "5", "100", "-1", "-3", "-20")
        : d.Pick("abc", "", "9223372036854775808", "-9223372036854775808", "1.5");

    internal static string[] ScanOptions(Dice d)
    {
        List<string> args = [];
        while (d.Chance(50))
        {
            args.AddRange(d.Next(2) switch
            {
                0 => [d.Word("count"), d.Pick("1", "2", "10", "1000", "9223372036854775807")],
                _ => [d.Word("match"), d.Pick("*", "1*", "?", "[a-d]", "nothing", "", "el*", "[0-9]*")],
            });
        }

        return [.. args];
    }

    internal static string[] BadScanOptions(Dice d) =>
        d.Pick((string[])["COUNT", "0"], ["COUNT", "-1"], ["COUNT", "abc"], ["COUNT"], ["MATCH"], ["foo"], ["TYPE", "set"], ["MATCH", "*", "COUNT"]);

    /// <summary>Integers by preference, so that intsets live for a while.</summary>
    private static string Member(Dice d) => d.Chance(50) ? d.Chance(85) ? d.Between(-5, 30).ToString() : d.Pick("32768", "-40000", "5000000000", "2147483648")
        : d.Element();

    private static string[] Members(Dice d, int least, int most)
    {
        bool integers = d.Chance(50);
        return [.. Enumerable.Range(0, d.Between(least, most)).Select(_ => integers ? d.Between(-5, 30).ToString() : Member(d)).Distinct()];
    }

    private static string[] Limit(Dice d) => d.Next(10) switch
    {
        < 4 => [],
        < 9 => [d.Word("limit"), d.Chance(85) ? d.Pick("0", "1", "2", "100") : d.Pick("-1", "abc", "")],
        _ => d.Pick((string[])["LIMIT"], ["foo", "1"], ["LIMIT", "1", "LIMIT", "2"]),
    };
}
