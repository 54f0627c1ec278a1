using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Every hash command of Redis 7.2, packed and as a table. Expiry of fields is 7.4's, and not here.</summary>
internal static class HashFamily
{
    public static Family Make() => new(
        "hashes",
        [
            (12, d => [d.Pick("HSET", "HSET", "HMSET"), d.Of('h'), .. Pairs(d, 1, 3)]),
            (3, d => ["HSET", d.Of('h'), .. d.Crowd().SelectMany(f => (string[])[f, d.Short()])]),
            (3, d => ["HSETNX", d.Of('h'), d.Element(), d.Element()]),
            (4, d => ["HGET", d.Of('h'), d.Element()]),
            (4, d => ["HMGET", d.Of('h'), .. d.Elements(1, 5)]),
            (5, d => ["HDEL", d.Of('h'), .. d.Elements(1, 4)]),
            (1, d => ["HDEL", d.Of('h'), .. d.Crowd()]),
            (2, d => ["HLEN", d.Of('h')]),
            (3, d => [d.Pick("HEXISTS", "HSTRLEN"), d.Of('h'), d.Element()]),
            (6, d => [d.Pick("HGETALL", "HKEYS", "HVALS"), d.Of('h')]),
            (5, d => ["HINCRBY", d.Of('h'), d.Short(), d.Integer()]),
            (4, d => ["HINCRBYFLOAT", d.Of('h'), d.Short(), d.Float()]),
            (2, d => ["HSET", d.Of('h'), d.Short(), d.Pick("1", "-5", "2.5", "9223372036854775800", "1e10", "abc", " 1", "")]),
            (5, d => ["@random", "HRANDFIELD", d.Of('h'), .. RandomOptions(d)]),
            (4, d => ["@scanof", "HSCAN", d.Of('h'), .. SetFamily.ScanOptions(d)]),
            (2, d => ["@hscannovalues", d.Of('h'), .. SetFamily.ScanOptions(d)]),
            (1, d => ["HSCAN", d.Of('h'), "0", .. SetFamily.BadScanOptions(d)]),
            .. Common('h'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 70,
        UnitPercent = 5,
        Mortal = d => d.Of('h'),
        Prologue = d => d.Chance(50) ? Others('h') :
        [
            .. Others('h'),
            ["@limit", "hash-max-listpack-entries", d.Pick("0", "3", "8", "20")], ["@limit", "hash-max-listpack-value", d.Pick("0", "5", "64", "65")],
        ],
    };

    private static string[] Pairs(Dice d, int least, int most) => [.. Enumerable.Range(0, d.Between(least, most)).SelectMany(_ => d.Elements(2, 2))];

    private static string[] RandomOptions(Dice d) => d.Next(10) switch
    {
        < 3 => [],
        < 6 => [SetFamily.RandomCount(d)],
        < 9 => [SetFamily.RandomCount(d), d.Word("withvalues")],
        _ => [SetFamily.RandomCount(d), .. d.Pick((string[])["foo"], ["WITHVALUES", "x"], ["WITHSCORES"])],
    };
}
