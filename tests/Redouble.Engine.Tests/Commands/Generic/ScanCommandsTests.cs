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

    [Fact]
    public void A_pattern_that_matches_little_ends_a_call_after_ten_buckets_for_each_key_asked_for()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 5000; i++) node.Do($"SET key:{i} {i}");
        var (cursor, keys) = Scan(node, ["SCAN", "0", "MATCH", "nosuch", "COUNT", "2"]);
        Assert.Empty(keys);
        Assert.NotEqual("0", cursor);
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

    private static (string Cursor, string[] Keys) Scan(EngineNode node, string[] words)
    {
        var parts = node.DoWords(words).Split('|');
        Assert.Equal("*2", parts[0]);
        var count = int.Parse(parts[3][1..], System.Globalization.CultureInfo.InvariantCulture);
        return (parts[2], [.. Enumerable.Range(0, count).Select(i => parts[5 + (i * 2)])]);
    }
}
