namespace Redouble.Simulation.Tests.Clients.Commands;

/// <summary>Commands that wait: for a while, or for as long as the client has patience.</summary>
internal sealed class BlockingCommands(Vocabulary words)
{
    public string[] Next() => words.Dice.Next(10) switch
    {
        0 or 1 => ["BLPOP", Queue(), words.Key('l'), Seconds()],
        2 => ["BRPOP", Queue(), Seconds()],
        3 => ["BLMOVE", Queue(), words.Dice.Chance(0.5) ? Queue() : words.Key('l'), Side(), Side(), Seconds()],
        4 => ["BRPOPLPUSH", Queue(), Queue(), Seconds()],
        5 => ["BLMPOP", Seconds(), "2", Queue(), Queue(), Side(), "COUNT", words.Count()],
        6 => [words.Dice.Pick("BZPOPMIN", "BZPOPMAX"), words.Key('y'), words.Key('z'), Seconds()],
        7 => ["BZMPOP", Seconds(), "1", words.Key('y'), words.Dice.Pick("MIN", "MAX")],
        8 => ["XREAD", "BLOCK", Milliseconds(), "STREAMS", words.Key('x'), "$"],
        _ => ["XREADGROUP", "GROUP", "g0", "c0", "BLOCK", Milliseconds(), "STREAMS", words.Key('x'), ">"],
    };

    private string Queue() => words.Key('q');

    private string Side() => words.Dice.Pick("LEFT", "RIGHT");

    private string Seconds() => words.Dice.Pick("0", "0.03", "0.4", "1.5");

    private string Milliseconds() => words.Dice.Pick("0", "30", "400", "1500");
}
