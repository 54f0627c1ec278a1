using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Lifecycle;

public sealed class ShutdownServiceTests
{
    /// <summary>Found by seed 141 of the simulator: the end of the old save deleted the temporary file of the new one.</summary>
    [Fact]
    public void A_background_save_makes_room_for_the_final_one()
    {
        using var node = new EngineNode();
        node.Do("SET a 1");
        node.Do("BGSAVE");
        node.Do("SET b 1");
        node.Do("SHUTDOWN SAVE");
        node.Background.Drain();
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
        var (second, _) = Persistence.SavedNode.Restart(node, laterMs: 0);
        using (second) Assert.Equal(":2|", second.Do("DBSIZE"));
    }

    /// <summary>A rewrite without a file that is written was spared, stood in the way of the save, and with that of the end.</summary>
    [Theory]
    [InlineData("SHUTDOWN")]
    [InlineData("SHUTDOWN NOSAVE")]
    [InlineData("a signal")]
    public void A_rewrite_that_nobody_needs_does_not_stand_in_the_way(string end)
    {
        using var node = new EngineNode("save 3600 1", "appendonly no");
        node.Do("SET a 1");
        Assert.Equal("+Background append only file rewriting started|", node.Do("BGREWRITEAOF"));
        for (var i = 0; i < 3; i++) node.Background.Step(); // its file is there
        if (end == "a signal") node.Node.Shutdown.OnSignal(interrupt: false);
        else Assert.Equal("", node.Do(end));
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(end != "SHUTDOWN NOSAVE", node.Files.Exists("/data/dump.rdb"));
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
    }

    /// <summary>Found by seed 462 of the simulator: half a data set was saved under the name of the one that it replaced.</summary>
    [Fact]
    public void A_shutdown_that_waits_for_replicas_waits_for_a_load_too()
    {
        using var node = WithLateReplica();
        node.Do("SHUTDOWN");
        Assert.True(node.Node.Shutdown.IsInitiated);

        node.Node.IsLoading = true;
        node.Clock.Advance(11_000);
        node.Node.UpdateTime();
        node.Node.Shutdown.Check();
        Assert.Null(node.ExitStatus);
        Assert.Null(node.Node.Replication.Fields());
        node.Node.IsLoading = false;
        node.Node.Shutdown.Check();
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
    }

    /// <summary>It left at once, without a save: a signal from before the abort had been the first one.</summary>
    [Fact]
    public void Behind_an_abort_an_interrupt_is_a_first_one_again()
    {
        using var node = WithLateReplica();
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.True(node.Node.Shutdown.IsInitiated);
        Assert.Equal("+OK|", node.Do("SHUTDOWN ABORT"));
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.True(node.Node.Shutdown.IsInitiated);
        Assert.Null(node.ExitStatus);
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.Equal(1, node.ExitStatus);
        Assert.Equal("You insist... exiting now.", node.LogLines[^1]);
        Assert.Empty(node.Files.Files);
    }

    [Fact]
    public void Behind_a_save_that_fails_an_interrupt_is_a_first_one_again()
    {
        using var node = new EngineNode("save 3600 1");
        node.Do("SET a 1");
        node.Files.IsFull = true;
        node.Node.Shutdown.OnSignal(interrupt: true);
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.Null(node.ExitStatus);
        node.Files.IsFull = false;
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
    }

    [Fact]
    public void Only_an_interrupt_insists()
    {
        using var node = WithLateReplica();
        node.Node.Shutdown.OnSignal(interrupt: true);
        node.Node.Shutdown.OnSignal(interrupt: false);
        Assert.True(node.Node.Shutdown.IsInitiated);
        Assert.Null(node.ExitStatus);
    }

    /// <summary>The final save was finished first, however long it took.</summary>
    [Fact]
    public void Who_insists_during_the_final_save_does_not_wait_for_it()
    {
        using var node = new EngineNode("save 3600 1");
        node.Do("SET a 1");
        node.WaitingInterrupts = 1;
        node.Node.Shutdown.OnSignal(interrupt: true);
        Assert.Equal(1, node.ExitStatus);
        Assert.Empty(node.Files.Files);
        Assert.Contains("You insist... exiting now.", node.LogLines);
    }

    /// <summary>
    /// What was appended behind the final save, a PING or the DEL of an expiry, reached the replicas and was unknown after the restart: each needed
    /// a full sync.
    /// </summary>
    [Theory]
    [InlineData("ping")]
    [InlineData("expiry")]
    [InlineData("eviction")]
    public void The_stream_ends_where_the_final_save_does(string what)
    {
        using var node = WithLateReplica(out var replica);
        var log = node.Node.Replication.Protocol.Log;
        node.Do("SET b 1 PX 100");
        if (what == "expiry") node.Node.Timer(); // a pass has begun
        if (what == "eviction") node.Do("CONFIG SET maxmemory-policy allkeys-lru maxmemory 1");
        node.Do($"REPLCONF ACK {log.EndOffset}", replica);
        node.Node.Shutdown.OnSignal(interrupt: false);
        Assert.Equal((0, true), (node.ExitStatus, node.Node.Shutdown.HasEnded));
        var saved = log.EndOffset;
        node.Clock.Advance(what == "ping" ? 11_000 : 200); // that long it has taken
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.FeedReplicas();
        node.Node.EndTurn();
        node.Node.FeedReplicas();
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(saved, log.EndOffset);
    }

