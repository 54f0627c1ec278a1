using static Redouble.Simulation.Tests.Clients.Vocabulary;

namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Strings, with the bitmaps and HyperLogLogs that they may be.</summary>
internal sealed class StringCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(16) switch
    {
        0 or 1 or 2 => Set(),
        3 or 4 or 5 => Write(),
        6 or 7 => Counter(),
        8 => SetVariant(),
        9 or 10 => GetAndChange(),
        11 or 12 => HyperLogLog(),
        _ => Bits(),
    };

    private string Key() => words.Key('k');

    private string Bitmap() => words.Dice.Chance(0.8) ? words.Key('b') : Key();

    // Now and then beyond the size from which strings are emitted in parts.
    private string Offset(int unit) => Text(unit * (words.Dice.Chance(0.02) ? words.Dice.Between(16_500, 30_000) : words.Dice.Between(0, 40)));

    private string[] Set()
    {
        List<string> command = ["SET", Key(), words.Value()];
        var expiry = words.Dice.Next(8);
        if (expiry == 0) command.AddRange(["PX", words.TtlMs()]);
        else if (expiry == 1) command.AddRange(["EX", words.Ttl()]);
        else if (expiry == 2) command.AddRange(["PXAT", Text(words.DeadlineMs())]);
        else if (expiry == 3) command.AddRange(["EXAT", Text(words.DeadlineMs() / 1000)]);
        else if (expiry == 4) command.Add("KEEPTTL");
        if (words.Dice.Chance(0.15)) command.Add(words.Dice.Pick("NX", "XX"));
        if (words.Dice.Chance(0.15)) command.Add("GET");
        return [.. command];
    }

    private string[] Write() => words.Dice.Next(5) switch
    {
        0 or 1 => ["APPEND", Key(), words.Value()],
        2 => ["SETRANGE", Key(), Offset(1), words.Value()],
        3 => ["GETSET", Key(), words.Value()],
        _ => ["SETNX", Key(), words.Value()],
    };

    private string[] Counter() => words.Dice.Next(5) switch
    {
        0 => [words.Dice.Pick("INCR", "DECR"), Key()],
        1 => [words.Dice.Pick("INCRBY", "DECRBY"), Key(), Text(words.Dice.Between(-100, 100))],
        2 or 3 => ["INCRBYFLOAT", Key(), words.Dice.Pick("0.1", "-2.5", "1e3")],
        _ => ["INCR", "counter"],
    };

    private string[] SetVariant() => words.Dice.Next(4) switch
    {
        0 => ["SETEX", Key(), words.Ttl(), words.Value()],
        1 => ["PSETEX", Key(), words.TtlMs(), words.Value()],
        2 => ["MSET", Key(), words.Value(), Key(), words.Value(), Key(), words.Value()],
        _ => ["MSETNX", Key(), words.Value(), Key(), words.Value()],
    };

    private string[] GetAndChange() => words.Dice.Next(5) switch
    {
        0 => ["GETDEL", Key()],
        1 => ["GETEX", Key(), "PX", words.TtlMs()],
        2 => ["GETEX", Key(), "PERSIST"],
        3 => ["GETEX", Key(), "EX", words.Ttl()],
        _ => ["GETEX", Key(), "PXAT", Text(words.DeadlineMs())],
    };

    private string[] Bits() => words.Dice.Next(4) switch
    {
        0 => ["SETBIT", Bitmap(), Offset(8), words.Dice.Pick("0", "1")],
        1 => ["BITFIELD", Bitmap(), "SET", "u7", Offset(3), "77", "OVERFLOW", words.Dice.Pick("WRAP", "SAT", "FAIL"), "INCRBY", "i5", Offset(5), "9"],
        2 => ["BITOP", words.Dice.Pick("AND", "OR", "XOR"), Bitmap(), Bitmap(), Bitmap()],
        _ => ["BITOP", "NOT", Bitmap(), Bitmap()],
    };

    private string[] HyperLogLog() => words.Dice.Next(8) switch
    {
        0 => ["PFMERGE", words.Key('p'), words.Key('p'), words.Key('p')],
        1 or 2 => ["PFCOUNT", words.Key('p')],
        3 => ["PFCOUNT", words.Key('p'), words.Key('p')],
        4 when words.Dice.Chance(0.2) => ["PFDEBUG", words.Dice.Pick("TODENSE", "GETREG"), words.Key('p')],
        _ => ["PFADD", words.Key('p'), .. words.Several(words.Element)],
    };
}
