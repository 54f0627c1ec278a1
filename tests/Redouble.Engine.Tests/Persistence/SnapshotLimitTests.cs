using System.Globalization;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>snapshot-buffer-limit: what a snapshot may hold in memory, and what happens when it would be more.</summary>
public sealed class SnapshotLimitTests
{
    private const int Limit = 1 << 20;
    private const int Keys = 2000; // 3.4 MB of values

    [Fact]
    public void The_default_is_64_MB_or_a_tenth_of_the_memory_in_use()
    {
        using var node = new LimitedNode(0);
        Assert.Equal("*2|$21|snapshot-buffer-limit|$1|0|", node.Engine.Do("CONFIG GET snapshot-buffer-limit"));
        Assert.Equal("67108864", node.Info("redouble_snapshot_buffer_limit"));
        node.Engine.Do("CONFIG SET snapshot-buffer-limit 3mb");
        Assert.Equal("3145728", node.Info("redouble_snapshot_buffer_limit"));
        node.Engine.Do("CONFIG SET snapshot-buffer-limit 1");
        Assert.Equal("1048576", node.Info("redouble_snapshot_buffer_limit"));
    }

    [Fact]
    public void A_helper_that_never_runs_ends_the_snapshot_at_the_limit()
    {
        using var node = new LimitedNode(Limit);
        node.Fill(Keys);
        node.Engine.Do("SAVE");
        var before = node.File;
        Assert.StartsWith("+Background saving started", node.Engine.Do("BGSAVE"), StringComparison.Ordinal);
        node.Overwrite(0, Keys);
        Assert.InRange(node.QueueBytesMax, Limit / 2, Limit + LimitedNode.SliceMax);
        Assert.InRange(node.Node.Snapshots.QueueBytes, 0, Limit); // what the helper holds goes when it lets go

        node.RunSnapshot();
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);
        Assert.Equal("err", node.Info("rdb_last_bgsave_status"));
        Assert.Contains("snapshot-buffer-limit is 1048576", node.Engine.LogLines[^2], StringComparison.Ordinal);
        Assert.Equal("Background saving error", node.Engine.LogLines[^1]);
        Assert.Same(before, node.File);
        Assert.Equal((0, 1), (node.Engine.Files.OpenSpools, node.Engine.Files.Files.Count));
        node.Engine.Do("BGSAVE");
        node.RunSnapshot();
        Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
    }

    [Fact]
    public void The_walk_takes_half_the_time_once_the_helper_has_fallen_behind()
    {
        using var node = new LimitedNode(1L << 30);
        node.Fill(3 * Keys);
        node.Engine.Do("BGSAVE");
        Assert.Equal(16, node.Node.Snapshots.WalkShare);
        node.Engine.Background.EncodersWait = true;
        node.Overwrite(0, 3 * Keys);
        Assert.InRange(node.QueueBytesMax, 9 << 20, 12 << 20);
        Assert.Equal(32, node.Node.Snapshots.WalkShare);
        node.Engine.Background.EncodersWait = false;
        node.RunSnapshot();
        node.Engine.Do("BGSAVE");
        Assert.Equal(16, node.Node.Snapshots.WalkShare);
        node.RunSnapshot();
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(700_000)] // the disk gets full while frames are being spilled; memory has room for the rest
    public void A_spilled_snapshot_is_byte_for_byte_the_one_from_memory(long spoolMax)
    {
        using var spilled = new LimitedNode(Limit);
        using var straight = new LimitedNode(1L << 30);
        var overwritten = spoolMax == long.MaxValue ? Keys : 800;
        var digest = "";
        foreach (var node in new[] { spilled, straight })
        {
            node.Engine.Files.SpoolMax = spoolMax;
            node.Fill(Keys);
            digest = node.Digest;
            node.Engine.Do("BGSAVE");
            node.Engine.Background.EncodersWait = true;
            for (var i = 0; i < overwritten; i += 10)
            {
                node.Overwrite(i, i + 10);
                node.Engine.Background.Drain();
            }

            Assert.InRange(long.Parse(node.Info("current_cow_size"), CultureInfo.InvariantCulture), 800_000, 5_000_000); // was 0 until the end
            node.Engine.Background.EncodersWait = false;
            if (node == spilled) Assert.InRange(node.Node.Snapshots.SpilledBytes, 400_000, 4_000_000);
            node.RunSnapshot();
            Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
        }

        Assert.Equal(0, straight.Engine.Files.Spooled);
        Assert.InRange(spilled.QueueBytesMax, 1, Limit + LimitedNode.SliceMax);
        Assert.Equal(0, spilled.Engine.Files.OpenSpools);
        Assert.Equal(straight.File.Length, spilled.File.Length);
        Assert.True(straight.File.AsSpan().SequenceEqual(spilled.File));
        AssertHolds(spilled, digest);
    }

    /// <summary>Writes, walk and helper in any order, each a step at a time.</summary>
    [Fact]
    public void A_spilled_snapshot_is_the_data_set_of_its_start()
    {
#if GUARDED
        const ulong seeds = 4;
#else
        const ulong seeds = 12;
#endif
        long spooled = 0;
        for (ulong seed = 1; seed <= seeds; seed++)
        {
            var random = new SeededRandom(seed);
            using var node = new LimitedNode(Limit);
            node.Fill(Keys);
            var digest = node.Digest;
            node.Engine.Do("BGSAVE");
            for (var steps = 0; node.Node.Snapshots.IsRunning; steps++)
            {
                Assert.True(steps < 1_000_000, $"seed {seed} does not end");
                var step = random.NextUInt64();
                var choice = (int)(step / 32 % Keys);
                switch (step % 32)
                {
                    case 0:
                        node.Node.Snapshots.Slice(1);
                        break;
                    case 1 when choice % 32 == 0:
                        node.Engine.Do("SWAPDB 0 1");
                        break;
                    case 2 when choice % 16 == 0:
                        node.Engine.Background.EncodersWait ^= true;
                        break;
                    case < 8:
                        node.Engine.Background.Step();
                        node.EndTurn();
                        break;
                    default:
                        node.Overwrite(choice, choice + 1);
                        break;
                }
            }

            Assert.True(node.Info("rdb_last_bgsave_status") == "ok", $"seed {seed}: {node.Engine.LogLines[^1]}");
            Assert.InRange(node.QueueBytesMax, 1, Limit + LimitedNode.SliceMax);
            AssertHolds(node, digest, $"seed {seed}");
            spooled += node.Engine.Files.Spooled;
        }

        Assert.NotEqual(0, spooled);
    }

    /// <summary>
    /// What was saved of values that wait counted as if encoders had it under way, and left them no credit: the save never ended, and nothing bounded its memory.
    /// </summary>
    [Fact]
    public void What_is_saved_of_large_values_that_wait_holds_nothing_up()
    {
        const int hashes = 40, fields = 600;
        using var node = new LimitedNode(8L << 20);
        for (var i = 0; i < hashes * fields; i++) node.Engine.DoWords("HSET", $"hash:{i % hashes}", $"field:{i / hashes}", "a value of the start");
        var digest = node.Digest;
        node.Engine.Do("BGSAVE");
        for (var i = 0; i < hashes * fields; i++)
        {
            node.Engine.DoWords("HSET", $"hash:{i % hashes}", $"field:{i / hashes}", "a later value");
            if (i % 64 == 0) node.EndTurn();
        }

        Assert.InRange(node.QueueBytesMax, 1 << 20, 8 << 20);
        node.RunSnapshot();
        Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
        AssertHolds(node, digest);
    }

    [Fact]
    public void What_is_saved_of_large_values_that_wait_counts_for_the_limit()
    {
        const int hashes = 40, fields = 600;
        using var node = new LimitedNode(Limit);
        for (var i = 0; i < hashes * fields; i++) node.Engine.DoWords("HSET", $"hash:{i % hashes}", $"field:{i / hashes}", "a value of the start");
        node.Engine.Do("BGSAVE");
        for (var i = 0; i < hashes * fields; i++)
        {
            node.Engine.DoWords("HSET", $"hash:{i % hashes}", $"field:{i / hashes}", "a later value");
            node.EndTurn();
        }

        Assert.InRange(node.QueueBytesMax, Limit / 2, Limit + LimitedNode.SliceMax);
        node.RunSnapshot();
        Assert.Equal("err", node.Info("rdb_last_bgsave_status"));
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);
    }

    /// <summary>Pending entries are saved before they change; a file that had them behind the others was refused.</summary>
    [Fact]
    public void A_stream_that_is_read_and_acknowledged_meanwhile_can_be_loaded()
    {
        using var node = new LimitedNode(8L << 20);
        for (var i = 1; i <= 2_000; i++) node.Engine.Do($"XADD stream {i}-0 field value");
        node.Engine.Do("XGROUP CREATE stream group 0");
        node.Engine.Do("XREADGROUP GROUP group alice COUNT 900 STREAMS stream >");
        node.Engine.Do("XREADGROUP GROUP group bob COUNT 600 STREAMS stream >");
        var pending = node.Engine.Do("XPENDING stream group - + 2000");
        var digest = node.Digest;
        node.Engine.Do("BGSAVE");
        for (var i = 1; i <= 1_500; i += 4)
        {
            node.Engine.Do($"XACK stream group {i}-0");
            node.Engine.Do($"XCLAIM stream group bob 0 {i + 1}-0");
            node.Engine.Do($"XDEL stream {i + 2}-0");
            if (i % 100 == 1) node.Engine.Do("XREADGROUP GROUP group carol COUNT 20 STREAMS stream >");
            if (i == 901) node.Engine.Do("XGROUP DELCONSUMER stream group bob");
            node.Turn();
        }

        node.RunSnapshot();
        AssertHolds(node, digest);
        var (loaded, _) = SavedNode.Restart(node.Engine, 0);
        using (loaded) Assert.Equal(pending, loaded.Do("XPENDING stream group - + 2000"));
    }

    /// <summary>It was found out at the end of the walk only. Until then its file kept the disk full, for the append-only file too.</summary>
    [Theory]
    [InlineData("BGSAVE", "rdb_last_bgsave_status")]
    [InlineData("BGREWRITEAOF", "aof_last_bgrewrite_status")]
    public void A_save_ends_as_soon_as_the_disk_is_full(string command, string status)
    {
        using var node = new LimitedNode(Limit);
        node.Fill(Keys);
        node.Engine.Files.RoomMax = 200_000;
        Assert.StartsWith("+Background ", node.Engine.Do(command), StringComparison.Ordinal);
        long done = 0;
        for (var turn = 0; node.Node.Snapshots.IsRunning; turn++)
        {
            Assert.True(turn < 20_000, "The snapshot does not get on.");
            done = node.Node.Snapshots.Progress.Done;
            node.Turn();
        }

        Assert.InRange(done, 0, Keys / 4);
        Assert.Equal("err", node.Info(status));
        Assert.DoesNotContain(node.Engine.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);

        node.Engine.Files.RoomMax = long.MaxValue;
        Assert.Equal("+Background saving started|", node.Engine.Do("BGSAVE"));
        node.RunSnapshot();
        AssertHolds(node, node.Digest);
    }

    /// <summary>One replica reads until a mark, the other one must know the length, and the disk has no room for what is written for it.</summary>
    [Fact]
    public void A_full_disk_ends_only_what_needs_it()
    {
        using var node = new LimitedNode(0, "repl-diskless-sync-delay 5", "repl-diskless-sync-max-replicas 2");
        node.Fill(Keys);
        node.Engine.Files.SpoolMax = 200_000;
        var streaming = node.AddReplica(1);
        var spooling = node.AddReplica(2, "psync2");
        node.EndTurn();
        Assert.True(node.Node.Snapshots.IsRunning);
        var received = 0L;
        var spools = 1;
        var (done, left) = (0L, long.MaxValue);
        for (var turn = 0; node.Node.Snapshots.IsRunning; turn++)
        {
            Assert.True(turn < 20_000, "The snapshot does not get on.");
            done = node.Node.Snapshots.Progress.Done;
            node.Turn();
            node.Receive(spooling);
            received += node.Receive(streaming).Length;
            if (node.Engine.Files.Spooled > 100_000 && node.Node.Snapshots.IsRunning) spools = node.Engine.Files.OpenSpools;
            if (!spooling.IsReplica) left = Math.Min(left, done);
        }

        Assert.Equal(0, spools);
        Assert.InRange(left, 0, Keys / 4);
        Assert.InRange(done, Keys / 2, Keys); // before the last turn
        Assert.True(streaming.IsReplica);
        Assert.InRange(received + node.Receive(streaming).Length, 3_000_000, 4_000_000);
    }

    /// <summary>The first one that went looked as if the other were left, and the other one as if the first were.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void A_snapshot_for_replicas_of_two_kinds_ends_with_the_last_of_them(int first, int second)
    {
        using var node = new LimitedNode(0, "repl-diskless-sync-delay 5", "repl-diskless-sync-max-replicas 2");
        node.Fill(Keys);
        node.AddReplica(1);
        node.AddReplica(2, "psync2");
        node.EndTurn();
        node.Turn();
        Assert.True(node.Node.Snapshots.IsRunning);
        node.RemoveReplica(first);
        node.Engine.Background.Drain();
        Assert.True(node.Node.Snapshots.IsRunning);
        node.RemoveReplica(second);
        node.Engine.Background.Drain();
        Assert.False(node.Node.Snapshots.IsRunning);
        Assert.Equal((0L, 0), (node.Node.Snapshots.QueueBytes, node.Engine.Files.OpenSpools));
    }

    [Fact]
    public void A_disk_without_room_for_what_waits_ends_the_snapshot_at_the_limit()
    {
        using var node = new LimitedNode(Limit);
        node.Fill(Keys);
        node.Engine.Do("SAVE");
        var before = node.File;
        node.Engine.Files.SpoolMax = 0;
        node.Engine.Do("BGSAVE");
        node.Engine.Background.EncodersWait = true;
        for (var i = 0; i < Keys; i++)
        {
            node.Overwrite(i, i + 1);
            node.Engine.Background.Drain();
        }

        node.Engine.Background.EncodersWait = false;
        node.RunSnapshot();
        Assert.InRange(node.QueueBytesMax, Limit / 2, Limit + LimitedNode.SliceMax);
        Assert.Equal("err", node.Info("rdb_last_bgsave_status"));
        Assert.EndsWith("and the file for them failed: No space left on device", node.Engine.LogLines[^2], StringComparison.Ordinal);
        Assert.Equal("Background saving error", node.Engine.LogLines[^1]);
        Assert.Same(before, node.File);
    }

    [Fact]
    public void What_is_read_back_wrong_ends_the_snapshot()
    {
        using var node = new LimitedNode(Limit);
        node.Fill(Keys);
        node.Engine.Files.SpoolsAreDamaged = true;
        node.Engine.Do("BGSAVE");
        node.Engine.Background.EncodersWait = true;
        for (var i = 0; i < Keys; i += 10)
        {
            node.Overwrite(i, i + 10);
            node.Engine.Background.Drain();
        }

        node.Engine.Background.EncodersWait = false;
        node.RunSnapshot();
        Assert.Equal("err", node.Info("rdb_last_bgsave_status"));
        Assert.False(node.Engine.Files.Exists("/data/dump.rdb"));
        Assert.Equal((0L, 0), (node.Node.Snapshots.QueueBytes, node.Engine.Files.OpenSpools));
    }

    [Fact]
    public void The_replica_that_holds_the_others_up_is_dropped()
    {
        using var node = new LimitedNode(Limit, "repl-diskless-sync-delay 5", "repl-diskless-sync-max-replicas 2");
        node.Engine.Files.SpoolMax = 0;
        for (var i = 0; i < 1200; i++) node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(16_000)); // 19 MB: more than is buffered for replicas
        var slow = node.AddReplica(1);
        var fast = node.AddReplica(2);
        node.EndTurn();
        var received = new MemoryStream();
        for (var turn = 0; slow.IsReplica; turn++)
        {
            Assert.True(turn < 5000, "The slow replica is kept.");
            node.Turn();
            received.Write(node.Receive(fast));
            if (turn > 300) node.Overwrite((turn - 300) % 1200, ((turn - 300) % 1200) + 1); // by then the slow one has stopped everything
        }

        Assert.Contains(node.Engine.LogLines, line => line.StartsWith("Dropping replica 127.0.0.1:1 in full sync: ", StringComparison.Ordinal)
            && line.EndsWith("snapshot-buffer-limit is 1048576", StringComparison.Ordinal));
        Assert.InRange(node.QueueBytesMax, Limit / 2, Limit);
        for (var turn = 0; node.Node.Snapshots.IsRunning; turn++)
        {
            Assert.True(turn < 5000, "The snapshot does not get on.");
            node.Turn();
            received.Write(node.Receive(fast));
        }

        Assert.True(fast.IsReplica);
        Assert.Contains("Background RDB transfer terminated with success", node.Engine.LogLines);
        Assert.InRange(received.Length, 1200 * 16_000, 1200 * 16_100);
    }

    [Fact]
    public void A_replica_that_takes_nothing_is_dropped_and_the_snapshot_with_it()
    {
        using var node = new LimitedNode(Limit);
        node.Engine.Files.SpoolMax = 0;
        for (var i = 0; i < 1200; i++) node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(16_000));
        var link = node.AddReplica(1);
        for (var turn = 0; turn < 300; turn++) node.Turn();
        Assert.True(node.Node.Snapshots.IsRunning);
        for (var i = 0; i < 1200 && link.IsReplica; i++) node.Overwrite(i, i + 1);
        Assert.False(link.IsReplica);
        node.RunSnapshot();
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);
        Assert.InRange(node.QueueBytesMax, Limit / 2, Limit);
    }

    [Fact]
    public void A_limit_that_was_set_bounds_the_log_held_for_a_replica_in_full_sync()
    {
        using var node = new LimitedNode(Limit, "repl-backlog-size 16kb", "client-output-buffer-limit replica 0 0 0");
        var link = node.AddReplica(1);
        for (var turn = 0; turn < 10; turn++) node.Turn();
        Assert.False(node.Node.Snapshots.IsRunning);
        var log = node.Node.Replication.Protocol.Replicas;
        long most = 0;
        for (var i = 0; i < 3000 && link.IsReplica; i++)
        {
            node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(1000));
            most = Math.Max(most, log.SyncLogBytes);
            node.EndTurn();
        }

        Assert.False(link.IsReplica);
        Assert.InRange(most, Limit, Limit + LimitedNode.SliceMax);
        Assert.Equal(0, log.SyncLogBytes);
    }