    /// <summary>Its own replicas were ahead of it after its restart.</summary>
    [Fact]
    public void A_replica_applies_nothing_behind_its_final_save()
    {
        using var node = new Replication.FollowingNode("save 3600 1", "replica-freshness-period-ms 0");
        node.FullSync(Replication.FollowingNode.IdA, Replication.FollowingNode.Rdb(1));
        node.Engine.Node.Shutdown.OnSignal(interrupt: false);
        Assert.Equal(0, node.Engine.ExitStatus);
        var saved = node.Engine.Node.Replication.Protocol.Log.EndOffset;
        node.Hear("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
        node.Turn();
        Assert.Equal(saved, node.Engine.Node.Replication.Protocol.Log.EndOffset);
    }

    /// <summary>It was not waited for, and had nothing.</summary>
    [Fact]
    public void A_replica_in_full_sync_is_waited_for_and_named()
    {
        using var node = new EngineNode("save 3600 1", "shutdown-timeout 10", "repl-diskless-sync-delay 3600");
        node.Do("SET a 1");
        var replica = node.Connect();
        node.Do("REPLCONF listening-port 7001 capa eof capa psync2", replica);
        node.Do("PSYNC ? -1", replica);
        node.Do("SHUTDOWN");
        Assert.True(node.Node.Shutdown.IsInitiated);
        node.Clock.Advance(10_000);
        node.Node.UpdateTime();
        node.Node.Shutdown.Check();
        Assert.Equal(0, node.ExitStatus);
        var behind = node.Node.Replication.Protocol.Log.EndOffset;
        Assert.Contains($"Lagging replica 127.0.0.1:7001 reported offset {behind} behind master, lag=0, state=wait_bgsave.", node.LogLines);
        Assert.Contains("0 of 1 replicas are in sync when shutting down.", node.LogLines);
    }

    /// <summary>A Redis tells by itself once a second only what it has.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replicas_are_asked_for_what_they_have_before_writes_pause(bool arePaused)
    {
        using var node = WithLateReplica(out var replica);
        if (arePaused) node.Do("CLIENT PAUSE 100000 WRITE");
        var log = node.Node.Replication.Protocol.Log;
        var (tap, data) = (log.OpenCursorAtEnd(), log.EndOffset);
        node.Do("SHUTDOWN");
        Assert.Equal(arePaused ? "" : "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", System.Text.Encoding.Latin1.GetString(tap.Peek()));
        tap.Close();
        node.Do($"REPLCONF ACK {data - 1}", replica);
        node.Node.Shutdown.Check();
        Assert.Null(node.ExitStatus);
        node.Do($"REPLCONF ACK {data}", replica); // which is what a replica answers, before it has applied the question itself
        node.Node.Shutdown.Check();
        Assert.Equal(0, node.ExitStatus);
        Assert.Contains("1 of 1 replicas are in sync when shutting down.", node.LogLines);
    }

    // With a replica that a shutdown waits for.
    private static EngineNode WithLateReplica() => WithLateReplica(out _);

    private static EngineNode WithLateReplica(out Session replica)
    {
        var node = new EngineNode("save 3600 1", "shutdown-timeout 10");
        _ = new StreamTap(node);
        node.Do("SET a 1");
        var log = node.Node.Replication.Protocol.Log;
        replica = node.Connect();
        node.Do("REPLCONF capa eof capa psync2", replica);
        var id = node.Node.Replication.Protocol.History.Identity.Id;
        Assert.StartsWith("+CONTINUE", ReplyOf(node, $"PSYNC {id} {log.EndOffset + 1}", replica), StringComparison.Ordinal);
        return node;
    }

    // What is sent to a replica is its link's.
    private static string ReplyOf(EngineNode node, string command, Session replica)
    {
        node.Do(command, replica);
        var segments = new OutputSegment[4];
        var count = ((ReplicaLink)replica.ReplicaLink!).PeekSend(segments);
        return string.Concat(segments.Take(count).Select(static segment => System.Text.Encoding.Latin1.GetString(segment.Bytes)));
    }

    /// <summary>Found by seed 358 of the simulator: the final save was started beside the snapshot, which ended the process without it.</summary>
    [Fact]
    public void A_snapshot_for_replicas_makes_room_for_the_final_save()
    {
        using var node = new EngineNode("repl-diskless-sync-delay 0");
        node.Do("SET a 1");
        var replica = node.Connect();
        node.Do("REPLCONF capa eof capa psync2", replica);
        node.Do("PSYNC ? -1", replica);
        node.Node.FeedReplicas();
        Assert.True(node.Node.Snapshots.IsRunning);
        node.Do("SHUTDOWN SAVE NOW");
        Assert.Equal(0, node.ExitStatus);
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
    }
}
