using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;

namespace Redouble.Engine.Tests.Transactions;

public sealed class TransactionManagerTests
{
    private const string Ran = "*0|";
    private const string Failed = "*-1|";

    /// <summary>What becomes of a watched key when its database is exchanged, by what the key was and what comes: none, expired, or alive.</summary>
    [Theory]
    [InlineData("none", "none", Ran)]
    [InlineData("none", "expired", Ran)]
    [InlineData("none", "alive", Failed)]
    [InlineData("expired", "none", Ran)]
    [InlineData("expired", "expired", Ran)]
    [InlineData("expired", "alive", Failed)]
    [InlineData("alive", "none", Failed)]
    [InlineData("alive", "expired", Failed)]
    [InlineData("alive", "alive", Failed)]
    public void An_exchange_of_databases_touches_who_sees_a_change(string before, string after, string reply)
    {
        using var node = new EngineNode();
        Make(node, 1, after);
        Make(node, 0, before);
        node.Clock.Advance(10);
        node.Do("WATCH k");
        node.Do("SWAPDB 0 1");
        node.Do("MULTI");
        Assert.Equal(reply, node.Do("EXEC"));
    }

    [Theory]
    [InlineData("expired", Ran)]
    [InlineData("alive", Failed)]
    public void FLUSHALL_is_no_change_for_who_watched_an_expired_key(string before, string reply)
    {
        using var node = new EngineNode();
        Make(node, 0, before);
        node.Clock.Advance(10);
        node.Do("WATCH k");
        node.Do("FLUSHALL");
        node.Do("MULTI");
        Assert.Equal(reply, node.Do("EXEC"));
    }

    /// <summary>Each has its place among the watchers of a key, and leaves it whatever the others do.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Who_has_stopped_watching_is_touched_no_more_and_the_others_are(int seed)
    {
        var random = new Random(seed);
        using var node = new EngineNode();
        var watched = new List<(Sessions.Session Session, HashSet<int> Keys)>();
        for (var step = 0; step < 600; step++)
        {
            if (watched.Count < 40) watched.Add((node.Connect(), []));
            var (session, keys) = watched[random.Next(watched.Count)];
            switch (random.Next(6))
            {
                case 0:
                    node.Do("UNWATCH", session);
                    keys.Clear();
                    break;
                case 1:
                    node.Node.RemoveSession(session);
                    watched.RemoveAll(entry => entry.Session == session);
                    break;
                case 2:
                    var key = random.Next(5);
                    node.Do($"SET k{key} {step}");
                    foreach (var (other, of) in watched)
                    {
                        if (random.Next(4) > 0) continue;
                        node.Do("MULTI", other);
                        Assert.Equal(of.Remove(key) ? Failed : Ran, node.Do("EXEC", other));
                        of.Clear();
                    }

                    foreach (var (other, of) in watched)
                    {
                        if (!of.Contains(key)) continue;
                        node.Do("UNWATCH", other);
                        of.Clear();
                    }

                    break;
                default:
                    var more = random.Next(5);
                    node.Do($"WATCH k{more}", session);
                    keys.Add(more);
                    break;
            }

            Assert.Equal(watched.Sum(static entry => entry.Keys.Count), node.Node.Transactions.WatchedCount);
        }
    }

    /// <summary>A full sync whose data set is loaded beside the old one, and exchanged for it.</summary>
    [Theory]
    [InlineData("key:0", Failed)]
    [InlineData("key:1", Failed)]
    [InlineData("key:2", Ran)]
    public void A_data_set_that_is_exchanged_touches_who_sees_a_change(string key, string reply)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "repl-diskless-load swapdb");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Do($"WATCH {key}");
        node.Turn(2000);
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "connection closed by the primary");
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2));
        Assert.True(node.Link.IsUp);
        node.Do("MULTI");
        Assert.Equal(reply, node.Do("EXEC"));
    }

    [Fact]
    public void A_key_that_expires_while_it_is_watched_has_changed()
    {
        using var node = new EngineNode();
        Make(node, 0, "expired");
        node.Do("WATCH k");
        node.Clock.Advance(10);
        node.Do("MULTI");
        Assert.Equal(Failed, node.Do("EXEC"));
    }

    [Fact]
    public void Inside_EXEC_a_client_is_still_in_its_transaction()
    {
        using var node = new EngineNode();
        node.Do("MULTI");
        node.Do("CLIENT INFO");
        node.Do("PING");
        var line = node.Do("EXEC");
        Assert.Contains(" flags=x ", line, StringComparison.Ordinal);
        Assert.Contains(" multi=2 ", line, StringComparison.Ordinal);
        Assert.Contains(" cmd=exec ", line, StringComparison.Ordinal);
        Assert.Contains(" flags=N ", node.Do("CLIENT INFO"), StringComparison.Ordinal);
    }

    private static void Make(EngineNode node, int database, string state)
    {
        node.Do($"SELECT {database}");
        if (state == "alive") node.Do("SET k v");
        else if (state == "expired") node.Do("SET k v PX 3");
    }

    [Fact]
    public void Writes_beside_watchers_allocate_nothing_in_the_collected_heap()
    {
        using var node = new EngineNode();
        var watcher = node.Connect();
        node.Do("WATCH watched", watcher);
        var key = "another"u8.ToArray();
        for (var i = 0; i < 100; i++) node.Node.Transactions.Touch(0, key);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) node.Node.Transactions.Touch(0, key);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        node.Node.Transactions.Touch(0, "watched"u8);
        node.Do("MULTI", watcher);
        Assert.Equal(Failed, node.Do("EXEC", watcher));
    }
}
