using static Redouble.Simulation.Tests.Clients.Vocabulary;

namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>
/// Streams and their groups. Not among them, since Redis tells its replicas nothing of it: XREADGROUP of what is pending already, which counts the
/// delivery.
/// </summary>
internal sealed class StreamCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(20) switch
    {
        0 or 1 or 2 or 3 or 4 or 5 => Add(),
        6 or 7 => ["XGROUP", "CREATE", Key(), Group(), words.Dice.Pick("0", "$", words.Id()), "MKSTREAM", .. words.Maybe(0.3, "ENTRIESREAD", words.Count())],
        8 or 9 or 10 => Read(),
        11 => ["XACK", Key(), Group(), words.Id(), words.Id()],
        12 => ["XDEL", Key(), words.Id()],
        13 => ["XTRIM", Key(), .. Limit()],
        14 or 15 => Claim(),
        16 => ["XGROUP", words.Dice.Pick("CREATECONSUMER", "DELCONSUMER"), Key(), Group(), Consumer()],
        17 => words.Dice.Chance(0.3) ? ["XGROUP", "DESTROY", Key(), Group()] : ["XGROUP", "SETID", Key(), Group(), words.Dice.Pick("0", "$", words.Id())],
        18 => ["XSETID", Key(), words.Id(), .. words.Maybe(0.3, "ENTRIESADDED", "100", "MAXDELETEDID", "0-1")],
        _ => ["XREADGROUP", "GROUP", Group(), Consumer(), "STREAMS", Key(), Key(), ">", ">"],
    };

    /// <summary>Entries that go while they are pending: what waits for a consumer stays.</summary>
    public string[][] Forget()
    {
        var (key, group) = (Key(), Group());
        return
        [
            ["XGROUP", "CREATE", key, group, "0", "MKSTREAM"], ["XADD", key, "*", words.Name(), words.Element()],
            ["XREADGROUP", "GROUP", group, Consumer(), "STREAMS", key, ">"], ["XTRIM", key, "MAXLEN", Text(words.Dice.Next(3))],
        ];
    }

    private string Key() => words.Key('x');

    private string Group() => "g" + Text(words.Dice.Next(2));

    private string Consumer() => "c" + Text(words.Dice.Next(3));

    private string[] Read() =>
    [
        "XREADGROUP", "GROUP", Group(), Consumer(), .. words.Maybe(0.6, "COUNT", words.Count()), .. words.Maybe(0.2, "NOACK"), "STREAMS", Key(), ">",
    ];

    private string[] Add() =>
    [
        "XADD", Key(), .. words.Maybe(0.1, "NOMKSTREAM"), .. words.Dice.Chance(0.3) ? Limit() : [],
        words.Dice.Chance(0.9) ? "*" : Text(words.DeadlineMs()) + words.Dice.Pick("-*", "-7"),
        words.Name(), words.Element(), .. words.Maybe(0.3, words.Name(), words.Element()),
    ];

    private string[] Limit()
    {
        var isAbout = words.Dice.Chance(0.6);
        var limit = isAbout && words.Dice.Chance(0.3) ? ["LIMIT", words.Count()] : (string[])[];
        var bound = words.Dice.Chance(0.7) ? ("MAXLEN", Text(words.Dice.Between(0, 12))) : ("MINID", words.Id());
        return [bound.Item1, isAbout ? "~" : "=", bound.Item2, .. limit];
    }

    private string[] Claim() => words.Dice.Next(3) switch
    {
        0 => ["XAUTOCLAIM", Key(), Group(), Consumer(), "0", "0", .. words.Maybe(0.5, "COUNT", words.Count()), .. words.Maybe(0.3, "JUSTID")],
        1 =>
        [
            "XCLAIM", Key(), Group(), Consumer(), "0", words.Id(), words.Id(), "FORCE",
            .. words.Maybe(0.6, "RETRYCOUNT", words.Dice.Pick("1", "5"), "LASTID", words.Id()),
        ],
        _ => ["XCLAIM", Key(), Group(), Consumer(), "0", words.Id(), .. words.Maybe(0.3, "IDLE", "1000"), .. words.Maybe(0.3, "JUSTID")],
    };
}
