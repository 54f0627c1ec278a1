using System.Globalization;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Sets;

/// <summary>Differences by both ways: each member looked up in all others, or in what they have together.</summary>
public sealed class DifferenceTests
{
    private const int Count = 2_000;

    [Theory]
    [InlineData(1, 3, 0)]
    [InlineData(2, 1_500, 0)]
    [InlineData(50, 3, 0)]
    [InlineData(50, 3, 300)]
    [InlineData(0, 0, 40)]
    public void What_is_in_no_other_is_left(int others, int membersOfEach, int missing)
    {
        using var node = new EngineNode();
        var random = new Random(others);
        var left = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Count; i += 100)
        {
            var names = Enumerable.Range(i, 100).Select(Name).ToArray();
            node.Do($"SADD first {string.Join(' ', names)}");
            node.Do($"ZADD zfirst {string.Join(' ', names.Select(name => $"0.5 {name}"))}");
            left.UnionWith(names);
        }

        var keys = new List<string> { "first" };
        for (var i = 0; i < others; i++)
        {
            var names = Enumerable.Range(0, membersOfEach).Select(_ => Name(random.Next(Count * 2))).Distinct().ToArray();
            node.Do(i % 2 == 0 ? $"SADD other{i} {string.Join(' ', names)}" : $"ZADD zother{i} {string.Join(' ', names.Select(name => $"7 {name}"))}");
            if (i % 2 != 0) node.Do($"SADD other{i} {string.Join(' ', names)}");
            left.ExceptWith(names);
            keys.Add($"other{i}");
        }

        keys.AddRange(Enumerable.Range(0, missing).Select(static i => $"missing{i}"));
        var list = string.Join(' ', keys);
        var expected = string.Concat(left.Select(static name => $"${name.Length}|{name}|"));
        Assert.Equal($":{left.Count}|", node.Do($"SDIFFSTORE result {list}"));
        Assert.Equal($"*{left.Count}|{expected}", node.Do("SORT result ALPHA"));
        var sorted = string.Join(' ', keys.Select((key, i) => i == 0 ? "zfirst" : i <= others && i % 2 == 0 ? $"z{key}" : key)); // of both kinds
        Assert.Equal($":{left.Count}|", node.Do($"ZDIFFSTORE zresult {keys.Count} {sorted}"));
        Assert.Equal($"*{left.Count}|{expected}", node.Do("ZRANGE zresult 0 -1"));
        Assert.Equal($":{left.Count}|", node.Do("ZCOUNT zresult 0.5 0.5"));
    }

    /// <summary>Members of 100 KB were copied into the collected heap without a bound of their bytes: what does not fit there ends the process.</summary>
    [Theory]
    [InlineData("SDIFFSTORE result 11 first", false)]
    [InlineData("ZDIFFSTORE result 11 first", true)]
    public void Long_members_are_not_put_together(string command, bool counts)
    {
        const int others = 10, membersOfEach = 20, memberBytes = 100_000;
        using var node = new EngineNode();
        for (var i = 0; i < Count; i += 100) node.Do($"SADD first {string.Join(' ', Enumerable.Range(i, 100).Select(Name))}");
        for (var i = 0; i < others; i++)
        {
            for (var j = 0; j < membersOfEach; j++) node.DoWords("SADD", $"other{i}", new string((char)('a' + i), memberBytes) + j);
            node.Do($"SADD other{i} {Name(i)}");
        }

        var list = string.Join(' ', Enumerable.Range(0, others).Select(static i => $"other{i}"));
        var request = EngineNode.Encode($"{(counts ? command : command.Replace(" 11", "", StringComparison.Ordinal))} {list}".Split(' '));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal($":{Count - others}|", node.Send(request));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 12 << 20);
    }

    // Every other one is a number.
    private static string Name(int i) => i % 2 == 0 ? i.ToString(CultureInfo.InvariantCulture) : $"member:{i}";
}
