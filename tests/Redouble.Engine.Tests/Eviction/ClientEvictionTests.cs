using System.Text;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Eviction;

public sealed class ClientEvictionTests
{
    [Fact]
    public void The_largest_client_goes_and_no_more_than_has_to()
    {
        using var node = new EngineNode("maxmemory-clients 2mb");
        node.DoWords("SET", "k", new string('v', 10_000));
        var readers = Enumerable.Range(1, 4).Select(i => (Session: node.Connect(), Replies: i * 25)).ToList();
        foreach (var (session, replies) in readers) Ask(node, session, replies); // 250 KB to 1 MB each, unread
        node.Node.FeedReplicas();
        Assert.Equal([false, false, false, true], readers.Select(reader => reader.Session.Has(SessionFlags.CloseAsap)));
        Assert.Equal(1, node.Node.ClientEviction.EvictedClients);
        Assert.Contains(node.LogLines, line => line.StartsWith("Evicting client: id=", StringComparison.Ordinal));
        Assert.Contains("|evicted_clients:1|", node.Do("INFO stats"), StringComparison.Ordinal);
        Ask(node, readers[0].Session, 100);
        node.Node.FeedReplicas();
        Assert.Equal([true, false, false, true], readers.Select(reader => reader.Session.Has(SessionFlags.CloseAsap)));
        Assert.Equal(2, node.Node.ClientEviction.EvictedClients);
    }

    [Fact]
    public void Who_may_not_be_evicted_stays_and_the_log_says_so_once()
    {
        using var node = new EngineNode("maxmemory-clients 1mb");
        node.DoWords("SET", "k", new string('v', 10_000));
        var reader = node.Connect();
        node.Do("CLIENT NO-EVICT ON", reader);
        Ask(node, reader, 200);
        node.Node.FeedReplicas();
        Assert.False(reader.Has(SessionFlags.CloseAsap));
        Ask(node, reader, 1);
        node.Node.FeedReplicas();
        Assert.Single(node.LogLines, "Over client maxmemory after evicting all evictable clients");
        node.Feed(reader, EngineNode.Encode("CLIENT", "NO-EVICT", "OFF"));
        node.Node.FeedReplicas();
        Assert.True(reader.Has(SessionFlags.CloseAsap));
    }

    [Fact]
    public void A_request_that_is_not_complete_counts()
    {
        using var node = new EngineNode("maxmemory-clients 3mb");
        var sender = node.Connect();
        node.Feed(sender, Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9000000\r\n" + new string('x', 4_000_000)));
        node.Node.ClientEviction.Note(sender);
        node.Node.FeedReplicas();
        Assert.True(sender.Has(SessionFlags.CloseAsap));
    }

    [Fact]
    public void A_percentage_is_one_of_maxmemory_and_a_limit_can_be_set_at_any_time()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", new string('v', 10_000));
        var reader = node.Connect();
        Ask(node, reader, 100);
        node.Do("CONFIG SET maxmemory-clients 10%");
        node.Node.FeedReplicas();
        Assert.False(node.Node.ClientEviction.IsLimited);
        node.Do("CONFIG SET maxmemory 20mb");
        node.Node.FeedReplicas();
        Assert.False(reader.Has(SessionFlags.CloseAsap));
        Assert.InRange(node.Node.ClientEviction.TotalBytes, 1_000_000, 1_100_000);
        node.Do("CONFIG SET maxmemory 9mb");
        node.Node.FeedReplicas();
        Assert.True(reader.Has(SessionFlags.CloseAsap));
        node.Do("CONFIG SET maxmemory-clients 0");
        Assert.Equal(0, node.Node.ClientEviction.TotalBytes);
    }

    /// <summary>Clients that had been noted under a limit were once looked at without one: a total of 0 was not below it, and a warning was logged.</summary>
    [Fact]
    public void Switched_off_it_does_nothing()
    {
        using var node = new EngineNode("maxmemory-clients 1mb");
        node.DoWords("SET", "k", new string('v', 10_000));
        var reader = node.Connect();
        Ask(node, reader, 200);
        node.Do("CONFIG SET maxmemory-clients 0");
        node.Node.FeedReplicas();
        Assert.False(reader.Has(SessionFlags.CloseAsap));
        Assert.DoesNotContain(node.LogLines, line => line.Contains("client maxmemory", StringComparison.Ordinal));
        Assert.Equal((0, 0), (node.Node.ClientEviction.TotalBytes, node.Node.ClientEviction.EvictedClients));
    }

