namespace Redouble.Interop.Tests.Differential;

/// <summary>What one connection sends in one write; or, without commands, it closes and another comes in its place.</summary>
internal sealed record MixStep(int Client, string[][] Commands)
{
    public override string ToString() => $"{Client}> {(Commands.Length == 0 ? "(leaves)" : string.Join(" | ", Commands.Select(Latin1Text)))}";

    private static string Latin1Text(string[] command) => Harness.Latin1.Quote(command);
}

/// <summary>
/// Random mixes of commands that wait and commands that serve them, over few keys. 7.0 serves a client from the key that has become ready, 7.2 runs its
/// command again, which takes the first of its keys that has anything: the same, unless two of them come in one unit or one of them is of another type. So
/// there are mixes of clients that wait for several keys, where a unit brings one and each keeps its type, and mixes with transactions, moves and all
/// types everywhere, where a client waits for one. (Which of several keys a SWAPDB brings is served first is chance in Redis.)
/// </summary>
/// <param name="seed">Of all choices.</param>
/// <param name="severalKeys">Which of the two.</param>
internal sealed class BlockingMix(int seed, bool severalKeys)
{
    /// <summary>Connections; 0 never waits, so somebody can always act.</summary>
    public const int Clients = 8;

    /// <summary>What there is in the beginning: streams with groups, which mixes leave alone but for new entries.</summary>
    public static readonly string[][] Setup =
    [
        ["XGROUP", "CREATE", "g1", "g", "$", "MKSTREAM"], ["XGROUP", "CREATECONSUMER", "g1", "g", "x"], ["XGROUP", "CREATECONSUMER", "g1", "g", "y"],
        ["XGROUP", "CREATE", "g2", "g", "$", "MKSTREAM"], ["XGROUP", "CREATECONSUMER", "g2", "g", "x"], ["XGROUP", "CREATECONSUMER", "g2", "g", "y"],
    ];

    // Keys that are never of another type: for commands that store over what there was, which in 7.0 wake some who wait for the new type, and in 7.2 none.
    private const string StoredList = "l";
    private const string StoredSet = "w";

    private static readonly string[] Lists = ["a", "b", "c"];
    private static readonly string[] SortedSets = ["y", "z"];
    private static readonly string[] Streams = ["s", "t"];

    private readonly Dice _dice = new(seed);
    private int _entries;

    /// <summary>The next step.</summary>
    /// <param name="blocked">Which connections wait.</param>
    public MixStep Next(bool[] blocked)
    {
        int[] free = [.. Enumerable.Range(0, Clients).Where(i => !blocked[i])];
        int[] waiting = [.. Enumerable.Range(0, Clients).Where(i => blocked[i])];
        if (waiting.Length > 0 && _dice.Chance(8))
        {
            int target = _dice.Pick(waiting);
            return _dice.Chance(30) ? new MixStep(target, [])
                : new MixStep(0, [["CLIENT", "UNBLOCK", $"@{target}", .. _dice.Pick((string[])[], ["ERROR"], ["TIMEOUT"])], .. Several(waits: false)]);
        }

        int client = _dice.Pick(free);
        return new MixStep(client, Several(waits: client != 0 && _dice.Chance(65)));
    }

    private string[][] Several(bool waits)
    {
        string[][] commands = [.. Enumerable.Range(0, _dice.Between(1, 4)).Select(_ => waits && _dice.Chance(50) ? Wait() : Write())];
        return !severalKeys && _dice.Chance(25) ? [["MULTI"], .. commands, ["EXEC"], .. Tail(waits)] : waits ? [.. commands, Wait()] : commands;
    }

    private string[][] Tail(bool waits) => waits ? [Wait()] : [];

    private string List() => _dice.Chance(20) ? StoredList : severalKeys || _dice.Chance(92) ? _dice.Pick(Lists) : Any();

    private string SortedSet() => _dice.Chance(20) ? StoredSet : severalKeys || _dice.Chance(92) ? _dice.Pick(SortedSets) : Any();

    private string Stream() => _dice.Pick(Streams);

    private string Any() => _dice.Pick(_dice.Pick(Lists, SortedSets, Streams));

