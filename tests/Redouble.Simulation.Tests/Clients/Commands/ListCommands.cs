using static Redouble.Simulation.Tests.Clients.Vocabulary;

namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Lists. Those whose key begins with q are what blocked clients wait for, and mostly empty.</summary>
internal sealed class ListCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(16) switch
    {
        0 or 1 or 2 or 3 => [words.Dice.Pick("RPUSH", "LPUSH"), Key(), .. words.Several(words.Element)],
        4 or 5 => [words.Dice.Pick("RPUSH", "LPUSH"), words.Key('q'), words.Element()],
        6 => [words.Dice.Pick("RPUSHX", "LPUSHX"), Key(), .. words.Few(words.Element)],
        7 or 8 => [words.Dice.Pick("RPOP", "LPOP"), Key(), .. words.Maybe(0.4, words.Count())],
        9 => ["LSET", Key(), words.Index(), words.Element()],
        10 => ["LINSERT", Key(), words.Dice.Pick("BEFORE", "AFTER"), words.Element(), words.Element()],
        11 => ["LREM", Key(), Text(words.Dice.Between(-2, 2)), words.Element()],
        12 => ["LTRIM", Key(), words.Index(), Text(words.Dice.Between(-3, 30))],
        13 => ["RPOPLPUSH", Key(), words.Dice.Chance(0.5) ? Key() : words.Key('q')],
        14 => ["LMPOP", "2", Key(), Key(), Side(), "COUNT", words.Count()],
        _ => ["LMOVE", Key(), words.Dice.Chance(0.5) ? Key() : words.Key('q'), Side(), Side()],
    };

    private string Key() => words.Key('l');

    private string Side() => words.Dice.Pick("LEFT", "RIGHT");
}