    /// <summary>A limit too small to live with is 128 KB, be it given in bytes or as a percentage that comes to nothing.</summary>
    [Theory]
    [InlineData("maxmemory-clients 1", "maxmemory 0")]
    [InlineData("maxmemory-clients 1%", "maxmemory 10")]
    [InlineData("maxmemory-clients 1%", "maxmemory 1mb")]
    public void A_tiny_limit_is_128_KB(string limit, string maxMemory)
    {
        using var node = new EngineNode(limit, maxMemory, "maxmemory-policy noeviction");
        node.Node.FeedReplicas();
        Assert.True(node.Node.ClientEviction.IsLimited);
        var reader = node.Connect();
        for (var i = 0; i < 8; i++) Ask(node, reader, 1, new string('v', 10_000));
        node.Node.FeedReplicas();
        Assert.False(reader.Has(SessionFlags.CloseAsap));
        for (var i = 0; i < 8; i++) Ask(node, reader, 1, new string('v', 10_000));
        node.Node.FeedReplicas();
        Assert.True(reader.Has(SessionFlags.CloseAsap));
    }

    [Fact]
    public void The_total_is_the_sum_of_all_clients()
    {
        using var node = new EngineNode("maxmemory-clients 100mb");
        node.DoWords("SET", "k", new string('v', 10_000));
        var random = new SeededRandom(5);
        var sessions = new List<Session>();
        for (var step = 0; step < 2000; step++)
        {
            switch (random.NextUInt64() % 5)
            {
                case 0:
                    sessions.Add(node.Connect());
                    break;
                case 1 when sessions.Count > 0:
                    var gone = sessions[(int)(random.NextUInt64() % (ulong)sessions.Count)];
                    sessions.Remove(gone);
                    node.Node.RemoveSession(gone);
                    break;
                case 2 when sessions.Count > 0:
                    var taker = sessions[(int)(random.NextUInt64() % (ulong)sessions.Count)];
                    node.Take(taker);
                    node.Node.ClientEviction.Note(taker);
                    break;
                case 3 when sessions.Count > 0:
                    Ask(node, sessions[(int)(random.NextUInt64() % (ulong)sessions.Count)], 5);
                    break;
            }

            node.Node.FeedReplicas();
            long sum = 0;
            for (var slot = 0; slot < node.Node.Sessions.Top; slot++) sum += node.Node.Sessions[slot] is { } session ? SessionMemory.TotalBytes(session) : 0;
            Assert.Equal(sum, node.Node.ClientEviction.TotalBytes);
        }
    }

    [Fact]
    public void Replicas_are_not_counted()
    {
        using var node = new EngineNode("maxmemory-clients 1mb", "repl-diskless-sync-delay 0");
        var replica = node.Connect();
        node.Do("REPLCONF capa eof capa psync2", replica);
        node.Do("PSYNC ? -1", replica);
        node.Node.FeedReplicas();
        Assert.Equal(0, replica.CountedBytes);
    }

    /// <summary>
    /// It was closed at the end of the turn only, and what it had counted until then. A client with unread replies, with a request that has not come to its
    /// end, with a transaction; noted in the turn, or between groups of clients.
    /// </summary>
    [Theory]
    [InlineData("output", true)]
    [InlineData("output", false)]
    [InlineData("input", true)]
    [InlineData("input", false)]
    [InlineData("queue", true)]
    [InlineData("queue", false)]
    public void A_client_that_goes_costs_no_keys(string holds, bool endsTurn)
    {
        using var node = new EvictingNode("allkeys-lru", "maxmemory-clients 2mb");
        node.Fill("k", 0, 300, bytes: 10_000);
        var client = node.Engine.Connect();
        if (holds == "output") Ask(node.Engine, client, 400, new string('v', 10_000));
        if (holds == "input") node.Engine.Feed(client, Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000000\r\n" + new string('x', 4_000_000)));
        if (holds == "queue")
        {
            node.Engine.Do("MULTI", client);
            for (var i = 0; i < 400; i++) node.Engine.Send(EngineNode.Encode("ECHO", new string('v', 10_000)), client);
        }

        Assert.InRange(SessionMemory.TotalBytes(client), 3_900_000, long.MaxValue);
        node.LimitAbove(-2_000_000);
        node.Node.ClientEviction.Note(client);
        if (endsTurn) node.Node.EndTurn();
        else node.Node.FeedReplicas();
        Assert.True(client.Has(SessionFlags.CloseAsap));
        Assert.Equal("+OK|", node.Do("SET new x"));
        Assert.Equal((1, 0), (node.Node.ClientEviction.EvictedClients, node.Evicted));
        node.Node.RemoveSession(client);
        Assert.Equal(":301|", node.Do("DBSIZE"));
    }

    private static void Ask(EngineNode node, Session session, int times, string? echoed = null)
    {
        var request = echoed == null ? EngineNode.Encode("GET", "k") : EngineNode.Encode("ECHO", echoed);
        for (var i = 0; i < times; i++) node.Feed(session, request);
    }
}
