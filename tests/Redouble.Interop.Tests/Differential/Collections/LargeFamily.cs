using System.Globalization;
using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Collections of hundreds and thousands of elements, of which many come and go at once: tables of many segments, trees of many nodes, ranges from their
/// middle, cuts that leave little. <c>z3</c> has equal scores, as the ranges of members want.
/// </summary>
internal static class LargeFamily
{
    public static Family Make() => new(
        "large",
        [
            (8, d => [d.Pick("RPUSH", "LPUSH"), Key(d, 'l'), .. Crowd(d)]),
            (3, d => [d.Pick("RPOP", "LPOP"), Key(d, 'l'), d.Pick("1", "7", "150", "900")]),
            (3, d => ["LTRIM", Key(d, 'l'), Place(d), Place(d)]),
            (2, d => ["LREM", Key(d, 'l'), d.Pick("0", "1", "-2"), Member(d)]),
            (2, d => ["LINSERT", Key(d, 'l'), d.Pick("BEFORE", "AFTER"), Member(d), d.Element()]),
            (2, d => ["LSET", Key(d, 'l'), Place(d), d.Element()]),
            (2, d => ["LPOS", Key(d, 'l'), Member(d), "RANK", d.Pick("1", "-1", "2"), "COUNT", "0", "MAXLEN", d.Pick("0", "300")]),
            (4, d => [d.Pick("LRANGE", "LRANGE", "LTRIM"), Key(d, 'l'), Place(d), Place(d)]),
            (1, d => ["LMPOP", "2", Key(d, 'l'), Key(d, 'l'), d.Pick("LEFT", "RIGHT"), "COUNT", d.Pick("3", "400")]),
            (8, d => ["ZADD", d.Pick("z1", "z2"), .. Crowd(d).SelectMany(m => (string[])[Score(d), m])]),
            (2, d => ["ZADD", "z3", .. Crowd(d).SelectMany(m => (string[])["7", m])]),
            (3, d => ["ZREMRANGEBYRANK", Key(d, 'z'), Place(d), Place(d)]),
            (3, d => ["ZREMRANGEBYSCORE", d.Pick("z1", "z2"), Bound(d), Bound(d)]),
            (2, d => ["ZREMRANGEBYLEX", "z3", .. Members(d)]),
            (2, d => [d.Pick("ZPOPMIN", "ZPOPMAX"), Key(d, 'z'), d.Pick("1", "9", "300", "1000")]),
            (3, d => ["ZRANGE", Key(d, 'z'), Place(d), Place(d), .. d.Pick((string[])[], ["REV"], ["WITHSCORES"])]),
            (3, d => ["ZRANGE", d.Pick("z1", "z2"), Bound(d), Bound(d), "BYSCORE", "LIMIT", d.Pick("0", "2", "200"), d.Pick("-1", "5", "300")]),
            (2, d => ["ZRANGE", "z3", .. Members(d), "BYLEX", "LIMIT", d.Pick("0", "100"), d.Pick("-1", "50")]),
            (2, d => ["ZLEXCOUNT", "z3", .. Members(d)]),
            (2, d => ["ZRANGESTORE", d.Pick("z1", "z2"), Key(d, 'z'), Place(d), Place(d)]),
            (3, d => [d.Pick("ZRANK", "ZREVRANK", "ZSCORE"), Key(d, 'z'), Member(d)]),
            (2, d => [d.Pick("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"), d.Pick("z1", "z2"), "2", Key(d, 'z'), d.Pick("z1", "z2", "s1")]),
            (1, d => ["ZINTERCARD", "2", Key(d, 'z'), d.Pick("z1", "s1", "s2")]),
            (8, d => ["SADD", Key(d, 's'), .. Crowd(d)]),
            (3, d => ["srem", Key(d, 's'), .. Crowd(d)]),
            (2, d => ["@spop", Key(d, 's'), d.Pick("1", "40", "500")]),
            (3, d => [d.Pick("SINTER", "SUNION", "SDIFF", "SMEMBERS"), Key(d, 's')]),
            (3, d => [d.Pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), Key(d, 's'), Key(d, 's'), Key(d, 's')]),
            (1, d => ["SORT_RO", Key(d, 's'), "ALPHA", "DESC", "LIMIT", d.Pick("0", "90"), "70"]),
            (1, d => ["@scanof", "SSCAN", Key(d, 's'), "COUNT", d.Pick("1", "100")]),
            (8, d => ["HSET", Key(d, 'h'), .. Crowd(d).SelectMany(f => (string[])[f, d.Short()])]),
            (3, d => ["HDEL", Key(d, 'h'), .. Crowd(d)]),
            (2, d => ["HMGET", Key(d, 'h'), Member(d), Member(d), Member(d)]),
            (2, d => ["HINCRBY", Key(d, 'h'), Member(d), "5"]),
            (2, d => [d.Pick("COPY", "RENAME"), .. Pair(d)]),
            (1, d => [d.Pick("DEL", "UNLINK"), AnyKey(d)]),
            (1, d => ["MOVE", AnyKey(d), "1"]),
            (1, d => ["SWAPDB", "0", "1"]),
            (2, d => ["OBJECT", "ENCODING", AnyKey(d)]),
            (2, d => ["@restoreback", AnyKey(d), "none"]),
            (1, d => ["@reload"]),
        ])
    {
        Reset = Defaults,
        UnitPercent = 4,
        NeverInUnits = ["SWAPDB"],

        // A word that stands twice in a large request counts twice in 7.2, and once in 7.0.
        Unmangled = args => args.Length > 12,
        Mortal = AnyKey,
        Prologue = d => d.Chance(60) ? [] :
        [
            ["@limit", "list-max-listpack-size", d.Pick("-1", "5", "-2")], ["@limit", "list-compress-depth", d.Pick("0", "1")],
            ["@limit", "zset-max-listpack-entries", d.Pick("128", "2000")],
        ],
    };

    private static string Key(Dice d, char type) => $"{type}{d.Between(1, type is 'z' ? 3 : 2)}";

    private static string AnyKey(Dice d) => d.Pick("l1", "l2", "s1", "s2", "h1", "h2", "z1", "z2");

    private static string[] Pair(Dice d) => d.Pick((string[])["l1", "l2"], ["s2", "s1"], ["h1", "h2"], ["z2", "z1"], ["z3", "z1"]);

    private static string Member(Dice d) => d.Pick("m", "m", "") + d.Next(1500);

    /// <summary>Different elements: fewer than any limit that is counted in words, or more than all of them leave packed.</summary>
    private static string[] Crowd(Dice d)
    {
        int first = d.Next(1000);
        string prefix = d.Pick("", "m", "m");
        return [.. Enumerable.Range(first, d.Pick(3, 40, 100, 300, 500)).Select(i => prefix + i)];
    }

    private static string Score(Dice d) => d.Between(-20, 60).ToString(CultureInfo.InvariantCulture);

    private static string Bound(Dice d) => d.Chance(20) ? d.Pick("-inf", "+inf") : d.Pick("", "(") + Score(d);

    private static string[] Members(Dice d) => [d.Pick("-", "[" + Member(d)), d.Pick("+", "(" + Member(d))];

    private static string Place(Dice d) => d.Chance(70) ? d.Between(-30, 30).ToString(CultureInfo.InvariantCulture)
        : d.Between(-1200, 1200).ToString(CultureInfo.InvariantCulture);
}
