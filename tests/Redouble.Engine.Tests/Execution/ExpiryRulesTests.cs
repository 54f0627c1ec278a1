using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;

namespace Redouble.Engine.Tests.Execution;

/// <summary>A transaction changes what its further commands may do with keys and fields whose time has passed.</summary>
public sealed class ExpiryRulesTests
{
    /// <summary>They were once hidden until the end of the transaction: HINCRBY went out without the HDEL, and a replica of this node made 12 of it.</summary>
    [Theory]
    [InlineData("HINCRBY h f 7", "MULTI | HDEL h f | HINCRBY h f 7 | EXEC", "7")]
    [InlineData("HSETNX h f new", "MULTI | HDEL h f | HSETNX h f new | EXEC", "new")]
    [InlineData("HGET h g", "HDEL h g", null)]
    [InlineData("GET k", "DEL k", null)]
    public void A_replica_promoted_in_a_transaction_removes_what_has_expired(string command, string told, string? left)
    {
        using var node = new FollowingNode("replica-read-only no");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        var soon = $"{node.Engine.Node.Keyspace.NowMs + 100}";
        node.Hear([
            .. EngineNode.Encode("SELECT", "0"), .. EngineNode.Encode("HSET", "h", "f", "5", "g", "6", "stays", "1"),
            .. EngineNode.Encode("HPEXPIREAT", "h", soon, "FIELDS", "2", "f", "g"), .. EngineNode.Encode("SET", "k", "v", "PXAT", soon)]);
        node.Turn(200);
        var stream = new StreamTap(node.Engine);
        foreach (var each in new[] { "MULTI", "REPLICAOF NO ONE", command, "EXEC" }) node.Do(each);
        Assert.False(node.Engine.Node.IsReplica);
        Assert.Equal(told, stream.Take().Replace("SELECT 0 | ", "", StringComparison.Ordinal));
        if (left != null) Assert.Equal($"${left.Length}|{left}|", node.Do("HGET h f"));
    }

    /// <summary>Once the node removed the key, and told nobody.</summary>
    [Fact]
    public void A_primary_that_becomes_a_replica_in_a_transaction_hides_what_has_expired()
    {
        using var node = new EngineNode();
        node.Do("SET k v PX 100");
        node.Clock.Advance(200);
        node.Do("MULTI");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("GET k");
        Assert.Equal("*2|+OK|$-1|", node.Do("EXEC"));
        Assert.True(node.Node.Exists(0, "k"u8));
    }

    [Theory]
    [InlineData("CLIENT PAUSE 1000 WRITE", false, "")]
    [InlineData("CLIENT UNPAUSE", true, "DEL k")]
    public void A_pause_counts_from_the_next_command_on(string command, bool isPaused, string told)
    {
        using var node = new EngineNode();
        var stream = new StreamTap(node);
        node.Do("SET k v PX 100");
        stream.Take();
        node.Clock.Advance(200);
        if (isPaused) node.Do("CLIENT PAUSE 1000 WRITE");
        node.Do("MULTI");
        node.Do(command);
        node.Do("GET k");
        Assert.Equal("*2|+OK|$-1|", node.Do("EXEC"));
        Assert.Equal(told, stream.Take());
    }
}
