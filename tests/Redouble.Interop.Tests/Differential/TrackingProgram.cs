namespace Redouble.Interop.Tests.Differential;

/// <summary>What one connection is told in one write; pushes of all connections are compared behind it.</summary>
/// <param name="Client">The connection.</param>
/// <param name="Commands">The commands. A word <c>@id5</c> stands for the id of connection 5.</param>
/// <param name="SleepMs">Time to wait afterwards, for a key to expire.</param>
/// <param name="Reconnects">The connection is closed and opened again before.</param>
internal sealed record TrackingStep(int Client, string[][] Commands, int SleepMs = 0, bool Reconnects = false);

/// <summary>
/// Random programs about client-side caching: readers in all modes, a writer, connections that others redirect to. Those that receive change no
/// keys, because 7.0 puts messages between the parts of the reply of who makes the change, and 7.2 does not.
/// </summary>
internal sealed class TrackingProgram(int seed)
{
    /// <summary>Connections 0 to 3 track, 4 and 5 only write, 6 and 7 receive.</summary>
    public const int Clients = 8;

    public const int FirstReceiver = 6;

    private const int Readers = 4;

    private static readonly string[] Keys = ["", "a", "ab", "abc", "b", "ba", "c", "user:1", "user:2", "\0\r\n\u00ff"];

    private readonly Dice _dice = new(seed);

