using System.Globalization;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Clients;

/// <summary>Random commands on few keys: every write that the engine knows, with all its options, and reads that may find a key expired.</summary>
internal sealed class CommandMix(World world, bool isFat)
{
    private const long EpochMs = 1_700_000_000_000;

    private readonly Dice _dice = world.Dice;

    /// <summary>What a DUMP has replied last; RESTORE puts it elsewhere.</summary>
    public string? Payload { get; set; }

    /// <summary>Milliseconds by which the wall clock of the addressed node is ahead.</summary>
    public long WallOffsetMs { get; set; }

    public string[] Next() => _dice.Next(16) switch
    {
        0 or 1 or 2 => Set(),
        3 or 4 or 5 => StringWrite(),
        6 or 7 => Counter(),
        8 or 9 => Expiry(),
        10 => SetVariant(),
        11 or 12 => KeyWrite(),
        13 => Flush(),
        14 => GetAndChange(),
        _ => Read(),
    };

    /// <summary>Commands that leave the two keys equal, which no other command touches; half of them would show.</summary>
    public string[][] Pair()
    {
        var value = Value();
        return _dice.Next(4) switch
        {
            0 => [["DEL", "left"], ["DEL", "right"]],
            1 => [["SET", "left", value], StringWrite(), ["SET", "right", value]],
            _ => [["SET", "left", value], ["SET", "right", value]],
        };
    }

    /// <summary>A database to select: FLUSHDB and SWAPDB must not get at the last one, where writes wait to be acknowledged.</summary>
    public string Selected() => Text(_dice.Between(0, 2));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private string Database() => Text(_dice.Between(0, 3));

    private string Key() => "k" + Text(_dice.Between(0, 9));

    private string Value()
    {
        if (_dice.Chance(0.4)) return Text(_dice.Between(-5, 1000));
        var length = (int)(_dice.Chance(0.003) ? 20_000 : _dice.Chance(isFat ? 0.5 : 0.02) ? _dice.Between(200, 3000) : _dice.Between(0, 40));
        return string.Create(length, _dice.NextUInt64(), static (text, seed) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + ((seed * (ulong)(i + 1) >> 13) % 7));
        });
    }

    private string TtlMs() => Text(_dice.Chance(0.05) ? _dice.Between(-10, 0) : _dice.Chance(0.6) ? _dice.Between(1, 800) : _dice.Between(800, 8_000_000));

    private string Ttl() => Text(_dice.Chance(0.7) ? _dice.Between(1, 3) : _dice.Between(3, 8000));

    private long DeadlineMs() => EpochMs + (world.Now / 1000) + WallOffsetMs + _dice.Between(-300, _dice.Chance(0.7) ? 2_000 : 8_000_000);

    private string[] Set()
    {
        List<string> words = ["SET", Key(), Value()];
        var expiry = _dice.Next(8);
        if (expiry == 0) words.AddRange(["PX", TtlMs()]);
        else if (expiry == 1) words.AddRange(["EX", Ttl()]);
        else if (expiry == 2) words.AddRange(["PXAT", Text(DeadlineMs())]);
        else if (expiry == 3) words.AddRange(["EXAT", Text(DeadlineMs() / 1000)]);
        else if (expiry == 4) words.Add("KEEPTTL");
        if (_dice.Chance(0.15)) words.Add(_dice.Pick("NX", "XX"));
        if (_dice.Chance(0.15)) words.Add("GET");
        return [.. words];
    }

    private string[] StringWrite() => _dice.Next(5) switch
    {
        0 or 1 => ["APPEND", Key(), Value()],
        2 => ["SETRANGE", Key(), Text(_dice.Between(0, 30)), Value()],
        3 => ["GETSET", Key(), Value()],
        _ => ["SETNX", Key(), Value()],
    };

    private string[] Counter() => _dice.Next(4) switch
    {
        0 => [_dice.Pick("INCR", "DECR"), Key()],
        1 => [_dice.Pick("INCRBY", "DECRBY"), Key(), Text(_dice.Between(-100, 100))],
        2 => ["INCRBYFLOAT", Key(), _dice.Pick("0.1", "-2.5", "1e3")],
        _ => ["INCR", "counter"],
    };

    private string[] SetVariant() => _dice.Next(4) switch
    {
        0 => ["SETEX", Key(), Ttl(), Value()],
        1 => ["PSETEX", Key(), TtlMs(), Value()],
        2 => ["MSET", Key(), Value(), Key(), Value(), Key(), Value()],
        _ => ["MSETNX", Key(), Value(), Key(), Value()],
    };

    private string[] Expiry()
    {
        List<string> words = _dice.Next(6) switch
        {
            0 or 1 => ["PEXPIRE", Key(), TtlMs()],
            2 => ["EXPIRE", Key(), Ttl()],
            3 => ["PEXPIREAT", Key(), Text(DeadlineMs())],
            4 => ["EXPIREAT", Key(), Text(DeadlineMs() / 1000)],
            _ => ["PERSIST", Key()],
        };
        if (words.Count == 3 && _dice.Chance(0.3)) words.Add(_dice.Pick("NX", "XX", "GT", "LT"));
        return [.. words];
    }

    private string[] KeyWrite() => _dice.Next(9) switch
    {
        0 => ["DEL", Key(), Key()],
        1 => ["UNLINK", Key()],
        2 => ["RENAME", Key(), Key()],
        3 => ["RENAMENX", Key(), Key()],
        4 => ["MOVE", Key(), Database()],
        5 => ["COPY", Key(), Key(), .. (string[])(_dice.Chance(0.5) ? ["REPLACE"] : [])],
        6 => ["COPY", Key(), Key(), "DB", Database(), .. (string[])(_dice.Chance(0.5) ? ["REPLACE"] : [])],
        7 when Payload is { } payload => ["RESTORE", Key(), _dice.Pick("0", "500", "5000"), payload, .. (string[])(_dice.Chance(0.7) ? ["REPLACE"] : [])],
        _ => ["DUMP", Key()],
    };

    private string[] Flush() => _dice.Next(10) switch
    {
        0 => ["FLUSHDB", .. (string[])(_dice.Chance(0.5) ? ["ASYNC"] : [])],
        1 => ["SWAPDB", Text(_dice.Between(0, 2)), Text(_dice.Between(0, 2))],
        _ => Set(),
    };

    private string[] GetAndChange() => _dice.Next(4) switch
    {
        0 => ["GETDEL", Key()],
        1 => ["GETEX", Key(), "PX", TtlMs()],
        2 => ["GETEX", Key(), "PERSIST"],
        _ => ["GETEX", Key(), "PXAT", Text(DeadlineMs())],
    };

    private string[] Read() => _dice.Next(8) switch
    {
        0 => ["MGET", Key(), Key(), Key()],
        1 => ["TTL", Key()],
        2 => ["RANDOMKEY"],
        3 => ["SCAN", "0", "COUNT", "100"],
        4 => ["EXISTS", Key(), Key()],
        5 => ["GET", Key()],
        6 => ["KEYS", "*"],
        _ => ["STRLEN", Key()],
    };
}
