using static Redouble.Simulation.Tests.Clients.Vocabulary;

namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Keys of any type.</summary>
internal sealed class KeyCommands(Vocabulary words)
{
    public string[] Expiry()
    {
        List<string> command = words.Dice.Next(6) switch
        {
            0 or 1 => ["PEXPIRE", words.AnyKey(), words.TtlMs()],
            2 => ["EXPIRE", words.AnyKey(), words.Ttl()],
            3 => ["PEXPIREAT", words.AnyKey(), Text(words.DeadlineMs())],
            4 => ["EXPIREAT", words.AnyKey(), Text(words.DeadlineMs() / 1000)],
            _ => ["PERSIST", words.AnyKey()],
        };
        if (command.Count == 3 && words.Dice.Chance(0.3)) command.Add(words.Dice.Pick("NX", "XX", "GT", "LT"));
        return [.. command];
    }

    public string[] Write()
    {
        var key = words.AnyKey();
        var replace = words.Maybe(0.5, "REPLACE");
        return words.Dice.Next(11) switch
        {
            0 => ["DEL", key, words.AnyKey()],
            1 => ["UNLINK", key],
            2 => ["RENAME", key, words.Beside(key)],
            3 => ["RENAMENX", key, words.Beside(key)],
            4 => ["MOVE", key, words.Database()],
            5 => ["COPY", key, words.Beside(key), .. replace],
            6 => ["COPY", key, words.Beside(key), "DB", words.Database(), .. replace],
            7 or 8 when words.Payload is { } payload => Restore(key, payload),
            9 => Sort(),
            _ => ["DUMP", key],
        };
    }

    public string[] Flush() => words.Dice.Next(3) switch
    {
        0 => ["FLUSHDB", .. words.Maybe(0.5, "ASYNC")],
        _ => ["SWAPDB", Text(words.Dice.Between(0, 2)), Text(words.Dice.Between(0, 2))],
    };

    public string[] Read() => words.Dice.Next(16) switch
    {
        14 => ["PUBLISH", "news", words.Element()],
        15 => ["SPUBLISH", "news", words.Element()],
        0 => ["MGET", words.Key('k'), words.Key('k'), words.Key('k')],
        1 => ["TTL", words.AnyKey()],
        2 => ["RANDOMKEY"],
        3 => ["SCAN", "0", "COUNT", "100"],
        4 => ["EXISTS", words.AnyKey(), words.AnyKey()],
        5 => ["GET", words.Key('k')],
        6 => ["KEYS", "*"],
        7 => ["HGETALL", words.Key('h')],
        8 => ["LRANGE", words.Key('l'), "0", "-1"],
        9 => ["SRANDMEMBER", words.Key('s'), words.Count()],
        10 => ["ZRANGE", words.Key('z'), "0", "-1", "WITHSCORES"],
        11 => ["XRANGE", words.Key('x'), "-", "+", "COUNT", "3"],
        12 => ["TOUCH", words.AnyKey(), words.AnyKey()],
        _ => ["STRLEN", words.Key('k')],
    };

    private string[] Restore(string key, string payload) => words.Dice.Chance(0.2)
        ? ["RESTORE", key, Text(words.DeadlineMs()), payload, "ABSTTL", .. words.Maybe(0.7, "REPLACE")]
        : ["RESTORE", key, words.Dice.Pick("0", "500", "5000"), payload, .. words.Maybe(0.7, "REPLACE")];

    // BY nosort over a set has no order of its own: what is stored must not depend on the server's.
    private string[] Sort() =>
    [
        "SORT", words.Key(words.Dice.Pick('l', 's', 'z')), .. words.Dice.Pick<string[]>([], ["BY", "nosort"], ["BY", "k*"], ["BY", "h*->f1"]),
        .. words.Maybe(0.3, "LIMIT", "0", "5"), .. words.Maybe(0.2, "GET", "k*", "GET", "#"), .. words.Maybe(0.3, "DESC"), .. words.Maybe(0.8, "ALPHA"),
        "STORE", words.Key('l'),
    ];
}
