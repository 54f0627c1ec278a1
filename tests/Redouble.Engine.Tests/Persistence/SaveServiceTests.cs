using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;

namespace Redouble.Engine.Tests.Persistence;

public sealed class SaveServiceTests
{
    /// <summary>A directory on a disk that hangs must hold up the helper only: the data thread never opens, writes or renames the file of a BGSAVE.</summary>
    [Fact]
    public void BGSAVE_leaves_the_file_to_the_helper()
    {
        using var node = new EngineNode();
        node.Do("SET a 1");
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        for (var i = 0; i < 10; i++)
        {
            node.Node.Timer();
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        }

        Assert.Equal(0, node.Files.Operations);
        Assert.True(node.Node.Saves.IsRunning);
        node.Background.Drain();
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        Assert.Equal(["/data/dump.rdb"], node.Files.Files.Keys);
    }

    [Theory]
    [InlineData("create", "Failed opening the temp RDB file TEMP (in server root dir /data) for saving: Permission denied")]
    [InlineData("write", "Write error while saving DB to the disk(rdbSaveRio): Permission denied")]
    [InlineData("sync", "Write error while saving DB to the disk(fsync): Permission denied")]
    [InlineData("rename", "Error moving temp DB file TEMP on the final destination dump.rdb (in server root dir /data): Permission denied")]
    public void What_fails_is_told_in_the_log_and_not_to_the_client(string operation, string text)
    {
        using var node = new EngineNode("save 3600 1");
        node.Do("SET a 1");
        text = text.Replace("TEMP", $"temp-redouble-{node.Node.Parts.Host.ProcessId}-{node.Node.RunId[..8]}.rdb", StringComparison.Ordinal);
        node.Files.FailsAt = operation;
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.Equal(["Background saving started", text, "Background saving error"], node.LogLines);
        Assert.StartsWith("-MISCONF ", node.Do("SET a 2"), StringComparison.Ordinal);
        Assert.Contains("rdb_last_bgsave_status:err|", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Equal("-ERR|", node.Do("SAVE"));
        Assert.Equal(text, node.LogLines[^1]);
        Assert.Empty(node.Files.Files);

        node.Files.FailsAt = "";
        node.Do("BGSAVE");
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.Equal("+OK|", node.Do("SET a 2"));
    }

    /// <summary>Found by seed 980 of the simulator: the file was empty at an offset at which the data set is not.</summary>
    [Fact]
    public void FLUSHALL_saves_a_file_that_stands_behind_it()
    {
        using var node = new EngineNode("save 3600 1");
        var tap = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("FLUSHALL");
        Assert.Equal("SELECT 0 | SET a 1 | FLUSHALL", tap.Take());
        Assert.Equal(node.Node.Replication.Protocol.Log.EndOffset, SavedNode.PlaceInFile(node).Offset);
    }

    [Fact]
    public void A_file_saved_within_a_transaction_names_no_place()
    {
        using var node = new EngineNode("save 3600 1");
        _ = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("MULTI");
        node.Do("INCR a");
        node.Do("FLUSHALL");
        node.Do("INCR a");
        Assert.Equal("*3|:2|+OK|:1|", node.Do("EXEC"));
        Assert.Equal((null, -1), SavedNode.PlaceInFile(node));
    }

    /// <summary>Found by seed 828 of the simulator: a replica's offset is behind its data while a batch of the stream is applied.</summary>
    [Fact]
    public void A_replica_that_is_flushed_saves_later()
    {
        using var node = new EngineNode("save 3600 1", "replica-read-only no");
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Do("FLUSHALL");
        Assert.False(node.Files.Exists("/data/dump.rdb"));
        Assert.True(node.Node.Saves.IsScheduled);
        node.Node.Timer();
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.True(node.Files.Exists("/data/dump.rdb"));
    }

    /// <summary>Found by seed 1779 of the simulator: an empty file, of a replica whose load had failed, told the place from before.</summary>
    [Fact]
    public void A_data_set_that_is_not_that_of_its_offset_is_saved_without_a_place()
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        node.Do("SET a 1");
        node.Do("SAVE");
        Assert.NotNull(SavedNode.PlaceInFile(node).Id);
        node.Do("REPLICAOF 127.0.0.1 1");
        node.Node.Replication.Protocol.History.Invalidate();
        node.Do("SAVE");
        Assert.Null(SavedNode.PlaceInFile(node).Id);
    }

