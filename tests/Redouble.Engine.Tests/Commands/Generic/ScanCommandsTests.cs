using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class ScanCommandsTests
{
    [Theory]
    [InlineData("SCAN 0 COUNT 3")]
    [InlineData("SCAN 0 COUNT 100000")]
    [InlineData("SCAN 0 MATCH key:*")]
    [InlineData("SCAN 0 TYPE STRING")]
    public void A_whole_iteration_returns_every_key_once(string command)
    {
        using var node = new EngineNode();
        for (var i = 0; i < 1000; i++) node.Do($"SET key:{i} {i}");
        var words = command.Split(' ');
        var found = new List<string>();
        do
        {
            var (cursor, keys) = Scan(node, words);
            words[1] = cursor;
            found.AddRange(keys);
        }
        while (words[1] != "0");
        Assert.Equal(1000, found.Count);
        Assert.Equal(1000, found.Distinct().Count());
    }

    [Theory]
    [InlineData("SCAN abc", "-ERR invalid cursor|")]
    [InlineData("SCAN 18446744073709551616", "-ERR invalid cursor|")]
    [InlineData("SCAN 0 COUNT", "-ERR syntax error|")]
    [InlineData("SCAN 0 COUNT 0", "-ERR syntax error|")]
    [InlineData("SCAN 0 COUNT abc", "-ERR value is not an integer or out of range|")]
    [InlineData("SCAN 0 foo bar", "-ERR syntax error|")]
    [InlineData("SCAN 0 TYPE foo", "*2|$1|0|*0|")]
    [InlineData("SCAN 0 TYPE zset", "*2|$1|0|*0|")]
    [InlineData("SCAN 0 MATCH x*", "*2|$1|0|*0|")]
    [InlineData("SCAN 0 COUNT 9223372036854775807", "*2|$1|0|*1|$1|k|")]
    [InlineData("KEYS *", "*1|$1|k|")]
    [InlineData("KEYS ?", "*1|$1|k|")]
    [InlineData("KEYS kk", "*0|")]
    [InlineData("RANDOMKEY", "$1|k|")]
    public void Edges(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        Assert.Equal(reply, node.Do(command));
    }

    /// <summary>Only what was found was once counted, and such a call went through ten buckets for each key.</summary>
    [Theory]
    [InlineData("MATCH nosuch")]
    [InlineData("TYPE list")]
    public void A_filter_that_little_passes_makes_calls_no_longer(string filter)
    {
        using var node = new EngineNode();
        for (var i = 0; i < 5000; i++) node.Do($"SET key:{i} {i}");
        Assert.InRange(Calls(node, "SCAN 0 COUNT 100"), 40, 50);
        Assert.InRange(Calls(node, $"SCAN 0 COUNT 100 {filter}"), 40, 50);
    }

    [Fact]
    public void Expired_keys_count_as_looked_at()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 5000; i++) node.Do($"PSETEX key:{i} 10 {i}");
        node.Clock.Advance(11);
        Assert.NotEqual("0", Scan(node, ["SCAN", "0", "COUNT", "100"]).Cursor);
        Assert.InRange(node.Node.Keyspace.Databases[0].Count, 4850, 4900);
    }

    /// <summary>A field and its value, and a member and its score, were once counted as two.</summary>
    [Theory]
    [InlineData("HSCAN hash 0 COUNT 100", 2)]
    [InlineData("HSCAN hash 0 COUNT 100 NOVALUES", 1)]
    [InlineData("SSCAN set 0 COUNT 100", 1)]
    [InlineData("ZSCAN sorted 0 COUNT 100", 2)]
    public void A_count_is_one_of_elements_whatever_is_written_of_each(string command, int partsEach)
    {
        using var node = new EngineNode();
        for (var i = 0; i < 3000; i++)
        {
            node.Do($"HSET hash f{i} v");
            node.Do($"SADD set m{i}");
            node.Do($"ZADD sorted {i} m{i}");
        }

        var parts = node.Do(command).Split('|')[3];
        Assert.InRange(int.Parse(parts[1..], System.Globalization.CultureInfo.InvariantCulture), 100 * partsEach, 110 * partsEach);
        var words = command.Split(' ');
        Assert.Empty(Scan(node, [.. words, "MATCH", "nosuch"]).Keys);
        Assert.InRange(Calls(node, $"{command} MATCH nosuch", cursorAt: 2), 25, 30);
    }

    [Fact]
    public void Expired_keys_are_hidden_by_keys_and_removed_by_scan_without_a_transaction()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("PSETEX a 10 v");
        node.Do("PSETEX b 10 v");
        node.Do("SET c v");
        tap.Take();
        node.Clock.Advance(11);
        Assert.Equal("*1|$1|c|", node.Do("KEYS *"));
        Assert.Equal(":3|", node.Do("DBSIZE"));
        Assert.Equal("", tap.Take());
        Assert.Equal("*2|$1|0|*1|$1|c|", node.Do("SCAN 0"));
        Assert.Equal(":1|", node.Do("DBSIZE"));
        Assert.Equal(["DEL a", "DEL b"], tap.Take().Split(" | ").Order());
    }

    [Fact]
    public void RandomKey_passes_over_expired_keys_and_comes_to_all_others()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 20; i++) node.Do($"PSETEX gone:{i} 10 v");
        node.Do("MSET a 1 b 2 c 3");
        node.Clock.Advance(11);
        var seen = new HashSet<string>();
        for (var i = 0; i < 200; i++) seen.Add(node.Do("RANDOMKEY"));
        Assert.Equal(["$1|a|", "$1|b|", "$1|c|"], seen.Order());
        node.Do("FLUSHDB");
        Assert.Equal("$-1|", node.Do("RANDOMKEY"));
    }

    // How many an iteration takes.
    private static int Calls(EngineNode node, string command, int cursorAt = 1)
    {
        var words = command.Split(' ');
        var calls = 0;
        do
        {
            words[cursorAt] = Scan(node, words).Cursor;
            calls++;
        }
        while (words[cursorAt] != "0");
        return calls;
    }

    private static (string Cursor, string[] Keys) Scan(EngineNode node, string[] words)
    {
        var parts = node.DoWords(words).Split('|');
        Assert.Equal("*2", parts[0]);
        var count = int.Parse(parts[3][1..], System.Globalization.CultureInfo.InvariantCulture);
        return (parts[2], [.. Enumerable.Range(0, count).Select(i => parts[5 + (i * 2)])]);
    }
}
