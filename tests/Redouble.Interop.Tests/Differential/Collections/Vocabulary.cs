using System.Globalization;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// The words that programs about collections share. A key's first letter says what it holds most of the time; one draw in eight takes another, so that
/// types collide. Elements are few, so that they meet; some are around the limits of the packed encodings.
/// </summary>
internal static class Vocabulary
{
    /// <summary>Directives of the packed encodings with their defaults: what every program begins with.</summary>
    public static readonly string[][] Limits =
    [
        ["list-max-listpack-size", "-2"], ["list-compress-depth", "0"], ["hash-max-listpack-entries", "512"], ["hash-max-listpack-value", "64"],
        ["set-max-intset-entries", "512"], ["set-max-listpack-entries", "128"], ["set-max-listpack-value", "64"], ["zset-max-listpack-entries", "128"],
        ["zset-max-listpack-value", "64"], ["stream-node-max-entries", "100"], ["stream-node-max-bytes", "4096"],
    ];

    private static readonly string[] AllKeys =
        ["l1", "l2", "l3", "s1", "s2", "s3", "h1", "h2", "h3", "z1", "z2", "z3", "g1", "g2", "g3", "x1", "x2", "x3", "str", "none", "none2"];

    private static readonly string[] BorderIntegers =
    [
        "127", "128", "-128", "-129", "4095", "4096", "-4096", "-4097", "32767", "32768", "-32768", "-32769", "8388607", "8388608", "2147483647", "2147483648",
        "-2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808",
    ];

    private static readonly string[] AlmostIntegers =
        ["01", "-0", "+1", " 1", "1 ", "1.0", "1e3", "9223372036854775808", "-9223372036854775809", "0x10", "00", "-", "3.5", "-7.25", "0.1", "1e-7"];

    private static readonly string[] Scores =
    [
        "0", "1", "2", "3", "-1", "5", "10", "0.1", "0.30000000000000004", "-0", "3.14159265358979323846", "1e17", "1e-5", "123456789.123456789", "1e20",
        "5e-324", "1.7976931348623157e308", "inf", "-inf", "+inf", "Infinity", "9007199254740993", "4611686018427387904", "-521142.184362", "1e-7", ".5",
        "0x10",
    ];

    private static readonly string[] NoScores = ["nan", "-nan", "1e400", "1e-400", "abc", "", " 1", "1 ", "1,5", "--1", "\0"];

    public static string[][] Defaults =>
        [["CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"], .. Limits.Select(pair => (string[])["CONFIG", "SET", .. pair])];

    /// <summary>A key that mostly holds the type of this letter.</summary>
    public static string Of(this Dice d, char type) => d.Chance(88) ? $"{type}{d.Between(1, 3)}" : d.Pick(AllKeys);

    public static string AnyKey(this Dice d) => d.Pick(AllKeys);

    public static string[] Several(this Dice d, char type, int least, int most) => [.. Enumerable.Range(0, d.Between(least, most)).Select(_ => d.Of(type))];

    public static string Element(this Dice d) => d.Next(100) switch
    {
        < 34 => ((char)('a' + d.Next(8))).ToString(),
        < 58 => d.Next(24).ToString(CultureInfo.InvariantCulture),
        < 66 => d.Pick(BorderIntegers),
        < 72 => d.Pick(AlmostIntegers),
        < 77 => "",
        < 86 => new string((char)('p' + d.Next(3)), d.Pick(62, 63, 64, 65, 66)),
        < 92 => d.Bytes(d.Between(1, 20)),
        < 97 => $"element:{d.Next(40)}",
        < 99 => new string('w', d.Pick(100, 252, 253, 254, 300)),
        _ => new string('v', d.Pick(2000, 4090, 4200, 8180, 9000)),
    };

    /// <summary>An element that leaves small encodings small.</summary>
    public static string Short(this Dice d) => d.Chance(55) ? ((char)('a' + d.Next(12))).ToString() : d.Next(30).ToString(CultureInfo.InvariantCulture);

    public static string[] Elements(this Dice d, int least, int most) => [.. Enumerable.Range(0, d.Between(least, most)).Select(_ => d.Element())];

    /// <summary>So many different short elements that limits are crossed.</summary>
    public static string[] Crowd(this Dice d)
    {
        int first = d.Next(200);
        string prefix = d.Pick("", "", "m");
        return [.. Enumerable.Range(first, d.Pick(5, 9, 21, 40, 129, 140)).Select(i => prefix + i)];
    }

