using System.Text;
using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Tracking.TrackingNode;

namespace Redouble.Engine.Tests.Tracking;

/// <summary>The table's size: its limit, its memory, many sessions of one key.</summary>
public sealed class TrackingTableTests
{
    [Fact]
    public void The_next_command_of_anybody_makes_room()
    {
        using var node = new TrackingNode("tracking-table-max-keys 3");
        var reader = node.Tracker();
        node.Do("MGET a b c d e", reader);
        Assert.Equal(5, node.Node.Tracking.KeyCount);
        Assert.Equal("+PONG|", node.Do("PING"));
        Assert.Equal(3, node.Node.Tracking.KeyCount);
        var told = Keys(node.Told(reader));
        Assert.Equal(2, told.Count);
        // What was not told of is still tracked.
        node.Do("MSET a 1 b 1 c 1 d 1 e 1");
        Assert.Equal(["a", "b", "c", "d", "e"], told.Concat(Keys(node.Told(reader))).Order());
    }

    [Fact]
    public void The_one_whose_command_makes_room_is_told_before_its_reply()
    {
        using var node = new TrackingNode("tracking-table-max-keys 1");
        var reader = node.Tracker();
        var quiet = node.Tracker("NOLOOP");
        node.Do("MGET a b", reader);
        Assert.Matches(@"^>2\|\$10\|invalidate\|\*1\|\$1\|[ab]\|\+PONG\|$", node.Do("PING", reader));
        node.Do("MGET a b", quiet);
        Assert.Equal("+PONG|", node.Do("PING", quiet)); // as in Redis: its own doing
    }

    [Fact]
    public void The_timer_makes_room_where_nobody_comes()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("MGET a b c", reader);
        node.Do("CONFIG SET tracking-table-max-keys 1");
        node.Node.Timer();
        Assert.Equal(1, node.Node.Tracking.KeyCount);
        Assert.Equal(2, Keys(node.Told(reader)).Count);
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        using var node = new TrackingNode("tracking-table-max-keys 0");
        var reader = node.Tracker();
        node.Do("MGET a b c", reader);
        node.Do("PING");
        node.Node.Timer();
        Assert.Equal(3, node.Node.Tracking.KeyCount);
        Assert.Equal("", node.Told(reader));
    }

    /// <summary>A hundred entries per command, then two hundred, and so on: the table cannot outrun it, and no command waits for all of it.</summary>
    [Fact]
    public void The_effort_grows_as_long_as_it_is_not_enough()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        node.Do("MGET " + string.Join(' ', Enumerable.Range(0, 1000)), reader);
        node.Do("CONFIG SET tracking-table-max-keys 1");
        var counts = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            node.Do("PING");
            counts.Add(node.Node.Tracking.KeyCount);
        }

        Assert.Equal([900, 700, 400, 1], counts);
        Assert.Equal(999, Keys(node.Told(reader)).Count);
    }

    [Fact]
    public void A_silenced_client_that_makes_room_is_told()
    {
        using var node = new TrackingNode("tracking-table-max-keys 1");
        var reader = node.Tracker();
        node.Do("CLIENT REPLY OFF", reader);
        node.Do("MGET a b", reader);
        Assert.Single(Keys(node.Do("PING", reader)));
    }

    [Fact]
    public void Many_sessions_of_one_key_are_all_told_and_come_and_go()
    {
        using var node = new TrackingNode();
        const int count = 3000; // 24 KB of items: more than a record holds inside
        var readers = Enumerable.Range(0, count).Select(_ => node.Tracker()).ToList();
        var random = new Random(1);
        foreach (var reader in readers.OrderBy(_ => random.Next())) node.Do("GET k", reader);
        foreach (var reader in readers.Take(10)) node.Do("GET k", reader);
        Assert.Equal((1, count), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
        for (var i = 0; i < 500; i++)
        {
            var at = random.Next(readers.Count);
            node.Node.RemoveSession(readers[at]);
            node.Do("GET k", readers[at] = node.Tracker());
        }

        // Whoever sits in the place of one that is gone has its item, too.
        Assert.Equal((1, count), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
        node.Do("SET k 1");
        Assert.All(readers, reader => Assert.Equal(Invalid("k"), node.Engine.Take(reader)));
        Assert.Equal((0, 0), (node.Node.Tracking.KeyCount, node.Node.Tracking.ItemCount));
    }

    [Fact]
    public void The_table_is_memory_in_use_and_given_back()
    {
        using var node = new TrackingNode();
        var reader = node.Tracker();
        var before = node.Node.UsedMemory;
        for (var i = 0; i < 1000; i++) node.Do("MGET " + string.Join(' ', Enumerable.Range(i * 10, 10).Select(key => $"key:{key:D12}")), reader);
        var perKey = (node.Node.UsedMemory - before) / 10_000.0;
#if GUARDED
        const int most = 96; // with canaries
#else
        const int most = 64;
#endif
        Assert.InRange(perKey, 32, most);
        Assert.Contains("tracking_total_keys:10000\r\ntracking_total_items:10000\r\n".Replace("\r\n", "|"), node.Do("INFO stats"));
        node.Do("FLUSHALL");
        while (node.Node.Tracking.FreeSlice(64))
        {
        }

        node.Told(reader);
        Assert.InRange(node.Node.UsedMemory, 0, before + 20_000);
    }

    /// <summary>Any readers, keys and writers against a model; the numbers in INFO as well.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_programs_agree_with_a_model(int seed)
    {
        var random = new Random(seed);
        using var node = new TrackingNode();
        var readers = Enumerable.Range(0, 5).Select(_ => node.Tracker()).ToArray();
        var model = new Dictionary<string, HashSet<int>>();
        var expected = readers.Select(_ => new StringBuilder()).ToArray();
        for (var step = 0; step < 3000; step++)
        {
            var keys = Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"k{random.Next(40)}").Distinct().ToArray();
            var who = random.Next(readers.Length);
            if (random.Next(3) > 0)
            {
                node.Do($"MGET {string.Join(' ', keys)}", readers[who]);
                foreach (var key in keys) (model.TryGetValue(key, out var set) ? set : model[key] = []).Add(who);
            }
            else
            {
                node.Do($"MSET {string.Join(' ', keys.Select(key => $"{key} v"))}");
                foreach (var key in keys)
                {
                    if (!model.Remove(key, out var told)) continue;
                    foreach (var reader in told) expected[reader].Append(Invalid(key));
                }
            }

            for (var i = 0; i < readers.Length; i++)
            {
                Assert.Equal(expected[i].ToString(), node.Engine.Take(readers[i]));
                expected[i].Clear();
            }

            Assert.Equal((model.Count, model.Values.Sum(set => set.Count)), ((int)node.Node.Tracking.KeyCount, (int)node.Node.Tracking.ItemCount));
        }
    }

    private static List<string> Keys(string told)
    {
        var keys = told.Split(">2|$10|invalidate|*1|", StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('|')[1]).ToList();
        Assert.Equal(string.Concat(keys.Select(key => Invalid(key))), told);
        return keys;
    }
}
