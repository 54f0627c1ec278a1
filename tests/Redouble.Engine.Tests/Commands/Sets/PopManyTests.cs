using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Sets;

/// <summary>
/// SPOP of most of a set. Redis keeps the rest in a new set then, which begins as a listpack; 7.0 has no such sets, so it is no oracle for this.
/// </summary>
public sealed class PopManyTests : IDisposable
{
    private readonly EngineNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("m", 200, 190, "listpack")]
    [InlineData("m", 200, 167, "listpack")] // 33 are left
    [InlineData("m", 200, 166, "hashtable")] // 34, which is more than a fifth of those taken
    [InlineData("m", 1000, 871, "hashtable")] // 129
    [InlineData("m", 1000, 872, "listpack")]
    [InlineData("a-member-that-is-longer-than-64-bytes-and-so-never-in-a-listpack-", 200, 190, "hashtable")]
    [InlineData("", 600, 590, "listpack")] // of integers, and yet no intset
    [InlineData("", 500, 490, "intset")]
    public void The_rest_is_a_listpack_if_it_is_within_the_limits(string prefix, int members, int count, string encoding)
    {
        Fill("s", prefix, members);
        _node.Do("PEXPIRE s 100000");
        var popped = _node.Do($"SPOP s {count}").Split('|', StringSplitOptions.RemoveEmptyEntries).Where(static (_, i) => i > 0 && i % 2 == 0);
        Assert.Equal($"${encoding.Length}|{encoding}|", _node.Do("OBJECT ENCODING s"));
        Assert.Equal($":{members - count}|", _node.Do("SCARD s"));
        Assert.Equal(":100000|", _node.Do("PTTL s"));
        var left = _node.Do("SMEMBERS s").Split('|', StringSplitOptions.RemoveEmptyEntries).Where(static (_, i) => i > 0 && i % 2 == 0);
        Assert.Equal(Enumerable.Range(1, members).Select(i => $"{prefix}{i}").Order(StringComparer.Ordinal), popped.Concat(left).Order(StringComparer.Ordinal));
        Assert.Equal(":1|", _node.Do("SADD s another"));
        Assert.Equal(":1|", _node.Do("SREM s another"));
    }

    [Fact]
    public void Others_are_told_as_ever()
    {
        var tap = new StreamTap(_node);
        var watcher = _node.Connect();
        Fill("s", "m", 200);
        _node.Do("WATCH s", watcher);
        tap.Take();
        _node.Do("SPOP s 190");
        var effect = Assert.Single(tap.Take().Split(" | "));
        Assert.StartsWith("SREM s m", effect, StringComparison.Ordinal);
        Assert.Equal(192, effect.Split(' ').Length);
        _node.Do("MULTI", watcher);
        Assert.Equal("*-1|", _node.Do("EXEC", watcher));
    }

    [Fact]
    public void A_snapshot_has_the_set_as_it_was()
    {
        Fill("s", "m", 2000);
        _node.Do("BGSAVE");
        _node.Do("SPOP s 1990");
        Assert.Equal("$8|listpack|", _node.Do("OBJECT ENCODING s"));
        while (_node.Node.Saves.IsRunning)
        {
            _node.Node.Snapshots.Slice(64);
            _node.Background.Step();
        }

        using var other = new EngineNode();
        other.Files.Files["/data/dump.rdb"] = _node.Files.Files["/data/dump.rdb"];
        other.Node.LoadAtStart();
        while (other.Node.IsLoading) other.Node.EndTurn();
        Assert.Equal(":2000|", other.Do("SCARD s"));
        Assert.Equal(":10|", _node.Do("SCARD s"));
    }

    private void Fill(string key, string prefix, int members) =>
        _node.Do($"SADD {key} {string.Join(' ', Enumerable.Range(1, members).Select(i => $"{prefix}{i}"))}");
}