    public static string Score(this Dice d) =>
        d.Chance(45) ? d.Between(-3, 12).ToString(CultureInfo.InvariantCulture)
        : d.Chance(80) ? d.Pick(Scores)
        : d.Chance(60) ? (d.Next(2_000_000) / 7.0 - 100_000).ToString("R", CultureInfo.InvariantCulture)
        : d.Pick(NoScores);

    public static string ScoreBound(this Dice d) => d.Next(10) switch
    {
        < 3 => d.Pick("-inf", "+inf", "inf"),
        < 6 => d.Between(-3, 12).ToString(CultureInfo.InvariantCulture),
        < 8 => "(" + d.Score(),
        < 9 => d.Score(),
        _ => d.Pick("(", "((1", "[1", "-", "+", "", "abc", "(inf", "(-inf"),
    };

    public static string LexBound(this Dice d) => d.Next(10) switch
    {
        < 4 => d.Pick("-", "+"),
        < 7 => "[" + d.Short(),
        < 9 => "(" + d.Short(),
        _ => d.Pick("a", "", "[", "(", "--", "++", "[\u00ff", "(\0"),
    };

    /// <summary>How many: small and right most of the time.</summary>
    public static string Count(this Dice d) => d.Chance(85) ? d.Between(1, 6).ToString(CultureInfo.InvariantCulture)
        : d.Pick("0", "-1", "100", "1000000", "9223372036854775807", "abc", "", "1.5", "9223372036854775808");

    /// <summary>A number of keys in front of keys; wrong now and then.</summary>
    public static string[] Counted(this Dice d, string[] keys) =>
        [d.Chance(94) ? keys.Length.ToString(CultureInfo.InvariantCulture) : d.Pick("0", "-1", "1", "2", "99", "abc", ""), .. keys];

    /// <summary>A time-out that ends soon, or none.</summary>
    public static string Soon(this Dice d) => d.Chance(88) ? d.Pick("0.01", "0.005", "1e-2", ".01") : d.Pick("-1", "abc", "", "nan", "1,5", "-0.5");

    /// <summary>One value of each other type, to begin with.</summary>
    public static string[][] Others(char type) =>
    [
        .. ((string[][])
        [
            ["RPUSH", "l1", "a", "1", "b"], ["SADD", "s1", "a", "1", "b"], ["HSET", "h1", "a", "1", "b", "2"], ["ZADD", "z1", "1", "a", "2", "b"],
            ["GEOADD", "g1", "13.361389", "38.115556", "a"], ["XADD", "x1", "1-1", "f", "v"], ["SET", "str", "10"],
        ]).Where(request => request[1][0] != type || request[0] == "SET"),
    ];

    /// <summary>Values of other types under the same keys, and the commands that all types share.</summary>
    public static (int Weight, Func<Dice, string[]> Draw)[] Common(char type) =>
    [
        (1, d => ["SET", d.Pick("str", "str", d.Of(type)), d.Pick("10", "text")]),
        (2, d => d.Next(6) switch
        {
            0 => ["RPUSH", d.Pick("l1", "l2"), .. d.Elements(1, 4)],
            1 => ["SADD", d.Pick("s1", "s2"), .. d.Elements(1, 4)],
            2 => ["HSET", d.Pick("h1", "h2"), d.Element(), d.Element()],
            3 => ["ZADD", d.Pick("z1", "z2"), d.Between(0, 9).ToString(CultureInfo.InvariantCulture), d.Element()],
            4 => ["XADD", d.Pick("x1", "x2"), $"{d.Between(1, 50)}-*", "f", d.Element()],
            _ => ["SETBIT", "str", "7", "1"],
        }),
        (2, d => [d.Pick("DEL", "UNLINK"), d.Of(type)]),
        (2, d => [d.Pick("RENAME", "RENAMENX"), d.Of(type), d.Of(type)]),
        (2, d => ["COPY", d.Of(type), d.Of(type), .. d.Pick((string[])[], ["REPLACE"])]),
        (1, d => ["EXPIRE", d.Of(type), d.Pick("100", "100000", "-1")]),
        (1, d => [d.Pick("PTTL", "TYPE", "PERSIST", "EXISTS", "TOUCH"), d.Of(type)]),
        (2, d => ["OBJECT", "ENCODING", d.Of(type)]),
        (1, d => ["GET", d.Of(type)]),
    ];
}