    /// <summary>LFUDecrAndReturn: what Redis writes is the counter as it is by then, since a file does not tell of when.</summary>
    [Theory]
    [InlineData(0, 1, 40)]
    [InlineData(3, 1, 37)]
    [InlineData(7, 3, 38)]
    [InlineData(100, 1, 0)]
    [InlineData(100, 0, 40)]
    public void Frequencies_are_saved_with_their_decay(int minutes, int decayTime, int saved)
    {
        using var node = new EngineNode("maxmemory-policy allkeys-lfu", $"lfu-decay-time {decayTime}");
        var source = node.Send(EngineNode.Encode("SET", "from", "value")) + node.Do("DUMP from");
        Assert.StartsWith("+OK|$", source, StringComparison.Ordinal);
        var payload = source[(source.IndexOf('|', 4) + 1)..^1];
        Assert.Equal("+OK|", node.DoWords("RESTORE", "k", "0", payload.Replace("|", "\r\n", StringComparison.Ordinal), "FREQ", "40"));
        node.Do("DEL from");
        node.Clock.Advance(minutes * 60_000L);
        Assert.Equal("+OK|", node.Do("SAVE"));
        Assert.Equal("+OK|", node.Do("CONFIG SET lfu-decay-time 0"));
        var file = node.Files.Files["/data/dump.rdb"].AsSpan();
        var key = file.IndexOf("\u0001k\u0005value"u8);
        Assert.Equal((0xF9, saved, 0), (file[key - 3], file[key - 2], file[key - 1])); // opcode, counter, type
        Assert.Equal($":{Math.Max(0, saved)}|", Reloaded(node));
    }

    /// <summary>Its clock was later than the start, by which a file tells the time: it was saved as the coldest key of all.</summary>
    [Theory]
    [InlineData("allkeys-lru", 0xF8, 0)] // opcode, idle seconds
    [InlineData("allkeys-lfu", 0xF9, 5)] // opcode, counter
    public void A_key_that_is_read_before_a_snapshot_comes_to_it_is_no_cold_one(string policy, byte opcode, byte value)
    {
        using var node = new EngineNode($"maxmemory-policy {policy}", "lfu-log-factor 1000000");
        Assert.Equal("+OK|", node.Do("SET k value"));
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        node.Clock.Advance(60_000);
        Assert.Equal("$5|value|", node.Do("GET k"));
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        var file = node.Files.Files["/data/dump.rdb"].AsSpan();
        var key = file.IndexOf("\u0001k\u0005value"u8);
        Assert.Equal((opcode, value, 0), (file[key - 3], file[key - 2], file[key - 1]));
    }

    /// <summary>As in Redis, where the one is a child and the other is not; SAVE was refused, and so was what needs it: SHUTDOWN, DEBUG RELOAD.</summary>
    [Theory]
    [InlineData("no", "SAVE")]
    [InlineData("yes", "SAVE")]
    [InlineData("no", "DEBUG RELOAD")]
    public void SAVE_and_a_rewrite_are_both_done(string appendOnly, string command)
    {
        using var rewriting = new AofNode(starts: true, [$"appendonly {appendOnly}", "enable-debug-command yes"]);
        var node = rewriting.Engine;
        node.Do("SET a 1");
        Assert.Equal("+Background append only file rewriting started|", node.Do("BGREWRITEAOF"));
        Assert.StartsWith("-ERR Another child process is active (AOF?)", node.Do("BGSAVE"), StringComparison.Ordinal);
        node.Do("SET b 2");
        Assert.Equal("+OK|", node.Do(command));
        Assert.True(node.Files.Exists("/data/dump.rdb"));
        Assert.Equal(":2|", node.Do("DBSIZE"));
        rewriting.Rewrite();
        Assert.Contains("aof_last_bgrewrite_status:ok|", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Contains("Background AOF rewrite finished successfully", node.LogLines);
        var (second, _) = SavedNode.Restart(node, 0);
        using (second) Assert.Equal(":2|", second.Do("DBSIZE"));
    }

    /// <summary>The child that serves replicas is one that saves, to Redis; BGSAVE was told to come back later, or scheduled.</summary>
    [Theory]
    [InlineData("BGSAVE")]
    [InlineData("BGSAVE SCHEDULE")]
    [InlineData("SAVE")]
    public void A_save_for_replicas_is_one_in_progress(string command)
    {
        using var node = new LimitedNode(0);
        node.Fill(100);
        node.AddReplica(1);
        node.Node.Timer();
        Assert.Equal("1", node.Info("rdb_bgsave_in_progress"));
        Assert.Equal("-ERR Background save already in progress|", node.Engine.Do(command));
        Assert.False(node.Node.Saves.IsScheduled);
    }

    private static string Reloaded(EngineNode saved)
    {
        var (node, _) = SavedNode.Restart(saved, 0, "maxmemory-policy allkeys-lfu", "lfu-decay-time 1");
        using (node) return node.Do("OBJECT FREQ k");
    }

    [Fact]
    public void A_failing_SAVE_does_not_refuse_writes_but_a_failing_BGSAVE_does()
    {
        using var node = new EngineNode("save 3600 1");
        node.Files.IsFull = true;
        Assert.Equal("-ERR|", node.Do("SAVE"));
        Assert.Equal("+OK|", node.Do("SET a 1"));
        Assert.Equal("+OK|", node.Do("FLUSHALL"));
        Assert.Equal("+OK|", node.Do("SET a 1"));
        node.Do("BGSAVE");
        node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Background.Drain();
        Assert.StartsWith("-MISCONF", node.Do("SET a 1"), StringComparison.Ordinal);
    }
}
