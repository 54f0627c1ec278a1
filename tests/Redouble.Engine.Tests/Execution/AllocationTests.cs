#if !GUARDED // which lends copies
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Blocking;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Tests.Execution;

/// <summary>
/// What the data thread allocates on the managed heap for a request, once warm: nothing. Every window of rounds does the same, so what a request
/// costs, be it one in sixteen that is timed, shows in each of them. What shows in one and not in the next is of another kind: the runtime's own,
/// seen now and then on a busy machine (some KB, without a collection, nothing compiled on the thread), or an array that reaches its final size.
/// </summary>
public sealed class AllocationTests
{
    private const int WarmUpRounds = 2000;
    private const int Windows = 5;
    private const int WindowsMax = 50;
    private const int RoundsPerWindow = 1000;
    private const int PipelineDepth = 100;

    private readonly OutputSegment[] _segments = new OutputSegment[16];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GET_and_SET_one_by_one(bool hasReplica)
    {
        using var node = NewNode(hasReplica, out var replica);
        var session = node.Connect();
        byte[][] requests =
        [
            EngineNode.Encode("SET", "key:000000000001", new string('v', 64)),
            EngineNode.Encode("GET", "key:000000000001"),
            EngineNode.Encode("SET", "key:000000000001", new string('w', 64)), // in place
            EngineNode.Encode("SET", "key:000000000001", new string('v', 500)), // by another record
            EngineNode.Encode("GET", "key:000000000001"),
            EngineNode.Encode("GET", "key:of nobody"),
            EngineNode.Encode("SET", "large", new string('x', 20_000)), // a block, lent to the reply
            EngineNode.Encode("GET", "large"),
            EngineNode.Encode("SET", "key:000000000002", "12345"),
            EngineNode.Encode("SET", "key:000000000002", "v", "PX", "100000"),
            EngineNode.Encode("GET", "key:000000000002"),
        ];
        AssertAllocatesNothing(() =>
        {
            foreach (var request in requests) Round(node, session, replica, request);
        });
        AssertFed(node, replica);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GET_and_SET_of_new_keys_while_others_wait(bool wakesWithoutKey)
    {
        using var node = NewNode(hasReplica: false, out _);
        var session = node.Connect();
        node.Park("GETDEL key:000000000001", ValueType.List, wakesWithoutKey: wakesWithoutKey);
        byte[][] requests =
        [
            EngineNode.Encode("SET", "key:000000000001", "v"),
            EngineNode.Encode("GET", "key:000000000001"),
            EngineNode.Encode("DEL", "key:000000000002"),
            EngineNode.Encode("SET", "key:000000000002", "v"),
        ];
        AssertAllocatesNothing(() =>
        {
            foreach (var request in requests) Round(node, session, null, request);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pipelines_of_GET_and_SET(bool hasReplica)
    {
        using var node = NewNode(hasReplica, out var replica);
        var session = node.Connect();
        var pipeline = new List<byte>();
        for (var i = 0; i < PipelineDepth; i++)
        {
            pipeline.AddRange(i % 3 == 0 ? EngineNode.Encode("SET", $"key:{i % 20}", new string('v', i)) : EngineNode.Encode("GET", $"key:{i % 40}"));
        }

        var bytes = pipeline.ToArray();
        AssertAllocatesNothing(() => Round(node, session, replica, bytes));
        AssertFed(node, replica);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PUBLISH_and_keyspace_events(bool hasReplica)
    {
        using var node = NewNode(hasReplica, out var replica);
        node.Do("CONFIG SET notify-keyspace-events KEA");
        var session = node.Connect();
        var subscribers = new[] { node.Connect(), node.Connect() };
        node.Do("HELLO 3", subscribers[1]);
        foreach (var subscriber in subscribers)
        {
            node.Do("SUBSCRIBE news __keyevent@0__:set", subscriber);
            node.Do("PSUBSCRIBE n*", subscriber);
        }

        byte[][] requests =
        [
            EngineNode.Encode("PUBLISH", "news", new string('m', 64)),
            EngineNode.Encode("PUBLISH", "news", new string('m', 5000)),
            EngineNode.Encode("PUBLISH", "news", new string('m', 50_000)), // lent
            EngineNode.Encode("PUBLISH", "nobody's", "m"),
            EngineNode.Encode("SET", "k", new string('v', 1000)),
        ];
        AssertAllocatesNothing(() =>
        {
            foreach (var request in requests) Round(node, session, replica, request);
            foreach (var subscriber in subscribers)
            {
                Assert.True(subscriber.Output.PendingBytes > 2 * 55_000);
                subscriber.Output.Advance(subscriber.Output.PendingBytes);
            }
        });
        AssertFed(node, replica);
    }

    /// <summary>Client-side caching: keys are remembered and forgotten, and messages sent, in native memory.</summary>
    [Fact]
    public void GET_and_SET_with_clients_that_track()
    {
        using var node = NewNode(hasReplica: false, out _);
        var reader = node.Connect();
        var broadcast = node.Connect();
        var writer = node.Connect();
        node.Do("HELLO 3", reader);
        node.Do("HELLO 3", broadcast);
        node.Do("CLIENT TRACKING ON", reader);
        node.Do("CLIENT TRACKING ON BCAST PREFIX key:", broadcast);
        byte[] reads = [.. Enumerable.Range(0, 20).SelectMany(i => EngineNode.Encode("GET", $"key:{i}"))];
        byte[] writes = [.. Enumerable.Range(0, 20).SelectMany(i => EngineNode.Encode("SET", $"key:{i}", "v"))];
        long told = 0, broadcastTold = 0;
        AssertAllocatesNothing(() =>
        {
            Round(node, reader, null, reads);
            Round(node, writer, null, writes);
            node.Node.EndTurn();
            told += reader.Output.PendingBytes;
            broadcastTold += broadcast.Output.PendingBytes;
            reader.Output.Advance(reader.Output.PendingBytes);
            broadcast.Output.Advance(broadcast.Output.PendingBytes);
            Round(node, reader, null, reads);
            Round(node, reader, null, writes); // its own keys
            node.Node.EndTurn();
            broadcast.Output.Advance(broadcast.Output.PendingBytes);
        });
        Assert.True(told > 20 * 30 * WarmUpRounds && broadcastTold > 20 * 10 * WarmUpRounds, $"{told} and {broadcastTold} bytes of messages");
    }

    private static EngineNode NewNode(bool hasReplica, out ReplicaLink? replica)
    {
        var node = new EngineNode("repl-diskless-sync-delay 0", "save ");
        replica = hasReplica ? AttachReplica(node) : null;
        return node;
    }

    private static ReplicaLink AttachReplica(EngineNode node)
    {
        const int turnsMax = 1000;
        var session = node.Connect();
        var segments = new OutputSegment[16];
        node.Do("REPLCONF capa eof capa psync2", session);
        node.Do("PSYNC ? -1", session);
        var link = (ReplicaLink)session.ReplicaLink!;
        for (var i = 0; i < turnsMax && link.State != ReplicaLinkState.Online; i++)
        {
            node.Clock.Advance(1);
            node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
            node.Node.FeedReplicas();
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
            node.Background.Drain();
            Flush(node, link, segments);
            node.Do($"REPLCONF ACK {node.Node.Replication.Protocol.Log.EndOffset}", session);
        }

        Assert.Equal(ReplicaLinkState.Online, link.State);
        return link;
    }

    private static long Flush(EngineNode node, ReplicaLink link, OutputSegment[] segments)
    {
        long sent = 0;
        for (var count = link.PeekSend(segments); count > 0; count = link.PeekSend(segments))
        {
            for (var i = 0; i < count; i++)
            {
                sent += segments[i].Length;
                link.OnSent(segments[i].Length, node.Clock.MonotonicMicroseconds);
            }
        }

        return sent;
    }

    private static void AssertAllocatesNothing(Action round)
    {
        for (var i = 0; i < WarmUpRounds; i++) round();
        var clean = 0;
        for (var window = 0; window < WindowsMax && clean < Windows; window++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < RoundsPerWindow; i++) round();
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            clean = allocated == 0 ? clean + 1 : 0;
        }

        Assert.True(clean == Windows, $"Of {WindowsMax} windows of {RoundsPerWindow} rounds no {Windows} in a row went without an allocation.");
    }

    // One turn: the request, its reply, and what the replica is to be sent.
    private void Round(EngineNode node, Session session, ReplicaLink? replica, byte[] request)
    {
        node.Feed(session, request);
        session.Output.Advance(session.Output.PendingBytes);
        if (replica == null) return;
        node.Node.FeedReplicas();
        Flush(node, replica, _segments);
    }

    private static void AssertFed(EngineNode node, ReplicaLink? replica)
    {
        Assert.Equal(replica != null, node.Node.Propagation.IsActive);
        if (replica == null) return;
        Assert.Equal(ReplicaLinkState.Online, replica.State);
        Assert.True(node.Node.Replication.Protocol.Log.EndOffset > WarmUpRounds * 1000L, "Nothing was written.");
        Assert.False(replica.HasOutput());
        var log = node.Node.Replication.Protocol.Log;
        Assert.InRange(log.HistoryLength, log.BacklogSize, 2 * log.BacklogSize);
    }
}
#endif
