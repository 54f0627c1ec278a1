namespace Redouble.Interop.Tests.Differential;

/// <summary>Commands on keys of any type, several databases.</summary>
internal static class KeyFamily
{
    public static Family Make() => new(
        "keys",
        (10, d => ["SET", d.Key(), d.Value()]),
        (3, d => ["SET", d.Key(), d.Value(), "EX", d.Pick("100", "1000")]),
        (3, d => ["GET", d.Key()]),
        (4, d => [d.Pick("DEL", "UNLINK"), .. d.KeyList(1, 4)]),
        (3, d => [d.Pick("EXISTS", "TOUCH"), .. d.KeyList(1, 5)]),
        (2, d => ["TYPE", d.Key()]),
        (4, d => [d.Pick("RENAME", "RENAMENX"), d.Key(), d.Key()]),
        (6, Copy),
        (5, d => ["MOVE", d.Key(), d.Db()]),
        (3, d => ["KEYS", Pattern(d)]),
        (1, d => ["@randomkey"]),
        (2, d => ["DBSIZE"]),
        (2, d => ["SWAPDB", d.Db(), d.Db()]),
        (1, d => [d.Pick("FLUSHDB", "FLUSHALL"), .. d.Pick((string[])[], ["ASYNC"], ["sync"], ["foo"], ["ASYNC", "SYNC"])]),
        (5, d => ["SELECT", d.Db()]),
        (5, d => ["OBJECT", d.Word(d.Pick("encoding", "refcount", "idletime", "freq", "foo")), d.Key()]),
        (2, d => ["PERSIST", d.Key()]),
        (2, d => [d.Pick("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), d.Key()]),
        (1, d => ["APPEND", d.Key(), d.Value()]),
        (1, d => ["INCR", d.Key()]),
        (1, d => ["DEBUG", "DIGEST-VALUE", .. d.KeyList(1, 3)]),
        (1, d => ["DEBUG", "OBJECT", d.Key()]),
        (1, d => ["DEBUG", "DIGEST"]))
    {
        Reset = Family.WithIdleTimes,
    };

    private static string[] Copy(Dice d)
    {
        List<string> args = ["COPY", d.Key(), d.Key()];
        while (d.Chance(45))
        {
            args.AddRange(d.Next(5) switch
            {
                0 or 1 => [d.Word("replace")],
                2 or 3 => [d.Word("db"), d.Db()],
                _ => [d.Pick("DB", "foo", "")],
            });
        }

        return [.. args];
    }

    private static string Pattern(Dice d) => d.Pick("*", "k?", "[a-c]", "[^a]", "*:*", "k[12]", "\\a", "", "a*", "[", "[a", "*\u0001*", "{tag}*", "[c-a]",
        "k*1", "**", "\\", "?");
}
