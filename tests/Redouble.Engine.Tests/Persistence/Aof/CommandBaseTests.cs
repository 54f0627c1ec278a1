namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>The base of <c>aof-use-rdb-preamble no</c>, command by command.</summary>
public sealed class CommandBaseTests
{
    [Theory]
    [InlineData("SET k v", "SET k v")]
    [InlineData("SET k 12345", "SET k 12345")]
    [InlineData("RPUSH k a 1 b", "RPUSH k a 1 b")]
    [InlineData("SADD k 3 1 2", "SADD k 1 2 3")]
    [InlineData("SADD k x y", "SADD k x y")]
    [InlineData("ZADD k 1.5 a -inf b 17 c", "ZADD k -inf b 1.5 a 17 c")]
    [InlineData("HSET k f 1 g two", "HMSET k f 1 g two")]
    [InlineData("SET k v PXAT 4000000000000", "SET k v / PEXPIREAT k 4000000000000")]
    [InlineData("XADD k 5-1 f v", "XADD k 5-1 f v / XSETID k 5-1 ENTRIESADDED 1 MAXDELETEDID 0-0")]
    public void A_value_is_one_command(string command, string commands) => Assert.Equal($"SELECT 0 / {commands}", BaseOf(command));

    [Fact]
    public void Elements_come_64_at_a_time()
    {
        var words = string.Join(' ', Enumerable.Range(100, 130));
        var expected = $"RPUSH k {string.Join(' ', Enumerable.Range(100, 64))} / RPUSH k {string.Join(' ', Enumerable.Range(164, 64))} / RPUSH k 228 229";
        Assert.Equal($"SELECT 0 / {expected}", BaseOf($"RPUSH k {words}"));
        Assert.Equal($"SELECT 0 / {expected}", BaseOf("CONFIG SET list-max-listpack-size 3", $"RPUSH k {words}"));
        var pairs = string.Join(' ', Enumerable.Range(100, 70).Select(static i => $"f{i} {i}"));
        var first = string.Join(' ', Enumerable.Range(100, 64).Select(static i => $"f{i} {i}"));
        var rest = string.Join(' ', Enumerable.Range(164, 6).Select(static i => $"f{i} {i}"));
        Assert.Equal($"SELECT 0 / HMSET k {first} / HMSET k {rest}", BaseOf($"HSET k {pairs}"));
    }

    [Fact]
    public void Large_collections_are_whole()
    {
        var members = Enumerable.Range(0, 1000).Select(static i => $"member:{i}").ToArray();
        var written = BaseOf($"SADD k {string.Join(' ', members)}").Split(" / ")[1..];
        Assert.Equal((1000 + 63) / 64, written.Length);
        Assert.All(written, static command => Assert.StartsWith("SADD k ", command, StringComparison.Ordinal));
        Assert.Equal(members.Order(StringComparer.Ordinal), written.SelectMany(static command => command.Split(' ')[2..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_field_with_a_time_is_followed_by_it()
    {
        Assert.Equal(
            "SELECT 0 / HMSET k f 1 / HPEXPIREAT k 4000000000000 FIELDS 1 f / HMSET k g 2 h 3",
            BaseOf("HSET k f 1 g 2 h 3", "HPEXPIREAT k 4000000000000 FIELDS 1 f"));
    }

    [Fact]
    public void A_stream_without_entries_is_there_with_its_groups()
    {
        Assert.Equal(
            "SELECT 0 / XADD k MAXLEN 0 7-0 x y / XSETID k 7-0 ENTRIESADDED 1 MAXDELETEDID 7-0 / XGROUP CREATE k g 0-0 ENTRIESREAD -1"
                + " / XGROUP CREATECONSUMER k g c",
            BaseOf("XADD k 7 f v", "XDEL k 7-0", "XGROUP CREATE k g 0", "XGROUP CREATECONSUMER k g c"));
    }

    [Fact]
    public void Pending_entries_are_claimed()
    {
        using var node = Filled("XADD k 1 f v", "XADD k 2 g w h x", "XGROUP CREATE k g 0");
        node.Do("XREADGROUP GROUP g alice COUNT 1 STREAMS k >");
        node.Do("XREADGROUP GROUP g bob STREAMS k >");
        var now = node.Engine.Node.Keyspace.NowMs;
        Assert.Equal(
            "SELECT 0 / XADD k 1-0 f v / XADD k 2-0 g w h x / XSETID k 2-0 ENTRIESADDED 2 MAXDELETEDID 0-0 / XGROUP CREATE k g 2-0 ENTRIESREAD 2"
                + $" / XCLAIM k g alice 0 1-0 TIME {now} RETRYCOUNT 1 JUSTID FORCE / XCLAIM k g bob 0 2-0 TIME {now} RETRYCOUNT 1 JUSTID FORCE",
            Rewritten(node));
    }

    [Fact]
    public void A_long_string_is_whole()
    {
        using var node = Filled();
        node.Engine.DoWords("SET", "k", new string('x', 300_000));
        Assert.Equal($"SELECT 0 / SET k {new string('x', 300_000)}", Rewritten(node));
    }

    private static string BaseOf(params string[] commands)
    {
        using var node = Filled(commands);
        return Rewritten(node);
    }

    private static AofNode Filled(params string[] commands)
    {
        var node = new AofNode("aof-use-rdb-preamble no");
        foreach (var command in commands) Assert.DoesNotContain("-ERR", node.Do(command), StringComparison.Ordinal);
        return node;
    }

    private static string Rewritten(AofNode node)
    {
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk, string.Join('\n', node.Engine.LogLines));
        return node.Commands("appendonly.aof.2.base.aof");
    }
}
