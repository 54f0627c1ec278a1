namespace Redouble.Interop.Tests.Differential;

/// <summary>SCAN, as whole iterations, over a growing and shrinking set of keys.</summary>
internal static class ScanFamily
{
    public static Family Make() => new(
        "scan",
        (6, d => ["MSET", .. Enumerable.Range(0, d.Between(1, 60)).SelectMany(_ => (string[])[$"s:{d.Next(2000)}", "v"])]),
        (2, d => ["DEL", .. Enumerable.Range(0, d.Between(1, 200)).Select(_ => $"s:{d.Next(2000)}")]),
        (2, d => ["SET", d.Key(), d.Value()]),
        (1, d => ["SET", $"s:{d.Next(2000)}", "v", "PXAT", "1"]),
        (8, d => ["@scan", .. Options(d)]),
        (3, d => ["@rawscan", d.Pick("0", "00", "-1", "abc", "", "18446744073709551615", "18446744073709551616", "1.5", " 0"), .. Options(d)]),
        (3, d => ["@rawscan", "0", .. BadOptions(d)]),
        (1, d => ["KEYS", d.Pick("s:1*", "s:??", "s:[1-3]?", "*")]),
        (1, d => ["DBSIZE"]),
        (1, d => ["SELECT", d.Db()]),
        (1, d => ["@randomkey"]));

    private static string[] Options(Dice d)
    {
        List<string> args = [];
        while (d.Chance(50))
        {
            args.AddRange(d.Next(3) switch
            {
                0 => [d.Word("count"), d.Pick("1", "2", "10", "100", "100000", "9223372036854775807")],
                1 => [d.Word("match"), d.Pick("*", "s:1*", "s:?", "nothing", "", "k*", "s:[0-4]*")],
                _ => [d.Word("type"), d.Pick("string", "list", "STRING", "hash")],
            });
        }

        return [.. args];
    }

    private static string[] BadOptions(Dice d) => d.Pick(
        (string[])["COUNT", "0"], ["COUNT", "-1"], ["COUNT", "abc"], ["COUNT"], ["MATCH"], ["TYPE"], ["foo"], ["foo", "bar"], ["COUNT", "1", "MATCH"],
            ["NOVALUES"], ["COUNT", ""]);
}
