namespace Redouble.Interop.Tests.Differential;

/// <summary>Every string command with all its options.</summary>
internal static class StringFamily
{
    public static Family Make() => new(
        "strings",
        (14, Set),
        (6, d => [d.Word("get"), d.Key()]),
        (3, d => ["APPEND", d.Key(), d.Value()]),
        (2, d => ["STRLEN", d.Key()]),
        (3, d => [d.Pick("INCR", "DECR"), d.Key()]),
        (3, d => [d.Pick("INCRBY", "DECRBY"), d.Key(), d.Integer()]),
        (3, d => ["INCRBYFLOAT", d.Key(), d.Float()]),
        (3, d => [d.Pick("GETRANGE", "SUBSTR"), d.Key(), d.Index(), d.Index()]),
        (3, d => ["SETRANGE", d.Key(), SmallOffset(d), d.Value()]),
        (2, d => ["MGET", .. d.KeyList(1, 5)]),
        (2, d => [d.Pick("MSET", "MSETNX"), .. Pairs(d)]),
        (1, d => ["SETNX", d.Key(), d.Value()]),
        (2, d => ["SETEX", d.Key(), d.Ttl(1000), d.Value()]),
        (2, d => ["PSETEX", d.Key(), d.Ttl(1), d.Value()]),
        (2, d => ["GETSET", d.Key(), d.Value()]),
        (2, d => ["GETDEL", d.Key()]),
        (4, GetEx),
        (4, Lcs),
        (2, d => ["DEL", .. d.KeyList(1, 3)]),
        (1, d => ["SELECT", d.Db()]),
        (1, d => ["TTL", d.Key()]),
        (2, d => ["OBJECT", "ENCODING", d.Key()]));

    private static string[] Set(Dice d)
    {
        List<string> args = [d.Word("set"), d.Key(), d.Value()];
        while (d.Chance(35))
        {
            args.AddRange(d.Next(9) switch
            {
                0 => [d.Word("nx")],
                1 => [d.Word("xx")],
                2 => [d.Word("get")],
                3 => [d.Word("keepttl")],
                4 => [d.Word("ex"), d.Ttl(1000)],
                5 => [d.Word("px"), d.Ttl(1)],
                6 => [d.Word("exat"), d.Deadline(milliseconds: false)],
                7 => [d.Word("pxat"), d.Deadline(milliseconds: true)],
                _ => [d.Pick("foo", "", "EX", "PXAT", "PERSIST")],
            });
        }

        return [.. args];
    }

    private static string[] GetEx(Dice d) =>
    [
        "GETEX", d.Key(), .. d.Next(8) switch
        {
            0 => (string[])[],
            1 => [d.Word("ex"), d.Ttl(1000)],
            2 => [d.Word("px"), d.Ttl(1)],
            3 => [d.Word("exat"), d.Deadline(milliseconds: false)],
            4 => [d.Word("pxat"), d.Deadline(milliseconds: true)],
            5 => [d.Word("persist")],
            6 => [d.Word("ex"), "100", d.Pick("PERSIST", "PX", "NX")],
            _ => [d.Pick("KEEPTTL", "NX", "foo")],
        },
    ];

    private static string[] Lcs(Dice d)
    {
        List<string> args = ["LCS", d.Key(), d.Key()];
        while (d.Chance(55))
        {
            args.AddRange(d.Next(5) switch
            {
                0 => [d.Word("len")],
                1 or 2 => [d.Word("idx")],
                3 => [d.Word("minmatchlen"), d.Integer()],
                _ => [d.Word("withmatchlen")],
            });
        }

        return [.. args];
    }

    private static string[] Pairs(Dice d) => [.. Enumerable.Range(0, d.Between(1, 4)).SelectMany(_ => (string[])[d.Key(), d.Value()])];

    private static string SmallOffset(Dice d) => d.Chance(80) ? d.Between(0, 60).ToString()
        : d.Pick("-1", "536870911", "536870912", "9223372036854775807", "abc", "");
}
