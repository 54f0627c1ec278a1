using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Every sorted set command. Ranges by member are only defined when all scores are equal, so they have keys of their own (<c>zl1</c>, <c>zl2</c>)
/// into which nothing else is written.
/// </summary>
internal static class SortedSetFamily
{
    public static Family Make() => new(
        "sortedsets",
        [
            (14, Add),
            (3, d => ["ZADD", d.Of('z'), .. d.Crowd().SelectMany((m, i) => (string[])[d.Chance(30) ? "1" : i.ToString(), m])]),
            (6, d => ["ZADD", Lex(d), .. Enumerable.Range(0, d.Between(1, 6)).SelectMany(_ => (string[])["0", d.Short()])]),
            (1, d => ["ZADD", d.Pick("zl1", "zl2"), .. d.Crowd().SelectMany(m => (string[])["0", m])]),
            (4, d => ["ZINCRBY", d.Of('z'), d.Score(), Member(d)]),
            (4, d => ["ZREM", d.Of('z'), .. Enumerable.Range(0, d.Between(1, 3)).Select(_ => Member(d))]),
            (1, d => ["ZREM", d.Of('z'), .. d.Crowd()]),
            (2, d => ["ZCARD", d.Of('z')]),
            (3, d => ["ZSCORE", d.Of('z'), Member(d)]),
            (3, d => ["ZMSCORE", d.Of('z'), Member(d), Member(d), Member(d)]),
            (4, d => ["@zrank", d.Pick("ZRANK", "ZREVRANK"), d.Of('z'), Member(d), .. d.Pick((string[])[], [d.Word("withscore")])]),
            (3, d => ["ZCOUNT", d.Of('z'), d.ScoreBound(), d.ScoreBound()]),
            (2, d => ["ZLEXCOUNT", Lex(d), d.LexBound(), d.LexBound()]),
            (5, d => [d.Pick("ZRANGE", "ZREVRANGE"), d.Of('z'), d.Index(), d.Index(), .. WithScores(d)]),
            (8, Range),
            (5, d => [d.Pick("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), d.Of('z'), d.ScoreBound(), d.ScoreBound(), .. WithScores(d), .. Slice(d)]),
            (4, d => [d.Pick("ZRANGEBYLEX", "ZREVRANGEBYLEX"), Lex(d), d.LexBound(), d.LexBound(), .. Slice(d)]),
            (5, d => ["ZRANGESTORE", d.Of('z'), .. Range(d)[1..]]),
            (2, d => ["ZREMRANGEBYRANK", d.Of('z'), d.Index(), d.Index()]),
            (2, d => ["ZREMRANGEBYSCORE", d.Of('z'), d.ScoreBound(), d.ScoreBound()]),
            (1, d => ["ZREMRANGEBYLEX", Lex(d), d.LexBound(), d.LexBound()]),
            (3, d => [d.Pick("ZPOPMIN", "ZPOPMAX"), d.Of('z'), .. d.Pick((string[])[], [d.Count()])]),
            (3, d => ["ZMPOP", .. d.Counted(d.Several('z', 1, 3)), End(d), .. Limit(d, "count")]),
            (2, d => [d.Pick("BZPOPMIN", "BZPOPMAX"), .. d.Several('z', 1, 3), d.Soon()]),
            (2, d => ["BZMPOP", d.Soon(), .. d.Counted(d.Several('z', 1, 3)), End(d), .. Limit(d, "count")]),
            (8, d => [d.Pick("ZUNION", "ZINTER"), .. Sources(d), .. Options(d), .. WithScores(d)]),
            (2, d => ["ZDIFF", .. Sources(d), .. WithScores(d)]),
            (6, d => [d.Pick("ZUNIONSTORE", "ZINTERSTORE"), d.Of('z'), .. Sources(d), .. Options(d)]),
            (2, d => ["ZDIFFSTORE", d.Of('z'), .. Sources(d)]),
            (3, d => ["ZINTERCARD", .. Sources(d), .. Limit(d, "limit")]),
            (4, d => ["@random", "ZRANDMEMBER", d.Of('z'), .. RandomOptions(d)]),
            (3, d => ["@scanof", "ZSCAN", d.Of('z'), .. SetFamily.ScanOptions(d)]),
            (1, d => ["ZSCAN", d.Of('z'), "0", .. SetFamily.BadScanOptions(d)]),
            .. Common('z'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 80,
        UnitPercent = 5,
        Mortal = d => d.Of('z'),
        Unmangled = args => args.Any(a => a.StartsWith("zl", StringComparison.Ordinal) || a.EndsWith("lex", StringComparison.Ordinal)),
        Prologue = d => d.Chance(50) ? Others('z') :
        [
            ["SET", "strlex", "x"], .. Others('z'),
            ["@limit", "zset-max-listpack-entries", d.Pick("0", "3", "8", "20")], ["@limit", "zset-max-listpack-value", d.Pick("0", "5", "64", "65")],
        ],
    };

    private static string Lex(Dice d) => d.Chance(92) ? d.Pick("zl1", "zl2") : d.Pick("nolex", "nolex", "strlex");

    private static string Member(Dice d) => d.Chance(75) ? d.Short() : d.Element();

    /// <summary>XX creates nothing, so 7.0 and 7.2 (which counts words) could convert at different times: such requests stay short.</summary>
    private static string[] Add(Dice d)
    {
        List<string> args = ["ZADD", d.Of('z')];
        while (d.Chance(30))
        {
            args.Add(d.Chance(96) ? d.Word(d.Pick("nx", "xx", "gt", "lt", "ch", "ch", "incr")) : d.Pick("foo", ""));
        }

        bool incr = args.Any(a => a.Equals("incr", StringComparison.OrdinalIgnoreCase)) && d.Chance(90);
        for (int pairs = incr ? 1 : d.Between(1, 3); pairs > 0; pairs--)
        {
            args.AddRange([d.Score(), Member(d)]);
        }

        return [.. args];
    }

    private static string[] WithScores(Dice d) => d.Next(10) switch
    {
        < 5 => [],
        < 9 => [d.Word("withscores")],
        _ => d.Pick((string[])["foo"], ["WITHSCORES", "x"], ["WITHSCORE"]),
    };

    private static string[] Slice(Dice d) => d.Next(10) switch
    {
        < 5 => [],
        < 9 => [d.Word("limit"), d.Pick("0", "0", "1", "2", "-1", "100"), d.Pick("-1", "0", "1", "2", "5", "-7")],
        _ => d.Pick((string[])["LIMIT", "0"], ["LIMIT", "a", "1"], ["LIMIT"], ["LIMIT", "0", "1", "LIMIT", "0", "2"]),
    };

    private static string[] Range(Dice d)
    {
        string[] reverse = d.Chance(35) ? [d.Word("rev")] : [];
        string[] scores = WithScores(d);
        return d.Next(10) switch
        {
            < 3 => ["ZRANGE", d.Of('z'), d.Index(), d.Index(), .. reverse, .. scores],
            < 6 => ["ZRANGE", d.Of('z'), d.ScoreBound(), d.ScoreBound(), d.Word("byscore"), .. Slice(d), .. reverse, .. scores],
            < 9 => ["ZRANGE", Lex(d), d.LexBound(), d.LexBound(), .. reverse, d.Word("bylex"), .. Slice(d)],
            _ => ["ZRANGE", Lex(d), d.LexBound(), d.Index(),
                .. d.Pick((string[])["BYLEX", "WITHSCORES"], ["LIMIT", "0", "1"], ["REV", "foo"], ["BYSCORE", "BYLEX"])],
        };
    }

    private static string End(Dice d) => d.Chance(95) ? d.Word(d.Pick("min", "max")) : d.Pick("up", "", "MINX");

    private static string[] Limit(Dice d, string word) => d.Next(10) switch
    {
        < 4 => [],
        < 9 => [d.Word(word), d.Count()],
        _ => d.Pick((string[])[word], [word, "1", word, "1"], ["foo", "1"]),
    };

    /// <summary>Sets are sources too, with all scores 1.</summary>
    private static string[] Sources(Dice d) =>
        d.Counted([.. Enumerable.Range(0, d.Between(1, 3)).Select(_ => d.Chance(15) ? d.Pick("s1", "s2", "none") : d.Of('z'))]);

    private static string[] Options(Dice d)
    {
        List<string> args = [];
        if (d.Chance(35))
        {
            args.Add(d.Word("weights"));
            args.AddRange(Enumerable.Range(0, d.Between(1, 3))
                .Select(_ => d.Chance(90) ? d.Pick("1", "2", "-1", "0.5", "0", "inf", "-inf", "1e308") : d.Score()));
        }

        if (d.Chance(45))
        {
            args.AddRange([d.Word("aggregate"), d.Chance(93) ? d.Word(d.Pick("sum", "min", "max")) : d.Pick("avg", "")]);
        }

        return [.. args];
    }

    private static string[] RandomOptions(Dice d) => d.Next(10) switch
    {
        < 3 => [],
        < 6 => [SetFamily.RandomCount(d)],
        < 9 => [SetFamily.RandomCount(d), d.Word("withscores")],
        _ => [SetFamily.RandomCount(d), .. d.Pick((string[])["foo"], ["WITHSCORES", "x"], ["WITHVALUES"])],
    };
}
