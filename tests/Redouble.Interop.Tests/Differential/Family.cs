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

    /// <summary>Requests before the drawn ones, which set the stage (limits of the encodings).</summary>
    public Func<Dice, string[][]> Prologue { get; init; } = static _ => [];

    /// <summary>How many of a hundred steps are several requests between MULTI and EXEC.</summary>
    public int UnitPercent { get; init; }

    /// <summary>Names of requests that never stand in such a unit.</summary>
    public string[] NeverInUnits { get; init; } = [];

    /// <summary>A request whose words must stay as drawn.</summary>
    public Func<string[], bool> Unmangled { get; init; } = static _ => false;

    /// <summary>Draws a key that is made to expire before the next request.</summary>
    public Func<Dice, string>? Mortal { get; init; }

    public TestProgram Program(int seed)
    {
        var dice = new Dice(unchecked((seed * 7919) + StableHash(Name)));
        int[] protocols = [dice.Pick(2, 3), dice.Pick(2, 3), dice.Pick(2, 3), 2];
        List<Step> steps = [.. Prologue(dice).Select(args => new Step(new Request(0, args)))];
        for (int i = 0; i < StepsPerProgram; i++)
        {
            steps.Add(dice.Chance(UnitPercent) ? Unit(dice) : Next(dice));
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
        string[] mangled = Unmangled(args) ? args : dice.Mangle(args);
        if (Mortal is not null)
        {
            return dice.Chance(2)
                ? new Step(new Request(Dice.Clients, ["PEXPIRE", Mortal(dice), "3"]), new Request(Dice.Clients, ["@sleep", "15"]), new Request(client, mangled))
                : new Step(new Request(client, mangled));
        }

        return dice.Chance(3) && dice.Key() is var key
            ? new Step(new Request(Dice.Clients, ["SET", key, "soon gone", "PX", "3"]), new Request(Dice.Clients, ["@sleep", "15"]),
                new Request(client, mangled))
            : new Step(new Request(client, mangled));
    }

    private Step Unit(Dice dice)
    {
        int client = dice.Client();
        List<Request> requests = [new Request(client, ["MULTI"])];
        for (int left = dice.Between(1, 4); left > 0;)
        {
            string[] args = Draw(dice);
            if (!args[0].StartsWith('@') && !NeverInUnits.Contains(args[0]))
            {
                requests.Add(new Request(client, Unmangled(args) ? args : dice.Mangle(args)));
                left--;
            }
        }

        return new Step([.. requests, new Request(client, [dice.Chance(95) ? "EXEC" : "DISCARD"])]);
    }

    /// <summary>A request, as this family draws them.</summary>
    public string[] Draw(Dice dice)
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
