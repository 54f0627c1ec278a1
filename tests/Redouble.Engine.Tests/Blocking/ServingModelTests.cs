using System.Globalization;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Blocking;

/// <summary>
/// Random programs of clients that wait for several lists, in all that makes 7.2 differ from 7.0, so that no oracle at hand would do: several keys in one
/// transaction, chains of moves, other types.
/// </summary>
public sealed class ServingModelTests
{
    private const int Clients = 6;
    private const int Steps = 400;
#if GUARDED
    private const int Seeds = 50;
#else
    private const int Seeds = 200;
#endif

    private static readonly string[] Keys = ["a", "b", "c", "d"];

    [Fact]
    public void Clients_are_served_as_the_model_says()
    {
        for (var seed = 1; seed <= Seeds; seed++) Run(seed);
    }

    private static void Run(int seed)
    {
        using var node = new EngineNode();
        var random = new Random(seed);
        var model = new ServingModel(Clients);
        Session[] sessions = [.. Enumerable.Range(0, Clients).Select(_ => node.Connect())];
        var log = new List<string>();
        for (var step = 0; step < Steps; step++)
        {
            var client = random.Next(Clients);
            if (model.Waits(client))
            {
                if (random.Next(4) > 0) continue;
                node.Do($"CLIENT UNBLOCK {sessions[client].Id}");
                model.Unblock(client);
                log.Add($"unblocked {client}");
            }
            else if (random.Next(4) == 0)
            {
                List<string[]> commands = [.. Enumerable.Range(0, random.Next(2, 6)).Select(_ => Command(random, canWait: random.Next(4) == 0))];
                node.Do("MULTI", sessions[client]);
                foreach (var command in commands) node.Do(string.Join(' ', command), sessions[client]);
                node.Feed(sessions[client], EngineNode.Encode("EXEC"));
                model.RunTogether(client, commands);
                log.Add($"{client}: {string.Join(", ", commands.Select(c => string.Join(' ', c)))}");
            }
            else
            {
                var command = Command(random, canWait: client > 0 && random.Next(2) == 0);
                node.Feed(sessions[client], EngineNode.Encode(command));
                model.Run(client, command);
                log.Add($"{client}: {string.Join(' ', command)}");
            }

            for (var i = 0; i < Clients; i++)
            {
                var (expected, actual) = (model.Take(i), node.Take(sessions[i]));
                Assert.True(
                    expected == actual && model.Waits(i) == sessions[i].Has(SessionFlags.Blocked),
                    $"seed {seed}: client {i} was to be told {expected} and was told {actual}\n{string.Join('\n', log.TakeLast(20))}");
            }
        }
    }

    private static string[] Command(Random random, bool canWait)
    {
        string Key() => Keys[random.Next(Keys.Length)];
        string End() => random.Next(2) == 0 ? "LEFT" : "RIGHT";
        string[] Several() => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Key())];
        string[] Values() => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Number(random.Next(10)))];
        if (!canWait)
        {
            return random.Next(10) switch
            {
                0 => ["SET", Key(), "s"],
                1 or 2 => ["DEL", Key()],
                3 => ["RENAME", Key(), Key()],
                4 => ["LPUSH", Key(), .. Values()],
                _ => ["RPUSH", Key(), .. Values()],
            };
        }

        var keys = Several();
        return random.Next(5) switch
        {
            0 => ["BRPOP", .. keys, "0"],
            1 => ["BLMPOP", "0", Number(keys.Length), .. keys, End(), "COUNT", Number(random.Next(1, 4))],
            2 or 3 => ["BLMOVE", Key(), Key(), End(), End(), "0"],
            _ => ["BLPOP", .. keys, "0"],
        };
    }
    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
