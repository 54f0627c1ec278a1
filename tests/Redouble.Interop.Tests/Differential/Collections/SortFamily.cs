using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>SORT and SORT_RO over lists, sets and sorted sets, by weights in strings and hashes.</summary>
internal static class SortFamily
{
    public static Family Make() => new(
        "sort",
        [
            (6, d => ["RPUSH", d.Of('l'), .. Elements(d)]),
            (6, d => ["SADD", d.Of('s'), .. Elements(d)]),
            (6, d => ["ZADD", d.Of('z'), .. Elements(d).SelectMany(e => (string[])[d.Between(0, 9).ToString(), e])]),
            (6, d => ["MSET", .. Elements(d).SelectMany(e => (string[])[$"w_{e}", Weight(d)])]),
            (4, d => ["HSET", $"w_{d.Short()}", "f", Weight(d)]),
            (1, d => ["DEL", $"w_{d.Short()}"]),
            (24, d => [d.Pick("SORT", "SORT", "SORT_RO"), d.Of(d.Pick('l', 's', 'z')), .. Options(d)]),
            (6, d => ["SORT", d.Of(d.Pick('l', 's', 'z')), .. Storable(d), d.Word("store"), d.Of('l')]),
            (3, d => ["LRANGE", d.Of('l'), "0", "-1"]),
            .. Common('l'),
        ])
    {
        Reset = Defaults,
        UnitPercent = 5,

        // The events of looking weights up come in the order of a set's table, which is only allowed for outside.
        NeverInUnits = ["SORT", "SORT_RO"],
        Mortal = d => d.Of('s'),
        Prologue = d => d.Chance(50) ? [] :
        [
            ["@limit", "list-max-listpack-size", d.Pick("3", "-2", "8")], ["@limit", "set-max-listpack-entries", d.Pick("0", "3", "8")],
            ["@limit", "zset-max-listpack-entries", d.Pick("0", "3", "8")],
        ],
    };

    private static string[] Elements(Dice d)
    {
        bool numbers = d.Chance(70);
        return [.. Enumerable.Range(0, d.Between(1, 8)).Select(_ => numbers ? d.Between(-20, 30).ToString() : d.Chance(80) ? d.Short() : d.Element())];
    }

    private static string Weight(Dice d) => d.Chance(90) ? d.Between(-20, 20).ToString() : d.Pick("0.5", "1e3", "abc", "", "nan", "inf", "10", " 3");

    private static string By(Dice d) => d.Pick("w_*", "w_*", "w_*->f", "nosort", "*", "none_*", "w_*->", "w_*->g", "");

    private static string[] Slice(Dice d) => d.Chance(60) ? []
        : d.Chance(92) ? [d.Word("limit"), d.Pick("0", "1", "2", "-1", "100"), d.Pick("1", "2", "5", "-1", "0")]
        : d.Pick((string[])["LIMIT", "0"], ["LIMIT", "a", "1"], ["LIMIT"]);

    private static string[] Gets(Dice d) => [.. Enumerable.Range(0, d.Chance(50) ? 0 : d.Between(1, 3))
        .SelectMany(_ => (string[])[d.Word("get"), d.Pick("#", "w_*", "w_*->f", "none", "*", "w_*->nofield", "")])];

    private static string[] Options(Dice d) =>
    [
        .. d.Chance(45) ? [d.Word("by"), By(d)] : (string[])[], .. Slice(d), .. Gets(d), .. Direction(d), .. d.Chance(45) ? [d.Word("alpha")] : (string[])[],
        .. d.Chance(3) ? d.Pick((string[])["foo"], ["BY"], ["GET"], ["STORE"]) : [],
    ];

    /// <summary>Elements of equal weight come in no defined order under ALPHA with BY: nothing of that kind may be stored.</summary>
    private static string[] Storable(Dice d)
    {
        bool byWeight = d.Chance(50);
        string[] order = byWeight ? [d.Word("by"), d.Pick("w_*", "w_*->f")] : d.Chance(50) ? [d.Word("alpha")] : [];
        return [.. order, .. Slice(d), .. Gets(d), .. Direction(d)];
    }

    private static string[] Direction(Dice d) => d.Chance(50) ? [] : [d.Word(d.Pick("asc", "desc"))];
}
