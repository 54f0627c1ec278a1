using static Redouble.Interop.Tests.Differential.Collections.Vocabulary;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>What all types share: payloads carried between the servers, copies, moves, expiry, reloads, sizes, encodings.</summary>
internal static class MixedFamily
{
    public static Family Make() => new(
        "collections",
        [
            (6, d => [d.Pick("RPUSH", "LPUSH"), d.AnyOf('l'), .. d.Elements(1, 6)]),
            (6, d => ["SADD", d.AnyOf('s'), .. d.Elements(1, 6)]),
            (6, d => ["HSET", d.AnyOf('h'), .. d.Elements(2, 2), .. d.Elements(2, 2), .. d.Elements(2, 2)]),
            (6, d => ["ZADD", d.AnyOf('z'), d.Score(), d.Element(), d.Score(), d.Element()]),
            (4, d => ["GEOADD", d.AnyOf('g'), "13.361389", "38.115556", d.Short(), "15.087269", "37.502669", d.Short()]),
            (8, d => ["XADD", d.AnyOf('x'), $"{d.Between(1, 60)}-*", "f", d.Element()]),
            (2, d => ["XGROUP", "CREATE", d.Of('x'), "ga", "0", "MKSTREAM"]),
            (3, d => ["XREADGROUP", "GROUP", "ga", d.Pick("c1", "c2"), "COUNT", "2", "STREAMS", d.Of('x'), ">"]),
            (1, d => ["XDEL", d.Of('x'), d.Between(1, 60).ToString()]),
            (4, Crowded),
            (2, d => ["srem", d.AnyOf('s'), .. d.Elements(1, 3)]),
            (4, d => [d.Pick("DEL", "UNLINK"), .. d.Several('s', 0, 1), d.AnyKey()]),
            (3, d => [d.Pick("EXISTS", "TOUCH"), d.AnyKey(), d.AnyKey()]),
            (3, d => ["TYPE", d.AnyKey()]),
            (4, d => [d.Pick("RENAME", "RENAMENX"), d.AnyKey(), d.AnyKey()]),
            (5, d => ["COPY", d.AnyKey(), d.AnyKey(), .. d.Pick((string[])[], ["DB", "1"]), .. d.Pick((string[])[], ["REPLACE"])]),
            (3, d => ["MOVE", d.AnyKey(), d.Pick("1", "2")]),
            (2, d => ["SELECT", d.Pick("0", "0", "1", "2")]),
            (1, d => ["SWAPDB", "0", "1"]),
            (2, d => [d.Pick("EXPIRE", "PEXPIRE"), d.AnyKey(), d.Pick("100000", "200000", "-1")]),
            (2, d => [d.Pick("PTTL", "PERSIST"), d.AnyKey()]),
            (5, d => ["OBJECT", "ENCODING", d.AnyKey()]),
            (2, d => ["OBJECT", d.Pick("REFCOUNT", "FREQ"), d.AnyKey()]),
            (4, d => ["DUMP", d.AnyKey()]),
            (8, d => ["@redump", d.AnyKey(), d.AnyKey(), d.Pick("0", "0", "100000"), .. d.Pick((string[])[], ["REPLACE"])]),
            (8, d => ["@restoreback", d.AnyKey(), d.AnyKey()]),
            (3, d => ["@damage", d.AnyKey(), d.AnyKey(), d.Next(1000).ToString(), d.Between(1, 255).ToString()]),
            (1, d => ["@reload"]),
            (1, d => ["@scan", "TYPE", d.Pick("list", "set", "hash", "zset", "stream", "string")]),
            (1, d => ["@memoryusage", d.AnyKey()]),
            (1, d => [d.Pick("FLUSHDB", "FLUSHALL"), "ASYNC"]),
            (1, d => ["DBSIZE"]),
        ])
    {
        Reset = Defaults,
        StepsPerProgram = 80,
        UnitPercent = 3,
        NeverInUnits = ["XREADGROUP", "SELECT", "SWAPDB"],
        Mortal = d => d.AnyKey(),
        Prologue = d => d.Chance(40) ? [] :
        [
            .. Limits.Where(_ => d.Chance(50)).Select(pair => (string[])["@limit", pair[0], pair[0].Contains("value", StringComparison.Ordinal)
                ? d.Pick("5", "64") : d.Pick("3", "8", "20")]),
        ],
    };

    private static string AnyOf(this Dice d, char type) => d.Chance(96) ? $"{type}{d.Between(1, 3)}" : d.AnyKey();

    private static string[] Crowded(Dice d)
    {
        string[] crowd = d.Crowd();
        return d.Next(4) switch
        {
            0 => ["RPUSH", d.AnyOf('l'), .. crowd],
            1 => ["SADD", d.AnyOf('s'), .. crowd],
            2 => ["HSET", d.AnyOf('h'), .. crowd.SelectMany(f => (string[])[f, d.Short()])],
            _ => ["ZADD", d.AnyOf('z'), .. crowd.SelectMany(m => (string[])[d.Score(), m])],
        };
    }
}
