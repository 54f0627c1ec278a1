using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Every stream command, groups and consumers included. IDs are given, so that both servers make the same ones.</summary>
internal static class StreamFamily
{
    public static Family Make() => new(
        "streams",
        [
            (20, Add),
            (3, d => ["XADD", d.Of('x'), .. Trim(d), $"{d.Between(1, 90)}-*", .. Pairs(d)]),
            (1, d => ["@xaddnow", "xnow", .. Pairs(d)]),
            (3, d => ["XLEN", d.Of('x')]),
            (7, d => ["XRANGE", d.Of('x'), Start(d), End(d), .. Counting(d)]),
            (4, d => ["XREVRANGE", d.Of('x'), End(d), Start(d), .. Counting(d)]),
            (5, d => ["XDEL", d.Of('x'), .. Ids(d)]),
            (4, d => ["XTRIM", d.Of('x'), .. Trimming(d)]),
            (5, d => ["XREAD", .. Counting(d), .. Block(d), .. Streams(d, group: false)]),
            (2, d => ["XSETID", d.Of('x'), d.Chance(80) ? $"90-{d.Between(100, 200)}" : d.Pick("abc", "", "1-", "$"), .. SetIdOptions(d)]),
            (10, d => ["XGROUP", d.Word("create"), d.Of('x'), Group(d), d.Chance(85) ? d.Pick("$", "0", "0") : Id(d), .. CreateOptions(d)]),
            (2, d => ["XGROUP", d.Word("setid"), d.Of('x'), Group(d), d.Chance(50) ? d.Pick("$", "0") : Id(d), .. EntriesRead(d)]),
            (1, d => ["XGROUP", d.Word("destroy"), d.Of('x'), Group(d)]),
            (2, d => ["XGROUP", d.Word("createconsumer"), d.Of('x'), Group(d), Consumer(d)]),
            (2, d => ["XGROUP", d.Word("delconsumer"), d.Of('x'), Group(d), Consumer(d)]),
            (12, d => ["XREADGROUP", d.Word("group"), Group(d), Consumer(d), .. Counting(d), .. NoAck(d), .. Block(d), .. Streams(d, group: true)]),
            (5, d => ["XACK", d.Of('x'), Group(d), .. Ids(d)]),
            (7, d => ["XPENDING", d.Of('x'), Group(d), .. Pending(d)]),
            (8, Claim),
            (5, d => ["XAUTOCLAIM", d.Of('x'), Group(d), Consumer(d), MinIdle(d), Start(d), .. AutoClaimOptions(d)]),
            (3, d => ["XINFO", d.Word("stream"), d.Of('x'), .. Full(d)]),
            (2, d => ["XINFO", d.Word("groups"), d.Of('x')]),
            (2, d => ["XINFO", d.Word("consumers"), d.Of('x'), Group(d)]),
            (1, d => d.Pick((string[])["XGROUP", "FOO", "x1"], ["XINFO", "FOO", "x1"], ["XGROUP"], ["XINFO", "STREAM"], ["XGROUP", "CREATE", "x1"])),
            .. Common('x'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 90,
        UnitPercent = 5,

        // 7.0 makes the consumer at another moment, which the runner evens out after the reply (VersionChanges): inside a unit there is none.
        NeverInUnits = ["XREADGROUP", "XCLAIM", "XAUTOCLAIM"],
        Mortal = d => d.Of('x'),
        Unmangled = args => args is ["XSETID", ..],
        Prologue = d =>
        [
            .. Others('x'),
            .. d.Chance(40) ? (string[][])[] :
            [
                ["@limit", "stream-node-max-entries", d.Pick("0", "1", "2", "3", "10")],
                ["@limit", "stream-node-max-bytes", d.Pick("0", "0", "1", "60", "200")],
            ],
            ["XGROUP", "CREATE", "x1", "ga", "$", "MKSTREAM"], ["XGROUP", "CREATE", "x2", "ga", "0", "MKSTREAM"],
            ["XGROUP", "CREATE", "x3", "ga", "0", "MKSTREAM"],
            ["XGROUP", "CREATE", "x1", "gb", "0"],
        ],
    };

    private static string Id(Dice d) => d.Next(20) switch
    {
        < 6 => d.Between(0, 90).ToString(),
        < 10 => $"{d.Between(0, 90)}-{d.Between(0, 3)}",
        < 18 => $"90-{d.Between(0, 25)}",
        18 => d.Pick("0-0", "0", "18446744073709551615-18446744073709551615", "18446744073709551615", "100-18446744073709551615"),
        _ => d.Pick("abc", "", "1-", "-1", "1-2-3", "18446744073709551616", "1-a", "+", "1-*1"),
    };

    private static string[] Ids(Dice d) => [.. Enumerable.Range(0, d.Between(1, 4)).Select(_ => Id(d))];

    private static string Start(Dice d) => d.Next(10) switch
    {
        < 5 => "-",
        < 8 => Id(d),
        < 9 => "(" + Id(d),
        _ => d.Pick("+", "(-", "(+", "("),
    };

    private static string End(Dice d) => d.Next(10) switch
    {
        < 5 => "+",
        < 8 => Id(d),
        < 9 => "(" + Id(d),
        _ => d.Pick("-", "(+", "("),
    };

    private static string Group(Dice d) => d.Chance(96) ? d.Pick("ga", "ga", "ga", "ga", "gb") : d.Pick("gx", "");

    private static string Consumer(Dice d) => d.Chance(97) ? d.Pick("c1", "c2", "c3") : d.Pick("", "\0c");

    private static string MinIdle(Dice d) => d.Chance(92) ? d.Pick("0", "0", "0", "10000000") : d.Pick("-1", "abc", "");

    private static string[] Counting(Dice d) => d.Chance(60) ? []
        : d.Chance(95) ? [d.Word("count"), d.Chance(90) ? d.Pick("1", "2", "5", "100") : d.Count()] : ["COUNT"];

    private static string[] Block(Dice d) => d.Chance(93) ? [] : [d.Word("block"), d.Pick("1", "5", "-1", "abc")];

    private static string[] NoAck(Dice d) => d.Chance(85) ? [] : [d.Word("noack")];

    private static string[] Streams(Dice d, bool group)
    {
        string[] keys = d.Several('x', 1, d.Pick(1, 1, 3));
        IEnumerable<string> ids = keys.Select(_ => group && d.Chance(75) ? ">" : d.Chance(92) ? d.Chance(50) ? "0" : Id(d) : d.Pick("$", ">", "abc"));
        return [d.Chance(98) ? d.Word("streams") : "foo", .. keys, .. d.Chance(96) ? ids : ids.Skip(1)];
    }

    /// <summary>Fields repeat often: a listpack stores those that equal its master entry without their names.</summary>
    private static string[] Pairs(Dice d)
    {
        string[] fields = d.Pick((string[])["f"], ["f"], ["f", "g"], ["f", "g"], [d.Element()], [d.Element(), "f", d.Element()]);
        return [.. fields.SelectMany(f => (string[])[f, d.Element()])];
    }

    private static string[] Add(Dice d)
    {
        string[] id = d.Chance(70) ? ["90-*"] : d.Chance(85) ? [$"{d.Between(1, 90)}-{d.Pick("*", "*", "*", "1", "2")}"] : [Id(d)];
        string[] noMake = d.Chance(8) ? [d.Word("nomkstream")] : [];
        return ["XADD", d.Of('x'), .. noMake, .. d.Chance(75) ? [] : Trim(d), .. id, .. d.Chance(97) ? Pairs(d) : ["f"]];
    }

    private static string[] Trim(Dice d) => d.Chance(50) ? [] : Trimming(d);

    private static string[] Trimming(Dice d)
    {
        string[] way = d.Pick((string[])[], ["="], ["~"], ["~"]);
        string[] limit = way is ["~"] && d.Chance(30) || d.Chance(3) ? [d.Word("limit"), d.Pick("0", "1", "2", "10", "-1", "abc")] : [];
        return d.Next(20) switch
        {
            < 11 => [d.Word("maxlen"), .. way, d.Chance(92) ? d.Between(0, 12).ToString() : d.Pick("-1", "abc", "1000000"), .. limit],
            < 19 => [d.Word("minid"), .. way, Id(d), .. limit],
            _ => d.Pick((string[])["MAXLEN"], ["MAXLEN", "~"], ["foo", "1"], ["MAXLEN", "1", "MINID", "1"]),
        };
    }

    /// <summary>7.2 refuses an ID below the largest deleted one, with which 7.0 would go on otherwise: XSETID gives larger ones than XDEL ever takes.</summary>
    private static string[] SetIdOptions(Dice d) => d.Chance(50) ? []
        : [d.Word("entriesadded"), d.Chance(92) ? d.Between(0, 100).ToString() : d.Pick("-1", "abc"), d.Word("maxdeletedid"), Id(d)];

    private static string[] CreateOptions(Dice d) => [.. d.Chance(70) ? [d.Word("mkstream")] : (string[])[], .. EntriesRead(d)];

    private static string[] EntriesRead(Dice d) => d.Chance(80) ? []
        : [d.Word("entriesread"), d.Chance(90) ? d.Pick("-1", "0", "1", "5", "100") : d.Pick("-2", "abc")];

    private static string[] Pending(Dice d)
    {
        string[] idle = d.Chance(25) ? [d.Word("idle"), MinIdle(d)] : [];
        string[] consumer = d.Chance(40) ? [Consumer(d)] : [];
        return d.Next(20) switch
        {
            < 7 => [],
            < 19 => [.. idle, Start(d), End(d), d.Count(), .. consumer],
            _ => d.Pick((string[])["-"], ["-", "+"], ["IDLE", "0"], ["-", "+", "1", "c1", "x"]),
        };
    }

    private static string[] Claim(Dice d)
    {
        List<string> args = ["XCLAIM", d.Of('x'), Group(d), Consumer(d), MinIdle(d), .. Ids(d)];
        while (d.Chance(45))
        {
            args.AddRange(d.Next(12) switch
            {
                0 or 1 => [d.Word("idle"), d.Pick("0", "5000", "20000000", "-1", "abc")],
                2 => [d.Word("time"), d.Pick("1000", "0", "@nowms-100000", "abc", "99999999999999")],
                3 or 4 => [d.Word("retrycount"), d.Pick("0", "5", "-1", "abc")],
                5 or 6 or 7 => [d.Word("force")],
                8 or 9 => [d.Word("justid")],
                10 => [d.Word("lastid"), Id(d)],
                _ => [d.Pick("foo", "IDLE", "LASTID")],
            });
        }

        return [.. args];
    }

    private static string[] AutoClaimOptions(Dice d) =>
        [.. d.Chance(50) ? [d.Word("count"), d.Count()] : (string[])[], .. d.Chance(30) ? [d.Word("justid")] : (string[])[],
            .. d.Chance(3) ? ["foo"] : (string[])[]];

    private static string[] Full(Dice d) => d.Next(10) switch
    {
        < 4 => [],
        < 7 => [d.Word("full")],
        < 9 => [d.Word("full"), d.Word("count"), d.Chance(85) ? d.Pick("0", "1", "2", "100") : d.Count()],
        _ => d.Pick((string[])["foo"], ["FULL", "COUNT"], ["FULL", "foo", "1"]),
    };
}
