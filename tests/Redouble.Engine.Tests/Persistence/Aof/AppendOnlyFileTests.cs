using Redouble.Engine.Persistence.Aof;

namespace Redouble.Engine.Tests.Persistence.Aof;

public sealed class AppendOnlyFileTests
{
    private const string First = "appendonly.aof.1.incr.aof";
    private const string Second = "appendonly.aof.2.incr.aof";

    [Fact]
    public void A_first_start_makes_a_base_and_an_incremental_file()
    {
        using var node = new AofNode();
        Assert.Equal("file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n", node.Manifest);
        Assert.StartsWith("REDIS0010", node.Raw("appendonly.aof.1.base.rdb"), StringComparison.Ordinal);
        Assert.Equal(
            ["Creating AOF base file appendonly.aof.1.base.rdb on server start", "Creating AOF incr file appendonly.aof.1.incr.aof on server start"],
            node.Engine.LogLines.Where(static line => line.Contains("AOF", StringComparison.Ordinal)));
        Assert.Equal(AppendOnlyState.On, node.File.State);
    }

    [Fact]
    public void Writes_are_in_the_file_a_turn_later_behind_a_SELECT_and_before_a_mark()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Do("SET b 2");
        node.Turn();
        Assert.Equal("SELECT 0 / SET a 1 / SET b 2", node.Commands(First));
        var end = node.Engine.Node.Replication.Protocol.Log.EndOffset;
        Assert.Equal($"{end} 0 primary", node.LastMark(First));
        Assert.EndsWith("|", node.Raw(First), StringComparison.Ordinal);
        Assert.Matches(@"#RD:[^|]*\|$", node.Raw(First));
    }

    [Fact]
    public void Messages_and_keepalives_are_not_written_and_move_the_mark()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Do("PUBLISH channel text");
        node.Do("SET b 2");
        node.Do("PUBLISH channel text");
        node.Turn();
        Assert.Equal("SELECT 0 / SET a 1 / SET b 2", node.Commands(First));
        var log = node.Engine.Node.Replication.Protocol.Log;
        log.Append("*1\r\n$4\r\nping\r\n"u8, Redouble.Replication.Log.AppendKind.Keepalive);
        var length = node.Raw(First).Length;
        node.Turn();
        Assert.Equal(length, node.Raw(First).Length); // not for each of them
        node.Turn(1000);
        Assert.Equal("SELECT 0 / SET a 1 / SET b 2", node.Commands(First));
        Assert.Equal($"{log.EndOffset} 0 primary", node.LastMark(First));
    }

    /// <summary>
    /// A replica that has got a PING or GETACK which its killed primary does not know of is ahead of it, and was synced fully. So the file knows before it is
    /// sent. With always an fsync is not waited for: what is lost with the machine are no data.
    /// </summary>
    [Theory]
    [InlineData("appendfsync everysec")]
    [InlineData("appendfsync always")]
    public void A_replica_gets_no_keepalive_that_the_file_does_not_know_of(string policy)
    {
        using var node = new AofNode(policy);
        node.Do("SET a 1");
        node.Turn(1000);
        node.Do("PSYNC ? -1", node.Engine.Connect());
        for (var i = 0; i < 5; i++) node.Turn(1100);
        Assert.Single(node.Engine.Node.Replication.ReplicaSessions);
        var log = node.Engine.Node.Replication.Protocol.Log;
        var path = $"{AofNode.Directory}/{First}";
        for (var i = 0; i < 3; i++)
        {
            var synced = node.Files.Synced[path];
            log.Append(Redouble.Replication.Log.LogFrames.GetAck, Redouble.Replication.Log.AppendKind.Keepalive);
            node.Engine.Node.FeedReplicas();
            Assert.Equal($"{log.EndOffset} 0 primary", node.LastMark(First));
            Assert.False(node.File.HoldsOutput);
            Assert.Equal(synced, node.Files.Synced[path]);
            node.Turn();
        }

        node.Turn(1000);
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced[path]);
    }

    /// <summary>Sentinels greet each other twice a second through every node that they watch.</summary>
    [Fact]
    public void Nor_a_message_unless_there_are_many()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Do("PSYNC ? -1", node.Engine.Connect());
        for (var i = 0; i < 6; i++) node.Turn(1100);
        var log = node.Engine.Node.Replication.Protocol.Log;
        var sender = node.Engine.Connect();
        node.Engine.Send(Harness.EngineNode.Encode("PUBLISH", "channel", "text"), sender);
        node.Engine.Node.FeedReplicas();
        node.File.Commit(); // the first one comes behind a SELECT, which is written as data are
        Assert.Equal($"{log.EndOffset} 0 primary", node.LastMark(First));
        node.Turn();
        var length = node.Files.Files[$"{AofNode.Directory}/{First}"].Length;
        for (var i = 0; i < 40; i++)
        {
            node.Engine.Send(Harness.EngineNode.Encode("PUBLISH", "channel", "text"), sender);
            node.Turn();
        }

        Assert.Equal(length, node.Files.Files[$"{AofNode.Directory}/{First}"].Length);
        node.Turn(100);
        Assert.Equal($"{log.EndOffset} 0 primary", node.LastMark(First));
    }

    [Fact]
    public void Effects_of_a_unit_are_framed_as_for_replicas()
    {
        using var node = new AofNode();
        node.Do("SELECT 3");
        node.Do("MULTI");
        node.Do("SET a 1");
        node.Do("INCR a");
        node.Do("EXEC");
        node.Turn();
        Assert.Equal("MULTI / SELECT 3 / SET a 1 / INCR a / EXEC", node.Commands(First));
    }

    [Fact]
    public void Everysec_syncs_once_a_second_and_WAITAOF_waits_for_it()
    {
        using var node = new AofNode();
        node.Turn(1000);
        node.Do("SET a 1");
        node.Turn();
        var path = $"{AofNode.Directory}/{First}";
        var client = node.Engine.Connect();
        node.Do("SET b 2");
        node.Turn();
        node.Engine.Send(Harness.EngineNode.Encode("SET", "c", "3"), client);
        node.Turn();
        Assert.True(node.Files.Synced[path] < node.Files.Files[path].Length);
        Assert.Equal("", node.Engine.Send(Harness.EngineNode.Encode("WAITAOF", "1", "0", "0"), client));
        node.Turn(500);
        Assert.Equal("", node.Engine.Take(client));
        node.Turn(600);
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced[path]);
        Assert.Equal("*2|:1|:0|", node.Engine.Take(client));
        Assert.Equal("*2|:1|:0|", node.Engine.Send(Harness.EngineNode.Encode("WAITAOF", "1", "0", "0"), client));
    }

    [Theory]
    [InlineData("WAITAOF 2 0 0", "-ERR value is out of range, value must between 0 and 1|")]
    [InlineData("WAITAOF 0 -1 0", "-ERR value is out of range, must be positive|")]
    [InlineData("WAITAOF 0 0 -1", "-ERR timeout is negative|")]
    [InlineData("WAITAOF x 0 0", "-ERR value is not an integer or out of range|")]
    [InlineData("WAITAOF 1 0 0", "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.|")]
    [InlineData("WAITAOF 0 0 0", "*2|:0|:0|")]
    public void WAITAOF_without_a_file(string command, string reply)
    {
        using var node = new AofNode(starts: true, []);
        Assert.Equal(reply, node.Do(command));
    }

    [Fact]
    public void WAITAOF_fails_when_the_file_is_switched_off()
    {
        using var node = new AofNode("appendfsync no");
        var client = node.Engine.Connect();
        node.Engine.Send(Harness.EngineNode.Encode("SET", "c", "3"), client);
        Assert.Equal("", node.Engine.Send(Harness.EngineNode.Encode("WAITAOF", "1", "0", "0"), client));
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly no"));
        Assert.Equal("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.|", node.Engine.Take(client));
    }

    // Found by reading: only another fsync took the error back, and with appendfsync no there is none.
    [Fact]
    public void A_rewrite_takes_back_the_error_of_an_fsync()
    {
        using var node = new AofNode("appendfsync everysec");
        node.Do("SET a 1");
        node.Files.FailsAt = "sync";
        for (var i = 0; i < 3; i++) node.Turn(1100);
        Assert.StartsWith("-MISCONF", node.Do("SET a 2"), StringComparison.Ordinal);
        node.Do("CONFIG SET appendfsync no");
        node.Files.FailsAt = "";
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Turn();
        node.Rewrite();
        Assert.Equal("+OK|", node.Do("SET a 3"));
    }

    [Theory]
    [InlineData("everysec")]
    [InlineData("no")]
    public void Everything_is_held_back_until_it_is_written(string policy)
    {
        using var node = new AofNode($"appendfsync {policy}");
        node.Turn(1000);
        node.Do("GET a");
        Assert.False(node.File.HoldsOutput);
        node.Do("SET a 1");
        Assert.True(node.File.HoldsOutput);
        Assert.Equal("", node.Commands(First));
        node.File.Commit();
        Assert.False(node.File.HoldsOutput);
        Assert.Equal("SELECT 0 / SET a 1", node.Commands(First));
    }

    /// <summary>A node that is killed in the middle of writes stands somewhere in the history, too.</summary>
    [Fact]
    public void Every_write_ends_with_a_mark()
    {
        using var node = new AofNode("appendfsync no");
        node.Turn(1000);
        for (var i = 0; i < 20; i++)
        {
            node.Do("INCR n");
            node.Do("INCR n");
            node.File.Commit();
            Assert.Equal($"{node.Engine.Node.Replication.Protocol.Log.EndOffset} 0 primary", node.LastMark(First));
            Assert.Matches(@"#RD:[^|]*\|$", node.Raw(First));
            node.Turn(0);
        }
    }

    [Fact]
    public void Always_holds_everything_back_until_it_is_synced()
    {
        using var node = new AofNode("appendfsync always");
        var path = $"{AofNode.Directory}/{First}";
        Assert.False(node.File.HoldsOutput);
        node.Do("GET a");
        Assert.False(node.File.HoldsOutput);
        node.Do("SET a 1");
        node.Do("SET b 1");
        Assert.True(node.File.HoldsOutput);
        var synced = node.Files.Synced.GetValueOrDefault(path);
        node.Engine.Node.FeedReplicas();
        Assert.Equal(synced, node.Files.Synced.GetValueOrDefault(path));
        node.File.Commit();
        Assert.False(node.File.HoldsOutput);
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced[path]);
        Assert.Equal("SELECT 0 / SET a 1 / SET b 1", node.Commands(First));
    }

    [Theory]
    [InlineData("everysec")]
    [InlineData("no")]
    public void Always_syncs_what_was_written_before_it_was_set(string policy)
    {
        using var node = new AofNode($"appendfsync {policy}");
        var path = $"{AofNode.Directory}/{First}";
        node.Turn(1000);
        node.Do("SET a 1");
        node.Turn();
        node.Do("SET b 1");
        node.Turn();
        Assert.True(node.Files.Synced.GetValueOrDefault(path) < node.Files.Files[path].Length);
        Assert.Equal("+OK|", node.Do("CONFIG SET appendfsync always"));
        node.File.Commit();
        Assert.False(node.File.HoldsOutput);
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced[path]);
    }

    [Fact]
    public void Always_syncs_when_a_rewrite_forbids_it_no_longer()
    {
        using var node = new AofNode("appendfsync always", "no-appendfsync-on-rewrite yes");
        var path = $"{AofNode.Directory}/{Second}";
        node.Engine.Background.EncodersWait = true;
        node.Do("BGREWRITEAOF");
        node.Turn();
        node.Do("SET a 1");
        node.Turn();
        Assert.False(node.File.HoldsOutput);
        Assert.True(node.Files.Synced.GetValueOrDefault(path) < node.Files.Files[path].Length);
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced[path]);
    }

    [Theory]
    [InlineData("write", "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")]
    [InlineData("sync", "Can't persist AOF for fsync error when the AOF fsync policy is 'always': Permission denied. Exiting...")]
    public void Always_ends_the_process_when_the_disk_fails(string operation, string text)
    {
        using var node = new AofNode("appendfsync always");
        node.Do("SET a 1");
        node.Files.FailsAt = operation;
        node.File.Commit();
        Assert.Equal(1, node.Engine.ExitStatus);
        Assert.Equal(text, node.Engine.LogLines[^1]);
        Assert.True(node.File.HoldsOutput);
    }

    [Fact]
    public void A_full_disk_refuses_writes_until_it_has_room()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Turn();
        var whole = node.Raw(First);
        node.Do("SET b 2");
        node.Files.IsFull = true;
        node.Turn();
        Assert.Equal(whole, node.Raw(First)); // the part that was written is taken back
        Assert.Equal("-MISCONF Errors writing to the AOF file: No space left on device|", node.Do("SET c 3"));
        Assert.Contains("aof_last_write_status:err|", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Contains("Error writing to the AOF file: No space left on device", node.Engine.LogLines);
        node.Turn(1100);
        Assert.StartsWith("-MISCONF", node.Do("SET c 3"), StringComparison.Ordinal);
        node.Files.IsFull = false;
        node.Turn(1100);
        node.Turn();
        Assert.Equal("+OK|", node.Do("SET c 3"));
        Assert.Contains("AOF write error looks solved. The server can write again.", node.Engine.LogLines);
        node.Turn();
        Assert.Equal("SELECT 0 / SET a 1 / SET b 2 / SET c 3", node.Commands(First));
    }

    [Fact]
    public void A_part_that_cannot_be_taken_back_is_written_over()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Turn();
        node.Do("SET b 2");
        node.Files.IsFull = true;
        node.Files.FailsAt = "truncate";
        node.Turn();
        Assert.Contains("Could not remove short write from the append-only file.", string.Concat(node.Engine.LogLines), StringComparison.Ordinal);
        (node.Files.IsFull, node.Files.FailsAt) = (false, "");
        node.Turn(1100);
        node.Turn();
        Assert.Equal("SELECT 0 / SET a 1 / SET b 2", node.Commands(First));
    }

    [Fact]
    public void An_fsync_that_fails_refuses_writes_until_one_succeeds()
    {
        using var node = new AofNode();
        node.Turn(1000);
        node.Turn();
        node.Do("SET a 1");
        node.Files.FailsAt = "sync";
        node.Turn(1100);
        Assert.Equal("-MISCONF Errors writing to the AOF file: Permission denied|", node.Do("SET c 3"));
        Assert.Contains("Fail to fsync the AOF file: Permission denied", node.Engine.LogLines);
        node.Files.FailsAt = "";
        node.Turn(1100);
        Assert.Equal("+OK|", node.Do("SET c 3"));
    }

    // Found by the simulator (append-only seed 702257): the fsync of a SHUTDOWN that was not carried out failed, and the node refused writes until somebody had
    // the file rewritten.
    [Theory]
    [InlineData("CONFIG SET appendfsync no")]
    [InlineData("SHUTDOWN")]
    public void With_no_too_an_fsync_that_failed_is_tried_again(string how)
    {
        var isShutdown = how == "SHUTDOWN";
        using var node = new AofNode($"appendfsync {(isShutdown ? "no" : "everysec")}", "save 1000 1");
        node.Turn(1000);
        node.Do("SET a 1");
        node.Files.FailsAt = "sync";
        if (!isShutdown) node.Turn(1100);
        var reply = node.Do(how);
        Assert.Equal(isShutdown, reply.StartsWith("-ERR Errors trying to SHUTDOWN", StringComparison.Ordinal));
        Assert.Equal("-MISCONF Errors writing to the AOF file: Permission denied|", node.Do("SET a 2"));
        node.Files.FailsAt = "";
        node.Turn(1100);
        node.Turn();
        Assert.Equal("+OK|", node.Do("SET a 2"));
    }

    [Fact]
    public void A_rewrite_makes_a_base_of_what_was_and_a_file_of_what_comes()
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Do("SET b 1");
        Assert.Equal("+Background append only file rewriting started|", node.Do("BGREWRITEAOF"));
        Assert.Equal("-ERR Background append only file rewriting already in progress|", node.Do("BGREWRITEAOF"));
        node.Do("SET b 2");
        node.Turn();
        node.Rewrite();
        Assert.Equal("file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n", node.Manifest);
        Assert.Equal("SELECT 0 / SET b 2", node.Commands(Second));
        Assert.Equal(
            ["appendonly.aof.2.base.rdb", Second, "appendonly.aof.manifest"],
            node.Files.Files.Keys.Select(static path => path[(path.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal));
        Assert.Contains("Background AOF rewrite finished successfully", node.Engine.LogLines);
        Assert.Contains("aof_last_bgrewrite_status:ok|", node.Do("INFO persistence"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("open")]
    [InlineData("rename")]
    public void A_rewrite_that_fails_leaves_a_set_that_goes_on(string operation)
    {
        using var node = new AofNode();
        node.Do("SET a 1");
        node.Turn();
        node.Files.FailsAt = operation;
        node.Do("BGREWRITEAOF");
        node.Do("SET b 2");
        node.Rewrite();
        Assert.False(node.File.Rewrites.LastStatusOk);
        Assert.Equal(1, node.File.Rewrites.ConsecutiveFailures);
        node.Files.FailsAt = "";
        node.Do("SET c 3");
        node.Turn();
        var files = node.Manifest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')[1]).ToArray();
        Assert.Equal("appendonly.aof.1.base.rdb", files[0]);
        Assert.Equal("SELECT 0 / SET a 1 / SELECT 0 / SET b 2 / SET c 3", string.Join(" / ", files[1..].Select(node.Commands)));
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
    }

    /// <summary>The manifest has got its name, and it is not known whether that is durable: when a rewrite begins, and when it ends.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_that_cannot_be_synced_leaves_a_set_that_goes_on(bool atTheBeginning)
    {
        using var node = new AofNode();
        node.Do("INCR n");
        node.Turn();
        (node.Files.FailsAt, node.Files.FailsFor) = (atTheBeginning ? "syncdir" : "", ".manifest");
        node.Do("BGREWRITEAOF");
        if (!atTheBeginning)
        {
            node.Engine.Background.EncodersWait = true;
            node.Turn();
            node.Engine.Background.EncodersWait = false;
            node.Files.FailsAt = "syncdir";
        }

        node.Do("INCR n");
        node.Rewrite();
        Assert.False(node.File.Rewrites.LastStatusOk);
        node.Files.FailsAt = "";
        node.Do("INCR n");
        Assert.True(node.File.Flush());
        AssertLoads(node, "$1|3|");
        node.Engine.Background.EncodersWait = true;
        node.Do("BGREWRITEAOF");
        node.Do("INCR n");
        Assert.True(node.File.Flush());
        node.Engine.Background.EncodersWait = false;
        AssertLoads(node, "$1|4|"); // also in the middle of the next one, which must not take the place of a base that is named
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        AssertLoads(node, "$1|4|");
    }

    /// <summary>The manifest names a second file that nothing was written to, and the first one has lost its tail.</summary>
    [Fact]
    public void A_torn_file_is_cut_if_only_empty_ones_follow()
    {
        (string, string)[] Set(string second) =>
            [("appendonly.aof.manifest", "file a seq 1 type i\nfile b seq 2 type i\n"), ("a", AofSet.Command("SET a 1") + "*3\r\n$3\r\nSE"), ("b", second)];
        using var node = AofSet.Start(Set(""));
        Assert.Equal("$1|1|", node.Do("GET a"));
        Assert.Equal(AofSet.Command("SET a 1"), AofSet.Text(node.Files.Files[AofSet.Folder + "a"]));
        using var other = AofSet.Create(Set(AofSet.Command("SET b 1")));
        Assert.ThrowsAny<IOException>(() => AofSet.Load(other));
    }

    [Fact]
    public void A_rewrite_goes_to_the_disk_as_it_is_written()
    {
        foreach (var isIncremental in (bool[])[false, true])
        {
            using var node = new AofNode("rdbcompression no", "appendonly no", $"aof-rewrite-incremental-fsync {(isIncremental ? "yes" : "no")}");
            for (var i = 0; i < 10; i++) node.Do($"SET key:{i} {new string('v', 1 << 20)}");
            node.Turn();
            Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
            node.Rewrite();
            Assert.True(node.File.Rewrites.LastStatusOk);
            Assert.Equal(isIncremental ? 2 : 0, node.Files.WriteBacks);
        }
    }

    /// <summary>What a killed process has left in the system's memory is told to be on the disk, so it is brought there first.</summary>
    [Fact]
    public void A_start_syncs_what_it_finds()
    {
        using var node = AofSet.Start(AofSet.Bytes(AofSet.Marked("@100\nSET a 1\n@127")), "replicaof 127.0.0.1 1");
        var path = AofSet.Folder + AofSet.Incremental;
        Assert.Equal(127, node.Node.Replication.Protocol.Primary.DurableOffset); // for FACK, before anything is written
        Assert.Equal(node.Files.Files[path].Length, node.Files.Synced.GetValueOrDefault(path));
    }

    [Fact]
    public void Keys_do_not_expire_while_DEBUG_LOADAOF_loads_them()
    {
        using var node = new AofNode("enable-debug-command yes", "appendfsync no");
        node.Do("SET n 1");
        node.Do("PEXPIRE n 100");
        node.Do("INCR n");
        node.Do("PERSIST n");
        node.Turn();
        node.Engine.Clock.Advance(1000);
        Assert.Equal("+OK|", node.Do("DEBUG LOADAOF"));
        Assert.Equal("$1|2|", node.Do("GET n"));
    }

    [Fact]
    public void Switched_on_it_counts_when_the_base_is_there()
    {
        using var node = new AofNode(starts: true, []);
        node.Do("SET a 1");
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        Assert.Equal(AppendOnlyState.WaitRewrite, node.File.State);
        node.Do("SET b 2");
        Assert.Equal("", node.Manifest);
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.Equal("file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n", node.Manifest);
        Assert.Equal("SELECT 0 / SET b 2", node.Commands(First));
        node.Do("SET c 3");
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly no"));
        Assert.Equal("SELECT 0 / SET b 2 / SET c 3", node.Commands(First));
        Assert.Equal(AppendOnlyState.Off, node.File.State);
        node.Do("SET d 4");
        node.Turn();
        Assert.Equal("SELECT 0 / SET b 2 / SET c 3", node.Commands(First));
    }

    [Fact]
    public void A_first_rewrite_that_fails_is_tried_again()
    {
        using var node = new AofNode(starts: true, []);
        node.Do("SET a 1");
        node.Files.FailsAt = "rename";
        node.Do("CONFIG SET appendonly yes");
        node.Rewrite();
        Assert.Equal(AppendOnlyState.WaitRewrite, node.File.State);
        Assert.True(node.File.Rewrites.IsScheduled);
        node.Files.FailsAt = "";
        node.Do("SET b 2");
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.Equal("SELECT 0", node.Commands(First)); // the stream's database at the edge, and nothing behind it
    }

    /// <summary>
    /// Found by seed 306443 of the simulator: a disk that was well again left a primary without writes, and without replicas, since their PING was refused, for
    /// the minute until the next rewrite.
    /// </summary>
    [Fact]
    public void A_first_rewrite_that_fails_takes_the_error_of_its_file_along()
    {
        using var node = new AofNode(starts: true, []);
        node.Do("SET a 1");
        node.Engine.Background.EncodersWait = true;
        node.Do("CONFIG SET appendonly yes");
        node.Turn();
        node.Do("SET b 2");
        node.Files.IsFull = true;
        node.Turn();
        Assert.StartsWith("-MISCONF", node.Do("SET c 3"), StringComparison.Ordinal);
        Assert.StartsWith("-MISCONF", node.Do("PING"), StringComparison.Ordinal);
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        Assert.Equal(AppendOnlyState.WaitRewrite, node.File.State);
        Assert.Equal("+PONG|", node.Do("PING"));
        Assert.Equal("+OK|", node.Do("SET c 3"));
        var info = node.Do("INFO persistence");
        Assert.Contains("aof_last_bgrewrite_status:err|", info, StringComparison.Ordinal);
        Assert.Contains("aof_last_write_status:ok|", info, StringComparison.Ordinal);
        node.Files.IsFull = false;
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
    }

    [Fact]
    public void Growth_begins_a_rewrite()
    {
        using var node = new AofNode("auto-aof-rewrite-min-size 1kb", "auto-aof-rewrite-percentage 100");
        for (var i = 0; i < 100; i++) node.Do($"SET key {i}");
        node.Turn();
        node.Engine.Node.Timer();
        Assert.True(node.File.Rewrites.IsRunning);
        Assert.Contains(node.Engine.LogLines, static line => line.StartsWith("Starting automatic rewriting of AOF on ", StringComparison.Ordinal));
        node.Rewrite();
        node.Engine.Node.Timer();
        Assert.False(node.File.Rewrites.IsRunning);
    }

    [Fact]
    public void Failing_rewrites_wait_longer_and_longer()
    {
        using var node = new AofNode("auto-aof-rewrite-min-size 1kb", "auto-aof-rewrite-percentage 100");
        for (var i = 0; i < 100; i++) node.Do($"SET key {i}");
        node.Turn();
        node.Files.FailsAt = "create";
        for (var i = 0; i < 5; i++)
        {
            node.Turn();
            node.Engine.Node.Timer();
            node.Rewrite();
        }

        Assert.Equal(3, node.File.Rewrites.ConsecutiveFailures);
        Assert.Contains("Background AOF rewrite has repeatedly failed and triggered the limit, will retry in 1 minutes", node.Engine.LogLines);
        node.Turn(61_000);
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.Equal(4, node.File.Rewrites.ConsecutiveFailures);
    }

    [Fact]
    public void Times_are_written_when_asked_for()
    {
        using var node = new AofNode("aof-timestamp-enabled yes");
        node.Do("SET a 1");
        node.Turn();
        node.Do("SET b 2");
        node.Turn(2000);
        node.Do("SET c 3");
        node.Turn();
        var seconds = node.Engine.Clock.UnixMicroseconds / 1_000_000;
        var (a, b, c) = ("*3|$3|SET|$1|a|$1|1|", "*3|$3|SET|$1|b|$1|2|", "*3|$3|SET|$1|c|$1|3|");
        Assert.EndsWith($"#TS:{seconds - 2}|*2|$6|SELECT|$1|0|{a}{b}#TS:{seconds}|{c}", node.Text(First), StringComparison.Ordinal);
    }

    /// <summary>It stood behind the SELECT, which check-aof took for data of before; and what was done in the turn of the rewrite had none.</summary>
    [Fact]
    public void A_file_begins_with_the_time()
    {
        using var node = new AofNode("aof-timestamp-enabled yes");
        node.Do("SET a 1");
        node.Turn();
        node.Do("BGREWRITEAOF");
        node.Do("SET b 2");
        node.Rewrite();
        var seconds = node.Engine.Clock.UnixMicroseconds / 1_000_000;
        const string second = "appendonly.aof.2.incr.aof";
        Assert.Equal($"#TS:{seconds}|*2|$6|SELECT|$1|0|*3|$3|SET|$1|b|$1|2|", node.Text(second));
        Assert.StartsWith($"#TS:{seconds}|#RD:follows ", node.Raw(second), StringComparison.Ordinal);
        using var again = AofSet.Again(node.Engine);
        var (was, found) = (node.Engine.Node.Replication.Protocol, again.Node.Replication.Protocol);
        Assert.Equal((was.Log.EndOffset, was.History.Identity.Id), (found.Log.EndOffset, found.History.Identity.SecondId));
    }

    private static void AssertLoads(AofNode written, string reply)
    {
        using var node = AofSet.Create([]);
        foreach (var (name, bytes) in written.Files.Files) node.Files.Files[name] = bytes;
        AofSet.Load(node);
        Assert.Equal(reply, node.Do("GET n"));
    }
}
