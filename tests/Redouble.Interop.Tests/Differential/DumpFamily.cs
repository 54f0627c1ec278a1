namespace Redouble.Interop.Tests.Differential;

/// <summary>DUMP and RESTORE: payloads of the real Redis restored on both, with good and bad options, and damaged ones.</summary>
internal static class DumpFamily
{
    public static Family Make() => new(
        "dump",
        (8, d => ["SET", d.Key(), d.Value()]),
        (2, d => ["SET", d.Key(), string.Concat(Enumerable.Repeat(d.Pick("ab", "hello ", "0", "x\0"), d.Between(5, 400)))]),
        (2, d => ["SET", d.Key(), d.Value(), "EX", "1000"]),
        (8, d => ["DUMP", d.Key()]),
        (12, d => ["@redump", d.Key(), d.Key(), Ttl(d), .. Options(d)]),
        (3, d => ["@damage", d.Key(), d.Key(), d.Next(1000).ToString(), d.Between(1, 255).ToString()]),
        (2, d => ["RESTORE", d.Key(), Ttl(d), d.Pick("", "x", "\0\u0003abc\n\0", "not a payload at all", "\0\u0001x\u000a\0\0\0\0\0\0\0\0\0"), .. Options(d)]),
        (2, d => ["@restoreback", d.Key(), d.Key()]),
        (2, d => ["GET", d.Key()]),
        (1, d => ["PTTL", d.Key()]),
        (2, d => ["OBJECT", d.Pick("ENCODING", "IDLETIME", "REFCOUNT"), d.Key()]),
        (1, d => ["DEL", d.Key()]),
        (1, d => ["SELECT", d.Db()]))
    {
        Reset = Family.WithIdleTimes,
    };

    private static string Ttl(Dice d) => d.Chance(80) ? d.Pick("0", "0", "100000", "5000000")
        : d.Pick("-1", "abc", "", "9223372036854775807", "1.5", "@nowms+100000");

    private static string[] Options(Dice d)
    {
        List<string> args = [];
        while (d.Chance(50))
        {
            args.AddRange(d.Next(6) switch
            {
                0 or 1 => [d.Word("replace")],
                2 => [d.Word("absttl")],
                3 => [d.Word("idletime"), d.Pick("0", "1000", "-1", "abc")],
                4 => [d.Word("freq"), d.Pick("0", "100", "255", "256", "-1", "abc")],
                _ => [d.Pick("foo", "IDLETIME", "FREQ", "")],
            });
        }

        return [.. args];
    }
}
