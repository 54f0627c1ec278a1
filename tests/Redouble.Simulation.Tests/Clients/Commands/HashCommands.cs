using static Redouble.Simulation.Tests.Clients.Vocabulary;

namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Hashes, with fields that expire, and the reads that find them so.</summary>
internal sealed class HashCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(16) switch
    {
        0 or 1 or 2 or 3 => [words.Dice.Pick("HSET", "HMSET"), Key(), .. Pairs()],
        4 => ["HSETNX", Key(), words.Name(), words.Element()],
        5 => ["HINCRBY", Key(), words.Name(), words.Count()],
        6 => ["HINCRBYFLOAT", Key(), words.Name(), words.Dice.Pick("0.1", "-2.5", "1e3")],
        7 => ["HDEL", Key(), .. words.Few(words.Name)],
        8 or 9 or 10 => Expire(),
        11 => ["HPERSIST", Key(), .. Fields()],
        12 => ["HMGET", Key(), words.Name(), words.Name(), words.Name()],
        13 => ["HRANDFIELD", Key(), words.Count()],
        14 => [words.Dice.Pick("HGET", "HEXISTS", "HSTRLEN"), Key(), words.Name()],
        _ => [words.Dice.Pick("HGETALL", "HLEN", "HKEYS"), Key()],
    };

    private string Key() => words.Key('h');

    private string[] Pairs()
    {
        List<string> pairs = [];
        foreach (var name in words.Several(words.Dice.Chance(0.7) ? words.Name : words.Element)) pairs.AddRange([name, words.Element()]);
        return [.. pairs];
    }

    private string[] Fields()
    {
        var names = words.Few(words.Name);
        return ["FIELDS", Text(names.Length), .. names];
    }

    private string[] Expire()
    {
        var (name, time) = words.Dice.Next(4) switch
        {
            0 => ("HEXPIRE", words.Ttl()),
            1 => ("HPEXPIRE", Text(Math.Max(0, long.Parse(words.TtlMs(), System.Globalization.CultureInfo.InvariantCulture)))),
            2 => ("HEXPIREAT", Text(words.DeadlineMs() / 1000)),
            _ => ("HPEXPIREAT", Text(words.DeadlineMs())),
        };
        return [name, Key(), time, .. words.Dice.Chance(0.3) ? [words.Dice.Pick("NX", "XX", "GT", "LT")] : (string[])[], .. Fields()];
    }
}
