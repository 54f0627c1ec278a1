namespace Redouble.Interop.Tests.Differential;

/// <summary>Commands about the connection itself.</summary>
internal static class ConnectionFamily
{
    public static Family Make() => new(
        "connection",
        (4, d => ["PING", .. d.Chance(50) ? (string[])[d.Value()] : []]),
        (3, d => ["ECHO", d.Value()]),
        (3, d => ["SELECT", d.Db()]),
        (2, d => ["SET", d.Key(), d.Value()]),
        (1, d => ["QUIT"]),
        (2, d => ["RESET"]),
        (6, Hello),
        (3, d => ["AUTH", .. d.Pick((string[])["x"], ["default", "x"], ["nobody", "x"], ["a", "b", "c"], ["default", ""], [""])]),
        (3, d => ["CLIENT", "GETNAME"]),
        (4, d => ["CLIENT", "SETNAME", d.Pick("name", "", "with space", "new\nline", "~tilde", "\u00ff", "name2")]),
        (2, d => ["CLIENT", "ID"]),
        (3, d => ["CLIENT", "INFO"]),
        (2, d => ["CLIENT", "LIST", .. d.Pick((string[])["TYPE", "replica"], ["TYPE", "foo"], ["TYPE"], ["ID", "999999"], ["ID", "x"], ["ID"], ["foo", "bar"],
            ["TYPE", "pubsub"], ["type", "MASTER"], ["ID", "999999", "888888"])]),
        (5, Kill),
        (2, d => ["CLIENT", "NO-EVICT", d.Pick("OFF", "foo", "")]), // ON: RESET clears it in 7.2 only
        (2, d => ["CLIENT", "REPLY", d.Pick("ON", "on", "foo", "")]),
        (2, d => ["CLIENT", "UNBLOCK", d.Pick("999999", "-1", "abc", ""), .. d.Pick((string[])[], ["TIMEOUT"], ["error"], ["foo"])]),
        (1, d => ["CLIENT", "UNPAUSE"]),
        (2, d => ["CLIENT", "PAUSE", d.Pick("0", "-1", "abc", "9223372036854775807x"), .. d.Pick((string[])[], ["WRITE"], ["all"], ["foo"])]),
        (2, d => ["CLIENT", d.Pick("foo", "", "GETNAMES", "LIST|x")]),
        (2, d => ["CLIENT", d.Pick("GETNAME", "ID", "INFO", "UNPAUSE", "HELP"), "extra"]),
        (1, d => ["CLIENT"]),
        (2, d => [d.Pick("nosuch", "", "get|x", "SET\0", "config|get"), .. d.KeyList(0, 25)]),
        (1, d => ["MULTI"]),
        (1, d => ["EXEC"]),
        (1, d => ["nosuch", new string('x', d.Between(100, 200)), d.Bytes(20)]))
    {
        HasEvents = false,
    };

    private static string[] Hello(Dice d)
    {
        List<string> args = ["HELLO"];
        if (d.Chance(85))
        {
            args.Add(d.Pick("2", "3", "3", "4", "1", "abc", "", "02"));
            if (d.Chance(35))
            {
                // One option at most: 7.2 looks at all of them before it acts on the first, 7.0 does not, and programs stay where both agree.
                args.AddRange(d.Next(5) switch
                {
                    0 => [d.Word("setname"), d.Pick("hi", "", "two words")],
                    1 => [d.Word("auth"), "default", d.Pick("", "x")],
                    2 => [d.Word("setname")],
                    3 => [d.Word("auth"), d.Pick("default", "nobody")],
                    _ => [d.Pick("foo", "")],
                });
            }
        }

        return [.. args];
    }

    private static string[] Kill(Dice d) =>
    [
        "CLIENT", "KILL", .. d.Pick(
            (string[])["127.0.0.1:1"], ["ADDR", "127.0.0.1:1"], ["LADDR", "127.0.0.1:1"], ["ID", "999999"], ["ID", "abc"], ["ID", "0"], ["ID", "-5"],
                ["TYPE", "foo"], ["TYPE", "pubsub"],
            ["USER", "nobody"], ["USER", "default", "TYPE", "pubsub"], ["SKIPME", "foo"], ["SKIPME"], ["foo", "bar"], ["ID"],
                ["ID", "999999", "SKIPME", "yes"], ["type", "master", "skipme", "NO"],
            ["ADDR", "x", "LADDR", "y", "ID", "999999"], [""]),
    ];
}