    public IEnumerable<TrackingStep> Steps(int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return _dice.Next(20) switch
            {
                < 6 => new TrackingStep(_dice.Next(Readers), [Read()]),
                < 8 => new TrackingStep(_dice.Next(Readers), [Track()]),
                8 => new TrackingStep(_dice.Next(Readers), [["CLIENT", "CACHING", _dice.Pick("YES", "NO", "x")], .. Block()]),
                9 => new TrackingStep(_dice.Next(Readers + 2), Block()),
                10 => new TrackingStep(_dice.Next(Readers), Several()),
                11 => new TrackingStep(_dice.Next(Readers), [Ask()]),
                12 => Receiver(),
                13 => Odd(),
                14 => new TrackingStep(4, [["SET", Key(), "v", "PX", "1"]], SleepMs: 4),
                < 17 => new TrackingStep(_dice.Next(Readers), [Write()]),
                _ => new TrackingStep(_dice.Between(4, 5), [Write()]),
            };
        }
    }

    private string Key() => _dice.Pick(Keys);

    private string[] KeyList() => [.. Enumerable.Range(0, _dice.Between(1, 4)).Select(_ => Key())];

    private string[] Read() => _dice.Next(11) switch
    {
        < 3 => ["GET", Key()],
        3 => ["MGET", .. KeyList()],
        4 => ["EXISTS", .. KeyList()],
        5 => ["TYPE", Key()],
        6 => ["STRLEN", Key()],
        7 => ["LCS", Key(), Key()],
        8 => ["SISMEMBER", Key(), Member()],
        9 => ["HGET", Key(), Member()],
        _ => ["TOUCH", .. KeyList()],
    };

    private string Member() => _dice.Pick("1", "2", "m");

    private string[] Write() => _dice.Chance(75) ? WriteString() : _dice.Next(9) switch
    {
        < 2 => ["SADD", Key(), Member(), Member()],
        2 => ["SREM", Key(), Member(), Member()],
        3 => ["SMOVE", Key(), Key(), Member()],
        4 => ["SUNIONSTORE", Key(), .. KeyList()],
        5 => ["SDIFFSTORE", Key(), .. KeyList()],
        6 => ["HSET", Key(), Member(), Member()],
        7 => ["HDEL", Key(), Member(), Member()],
        _ => ["HSETNX", Key(), Member(), "1"],
    };

    private string[] WriteString() => _dice.Next(24) switch
    {
        < 4 => ["SET", Key(), _dice.Pick("1", "2", "v"), .. _dice.Pick((string[])[], ["NX"], ["XX"], ["GET"], ["KEEPTTL"])],
        < 7 => ["MSET", .. KeyList().SelectMany(k => (string[])[k, "1"])],
        7 => ["MSETNX", .. KeyList().SelectMany(k => (string[])[k, "1"])],
        < 10 => ["DEL", .. KeyList()],
        10 => ["INCR", Key()],
        11 => ["APPEND", Key(), _dice.Pick("", "x")],
        12 => ["SETRANGE", Key(), "1", _dice.Pick("", "xy")],
        13 => ["EXPIRE", Key(), _dice.Pick("100", "-1", "0"), .. _dice.Pick((string[])[], ["NX"], ["XX"])],
        14 => ["PERSIST", Key()],
        15 => ["RENAME", Key(), Key()],
        16 => ["RENAMENX", Key(), Key()],
        17 => ["COPY", Key(), Key(), .. _dice.Pick((string[])[], ["REPLACE"])],
        18 => ["MOVE", Key(), _dice.Pick("0", "1")],
        19 => ["GETDEL", Key()],
        20 => ["GETEX", Key(), .. _dice.Pick((string[])[], ["PERSIST"], ["EX", "100"])],
        21 => ["SELECT", _dice.Pick("0", "0", "1")],
        22 => _dice.Pick((string[])["FLUSHALL"], ["FLUSHDB"], ["SWAPDB", "0", "1"], ["FLUSHDB", "ASYNC"]),
        _ => ["UNLINK", .. KeyList()],
    };

    private string[] Any() => _dice.Chance(55) ? Read() : Write();

    /// <summary>Some commands, in a transaction or not.</summary>
    private string[][] Block()
    {
        string[][] commands = [.. Enumerable.Range(0, _dice.Between(1, 4)).Select(_ => Any())];
        return _dice.Chance(60) ? [["MULTI"], .. commands, [_dice.Chance(90) ? "EXEC" : "DISCARD"]] : commands;
    }

    private string[][] Several() => _dice.Next(4) switch
    {
        0 => [["CLIENT", "REPLY", "OFF"], .. Block(), ["CLIENT", "REPLY", "ON"]],
        1 => [["CLIENT", "REPLY", "SKIP"], Any(), Any()],
        2 => [["CLIENT", "CACHING", "YES"], ["CLIENT", _dice.Pick("ID", "NOSUCH")], Read(), Read()],
        _ => [["MULTI"], Any(), Track(), Any(), ["CLIENT", "CACHING", _dice.Pick("YES", "NO")], Any(), ["EXEC"]],
    };

    private string[] Track()
    {
        if (_dice.Chance(15))
        {
            return ["CLIENT", "TRACKING", _dice.Pick("OFF", "off", "maybe")];
        }

        List<string> words = ["CLIENT", "TRACKING", _dice.Word("ON")];
        for (int i = _dice.Next(4); i > 0; i--)
        {
            words.AddRange(_dice.Next(9) switch
            {
                < 2 => [_dice.Word("bcast")],
                2 => ["BCAST", _dice.Word("prefix"), _dice.Pick("", "a", "ab", "b", "user:", "zz")],
                3 => [_dice.Word("optin")],
                4 => [_dice.Word("optout")],
                5 => [_dice.Word("noloop")],
                < 8 => [_dice.Word("redirect"), _dice.Pick("@id6", "@id7", "@id7", "0", "x", "99999999")],
                _ => [_dice.Pick("foo", "prefix", "PREFIX")],
            });
        }

        return [.. words];
    }

    private string[] Ask() => _dice.Pick(
        (string[])["CLIENT", "TRACKINGINFO"], ["CLIENT", "GETREDIR"], ["HELLO", "3"], ["HELLO", "3"], ["HELLO", "2"], ["RESET"], ["CLIENT", "CACHING", "YES"]);

    private TrackingStep Receiver()
    {
        int client = _dice.Between(FirstReceiver, Clients - 1);
        return _dice.Next(8) switch
        {
            0 => new TrackingStep(client, [], Reconnects: true),
            1 => new TrackingStep(client, [["UNSUBSCRIBE"]]),
            2 => new TrackingStep(client, [["PSUBSCRIBE", "x*"]]),
            3 => new TrackingStep(client, [["PUNSUBSCRIBE"]]),
            4 => new TrackingStep(client, [["HELLO", _dice.Pick("2", "3")]]),
            _ => new TrackingStep(client, [["SUBSCRIBE", "__redis__:invalidate"]]),
        };
    }

    // A session that goes and comes again finds nothing of what it was. Connection 0 stays: with the last one that tracked, the table goes, too.
    private TrackingStep Odd() => _dice.Next(3) switch
    {
        0 => new TrackingStep(_dice.Between(1, Readers - 1), [["HELLO", "3"], Track()], Reconnects: true),
        1 => new TrackingStep(5, [["CLIENT", "KILL", "ID", _dice.Pick("@id6", "@id7", "@id2", "@id3")]]),
        _ => new TrackingStep(_dice.Next(Readers), [["RESET"], ["HELLO", "3"], Track()]),
    };
}