#if !GUARDED // which copies each of those 80 MB several times
    [Fact]
    public void The_log_held_for_a_replica_is_left_to_its_output_buffer_limit_by_default()
    {
        using var node = new LimitedNode(0, "repl-backlog-size 16kb", "client-output-buffer-limit replica 0 0 0");
        var link = node.AddReplica(1);
        for (var turn = 0; turn < 10; turn++) node.Turn();
        for (var i = 0; i < 80; i++)
        {
            node.Engine.DoWords("SET", LimitedNode.Key(i), node.Text(1_000_000));
            node.EndTurn();
        }

        Assert.InRange(node.Node.Replication.Protocol.Replicas.SyncLogBytes, node.Node.Snapshots.BufferLimit, long.MaxValue);
        Assert.True(link.IsReplica);
    }
#endif

    /// <summary>A value of more than may be under way stopped the walk, and the block that referred to it never filled: the save did not end.</summary>
    [Fact]
    public void Values_larger_than_what_may_be_under_way_do_not_stop_the_walk()
    {
        using var node = new LimitedNode(0);
        node.Fill(1000);
        for (var i = 0; i < 3; i++) node.Engine.DoWords("SET", "large:" + i.ToString(CultureInfo.InvariantCulture), node.Text(5_000_000));
        node.Engine.Do("BGSAVE");
        node.RunSnapshot();
        Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
        AssertHolds(node, node.Digest);
    }

    /// <summary>One value may be larger than the limit: it is not copied as long as nobody writes it.</summary>
    [Fact]
    public void A_value_larger_than_the_limit_can_be_saved()
    {
        using var node = new LimitedNode(100_000);
        node.Fill(100);
        node.Engine.DoWords("SET", "large", node.Text(3_000_000));
        node.Engine.Do("BGSAVE");
        node.RunSnapshot();
        Assert.Equal("ok", node.Info("rdb_last_bgsave_status"));
        AssertHolds(node, node.Digest);
    }

    private static void AssertHolds(LimitedNode saved, string digest, string what = "")
    {
        var (loaded, _) = SavedNode.Restart(saved.Engine, 0, "enable-debug-command yes");
        using (loaded) Assert.True(digest == loaded.Do("DEBUG DIGEST"), what);
    }
}
