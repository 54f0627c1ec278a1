using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

public sealed class LocalExpiriesTests
{
    [Fact]
    public void A_writable_replica_removes_what_its_own_clients_let_expire_and_nothing_else()
    {
        using var node = new EngineNode("replica-read-only no", "notify-keyspace-events Ex");
        node.Do("SET of-the-primary 1 PX 100");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("SET local 1 PX 100");
        node.Do("SET renewed 1 PX 100");
        node.Do("SET persistent 1 PX 100");
        node.Do("SELECT 3");
        node.Do("HSET elsewhere f v");
        node.Do("PEXPIRE elsewhere 100");
        node.Do("SELECT 0");
        Assert.Contains("slave_expires_tracked_keys:4|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Do("PEXPIRE renewed 100000");
        node.Do("PERSIST persistent");
        node.Clock.Advance(50);
        Tick(node);
        Assert.Equal(":4|", node.Do("DBSIZE"));
        node.Clock.Advance(100);
        Tick(node);
        Assert.Equal(":3|", node.Do("DBSIZE"));
        Assert.Equal(":0|", node.Do("EXISTS local"));
        Assert.Equal(":2|", node.Do("EXISTS renewed persistent"));
        Assert.Contains("expired_keys:2|", node.Do("INFO stats"), StringComparison.Ordinal);
        Assert.Contains("slave_expires_tracked_keys:1|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Do("SELECT 3");
        Assert.Equal(":0|", node.Do("DBSIZE"));
        node.Clock.Advance(100_000);
        Tick(node);
        node.Do("SELECT 0");
        Assert.Equal(":0|", node.Do("EXISTS renewed"));
        Assert.Equal(":2|", node.Do("DBSIZE")); // only the primary removes its own
    }

    /// <summary>They were once looked for in the database that they came from, and stayed for ever where they are.</summary>
    [Theory]
    [InlineData("MOVE local 3", "local")]
    [InlineData("COPY local copy DB 3", "copy")]
    [InlineData("COPY local of-the-primary DB 3 REPLACE", "of-the-primary")]
    public void One_that_a_client_has_put_into_another_database_is_removed_there(string command, string key)
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("SELECT 3");
        node.Do("SET of-the-primary 1");
        node.Do("SELECT 0");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("SET local 1 PX 100");
        Assert.Equal(":1|", node.Do(command));
        node.Do("SELECT 3");
        Assert.Equal("$1|1|", node.Do($"GET {key}"));
        node.Clock.Advance(150);
        Tick(node);
        Assert.Equal(key == "of-the-primary" ? ":0|" : ":1|", node.Do("DBSIZE"));
    }

    [Fact]
    public void A_promoted_replica_forgets_them()
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("SET local 1 PX 100");
        node.Do("REPLICAOF NO ONE");
        Assert.Contains("slave_expires_tracked_keys:0|", node.Do("INFO stats"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("on-empty-db")]
    [InlineData("swapdb")]
    public void A_full_sync_forgets_them(string load)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "replica-read-only no", $"repl-diskless-load {load}");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Do("SET local 1 PX 100000");
        Assert.Contains("slave_expires_tracked_keys:1|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Turn(2000);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "connection closed by the primary");
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2));
        Assert.True(node.Link.IsUp);
        Assert.Contains("slave_expires_tracked_keys:0|", node.Do("INFO stats"), StringComparison.Ordinal);
    }

    private static void Tick(EngineNode node)
    {
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.Timer();
    }
}
