using Redouble.Core.Platform;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Drawn keys: each is as likely as any other, however full its bucket is, and however often its segment was split.</summary>
public sealed class RandomKeyTests
{
    private const int DrawsPerKey = 50;

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(3_000)]
    [InlineData(6_450)]
    [InlineData(12_900)]
    public void Each_is_as_likely_as_any_other(int keys)
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < keys; i++) program.Set(0, $"key:{i}", "v", expireAtMs: 5_000_000);
        var random = new PseudoRandom(1);
        var drawn = new Dictionary<string, int>();
        for (var i = 0; i < keys * DrawsPerKey; i++)
        {
            var record = i % 2 == 0 ? program.Keyspace[0].Random(random) : program.Keyspace[0].RandomExpiring(random);
            var name = System.Text.Encoding.Latin1.GetString(record.Key);
            drawn[name] = drawn.GetValueOrDefault(name) + 1;
        }

        Assert.Equal(keys, drawn.Count);
        var variance = drawn.Values.Sum(count => Math.Pow(count - DrawsPerKey, 2)) / keys;
        Assert.InRange(variance / DrawsPerKey, 0, keys < 100 ? 2 : 1.15); // a fair draw has 1
    }

    [Fact]
    public void An_empty_database_has_none()
    {
        using var program = new KeyspaceProgram();
        Assert.True(program.Keyspace[0].Random(new PseudoRandom(1)).IsMissing);
    }
}
