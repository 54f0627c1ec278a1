using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>
/// Names, watched and awaited keys and prefixes are in the collected heap, and there as large as clients like. Neither <c>used_memory</c> nor the limits of
/// clients saw most of them once: ten clients, each in BLPOP of a million keys, held 2 GB that no limit knew of.
/// </summary>
public sealed class ManagedMemoryTests
{
    private const int NameLength = 60_000;

    private static readonly string _name = new('n', NameLength);

    [Theory]
    [InlineData("CLIENT SETNAME {0}", "CLIENT SETNAME x", 25)]
    [InlineData("CLIENT SETNAME {0}", "RESET", 0)]
    [InlineData("HELLO 3 SETNAME {0}", "RESET", 0)]
    [InlineData("CLIENT SETINFO LIB-NAME {0}", "CLIENT SETINFO LIB-NAME x", 25)]
    [InlineData("CLIENT SETINFO LIB-VER {0}", "CLIENT SETINFO LIB-VER x", 25)]
    [InlineData("WATCH {0} b {0}", "UNWATCH", 0)]
    [InlineData("WATCH {0}", "RESET", 0)]
    [InlineData("CLIENT TRACKING ON BCAST PREFIX {0} PREFIX b", "CLIENT TRACKING OFF", 0)]
    [InlineData("CLIENT TRACKING ON BCAST PREFIX {0}", "RESET", 0)]
    public void What_a_client_holds_counts_until_it_gives_it_up(string hold, string give, long left)
    {
        using var node = new EngineNode();
        var session = node.Connect();
        var (used, own) = (node.Node.UsedMemory, SessionMemory.TotalBytes(session));
        for (var i = 0; i < 2; i++) // the second time changes nothing
        {
            Do(node, session, hold.Split(' ').Select(word => word.Replace("{0}", _name, StringComparison.Ordinal)).ToArray());
            Assert.InRange(node.Node.UsedMemory - used, NameLength, NameLength + 1500);
            Assert.InRange(SessionMemory.TotalBytes(session) - own, NameLength, NameLength + 1500);
        }

        Do(node, session, give.Split(' '));
        Assert.Equal(left, session.HeldBytes);
        Assert.Equal(left, node.Node.Sessions.Managed.Bytes);
        Assert.Equal(left, SessionMemory.TotalBytes(session) - own);
    }

    /// <summary>XREAD keeps the request as it came and as it runs again.</summary>
    [Theory]
    [InlineData("BLPOP {0} 0")]
    [InlineData("BLPOP {0} {0} 0")]
    [InlineData("XREAD BLOCK 0 STREAMS {0} $ $")]
    public void Awaited_keys_count_until_the_wait_is_over(string command)
    {
        const int keys = 1000;
        string[] names = [.. Enumerable.Range(0, command.StartsWith('X') ? 2 : keys).Select(i => $"key-{i}")];
        string[] words = [.. command.Split(' ').SelectMany(word => word == "{0}" ? names : [word])];
        var arguments = words.Length * (command.StartsWith('X') ? 2 : 1);
        var expected = names.Sum(name => ManagedMemory.AwaitedKeyBytes + name.Length) + (8 * arguments);
        using var node = new EngineNode();
        Action<Session>[] ends =
        [
            session => node.Do($"CLIENT UNBLOCK {session.Id}"),
            session => node.Do($"CLIENT UNBLOCK {session.Id} ERROR"),
            _ => node.Do(command.StartsWith('X') ? "XADD key-1 * f v" : "RPUSH key-999 v"),
            session => node.Node.Clients.Close(session),
            session => node.Node.RemoveSession(session),
        ];
        foreach (var end in ends)
        {
            var session = node.Connect();
            var own = SessionMemory.TotalBytes(session);
            Do(node, session, words);
            Assert.Equal((expected, expected), (session.HeldBytes, node.Node.Sessions.Managed.Bytes));
            Assert.InRange(SessionMemory.TotalBytes(session) - own, expected, expected + (words.Length * 30) + 1000);
            end(session);
            Assert.Equal((0, 0), (session.HeldBytes, node.Node.Sessions.Managed.Bytes));
        }
    }

    [Fact]
    public void Who_waits_again_is_counted_once()
    {
        using var node = new EngineNode();
        var session = node.Connect();
        Do(node, session, "BLPOP", "a", "b", "0");
        var held = session.HeldBytes;
        for (var i = 0; i < 3; i++)
        {
            node.DoWords("MULTI");
            node.DoWords("RPUSH", "a", "x");
            node.DoWords("DEL", "a");
            node.DoWords("EXEC");
        }

        Assert.NotNull(session.Blocked);
        Assert.Equal((held, held), (session.HeldBytes, node.Node.Sessions.Managed.Bytes));
    }

