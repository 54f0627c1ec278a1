namespace Redouble.Interop.Tests.Harness;

/// <summary>The decoder against payloads that the real Redis wrote.</summary>
public sealed class DumpedStringTests
{
    [RedisFact]
    public void ReadsWhatRedisWrites() => Scenario.Run(s =>
    {
        ServerProcess server = s.Redis("redis");
        RespClient client = s.Connect(server);
        var dice = new Differential.Dice(61);
        for (int i = 0; i < 300; i++)
        {
            string value = dice.Chance(60) ? dice.Value() : string.Concat(Enumerable.Repeat(dice.Bytes(dice.Between(1, 9)), dice.Between(1, 2000)));
            client.Must("SET", "k", value);
            (string text, bool isInteger) = DumpedString.Decode(client.Must("DUMP", "k").String)!.Value;
            Assert.Equal(Latin1.Quote(value), Latin1.Quote(text));
            Assert.Equal(int.TryParse(value, out int n) && n.ToString() == value, isInteger);
        }
    });
}
