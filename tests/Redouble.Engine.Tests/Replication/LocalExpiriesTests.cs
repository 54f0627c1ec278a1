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

    /// <summary>Redis remembers the keys to which a command gave a time. Each key that a command named was once remembered, if it had one.</summary>
    [Theory]
    [InlineData("COPY list timed DB 3", 0)]
    [InlineData("COPY timed copy", 1)]
    [InlineData("COPY timed copy DB 3", 1)]
    [InlineData("RENAME local renamed", 1)]
    [InlineData("RENAMENX local renamed", 1)]
    [InlineData("SUNIONSTORE dst timed-set", 0)]
    [InlineData("BITOP NOT dst timed", 0)]
    [InlineData("SORT timed-set STORE dst", 0)]
    [InlineData("APPEND timed 2", 0)]
    [InlineData("INCR timed", 0)]
    [InlineData("SADD timed-set 2", 0)]
    [InlineData("SET timed 2 KEEPTTL", 0)]
    [InlineData("GETEX timed", 0)]
    [InlineData("RPOPLPUSH list other", 0)]
    public void A_key_of_the_primary_stays_whatever_clients_do_but_give_it_a_time(string command, int remembered)
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("SET timed 1 PX 100");
        node.Do("SADD timed-set 1");
        node.Do("PEXPIRE timed-set 100");
        node.Do("RPUSH list 1 2");
        node.Do("SET local 1");
        node.Do("REPLICAOF 127.0.0.1 1");
        if (command.StartsWith("RENAME", StringComparison.Ordinal)) node.Do("PEXPIRE local 100");
        Assert.DoesNotContain("-ERR", node.Do(command), StringComparison.Ordinal);
        var tracked = remembered + (command.StartsWith("RENAME", StringComparison.Ordinal) ? 1 : 0); // the old name until its time
        Assert.Contains($"slave_expires_tracked_keys:{tracked}|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Clock.Advance(150);
        var before = node.Node.Keyspace[0].Count;
        for (var i = 0; i < 3; i++) Tick(node);
        Assert.True(node.Node.Exists(0, "timed"u8));
        Assert.True(node.Node.Exists(0, "timed-set"u8));
        var isHere = remembered == 1 && !command.EndsWith("DB 3", StringComparison.Ordinal);
        Assert.Equal(before - (isHere ? 1 : 0), node.Node.Keyspace[0].Count);
    }

    [Theory]
    [InlineData("SET k v EX 10")]
    [InlineData("SET k v PXAT 1800000000000")]
    [InlineData("SETEX k 10 v")]
    [InlineData("PSETEX k 10 v")]
    [InlineData("EXPIRE k 10")]
    [InlineData("PEXPIREAT k 1800000000000")]
    [InlineData("GETEX k EX 10")]
    public void Each_command_that_gives_a_time_is_remembered(string command)
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("SET k 1");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do(command);
        Assert.Contains("slave_expires_tracked_keys:1|", node.Do("INFO stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restored_key_is_remembered_with_its_time()
    {
        using var node = new EngineNode("replica-read-only no", "enable-debug-command yes");
        node.Do("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
        node.Do("REPLICAOF 127.0.0.1 1");
        Assert.Equal("+OK|", node.DoWords("RESTORE", "persistent", "0", "\0\u0001v\n\0\0\0\0\0\0\0\0\0"));
        Assert.Contains("slave_expires_tracked_keys:0|", node.Do("INFO stats"), StringComparison.Ordinal);
        Assert.Equal("+OK|", node.DoWords("RESTORE", "timed", "100", "\0\u0001v\n\0\0\0\0\0\0\0\0\0"));
        Assert.Contains("slave_expires_tracked_keys:1|", node.Do("INFO stats"), StringComparison.Ordinal);
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

    /// <summary>Their memory was once given back by a replica's timer only: behind a promotion it was kept for as long as the node was a primary.</summary>
    [Theory]
    [InlineData("REPLICAOF NO ONE")]
    [InlineData("DEBUG SET-ACTIVE-EXPIRE 0", "FLUSHALL")]
    public void The_memory_of_what_is_forgotten_is_given_back(params string[] commands)
    {
        const int keys = 5000;
        using var node = new EngineNode("replica-read-only no", "enable-debug-command yes");
        node.Do("REPLICAOF 127.0.0.1 1");
        for (var i = 0; i < keys; i++) node.Do($"SET local:{i} 1 PX 100000");
        foreach (var command in commands) Assert.Equal("+OK|", node.Do(command));
        while (node.Node.Keyspace.CanFree) node.Node.Keyspace.FreeSlice(int.MaxValue);
        var before = node.Node.Heap.UsedBytes;
        for (var i = 0; i < 3; i++) Tick(node);
        Assert.InRange(before - node.Node.Heap.UsedBytes, keys * 16, long.MaxValue);
    }

    /// <summary>A pause is a promise that nothing changes, here as on a primary.</summary>
    [Fact]
    public void They_stay_while_writes_are_paused()
    {
        using var node = new EngineNode("replica-read-only no");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("SET local 1 PX 100");
        node.Do("CLIENT PAUSE 1000 WRITE");
        node.Clock.Advance(200);
        Tick(node);
        Assert.True(node.Node.Exists(0, "local"u8));
        node.Do("CLIENT UNPAUSE");
        Tick(node);
        Assert.False(node.Node.Exists(0, "local"u8));
    }

    /// <summary>
    /// FLUSHALL once left them remembered, and a key of the primary that had the name of one went when its time had come, and not with its DEL.
    /// </summary>
    [Fact]
    public void FlushAll_forgets_them()
    {
        using var node = new FollowingNode("replica-read-only no");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        var now = node.Engine.Node.Keyspace.NowMs;
        node.Do($"SET name local PXAT {now + 100}");
        Assert.Equal("+OK|", node.Do("FLUSHALL"));
        Assert.Contains("slave_expires_tracked_keys:0|", node.Do("INFO stats"), StringComparison.Ordinal);
        node.Hear([.. EngineNode.Encode("SELECT", "0"), .. EngineNode.Encode("SET", "name", "of-the-primary", "PXAT", $"{now + 100}")]);
        node.Engine.Clock.Advance(150);
        Tick(node.Engine);
        Assert.True(node.Engine.Node.Exists(0, "name"u8));
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