    [Fact]
    public void A_client_that_goes_holds_nothing()
    {
        using var node = new EngineNode();
        Session[] sessions = [node.Connect(), node.Connect()];
        foreach (var session in sessions)
        {
            Do(node, session, "CLIENT", "SETNAME", _name);
            Do(node, session, "CLIENT", "SETINFO", "LIB-NAME", _name);
            Do(node, session, "CLIENT", "SETINFO", "LIB-VER", _name);
            Do(node, session, "WATCH", "a", "b");
            Do(node, session, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "p", "PREFIX", "q");
            Do(node, session, "BLPOP", "a", "b", "0");
        }

        var held = sessions[1].HeldBytes;
        Assert.InRange(held, 3 * NameLength, 4 * NameLength);
        Assert.Equal(2 * held, node.Node.Sessions.Managed.Bytes);
        node.Node.RemoveSession(sessions[0]);
        Assert.Equal(held, node.Node.Sessions.Managed.Bytes);
        node.Node.RemoveSession(sessions[1]);
        Assert.Equal(0, node.Node.Sessions.Managed.Bytes);
        Assert.Equal(0, node.Node.Tracking.PrefixCount);
    }

    /// <summary>The one that holds most goes, not the one that has sent most.</summary>
    [Theory]
    [InlineData("BLPOP {0} 0")]
    [InlineData("WATCH {0}")]
    [InlineData("CLIENT TRACKING ON BCAST {2}")]
    public void The_client_that_holds_most_is_evicted(string command)
    {
        string[] keys = [.. Enumerable.Range(1000, 3000).Select(i => $"k{i}")];
        string[] words =
        [
            .. command.Split(' ').SelectMany(word => word switch
            {
                "{0}" => keys,
                "{2}" => keys.SelectMany(key => new[] { "PREFIX", key }),
                _ => [word],
            }),
        ];
        using var node = new EngineNode("maxmemory-clients 1mb");
        Session[] sessions = [node.Connect(), node.Connect(), node.Connect()];
        Do(node, sessions[0], "BLPOP", new string('k', 200_000), "0");
        node.Node.FeedReplicas();
        Assert.All(sessions, session => Assert.False(session.Has(SessionFlags.CloseAsap)));
        Do(node, sessions[1], words);
        node.Node.FeedReplicas();
        Assert.Equal([false, true, false], sessions.Select(session => session.Has(SessionFlags.CloseAsap)));
        Assert.Equal(1, node.Node.ClientEviction.EvictedClients);
    }

    /// <summary>As in Redis: the memory of clients counts against maxmemory.</summary>
    [Fact]
    public void What_clients_hold_counts_against_maxmemory()
    {
        using var node = new EngineNode("maxmemory-policy noeviction");
        node.Do($"CONFIG SET maxmemory {node.Node.UsedMemory + 300_000}");
        var session = node.Connect();
        Do(node, session, ["BLPOP", .. Enumerable.Range(0, 2000).Select(i => $"k{i}"), "0"]);
        Assert.StartsWith("-OOM", node.Do("SET a b"), StringComparison.Ordinal);
        node.Do($"CLIENT UNBLOCK {session.Id}");
        Assert.Equal("+OK|", node.Do("SET a b"));
    }

    [Fact]
    public void The_figures_of_the_allocator_stay_in_order()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 400; i++) Do(node, node.Connect(), "CLIENT", "SETNAME", _name);
        var info = node.Do("INFO memory");
        Assert.InRange(Field("used_memory"), 20_000_000, 30_000_000);
        Assert.InRange(Field("allocator_active"), Field("allocator_allocated"), Field("allocator_resident"));

        long Field(string name) => long.Parse(info.Split('|').Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':')[1]);
    }

    [Fact]
    public void A_table_that_was_large_gives_its_room_back()
    {
        var table = new Dictionary<byte[], int>();
        byte[][] keys = [.. Enumerable.Range(0, 100_000).Select(i => BitConverter.GetBytes(i))];
        foreach (var key in keys) table.Add(key, 0);
        foreach (var key in keys)
        {
            table.Remove(key);
            ManagedMemory.Shrink(table);
            Assert.InRange(table.Capacity, table.Count, 1024 + (table.Count * 9L));
        }

        Assert.InRange(table.Capacity, 0, 1024);
    }

    private static string Do(EngineNode node, Session session, params string[] words) => node.Send(EngineNode.Encode(words), session);
}
