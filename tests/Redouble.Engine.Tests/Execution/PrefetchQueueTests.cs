using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>Fetching ahead shows in nothing but the time; what can go wrong is that it looks at what is there no more.</summary>
public sealed class PrefetchQueueTests
{
    private static readonly string[] s_keys = ["a", "b", "c", "{longer than sixteen bytes}", "s", "h", "z", "l", "x"];

    /// <summary>Requests that delete, replace, move and empty what the ones behind them name, which has been asked for already.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_pipeline_gets_the_replies_that_its_requests_get_one_by_one(int seed)
    {
        var random = new Random(seed);
        using var whole = new EngineNode("hash-max-listpack-entries 4", "set-max-listpack-entries 4", "zset-max-listpack-entries 4");
        using var parts = new EngineNode("hash-max-listpack-entries 4", "set-max-listpack-entries 4", "zset-max-listpack-entries 4");
        var (pipelining, waiting) = (whole.Connect(), parts.Connect());
        for (var round = 0; round < 60; round++)
        {
            var requests = Enumerable.Range(0, random.Next(1, 200)).Select(_ => Request(random)).ToArray();
            whole.Feed(pipelining, Encoding.Latin1.GetBytes(string.Concat(requests)));
            foreach (var request in requests) parts.Feed(waiting, Encoding.Latin1.GetBytes(request));
            Assert.Equal(parts.Take(waiting), whole.Take(pipelining));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(300)]
    public void Commands_of_many_keys_meet_each_of_them(int count)
    {
        using var node = new EngineNode();
        var names = Enumerable.Range(0, count).Select(i => $"k{i}").ToArray();
        Assert.Equal("+OK|", node.Do($"MSET {string.Join(' ', names.Select((name, i) => $"{name} {i}"))}"));
        Assert.Equal($":{count}|", node.Do("DBSIZE"));
        var values = string.Concat(names.Select((_, i) => $"${i.ToString().Length}|{i}|"));
        Assert.Equal($"*{count + 1}|{values}$-1|", node.Do($"MGET {string.Join(' ', names)} none"));
        Assert.Equal($":{count}|", node.Do($"EXISTS none {string.Join(' ', names)}"));
        Assert.Equal($":{count}|", node.Do($"TOUCH {string.Join(' ', names)} none"));
        Assert.Equal(":0|", node.Do($"MSETNX {string.Join(' ', names.Select(name => $"new{name} 1"))} {names[^1]} 1"));
        Assert.Equal($":{count}|", node.Do($"DEL {string.Join(' ', names)} {string.Join(' ', names)}"));
        Assert.Equal($":1|", node.Do($"MSETNX {string.Join(' ', names.Select(name => $"{name} 1"))}"));
        Assert.Equal($":{count}|", node.Do($"UNLINK {names[0]} {string.Join(' ', names)}"));
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(200)]
    public void Commands_of_many_elements_meet_each_of_them(int count)
    {
        using var node = new EngineNode("hash-max-listpack-entries 4", "set-max-listpack-entries 4", "zset-max-listpack-entries 4");
        var names = Enumerable.Range(0, count).Select(i => $"e{i}").ToArray();
        var all = string.Join(' ', names);
        Assert.Equal($":{count}|", node.Do($"HSET h {string.Join(' ', names.Select((name, i) => $"{name} {i}"))}"));
        Assert.Equal($":0|", node.Do($"HSET h {string.Join(' ', names.Select((name, i) => $"{name} {i}"))}"));
        Assert.Equal($"*{count + 1}|{string.Concat(names.Select((_, i) => $"${i.ToString().Length}|{i}|"))}$-1|", node.Do($"HMGET h {all} none"));
        Assert.Equal($":{count}|", node.Do($"SADD s {all} {all}"));
        Assert.Equal($"*{count + 1}|{string.Concat(names.Select(_ => ":1|"))}:0|", node.Do($"SMISMEMBER s {all} none"));
        node.Do($"ZADD z {string.Join(' ', names.Select((name, i) => $"{i} {name}"))}");
        Assert.Equal($"*{count + 1}|{string.Concat(names.Select((_, i) => $"${i.ToString().Length}|{i}|"))}$-1|", node.Do($"ZMSCORE z {all} none"));
        foreach (var command in new[] { "HDEL h", "SREM s", "ZREM z" })
        {
            Assert.Equal(":1|", node.Do($"{command} none {names[0]}"));
            Assert.Equal($":{count - 1}|", node.Do($"{command} {all} {all}")); // the key goes in the middle
        }

        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void An_element_is_an_argument_behind_the_key_of_a_command_about_elements()
    {
        var named = CommandTable.Infos.ToArray().Where(info => info.Element > 0).ToArray();
        Assert.Contains(named, info => info.Name == "hget");
        foreach (var info in named)
        {
            Assert.Equal(1, info.FirstKey);
            Assert.InRange(info.Element, 2, info.MinArguments - 1);
            Assert.True(info.Group is CommandGroup.Hash or CommandGroup.Set or CommandGroup.SortedSet, info.Name);
        }
    }

    [Fact]
    public void What_is_long_gone_can_be_asked_for()
    {
        using var node = new EngineNode("hash-max-listpack-entries 0");
        var keyspace = node.Node.Keyspace;
        var queue = new PrefetchQueue(keyspace);
        for (var i = 0; i < 100; i++) node.Do($"HSET k{i} f v");
        for (var i = 0; i < 200; i++)
        {
            queue.Add(keyspace.Hash(Encoding.ASCII.GetBytes($"k{i}")), i % 3, "f"u8);
            queue.AddNone();
            if (i == 100) node.Do("FLUSHALL");
        }

        Assert.Equal(400, queue.Count);
        Assert.Equal(keyspace.Hash("k7"u8), queue.HashOf(14));
        for (var i = 0; i < queue.Count; i++) queue.BeforeExecution(i);
        queue.Clear();
        Assert.Equal(0, queue.Count);
    }

    private static string Request(Random random)
    {
        var (key, other, element) = (Key(random), Key(random), random.Next(20));
        return random.Next(26) switch
        {
            0 or 1 => $"SET {key} {new string('v', random.Next(300))}x\r\n",
            2 => $"GET {key}\r\n",
            3 => $"DEL {key} {other}\r\n",
            4 => $"RENAME {key} {other}\r\n",
            5 => random.Next(4) == 0 ? "FLUSHALL\r\n" : "PING\r\n",
            6 => random.Next(3) == 0 ? "SWAPDB 0 1\r\n" : $"SELECT {random.Next(2)}\r\n",
            7 => $"MOVE {key} {random.Next(2)}\r\n",
            8 => $"MGET {key} {other} none {key}\r\n",
            9 => $"MSET {key} 1 {other} 2\r\n",
            10 or 11 => $"SADD s {element} {element + 1}\r\n",
            12 => $"SISMEMBER {key} {element}\r\n",
            13 => $"SREM s {element}\r\n",
            14 or 15 => $"HSET h {element} value\r\n",
            16 => $"HGET {key} {element}\r\n",
            17 => $"HDEL h {element} {element + 1}\r\n",
            18 or 19 => $"ZADD z {element} {element}\r\n",
            20 => $"ZSCORE {key} {element}\r\n",
            21 => $"ZADD z GT CH {element} {element}\r\n",
            22 => $"SMOVE s {key} {element}\r\n",
            23 => $"RPUSH l {element}\r\n",
            24 => $"XADD x * f {element}\r\n".Replace("*", "0-*", StringComparison.Ordinal),
            _ => $"COPY {key} {other} REPLACE\r\n",
        };
    }

    private static string Key(Random random) => s_keys[random.Next(s_keys.Length)];
}
