using System.Globalization;
using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Every geo command: places close together, far apart, at the date line and the poles' limits; shapes that hold none, some, all of them.</summary>
internal static class GeoFamily
{
    private static readonly string[] Places =
    [
        "13.361389", "38.115556", "15.087269", "37.502669", "2.349014", "48.864716", "13.4", "52.52", "-122.4194", "37.7749", "139.6917", "35.6895", "0", "0",
        "179.9999", "10", "-179.9999", "10", "180", "85.05112878", "-180", "-85.05112878", "15", "37", "15.0001", "37.0001", "-0.0001", "-0.0001",
    ];

    public static Family Make() => new(
        "geo",
        [
            (16, Add),
            (3, Grid),
            (5, d => ["GEODIST", d.Of('g'), d.Short(), d.Short(), .. d.Pick((string[])[], [Unit(d)], [Unit(d)])]),
            (4, d => ["GEOHASH", d.Of('g'), .. Members(d)]),
            (4, d => ["GEOPOS", d.Of('g'), .. Members(d)]),
            (12, d => ["GEOSEARCH", d.Of('g'), .. From(d), .. Shape(d), .. Options(d, store: false)]),
            (5, d => ["GEOSEARCHSTORE", d.Of('g'), d.Of('g'), .. From(d), .. Shape(d), .. Options(d, store: false),
                .. d.Pick((string[])[], [d.Word("storedist")])]),
            (5, d => [d.Pick("GEORADIUS", "GEORADIUS", "GEORADIUS_RO"), d.Of('g'), .. Place(d), Radius(d), Unit(d), .. Options(d, store: true)]),
            (5, d => [d.Pick("GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO"), d.Of('g'), d.Short(), Radius(d), Unit(d), .. Options(d, store: true)]),
            (3, d => ["ZRANGE", d.Of('g'), "0", "-1", "WITHSCORES"]),
            (2, d => ["ZREM", d.Of('g'), d.Short()]),
            (1, d => ["ZADD", d.Of('g'), d.Score(), d.Short()]),
            .. Common('g'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 60,
        UnitPercent = 5,
        Mortal = d => d.Of('g'),
        Prologue = d =>
        [
            .. Others('g'),
            .. d.Chance(60) ? (string[][])[] : [["@limit", "zset-max-listpack-entries", d.Pick("0", "3", "8")]],
            ["GEOADD", "g1", .. Enumerable.Range(0, 12).SelectMany(i => (string[])[.. Place(d), ((char)('a' + i)).ToString()])], Grid(d),
        ],
    };

    private static string[] Place(Dice d)
    {
        int at = d.Next(Places.Length / 2) * 2;
        return d.Chance(93) ? [Near(d, Places[at]), Near(d, Places[at + 1])]
            : d.Pick((string[])["180.1", "10"], ["10", "85.06"], ["nan", "1"], ["abc", "1"], ["1", ""], ["inf", "0"], ["-181", "0"]);
    }

    /// <summary>A little nearer to 0, so that no two places are as far from a third: those come in no defined order.</summary>
    private static string Near(Dice d, string degrees)
    {
        double value = double.Parse(degrees, CultureInfo.InvariantCulture);
        double step = (1 + d.Next(100_000)) * 1e-7;
        return (value > 0 ? value - step : value + step).ToString("0.0000000", CultureInfo.InvariantCulture);
    }

    private static string[] Add(Dice d)
    {
        List<string> args = ["GEOADD", d.Of('g')];
        while (d.Chance(25))
        {
            args.Add(d.Chance(95) ? d.Word(d.Pick("nx", "xx", "ch")) : "foo");
        }

        for (int triples = d.Between(1, 4); triples > 0; triples--)
        {
            args.AddRange([.. Place(d), d.Chance(90) ? d.Short() : d.Element()]);
        }

        return [.. args];
    }

    /// <summary>Many places around one point, so that a search cuts through them.</summary>
    private static string[] Grid(Dice d)
    {
        List<string> args = ["GEOADD", d.Of('g')];
        int step = d.Pick(1, 10, 500);
        for (int i = 0; i < 40; i++)
        {
            args.AddRange([$"{15 + (i % 7 * step * 0.001):0.0000}", $"{37 + (i / 7 * step * 0.001):0.0000}", $"p{i}"]);
        }

        return [.. args];
    }

    private static string[] Members(Dice d) => [.. Enumerable.Range(0, d.Between(0, 4)).Select(_ => d.Short())];

    private static string Unit(Dice d) => d.Chance(95) ? d.Word(d.Pick("m", "km", "ft", "mi")) : d.Pick("parsec", "");

    private static string Radius(Dice d) => d.Chance(92) ? d.Pick("0", "1", "15", "200", "500", "5000", "0.5", "20000", "1e7")
        : d.Pick("-1", "abc", "nan", "inf");

    private static string[] From(Dice d) => d.Next(20) switch
    {
        < 10 => [d.Word("fromlonlat"), .. Place(d)],
        < 19 => [d.Word("frommember"), d.Short()],
        _ => d.Pick((string[])[], ["FROMMEMBER", "a", "FROMLONLAT", "1", "1"], ["FROMLONLAT", "1"]),
    };

    private static string[] Shape(Dice d) => d.Next(20) switch
    {
        < 10 => [d.Word("byradius"), Radius(d), Unit(d)],
        < 19 => [d.Word("bybox"), Radius(d), Radius(d), Unit(d)],
        _ => d.Pick((string[])[], ["BYRADIUS", "1", "m", "BYBOX", "1", "1", "m"], ["BYBOX", "1", "m"]),
    };

    private static string[] Options(Dice d, bool store)
    {
        List<string> args = [];
        bool stores = store && d.Chance(25);
        while (d.Chance(55))
        {
            args.AddRange(d.Next(24) switch
            {
                < 8 when stores => [d.Word(d.Pick("store", "storedist")), d.Of('g')],
                < 12 => stores && d.Chance(90) ? [] : [d.Word(d.Pick("withcoord", "withdist", "withhash"))],
                < 16 => [d.Word(d.Pick("asc", "desc"))],
                < 23 => [d.Word("count"), d.Count(), .. d.Pick((string[])[], [d.Word("any")])],
                _ => d.Pick((string[])["foo"], ["COUNT"], ["ANY"], ["STORE"]),
            });
        }

        return [.. args];
    }
}
