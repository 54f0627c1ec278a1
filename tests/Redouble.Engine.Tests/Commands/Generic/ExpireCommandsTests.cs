using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class ExpireCommandsTests
{
    private const string Incompatible = "-ERR NX and XX, GT or LT options at the same time are not compatible|";

    [Theory]
    [InlineData("EXPIRE k 10", "PEXPIREAT k 1700000010000")]
    [InlineData("PEXPIRE k 10", "PEXPIREAT k 1700000000010")]
    [InlineData("EXPIREAT k 1700000010 nx", "PEXPIREAT k 1700000010000 nx")]
    [InlineData("pexpireat k 1700000000010 LT", "pexpireat k 1700000000010 LT")]
    [InlineData("EXPIRE k 0", "DEL k")]
    [InlineData("PEXPIREAT k -5", "DEL k")]
    [InlineData("EXPIRE k 10 XX", "")]
    [InlineData("EXPIRE nosuch 10", "")]
    [InlineData("PERSIST k", "")]
    public void Replicas_are_told_a_moment(string command, string stream)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        var tap = new StreamTap(node);
        Assert.Equal(stream.Length == 0 ? ":0|" : ":1|", node.Do(command));
        Assert.Equal(stream.Length == 0 ? "" : "SELECT 0 | " + stream, tap.Take());
    }

    [Theory]
    [InlineData("EXPIRE k abc", "-ERR value is not an integer or out of range|")]
    [InlineData("EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command|")]
    [InlineData("EXPIRE k -9223372036854775808", "-ERR invalid expire time in 'expire' command|")]
    [InlineData("PEXPIRE k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command|")]
    [InlineData("EXPIREAT k 9223372036854775807", "-ERR invalid expire time in 'expireat' command|")]
    [InlineData("EXPIRE k 10 foo", "-ERR Unsupported option foo|")]
    [InlineData("EXPIRE k 10 NX XX", Incompatible)]
    [InlineData("EXPIRE k 10 NX LT", Incompatible)]
    [InlineData("EXPIRE k 10 GT LT", "-ERR GT and LT options at the same time are not compatible|")]
    [InlineData("EXPIRE k abc foo", "-ERR Unsupported option foo|")]
    public void Bad_arguments_are_refused(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(":-1|", node.Do("PTTL k"));
    }

    [Theory]
    [InlineData(100, "NX", 0)]
    [InlineData(100, "XX", 1)]
    [InlineData(100, "GT", 0)]
    [InlineData(100, "LT", 0)]
    [InlineData(200, "GT", 1)]
    [InlineData(50, "LT", 1)]
    [InlineData(50, "XX LT", 1)]
    [InlineData(200, "XX LT", 0)]
    public void Conditions_compare_with_the_present_expiry(int seconds, string condition, int done)
    {
        using var node = new EngineNode();
        node.Do("SET k v EX 100");
        Assert.Equal($":{done}|", node.Do($"EXPIRE k {seconds} {condition}"));
        Assert.Equal($":{(done == 1 ? seconds : 100)}|", node.Do("TTL k"));
    }

    [Theory]
    [InlineData("NX", 1)]
    [InlineData("XX", 0)]
    [InlineData("GT", 0)]
    [InlineData("LT", 1)]
    [InlineData("XX LT", 0)]
    public void A_key_without_expiry_expires_last(string condition, int done)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        Assert.Equal($":{done}|", node.Do($"EXPIRE k 100 {condition}"));
    }

    [Fact]
    public void Times_to_live_are_rounded_to_the_nearest_second()
    {
        using var node = new EngineNode();
        Assert.Equal(":-2|", node.Do("TTL k"));
        node.Do("SET k v PX 1499");
        Assert.Equal(":1|", node.Do("TTL k"));
        Assert.Equal(":1499|", node.Do("PTTL k"));
        Assert.Equal(":1700000001|", node.Do("EXPIRETIME k"));
        node.Clock.Advance(1499);
        Assert.Equal(":0|", node.Do("PTTL k"));
        node.Clock.Advance(1);
        Assert.Equal(":-2|", node.Do("PTTL k"));
        Assert.Equal(":-2|", node.Do("PEXPIRETIME k"));
    }

    [Fact]
    public void An_expired_key_is_deleted_for_replicas_before_what_replaces_it()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("SET k v PXAT 1700000000010");
        node.Do("SET l v PXAT 1700000000010");
        tap.Take();
        node.Clock.Advance(11);
        Assert.Equal("*2|$-1|$-1|", node.Do("MGET k l"));
        Assert.Equal("MULTI | DEL k | DEL l | EXEC", tap.Take());
        Assert.Equal(":1|", node.Do("INCR k"));
        Assert.Equal("INCR k", tap.Take());
    }

    [Fact]
    public void Removals_are_called_unlink_when_configured_so()
    {
        using var node = new EngineNode("lazyfree-lazy-expire yes");
        var tap = new StreamTap(node);
        node.Do("SET k v");
        node.Do("EXPIRE k -1");
        Assert.EndsWith("| UNLINK k", tap.Take(), StringComparison.Ordinal);
    }
}
