namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Sets.</summary>
internal sealed class SetCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(12) switch
    {
        0 or 1 or 2 or 3 => ["SADD", Key(), .. words.Several(words.Element)],
        4 => ["SADD", Key(), .. words.Several(words.Name)],
        5 => ["SREM", Key(), .. words.Few(words.Name)],
        6 or 7 => ["SPOP", Key(), .. words.Maybe(0.5, words.Count())],
        8 => ["SMOVE", Key(), Key(), words.Name()],
        9 => ["SINTERSTORE", Key(), Key(), Key()],
        10 => ["SUNIONSTORE", Key(), Key(), Key()],
        _ => ["SDIFFSTORE", Key(), Key(), Key()],
    };

    private string Key() => words.Key('s');
}
