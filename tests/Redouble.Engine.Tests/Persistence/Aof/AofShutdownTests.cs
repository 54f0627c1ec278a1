using Redouble.Engine.Persistence.Aof;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>SHUTDOWN while a snapshot is being taken, with the append-only file on; as redis-server 7.0.15 does it.</summary>
public sealed class AofShutdownTests
{
    [Theory]
    [InlineData("BGREWRITEAOF", "", "There is a child rewriting the AOF. Killing it!")]
    [InlineData("BGREWRITEAOF", " NOSAVE", "There is a child rewriting the AOF. Killing it!")]
    [InlineData("BGREWRITEAOF", " SAVE", "There is a child rewriting the AOF. Killing it!")]
    [InlineData("BGREWRITEAOF", " NOW", "There is a child rewriting the AOF. Killing it!")]
    [InlineData("BGSAVE", "", "There is a child saving an .rdb. Killing it!")]
    [InlineData("BGSAVE", " NOSAVE", "There is a child saving an .rdb. Killing it!")]
    [InlineData("BGSAVE", " SAVE", "There is a child saving an .rdb. Killing it!")]
    public void A_snapshot_is_given_up(string command, string option, string line)
    {
        using var node = new AofNode("save ''");
        node.Do("SET a 1");
        node.Turn();
        node.Engine.Background.EncodersWait = true;
        node.Do(command);
        node.Turn();
        node.Do("SET b 1");
        node.Engine.Background.EncodersWait = false;
        Assert.Equal("", node.Do("SHUTDOWN" + option));
        Assert.Equal(0, node.Engine.ExitStatus);
        Assert.Contains(line, node.Engine.LogLines);
        Assert.Contains("Calling fsync() on the AOF file.", node.Engine.LogLines);
        Assert.Equal(option == " SAVE", node.Files.Exists("/data/dump.rdb"));
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        using var again = AofSet.Create([]);
        foreach (var (name, bytes) in node.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        Assert.Equal("*2|$1|1|$1|1|", again.Do("MGET a b"));
    }

    /// <summary>What waited behind the first batch was not even written, on a disk that takes writes and syncs nothing.</summary>
    [Fact]
    public void What_cannot_be_synced_is_written()
    {
        using var node = new AofNode("save ''", "appendfsync everysec");
        node.Do("SET first 1");
        node.Turn();
        node.Do($"SET a {new string('x', 20 << 20)}"); // more than goes into a batch
        node.Do($"SET b {new string('x', 20 << 20)}");
        node.Do("SET last 1");
        node.Files.FailsAt = "sync";
        Assert.False(node.File.Flush());
        node.Files.FailsAt = "";
        using var again = AofSet.Create([]);
        foreach (var (name, bytes) in node.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        Assert.Equal(":4|", again.Do("EXISTS first a b last"));
        Assert.True(node.File.Flush());
    }

    /// <summary>While the new base is put in place, a save may already be running: INFO shows it, and it does not keep SHUTDOWN from its own.</summary>
    [Fact]
    public void A_save_behind_a_rewrite_that_is_being_installed_is_given_up()
    {
        using var node = new AofNode("save ''");
        node.Do("SET a 1");
        node.Turn();
        node.Do("BGREWRITEAOF");
        node.DiskHangs = true; // the other threads go step by step
        for (var i = 0; i < 1000 && !node.Engine.LogLines.Contains("Background AOF rewrite terminated with success"); i++)
        {
            node.Engine.Background.Step();
            node.Turn();
        }

        Assert.True(node.File.Rewrites.IsRunning);
        Assert.Equal("+Background saving started|", node.Do("BGSAVE"));
        Assert.Contains("rdb_bgsave_in_progress:1|", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Equal("", node.Do("SHUTDOWN SAVE"));
        Assert.Equal(0, node.Engine.ExitStatus);
        Assert.Contains("There is a child saving an .rdb. Killing it!", node.Engine.LogLines);
        Assert.True(node.Files.Exists("/data/dump.rdb"));
    }

    /// <summary>The turn that ends the server goes on to its timer: what that began would work on memory that is about to be given back.</summary>
    [Fact]
    public void Nothing_begins_behind_the_end()
    {
        const string begins = "Starting automatic rewriting of AOF";
        using var node = new AofNode("save ''");
        for (var i = 0; i < 100; i++) node.Do($"SET key:{i} {i}");
        node.Turn();
        node.Do("CONFIG SET auto-aof-rewrite-percentage 1 auto-aof-rewrite-min-size 1");
        Assert.Equal("", node.Do("SHUTDOWN"));
        Assert.Equal(0, node.Engine.ExitStatus);
        node.Engine.Node.Timer();
        Assert.DoesNotContain(node.Engine.LogLines, static line => line.StartsWith(begins, StringComparison.Ordinal));
        Assert.False(node.Engine.Node.Snapshots.IsRunning);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(" NOSAVE", false)]
    [InlineData(" SAVE", false)]
    [InlineData(" NOW", false)]
    [InlineData(" FORCE", true)]
    public void The_first_base_is_waited_for_unless_forced(string option, bool ends)
    {
        using var node = new AofNode(starts: true, ["save ''"]);
        node.Do("SET a 1");
        node.Engine.Background.EncodersWait = true;
        node.Do("CONFIG SET appendonly yes");
        node.Turn();
        node.Engine.Background.EncodersWait = false;
        Assert.Equal(ends ? "" : "-ERR Errors trying to SHUTDOWN. Check logs.|", node.Do("SHUTDOWN" + option));
        Assert.Equal(ends ? 0 : null, node.Engine.ExitStatus);
        Assert.Contains(ends ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.", node.Engine.LogLines);
    }

    /// <summary>Who sends a signal is not told that it came too early, and sends no second one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_signal_is_heeded_when_the_first_base_is_there(bool aborts)
    {
        using var node = new AofNode(starts: true, ["save ''"]);
        node.Do("SET a 1");
        node.Engine.Background.EncodersWait = true;
        node.Do("CONFIG SET appendonly yes");
        node.Turn();
        node.Engine.Node.Shutdown.OnSignal(interrupt: false);
        node.Turn();
        Assert.Null(node.Engine.ExitStatus);
        Assert.Contains("The shutdown goes on when it is written.", node.Engine.LogLines);
        Assert.Equal("+OK|", node.Do("SET b 2"));
        if (aborts) Assert.Equal("+OK|", node.Do("SHUTDOWN ABORT"));
        node.Engine.Background.EncodersWait = false;
        for (var i = 0; i < 10; i++) node.Turn();
        Assert.Equal(aborts ? null : 0, node.Engine.ExitStatus);
        Assert.Equal(AppendOnlyState.On, node.File.State);
        if (aborts) Assert.Equal("-ERR No shutdown in progress.|", node.Do("SHUTDOWN ABORT"));
    }

    /// <summary>While it has not begun, as another snapshot was being taken, nothing of the data set would be anywhere.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" NOSAVE")]
    [InlineData(" SAVE")]
    public void A_first_base_that_has_not_begun_is_begun(string option)
    {
        using var node = new AofNode(starts: true, ["save ''"]);
        node.Do("SET a 1");
        node.Engine.Background.EncodersWait = true;
        node.Do("BGSAVE");
        node.Do("CONFIG SET appendonly yes");
        node.Turn();
        Assert.True(node.File.Rewrites.IsScheduled);
        node.Engine.Background.EncodersWait = false;
        Assert.Equal("-ERR Errors trying to SHUTDOWN. Check logs.|", node.Do("SHUTDOWN" + option));
        Assert.Null(node.Engine.ExitStatus);
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.Equal("", node.Do("SHUTDOWN" + option));
        Assert.Equal(0, node.Engine.ExitStatus);
        Assert.Equal(option == " SAVE", node.Files.Exists("/data/dump.rdb"));
    }
}
