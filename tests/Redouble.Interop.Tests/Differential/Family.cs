namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// A generator of requests: a table of weights and functions that draw one request. Names are those of the first argument of the theories that run
/// them.
/// </summary>
internal sealed class Family(string name, params (int Weight, Func<Dice, string[]> Draw)[] table)
{
    private readonly int _total = table.Sum(row => row.Weight);

    public string Name { get; } = name;

    public int StepsPerProgram { get; init; } = 60;

    /// <summary>False for programs about connections and the server, which say nothing about keyspace events and may end who listens to them.</summary>
    public bool HasEvents { get; init; } = true;

    /// <summary>Requests that bring both servers back to where a program may start.</summary>
    public string[][] Reset { get; init; } = [["CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"]];

    /// <summary>
    /// A <see cref="Reset"/> for programs that ask for idle times: under an LRU policy 7.0 shares no small integers, whose idle time would be that of all
    /// of them.
    /// </summary>
    public static string[][] WithIdleTimes => [["CONFIG", "SET", "maxmemory", "100gb", "maxmemory-policy", "allkeys-lru"]];

    public TestProgram Program(int seed)
    {
        var dice = new Dice(unchecked((seed * 7919) + StableHash(Name)));
        int[] protocols = [dice.Pick(2, 3), dice.Pick(2, 3), dice.Pick(2, 3), 2];
        var steps = new Step[StepsPerProgram];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = Next(dice);
        }

        return new TestProgram(Name, seed, protocols, steps);
    }

    private Step Next(Dice dice)
    {
        int client = dice.Client();
        string[] args = Draw(dice);
        if (args[0].StartsWith('@'))
        {
            return new Step(new Request(client, args));
        }

        // An expiry of a few milliseconds is only the same on both servers when nothing looks at the key before it is over.
        // Its own connection sends it, which is never inside MULTI, where it would run at EXEC.
        string[] mangled = dice.Mangle(args);
        return dice.Chance(3) && dice.Key() is var key
            ? new Step(new Request(Dice.Clients, ["SET", key, "soon gone", "PX", "3"]), new Request(Dice.Clients, ["@sleep", "15"]),
                new Request(client, mangled))
            : new Step(new Request(client, mangled));
    }

    private string[] Draw(Dice dice)
    {
        int at = dice.Next(_total);
        foreach ((int weight, Func<Dice, string[]> draw) in table)
        {
            at -= weight;
            if (at < 0)
            {
                return draw(dice);
            }
        }

        throw new InvalidOperationException("weights do not add up");
    }

    private static int StableHash(string text) => text.Aggregate(17, (h, c) => unchecked((h * 31) + c));
}
