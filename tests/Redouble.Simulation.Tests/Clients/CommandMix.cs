using Redouble.Simulation.Tests.Clients.Commands;

namespace Redouble.Simulation.Tests.Clients;

/// <summary>Random commands on few keys: every write that the engine knows, with all its options, and reads that may find a key expired.</summary>
internal sealed class CommandMix(Vocabulary words)
{
    private readonly StringCommands _strings = new(words);
    private readonly KeyCommands _keys = new(words);
    private readonly ListCommands _lists = new(words);
    private readonly SetCommands _sets = new(words);
    private readonly HashCommands _hashes = new(words);
    private readonly SortedSetCommands _sortedSets = new(words);
    private readonly StreamCommands _streams = new(words);
    private readonly BlockingCommands _blocking = new(words);

    public Vocabulary Words => words;

    public string[] Next() => words.Dice.Next(20) switch
    {
        0 or 1 or 2 or 3 => _strings.Next(),
        4 or 5 => _keys.Expiry(),
        6 or 7 => _keys.Write(),
        8 => words.Dice.Chance(0.2) ? _keys.Flush() : _keys.Read(),
        9 or 10 or 11 => _lists.Next(),
        12 or 13 => _sets.Next(),
        14 or 15 => _hashes.Next(),
        16 or 17 => _sortedSets.Next(),
        _ => _streams.Next(),
    };

    /// <summary>A command that waits for what others bring.</summary>
    public string[] Blocking() => _blocking.Next();

    /// <summary>Entries of a stream that are deleted before anybody has acknowledged them.</summary>
    public string[][] Forget() => _streams.Forget();

    /// <summary>Commands that leave the two keys equal, which no other command touches; half of them would show.</summary>
    public string[][] Pair()
    {
        var value = words.Element();
        return words.Dice.Next(8) switch
        {
            0 => [["DEL", "left"], ["DEL", "right"]],
            1 => [["SET", "left", value], _strings.Next(), ["SET", "right", value]],
            2 => [["RPUSH", "left", value], _lists.Next(), ["RPUSH", "right", value]],
            3 => [["HSET", "left", words.Name(), value], ["DEL", "right"], ["COPY", "left", "right"]],
            4 => [["INCRBYFLOAT", "left", "0.1"], ["INCRBYFLOAT", "right", "0.1"]],
            5 => [["DEL", "left"], ["DEL", "right"], ["XADD", "left", "*", "f", value], ["XADD", "right", "*", "f", value]],
            6 => [["SADD", "left", value], _sets.Next(), ["SADD", "right", value]],
            _ => [["SET", "left", value], ["SET", "right", value]],
        };
    }

    /// <summary>A write under a key that nobody else touches; it is there from then on.</summary>
    public string[] Own(string key) => words.Dice.Next(6) switch
    {
        0 => ["RPUSH", key, words.Element()],
        1 => ["HSET", key, words.Name(), words.Element()],
        2 => ["XADD", key, "*", "f", words.Element()],
        3 => ["ZADD", key, words.Score(), words.Name()],
        4 => ["SADD", key, words.Element()],
        _ => ["SET", key, words.Value()],
    };

    /// <summary>A database to select: FLUSHDB and SWAPDB must not get at the last one, where writes wait to be acknowledged.</summary>
    public string Selected() => Vocabulary.Text(words.Dice.Between(0, 2));
}