    // No streams: one with older entries would wake its readers in vain, who in 7.2 are the last to be served then, and in 7.0 keep their places.
    private string[] Two()
    {
        string[] family = severalKeys ? _dice.Pick(Lists, SortedSets) : [.. Lists, .. SortedSets];
        return [_dice.Pick(family), _dice.Pick(family)];
    }

    private string End() => _dice.Pick("LEFT", "RIGHT");

    private string[] Keys(Func<string> key) => severalKeys ? [.. Enumerable.Range(0, _dice.Between(1, 3)).Select(_ => key())] : [key()];

    private string[] Wait()
    {
        string[] lists = Keys(List);
        string[] sets = Keys(SortedSet);
        string[] streams = [.. Keys(Stream).Distinct()]; // 7.0 would answer for one of two of a name
        return _dice.Next(14) switch
        {
            < 3 => ["BLPOP", .. lists, "0"],
            < 5 => ["BRPOP", .. lists, "1000"],
            5 => ["BLMPOP", "0", lists.Length.ToString(), .. lists, End(), .. _dice.Pick((string[])[], ["COUNT", "2"])],
            6 => ["BZPOPMIN", .. sets, "0"],
            7 => ["BZPOPMAX", .. sets, "0"],
            8 => ["BZMPOP", "0", sets.Length.ToString(), .. sets, _dice.Pick("MIN", "MAX"), .. _dice.Pick((string[])[], ["COUNT", "2"])],
            9 or 10 => ["XREAD", .. _dice.Pick((string[])[], ["COUNT", "1"]), "BLOCK", "0", "STREAMS", .. streams,
                .. streams.Select(_ => _dice.Pick("$", "$", "$", "0-1"))],
            11 when !severalKeys => ["BRPOPLPUSH", List(), List(), "0"],
            12 when !severalKeys => ["BLMOVE", List(), List(), End(), End(), "0"],
            13 when !severalKeys => ["XREADGROUP", "GROUP", "g", _dice.Pick("x", "y"), .. _dice.Pick((string[])[], ["COUNT", "1"]), "BLOCK", "0",
                .. _dice.Pick((string[])[], ["NOACK"]), "STREAMS", _dice.Pick("g1", "g2"), ">"],
            _ => ["BLPOP", .. lists, "0"],
        };
    }

    private string[] Write() => _dice.Next(29) switch
    {
        < 6 => [_dice.Pick("RPUSH", "LPUSH"), List(), .. Values()],
        < 9 => ["ZADD", SortedSet(), .. Values().SelectMany(v => (string[])[v, $"m{v}"])],
        < 12 => ["XADD", Stream(), $"{++_entries}-1", "f", "v"],
        12 => ["XADD", _dice.Pick("g1", "g2"), $"{++_entries}-1", "f", "v"],
        13 => [_dice.Pick("DEL", "UNLINK"), Any()],
        14 => severalKeys ? ["DEL", Any()] : ["SET", Any(), "s"],
        15 => ["RENAME", .. Two()],
        16 => ["COPY", .. Two(), .. _dice.Pick((string[])[], ["REPLACE"])],
        17 => ["MOVE", Two()[0], _dice.Pick("0", "1")],
        18 => [_dice.Pick("LPOP", "RPOP"), List()],
        19 => ["LMOVE", List(), List(), End(), End()],
        20 => ["SORT", List(), "STORE", StoredList],
        21 => ["ZUNIONSTORE", StoredSet, "2", SortedSet(), SortedSet()],
        22 => ["EXPIRE", Any(), _dice.Pick("1000", "-1")],
        23 => ["RENAMENX", .. Two()],
        26 => ["XGROUP", "SETID", _dice.Pick("g1", "g2"), "g", _dice.Pick("0", "$")],
        27 => ["XTRIM", _dice.Pick("s", "t", "g1", "g2"), "MAXLEN", "=", "1"],
        28 => ["XACK", _dice.Pick("g1", "g2"), "g", $"{_dice.Between(1, _entries + 1)}-1"],
        24 => ["SELECT", _dice.Pick("0", "0", "1")],
        _ => ["ZRANGESTORE", StoredSet, SortedSet(), "0", "1"],
    };

    private string[] Values() => [.. Enumerable.Range(0, _dice.Between(1, 3)).Select(_ => _dice.Between(1, 9).ToString())];
}
