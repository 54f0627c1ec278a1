using Redouble.Interop.Tests.Differential;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// Writes of all types that never fail: the first word of a key is its type. What they do is often random or depends on the time, so that replicas must be told
/// the effect and not the command. They stay with what redis-server 7.0 knows.
/// </summary>
internal static class LoadCommands
{
    private const int Keys = 3000;
    private const int Collections = 40; // of each type; few, so that they grow, convert and are emptied

    /// <summary>One write, or a transaction of some.</summary>
    public static string[][] Draw(Dice dice) => dice.Next(20) switch
    {
        0 => [["SELECT", $"{dice.Next(4)}"]],
        1 => [["MULTI"], .. OfStrings(dice), .. OfCollections(dice), ["INCR", "counter:units"], ["EXEC"]],
        2 => [["PUBLISH", "channel", "message"]],
        < 11 => OfStrings(dice),
        _ => OfCollections(dice),
    };

    /// <summary>One command that creates, or adds to, a collection.</summary>
    public static string[] Create(Dice dice, int elements)
    {
        IEnumerable<int> all = Enumerable.Range(0, elements);
        return dice.Next(5) switch
        {
            0 => ["RPUSH", Key(dice, "list"), .. all.Select(_ => Element(dice))],
            1 => ["SADD", Key(dice, "set"), .. all.Select(_ => Member(dice))],
            2 => ["HSET", Key(dice, "hash"), .. all.SelectMany(i => new[] { $"field:{i}", Element(dice) })],
            3 => ["ZADD", Key(dice, "zset"), .. all.SelectMany(i => new[] { Score(dice), $"member:{i}" })],
            _ => ["XADD", Key(dice, "stream"), "*", .. all.SelectMany(i => new[] { $"field:{i}", Element(dice) })],
        };
    }

    private static string[][] OfStrings(Dice dice)
    {
        string key = $"key:{dice.Next(Keys)}", other = $"other:{dice.Next(Keys)}";
        return dice.Next(14) switch
        {
            0 => [["DEL", key, other]],
            1 => [["SET", key, "short-lived", "PX", $"{dice.Between(1, 50)}"]],
            2 => [["SET", key, dice.Value(), "EX", "1000"]],
            3 => [["APPEND", key, "x"]],
            4 => [["INCRBY", $"counter:{dice.Next(20)}", "3"], ["INCRBYFLOAT", $"float:{dice.Next(20)}", "0.1"]],
            5 => [["MSET", key, dice.Bytes(30), other, dice.Value()]],
            6 => [["SETRANGE", key, $"{dice.Next(50)}", "range"]],
            7 => [["GETDEL", key], ["GETSET", other, dice.Value()]],
            8 => [["SETBIT", Key(dice, "bits"), $"{dice.Next(3000)}", "1"], ["BITOP", "XOR", "bits:all", Key(dice, "bits"), Key(dice, "bits")]],
            9 => [["PFADD", Key(dice, "log"), Member(dice), dice.Bytes(8)], ["PFMERGE", "log:all", Key(dice, "log")], ["PFCOUNT", "log:all"]],
            10 => [["EXPIRE", key, "500"], ["PERSIST", other], ["GETEX", key, "EX", "300"]],
            11 => [["COPY", key, other, "REPLACE"], ["UNLINK", key]],
            _ => [["SET", key, dice.Value()]],
        };
    }

    private static string[][] OfCollections(Dice dice) => dice.Next(6) switch
    {
        0 => OfLists(dice, Key(dice, "list"), Key(dice, "list")),
        1 => OfSets(dice, Key(dice, "set"), Key(dice, "set")),
        2 => OfHashes(dice, Key(dice, "hash")),
        3 => OfSortedSets(dice, Key(dice, "zset"), Key(dice, "zset")),
        4 => OfStreams(dice, Key(dice, "stream")),
        _ => [["UNLINK", Key(dice, dice.Pick("list", "set", "hash", "zset"))], ["PEXPIRE", Key(dice, dice.Pick("list", "set")), $"{dice.Between(1, 200)}"]],
    };

    private static string[][] OfLists(Dice dice, string list, string other) => dice.Next(6) switch
    {
        0 => [["LPUSH", list, Element(dice), dice.Value()]],
        1 => [["LMOVE", list, other, "LEFT", "RIGHT"], ["RPOPLPUSH", other, list]],
        2 => [["RPUSH", "list:filled", "x"], ["BLPOP", list, other, "list:filled", "1"]], // never waits
        3 => [["LPOP", list, "2"], ["RPUSHX", list, dice.Value()]],
        4 => [["LTRIM", list, "-400", "-1"], ["LREM", list, "1", "hello"]],
        _ => [["RPUSH", list, .. Enumerable.Range(0, dice.Between(1, 30)).Select(_ => Element(dice))], ["LINSERT", other, "BEFORE", "hello", "world"]],
    };

