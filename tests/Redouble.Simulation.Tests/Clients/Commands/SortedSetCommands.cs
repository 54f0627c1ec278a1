namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Sorted sets, and the places on earth that they may be. Those whose key begins with y are what blocked clients wait for.</summary>
internal sealed class SortedSetCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(20) switch
    {
        0 or 1 or 2 or 3 => ["ZADD", Key(), .. Pairs(words.Several(words.Dice.Chance(0.7) ? words.Name : words.Element))],
        4 => ["ZADD", words.Key('y'), words.Score(), words.Name()],
        5 => ["ZADD", Key(), words.Dice.Pick("NX", "XX", "GT", "LT"), .. words.Maybe(0.5, "CH"), .. Pairs(words.Few(words.Name))],
        6 => ["ZADD", Key(), "INCR", words.Score(), words.Name()],
        7 => ["ZINCRBY", Key(), words.Score(), words.Name()],
        8 => ["ZREM", Key(), .. words.Few(words.Name)],
        9 => [words.Dice.Pick("ZPOPMIN", "ZPOPMAX"), Key(), .. words.Maybe(0.5, words.Count())],
        10 => ["ZMPOP", "2", Key(), Key(), words.Dice.Pick("MIN", "MAX"), "COUNT", words.Count()],
        11 => ["ZREMRANGEBYRANK", Key(), words.Index(), words.Index()],
        12 => ["ZREMRANGEBYSCORE", Key(), "-3", "(2"],
        13 => ["ZREMRANGEBYLEX", Key(), "[f1", "(f2"],
        14 => ["ZRANGESTORE", Key(), Key(), .. Range()],
        15 => [words.Dice.Pick("ZUNIONSTORE", "ZINTERSTORE"), Key(), "2", Key(), Key(), .. Options()],
        16 => ["ZDIFFSTORE", Key(), "2", Key(), Key()],
        17 => ["GEOADD", Key(), "13.361389", "38.115556", words.Name(), "15.087269", "37.502669", words.Name()],
        18 => ["GEOSEARCHSTORE", Key(), Key(), "FROMLONLAT", "15", "37", "BYRADIUS", "200", "km", .. Found()],
        _ => words.Dice.Chance(0.5)
            ? ["GEORADIUS", Key(), "15", "37", "200", "km", words.Dice.Pick("STORE", "STOREDIST"), Key()]
            : ["GEORADIUSBYMEMBER", Key(), words.Name(), "300", "km", "STORE", Key()],
    };

    private string Key() => words.Key('z');

    private string[] Pairs(string[] names)
    {
        List<string> pairs = [];
        foreach (var name in names) pairs.AddRange([words.Score(), name]);
        return [.. pairs];
    }

    private string[] Range() => words.Dice.Pick<string[]>(
        ["0", "4"], ["-2", "7", "BYSCORE"], ["[1", "(f2", "BYLEX"], ["+inf", "0", "BYSCORE", "REV", "LIMIT", "1", "3"]);

    private string[] Found() => [.. words.Maybe(0.5, "COUNT", "2"), .. words.Maybe(0.4, "STOREDIST")];

    private string[] Options() => [.. words.Maybe(0.5, "WEIGHTS", "2", "0.5"), .. words.Maybe(0.5, "AGGREGATE", words.Dice.Pick("SUM", "MIN", "MAX"))];
}
