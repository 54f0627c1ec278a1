using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Every list command; blocking ones find something or give up at once.</summary>
internal static class ListFamily
{
    public static Family Make() => new(
        "lists",
        [
            (12, d => [d.Pick("LPUSH", "RPUSH"), d.Of('l'), .. d.Elements(1, 5)]),
            (3, d => [d.Pick("LPUSH", "RPUSH"), d.Of('l'), .. d.Crowd()]),
            (3, d => [d.Pick("LPUSHX", "RPUSHX"), d.Of('l'), .. d.Elements(1, 3)]),
            (5, d => [d.Pick("LPOP", "RPOP"), d.Of('l'), .. d.Pick((string[])[], [d.Count()])]),
            (2, d => ["LLEN", d.Of('l')]),
            (4, d => ["LINDEX", d.Of('l'), d.Index()]),
            (8, d => ["LRANGE", d.Of('l'), d.Index(), d.Index()]),
            (4, d => ["LSET", d.Of('l'), d.Index(), d.Element()]),
            (4, d => ["LINSERT", d.Of('l'), d.Chance(95) ? d.Word(d.Pick("before", "after")) : d.Pick("foo", ""), d.Element(), d.Element()]),
            (4, d => ["LREM", d.Of('l'), d.Chance(85) ? d.Between(-2, 2).ToString() : d.Integer(), d.Element()]),
            (3, d => ["LTRIM", d.Of('l'), d.Index(), d.Index()]),
            (5, Position),
            (4, d => ["LMOVE", d.Of('l'), d.Of('l'), Side(d), Side(d)]),
            (2, d => ["RPOPLPUSH", d.Of('l'), d.Of('l')]),
            (4, d => ["LMPOP", .. d.Counted(d.Several('l', 1, 3)), Side(d), .. Limit(d)]),
            (2, d => [d.Pick("BLPOP", "BRPOP"), .. d.Several('l', 1, 3), d.Soon()]),
            (2, d => ["BLMOVE", d.Of('l'), d.Of('l'), Side(d), Side(d), d.Soon()]),
            (1, d => ["BRPOPLPUSH", d.Of('l'), d.Of('l'), d.Soon()]),
            (2, d => ["BLMPOP", d.Soon(), .. d.Counted(d.Several('l', 1, 3)), Side(d), .. Limit(d)]),
            .. Common('l'),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 70,
        UnitPercent = 5,
        Mortal = d => d.Of('l'),
        Prologue = d => d.Chance(50) ? Others('l') :
        [
            .. Others('l'),
            ["@limit", "list-max-listpack-size", d.Pick("1", "3", "8", "-1", "-2", "-5", "0", "128")],
            ["@limit", "list-compress-depth", d.Pick("0", "0", "1", "2")],
        ],
    };

    private static string Side(Dice d) => d.Chance(95) ? d.Word(d.Pick("left", "right")) : d.Pick("up", "", "LEFTX");

    private static string[] Limit(Dice d) => d.Next(10) switch
    {
        < 4 => [],
        < 9 => [d.Word("count"), d.Count()],
        _ => d.Pick((string[])["COUNT"], ["COUNT", "1", "COUNT", "1"], ["foo", "1"], ["COUNT", "0"]),
    };

    private static string[] Position(Dice d)
    {
        List<string> args = ["LPOS", d.Of('l'), d.Element()];
        while (d.Chance(55))
        {
            args.AddRange(d.Next(10) switch
            {
                < 3 => [d.Word("rank"), d.Chance(80) ? d.Pick("1", "2", "-1", "-2") : d.Pick("0", "abc", "-9223372036854775807", "9223372036854775807")],
                < 6 => [d.Word("count"), d.Chance(80) ? d.Pick("0", "1", "2") : d.Pick("-1", "abc", "")],
                < 9 => [d.Word("maxlen"), d.Chance(80) ? d.Pick("0", "1", "5", "100") : d.Pick("-1", "abc")],
                _ => [d.Pick("foo", "RANK", "COUNT")],
            });
        }

        return [.. args];
    }
}