    private static string[][] OfSets(Dice dice, string set, string other) => dice.Next(6) switch
    {
        0 => [["SPOP", set], ["SPOP", other, "3"]],
        1 => [["SMOVE", set, other, Member(dice)], ["SREM", set, Member(dice)]],
        2 => [["SUNIONSTORE", Key(dice, "set"), set, other]],
        3 => [["SDIFFSTORE", Key(dice, "set"), set, other], ["SINTERSTORE", Key(dice, "set"), set, other]],
        4 => [["SORT", set, "BY", "nosort", "LIMIT", "0", "0", "STORE", "list:sorted"], ["SADD", set, "hello"]],
        _ => [["SADD", set, Member(dice), Member(dice), $"{dice.Next(500)}"]],
    };

    private static string[][] OfHashes(Dice dice, string hash) => dice.Next(5) switch
    {
        0 => [["HINCRBY", hash, "count", "7"], ["HINCRBYFLOAT", hash, "float", "0.3"]],
        1 => [["HDEL", hash, $"field:{dice.Next(30)}", $"field:{dice.Next(700)}"]],
        2 => [["HSETNX", hash, Member(dice), dice.Value()]],
        3 => [["HSET", hash, $"field:{dice.Next(700)}", dice.Bytes(dice.Between(60, 70))]],
        _ => [["HSET", hash, $"field:{dice.Next(30)}", dice.Value(), $"field:{dice.Next(30)}", "x"]],
    };

    private static string[][] OfSortedSets(Dice dice, string sorted, string other) => dice.Next(7) switch
    {
        0 => [["ZINCRBY", sorted, "0.5", $"member:{dice.Next(30)}"], ["ZREM", other, $"member:{dice.Next(30)}"]],
        1 => [["ZPOPMIN", sorted], ["ZPOPMAX", other, "2"], ["ZMPOP", "2", sorted, other, "MIN"]],
        2 => [["ZUNIONSTORE", Key(dice, "zset"), "2", sorted, other, "WEIGHTS", "2", "0.5"]],
        3 => [["ZREMRANGEBYSCORE", sorted, "-3", "-2"], ["ZREMRANGEBYRANK", other, "0", "1"]],
        4 => [["GEOADD", Key(dice, "geo"), $"{dice.Next(170)}.25", $"{dice.Next(80)}.5", $"place:{dice.Next(60)}"]],
        5 => [["ZRANGESTORE", Key(dice, "zset"), sorted, "0", "20"], ["ZADD", "zset:filled", "1", "x"], ["BZPOPMIN", sorted, "zset:filled", "1"]],
        _ => [["ZADD", sorted, Score(dice), $"member:{dice.Next(300)}", "1e300", Member(dice)]],
    };

    // A group is there for the commands right behind its creation only.
    private static string[][] OfStreams(Dice dice, string stream) => dice.Next(5) switch
    {
        0 => [["XTRIM", stream, "MAXLEN", "50"], ["XADD", stream, "MAXLEN", "~", "100", "*", "f", dice.Value()]],
        1 => [["DEL", stream], ["XGROUP", "CREATE", stream, "group", "0", "MKSTREAM"], ["XADD", stream, "*", "a", "b", "c", "d"],
            ["XREADGROUP", "GROUP", "group", $"consumer:{dice.Next(3)}", "COUNT", "2", "STREAMS", stream, ">"],
            ["XAUTOCLAIM", stream, "group", "heir", "0", "0"], ["XADD", stream, "*", "e", dice.Value()]],
        2 => [["XADD", stream, "NOMKSTREAM", "*", "f", dice.Value()]],
        3 => [["UNLINK", stream], ["XADD", stream, "*", "only", "one"], ["XSETID", stream, "9999999999999-1"], ["UNLINK", stream]],
        _ => [["XADD", stream, "*", "f", dice.Value(), "g", dice.Value()], ["XADD", stream, "*", "f", "same", "g", "fields"]],
    };

    private static string Key(Dice dice, string type) => $"{type}:{dice.Next(Collections)}";

    private static string Score(Dice dice) => $"{dice.Between(-12, 12)}.25";

    // Small, so that hundreds of them cost a full sync nothing.
    private static string Element(Dice dice) => dice.Next(10) switch
    {
        0 => new string('z', 100),
        < 5 => $"{dice.Next(1000)}",
        _ => dice.Bytes(dice.Between(1, 40)),
    };

    private static string Member(Dice dice) => dice.Chance(50) ? $"{dice.Next(200)}" : dice.Value();
}
