namespace Redouble.Engine.Tests.Eviction;

/// <summary>With these settings each use of a key adds one to its counter: a command that looks it up and then opens it has used it once.</summary>
public sealed class AccessCountTests
{
    [Theory]
    [InlineData("SADD k a", "SADD k b")]
    [InlineData("SADD k a b", "SPOP k")]
    [InlineData("SADD k a b", "SMOVE k other a")]
    [InlineData("HSET k f 1", "HSET k g 1")]
    [InlineData("HSET k f 1", "HINCRBY k f 1")]
    [InlineData("RPUSH k a b", "LMOVE k other LEFT LEFT")]
    [InlineData("SET k 1", "SET k 2 XX")]
    [InlineData("SET k 1", "INCRBYFLOAT k 1")]
    [InlineData("PFADD k a", "PFADD k b")]
    public void A_write_is_one_use(string creation, string command)
    {
        using var node = Counting();
        node.Do(creation);
        Assert.Equal(":5|", node.Do("OBJECT FREQ k"));
        node.Do(command);
        Assert.Equal(":6|", node.Do("OBJECT FREQ k"));
    }

    [Theory]
    [InlineData("SUNIONSTORE k s", ":9|")]
    [InlineData("SUNIONSTORE k k s", ":10|")]
    [InlineData("SORT s BY nosort STORE k", ":9|")]
    public void A_key_that_is_overwritten_stays_as_used_as_it_was(string command, string frequency)
    {
        using var node = Counting();
        node.Do("SADD k a");
        node.Do("SADD s b");
        for (var i = 0; i < 3; i++) node.Do("SCARD k");
        node.Do(command);
        Assert.Equal(frequency, node.Do("OBJECT FREQ k"));
    }

    private static EvictingNode Counting() => new("allkeys-lfu", "lfu-log-factor 0", "lfu-decay-time 0");
}
