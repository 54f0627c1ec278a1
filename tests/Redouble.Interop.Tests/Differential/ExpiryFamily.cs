using System.Globalization;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Expiry times set, compared, read, removed, and run out. GT and LT compare times, so relative ones are drawn from a wide range.</summary>
internal static class ExpiryFamily
{
    public static Family Make() => new(
        "expiry",
        (8, d => ["SET", d.Key(), d.Value()]),
        (3, d => ["SET", d.Key(), d.Value(), d.Word("keepttl")]),
        (4, d => ["SET", d.Key(), d.Value(), d.Word(d.Pick("ex", "px")), Wide(d, 100_000)]),
        (2, d => ["SET", d.Key(), d.Value(), d.Word("pxat"), d.Deadline(milliseconds: true)]),
        (2, d => ["SET", d.Key(), d.Value(), d.Word("exat"), d.Deadline(milliseconds: false)]),
        (8, d => ["EXPIRE", d.Key(), Time(d, 1), .. Options(d)]),
        (6, d => ["PEXPIRE", d.Key(), Time(d, 1000), .. Options(d)]),
        (5, d => ["EXPIREAT", d.Key(), d.Deadline(milliseconds: false), .. Options(d)]),
        (5, d => ["PEXPIREAT", d.Key(), d.Deadline(milliseconds: true), .. Options(d)]),
        (8, d => [d.Pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), d.Key()]),
        (4, d => ["PERSIST", d.Key()]),
        (3, d => ["GETEX", d.Key(), d.Pick("EX", "PX"), Wide(d, 200_000)]),
        (2, d => ["GETEX", d.Key(), "PERSIST"]),
        (2, d => ["GETEX", d.Key(), d.Pick("EXAT", "PXAT"), d.Pick("1", "0", "-1")]),
        (2, d => ["GET", d.Key()]),
        (2, d => ["MGET", .. d.KeyList(2, 4)]),
        (2, d => ["RENAME", d.Key(), d.Key()]),
        (2, d => ["COPY", d.Key(), d.Key(), "REPLACE"]),
        (1, d => ["MOVE", d.Key(), d.Db()]),
        (1, d => ["SELECT", d.Db()]),
        (2, d => ["EXISTS", .. d.KeyList(1, 3)]),
        (2, d => [d.Pick("APPEND", "GETSET", "SETNX", "INCRBY"), d.Key(), "5"]),
        (1, d => ["DBSIZE"]),
        (1, d => ["KEYS", "*"]),
        (1, d => ["@scan", "COUNT", "3"]),
        (1, d => ["DEL", d.Key()]))
    {
        StepsPerProgram = 80,
    };

    private static string[] Options(Dice d) => d.Next(12) switch
    {
        < 5 => [],
        5 or 6 => [d.Word("nx")],
        7 => [d.Word("xx")],
        8 => [d.Word("gt")],
        9 => [d.Word("lt")],
        10 => [d.Pick("NX", "XX", "GT", "LT"), d.Pick("NX", "XX", "GT", "LT")],
        _ => [d.Pick("foo", "", "NX GT")],
    };

    private static string Time(Dice d, int unit) => d.Chance(70) ? Wide(d, 100L * unit) : d.Ttl(unit == 1 ? 1000 : 1);

    private static string Wide(Dice d, long least) => (least + (d.Next(1_000_000) * 977L)).ToString(CultureInfo.InvariantCulture);
}
