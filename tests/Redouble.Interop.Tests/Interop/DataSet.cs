using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// A seeded data set in several databases: strings of all encodings and sizes, some with an expiry far ahead, and now and then a collection of each type.
/// </summary>
internal static class DataSet
{
    /// <param name="client">Left in database 0.</param>
    /// <param name="keys">How many keys to write; some fall on the same name.</param>
    public static void Fill(RespClient client, int seed, int keys)
    {
        var dice = new Dice(seed);
        const int batch = 500;
        for (int done = 0; done < keys; done += batch)
        {
            var commands = new List<string[]> { new[] { "SELECT", dice.Pick("0", "0", "0", "1", "2", "9") } };
            for (int i = 0; i < Math.Min(batch, keys - done); i++)
            {
                string key = dice.Chance(95) ? $"key:{dice.Next(keys)}" : dice.Bytes(dice.Between(0, 40));
                string[] set = ["SET", key, Value(dice)];
                string[] expiring = ["PX", dice.Between(1_000_000, 2_000_000_000).ToString()];
                commands.Add(i % 25 == 0 ? LoadCommands.Create(dice, i % 250 == 0 ? 700 : 20) : dice.Chance(80) ? set : [.. set, .. expiring]);
            }

            foreach (Reply reply in client.Pipeline(commands))
            {
                Assert.False(reply.IsError, reply.ToString());
            }
        }

        client.Must("SELECT", "0");
    }

    private static string Value(Dice dice) => dice.Next(12) switch
    {
        0 => dice.Next(100_000).ToString(),
        1 => (dice.Next(2_000_000_000) * 4_000_000_001L).ToString(),
        2 => "",
        3 => dice.Bytes(dice.Between(1, 300)),
        4 => string.Concat(Enumerable.Repeat("compressible ", dice.Between(2, 60))),
        5 => new string((char)dice.Next(256), dice.Between(20, 3000)),
        _ => dice.Value(),
    };
}
