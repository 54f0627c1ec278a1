using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>The system gives no memory for what a snapshot copies: the snapshot fails, as a child of Redis would, and nobody else notices.</summary>
public sealed class SnapshotShortMemoryTests
{
#if GUARDED
    private const int Room = 120 << 20; // what was freed is kept for a while
#else
    private const int Room = 96 << 20;
#endif

    private static readonly string Large = new('x', 12_000_000);

    public static TheoryData<string[]> LargeKeys { get; } =
    [
        ["RPUSH", "list", "a", Large],
        ["ZADD", "sorted", "1", Large],
#if !GUARDED // which takes its time for each, and has seen an element, a leaf and a tree by then
        ["HSET", "hash", Large, "a"],
        ["SADD", "set", Large],
        ["SET", Large, "a"],
#endif
    ];

    /// <summary>It once ended the process: nobody was above the walk to take it.</summary>
    [Theory]
    [MemberData(nameof(LargeKeys))]
    public void A_save_that_finds_no_room_fails(string[] command)
    {
        using var node = new EngineNode(Room, "stop-writes-on-bgsave-error no");
        node.DoWords(command);
        Exhaust(node);
        var keys = node.Do("DBSIZE");
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        Run(node);
        Assert.Contains("rdb_last_bgsave_status:err", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Contains(node.LogLines, static line => line.Contains("There is no memory for the snapshot: The system refused", StringComparison.Ordinal));
        Assert.StartsWith("-ERR", node.Do("SAVE"), StringComparison.Ordinal);
        Assert.Equal(keys, node.Do("DBSIZE"));

        Assert.Equal("+OK|", node.Do("FLUSHALL SYNC"));
        Free(node);
        Assert.Equal("+OK|", node.Do("SET a b"));
        Assert.Equal("+OK|", node.Do("SAVE"));
    }

    /// <summary>
    /// The member had left the order and stayed in the table when it was refused room for what the snapshot saves of it, and the client was told that nothing
    /// had changed.
    /// </summary>
    [Fact]
    public void A_removal_is_not_refused_because_the_snapshot_finds_no_room()
    {
        using var node = new EngineNode(Room, "stop-writes-on-bgsave-error no");
        for (var i = 0; i < 300; i++) node.Do($"ZADD sorted {i} m{i}");
        node.DoWords("ZADD", "sorted", "-1", Large);
        Exhaust(node);
        node.Do("BGSAVE");
        Assert.Equal(":1|", node.Do("ZREMRANGEBYRANK sorted 0 0"));
        Assert.Equal(":300|", node.Do("ZCARD sorted"));
        Assert.Equal("*2|$2|m0|$2|m1|", node.Do("ZRANGE sorted 0 1"));
        Run(node);
        Assert.Contains("rdb_last_bgsave_status:err", node.Do("INFO persistence"), StringComparison.Ordinal);
        node.Node.Heap.Purge(0);
        node.Do("BGSAVE");
        Run(node);
        Assert.Contains("rdb_last_bgsave_status:ok", node.Do("INFO persistence"), StringComparison.Ordinal);
    }

    /// <summary>It was taken off its list, which left it to the snapshot, before there was room for it at its new place: it was lost.</summary>
    [Theory]
    [InlineData("LMOVE source destination RIGHT LEFT")]
    [InlineData("RPOPLPUSH source source")]
    public void An_element_that_finds_no_room_at_its_new_place_stays(string command)
    {
        using var node = new EngineNode(Room);
        node.DoWords("RPUSH", "source", "a", Large);
        node.Node.Heap.Purge(0);
        Fill(node, 8_000_000);
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        Assert.StartsWith("-OOM", node.Do(command), StringComparison.Ordinal);
        Assert.Equal(":2|", node.Do("LLEN source"));
        Assert.Equal(":0|", node.Do("EXISTS destination"));
        Assert.Equal("*1|$1|a|", node.Do("LRANGE source 0 0"));
    }

    /// <summary>The same of a set, where it ended the process.</summary>
    [Fact]
    public void A_member_that_finds_no_room_in_the_other_set_stays()
    {
        using var node = new EngineNode(Room);
        node.DoWords("SADD", "source", "a", Large);
        node.Do("PING");
        var (client, request) = (node.Connect(), EngineNode.Encode("SMOVE", "source", "destination", Large));
        node.Feed(client, request.AsSpan(0, request.Length - 1)); // while there is room for the request
        Fill(node, 8_000_000);
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        node.Feed(client, request.AsSpan(request.Length - 1));
        Assert.StartsWith("-OOM", node.Take(client), StringComparison.Ordinal);
        Assert.Equal(":2|", node.Do("SCARD source"));
        Assert.Equal(":0|", node.Do("EXISTS destination"));
        Assert.Equal(":1|", node.Do("SMOVE source destination a"));
    }

    /// <summary>It once ended the process.</summary>
    [Fact]
    public void A_key_expires_although_the_snapshot_finds_no_room_for_it()
    {
        using var node = new EngineNode(Room, "stop-writes-on-bgsave-error no");
        node.DoWords("SET", Large, "a", "PX", "1000");
        Exhaust(node);
        node.Do("BGSAVE");
        node.Clock.Advance(2000);
        for (var turns = 0; node.Node.Keyspace[0].ExpiresCount > 0; turns++)
        {
            Assert.InRange(turns, 0, 100);
            node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
            node.Node.Timer();
            node.Node.EndTurn();
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        }

        Run(node);
        Assert.Equal(":1|", node.Do("DEL key:1"));
    }

    /// <summary>It is begun again, and fails at last.</summary>
    [Theory]
    [MemberData(nameof(LargeKeys))]
    public void A_verification_that_finds_no_room_is_not_taken_for_a_finished_one(string[] command)
    {
        using var node = new EngineNode(Room, "stop-writes-on-bgsave-error no");
        node.DoWords(command);
        Exhaust(node);
        var epoch = new DigestEpoch(node.Node.Keyspace, new BucketDigests());
        for (var steps = 0; epoch.Loss == null; steps++)
        {
            Assert.InRange(steps, 0, 10_000);
            epoch.Step(100);
        }

        epoch.Step(100);
        Assert.False(epoch.IsFinished);
        Assert.StartsWith("The system refused", epoch.Loss, StringComparison.Ordinal);
        epoch.Abandon();
        Assert.Null(node.Node.Keyspace.Snapshot);
    }

    private static void Exhaust(EngineNode node)
    {
        var value = new string('v', 1000);
        for (var i = 0; node.Do($"SET key:{i} {value}") == "+OK|"; i++) Assert.InRange(i, 0, 200_000);
        node.Node.FeedReplicas();
    }

    // Until there is no room for a large value; there is for others.
    private static void Fill(EngineNode node, int length)
    {
        for (var i = 0; node.Do($"SETRANGE filler:{i} {length - 1} x") == $":{length}|"; i++) Assert.InRange(i, 0, 100);
    }

    private static void Free(EngineNode node)
    {
        while (node.Node.Keyspace.FreeSlice(int.MaxValue))
        {
            // in one go
        }

        node.Node.Heap.Purge(0);
    }

    private static void Run(EngineNode node)
    {
        for (var turns = 0; node.Node.Snapshots.IsRunning; turns++)
        {
            Assert.InRange(turns, 0, 100_000);
            node.Node.FeedReplicas();
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
            node.Background.Drain();
        }
    }
}
