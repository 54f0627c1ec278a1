using Redouble.Engine.Persistence.Aof;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>CONFIG SET appendonly yes where that cannot be, as redis-server 7.0.15 answers it.</summary>
public sealed class AofSwitchTests
{
    private const string Refused = "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.|";

    /// <summary>It said OK, and tried again a minute after the third failure, whoever asked meanwhile.</summary>
    [Theory]
    [InlineData("mkdir")]
    [InlineData("open")]
    public void It_is_refused_and_stays_off(string operation)
    {
        using var node = Off();
        node.Files.FailsAt = operation;
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Refused, node.Do("CONFIG SET appendonly yes"));
            Assert.Equal(AppendOnlyState.Off, node.File.State);
            Assert.Equal("*2|$10|appendonly|$2|no|", node.Do("CONFIG GET appendonly"));
            node.Engine.Node.Timer();
            node.Turn();
            Assert.False(node.File.Rewrites.IsRunning || node.File.Rewrites.IsScheduled || node.Engine.Node.Snapshots.IsRunning);
        }

        var info = node.Do("INFO persistence");
        Assert.Contains("aof_enabled:0|", info, StringComparison.Ordinal);
        Assert.Contains("aof_last_bgrewrite_status:err|", info, StringComparison.Ordinal);
        Assert.Equal("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.|", node.Do("WAITAOF 1 0 100"));
        Assert.Equal("+OK|", node.Do("SET b 2"));
        node.Files.FailsAt = "";
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        Assert.True(node.File.Rewrites.IsRunning);
        node.Do("SET c 3");
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
        using var again = AofSet.Again(node.Engine);
        Assert.Equal("*3|$1|1|$1|2|$1|3|", again.Do("MGET a b c"));
    }

    /// <summary>With always the process ended at the first mark, and with it all that no file had.</summary>
    [Fact]
    public void With_always_it_is_refused_over_a_full_disk()
    {
        using var node = Off();
        Assert.Equal("+OK|", node.Do("CONFIG SET appendfsync always"));
        node.Files.AppendsFail = true;
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Refused, node.Do("CONFIG SET appendonly yes"));
            Assert.Equal(AppendOnlyState.Off, node.File.State);
            Assert.Equal("+OK|", node.Do($"SET b {i}"));
            node.Turn(1100);
        }

        Assert.Null(node.Engine.ExitStatus);
        node.Files.AppendsFail = false;
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        node.Rewrite();
        AssertEndsWithAlways(node);
    }

    /// <summary>While the first rewrite is under way there is nothing yet that could lack what is not written.</summary>
    [Fact]
    public void With_always_a_disk_that_gets_full_costs_the_first_rewrite_only()
    {
        using var node = Off();
        Assert.Equal("+OK|", node.Do("CONFIG SET appendfsync always"));
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        node.Files.AppendsFail = true;
        Assert.Equal("+OK|", node.Do("SET b 3"));
        node.Rewrite();
        Assert.Null(node.Engine.ExitStatus);
        Assert.False(node.File.Rewrites.LastStatusOk);
        Assert.Equal(AppendOnlyState.WaitRewrite, node.File.State);
        node.Files.AppendsFail = false;
        node.Engine.Node.Timer();
        node.Rewrite();
        AssertEndsWithAlways(node);
    }

    /// <summary>
    /// The base was put in place all the same, and the process ended at the write that had waited: without what it had acknowledged, and with a set that
    /// counts and lacks it.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_always_what_waits_when_the_first_base_is_whole_is_written_before_that_counts(bool isBeforeTheFile)
    {
        using var node = Off();
        node.Do("CONFIG SET appendfsync always");
        var threads = node.Engine.Background;
        if (isBeforeTheFile) FailOnce(node);
        else BeginSync(node);
        Assert.Equal("+OK|", node.Do("SET b 3"));
        for (var i = 0; i < 10; i++) node.Turn();
        Assert.False(node.File.HoldsOutput);
        node.Files.AppendsFail = true;
        threads.EncodersWait = false;
        for (var i = 0; i < 10; i++) node.Turn();
        Assert.False(node.Engine.Node.Snapshots.IsRunning);
        threads.FileThreadWaits = false;
        node.Rewrite();
        Assert.Null(node.Engine.ExitStatus);
        Assert.Equal(AppendOnlyState.WaitRewrite, node.File.State);
        Assert.False(node.File.Rewrites.LastStatusOk);
        node.Files.AppendsFail = false;
        node.Engine.Node.Timer();
        node.Rewrite();
        AssertEndsWithAlways(node);
    }

    // The next rewrite has its base before it has a file.
    private static void FailOnce(AofNode node)
    {
        node.Files.FailsAt = "rename";
        node.Do("CONFIG SET appendonly yes");
        node.Rewrite();
        node.Files.FailsAt = "";
        node.Engine.Background.FileThreadWaits = true;
        node.Engine.Node.Timer();
        Assert.True(node.File.Rewrites.IsRunning);
    }

    // A slow fsync is under way, behind which all waits, before the base is whole.
    private static void BeginSync(AofNode node)
    {
        node.Engine.Background.EncodersWait = true;
        node.Do("CONFIG SET appendonly yes");
        node.Engine.Background.FileThreadWaits = true;
        node.Do("SET b 2");
        node.Turn(1100);
        Assert.True(node.File.IsSyncing);
    }

    /// <summary>What waits for the base to be put in place cannot be written behind it: that ended the process, too.</summary>
    [Fact]
    public void Always_is_refused_where_the_first_base_has_just_come_to_count()
    {
        using var node = Off();
        node.Do("CONFIG SET appendonly yes");
        node.DiskHangs = true; // the other threads go step by step
        for (var i = 0; i < 1000 && !node.Engine.LogLines.Contains("Background AOF rewrite terminated with success"); i++)
        {
            node.Engine.Background.Step();
            node.Turn();
        }

        Assert.Equal("+OK|", node.Do("SET b 3"));
        node.Turn();
        node.Files.AppendsFail = true;
        Assert.StartsWith("-ERR CONFIG SET failed", node.Do("CONFIG SET appendfsync always"), StringComparison.Ordinal);
        node.DiskHangs = false;
        node.Turn();
        Assert.Null(node.Engine.ExitStatus);
        node.Files.AppendsFail = false;
        node.Turn(1100);
        Assert.Equal("+OK|", node.Do("CONFIG SET appendfsync always"));
        AssertEndsWithAlways(node);
    }

    /// <summary>What is done to get rid of a file that cannot be written ended the process.</summary>
    [Theory]
    [InlineData("everysec", "appendonly no")]
    [InlineData("everysec", "appendonly no appendfsync always")]
    [InlineData("always", "appendonly no")]
    public void It_can_be_switched_off_over_a_full_disk(string policy, string directives)
    {
        using var node = new AofNode($"appendfsync {policy}");
        node.Do("SET a 1");
        node.Turn();
        node.Files.AppendsFail = true;
        Assert.Equal("+OK|", node.Do("SET b 3"));
        if (policy != "always") node.Turn();
        Assert.Equal("+OK|", node.Do("CONFIG SET " + directives));
        Assert.Contains("The append-only file is closed without what could not be written to it.", node.Engine.LogLines);
        Assert.Equal(AppendOnlyState.Off, node.File.State);
        node.Turn();
        Assert.Null(node.Engine.ExitStatus);
        node.Files.AppendsFail = false;
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes appendfsync always"));
        node.Rewrite();
        AssertEndsWithAlways(node);
    }

    /// <summary>What waits would have to be written at once, and cannot be.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Always_is_refused_over_a_full_disk(bool isKnown)
    {
        using var node = new AofNode();
        node.Do("SET b 3");
        node.Turn();
        node.Files.AppendsFail = true;
        node.Do("SET a 1");
        if (isKnown) node.Turn();
        Assert.Equal(
            "-ERR CONFIG SET failed (possibly related to argument 'appendfsync') - The append-only file cannot be written. Check server logs.|",
            node.Do("CONFIG SET appendfsync always"));
        node.Turn();
        Assert.Null(node.Engine.ExitStatus);
        Assert.Equal("*2|$11|appendfsync|$8|everysec|", node.Do("CONFIG GET appendfsync"));
        node.Files.AppendsFail = false;
        node.Turn(1100);
        Assert.Equal("+OK|", node.Do("CONFIG SET appendfsync always"));
        AssertEndsWithAlways(node);
    }

    private static void AssertEndsWithAlways(AofNode node)
    {
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.Equal("+OK|", node.Do("SET c 4"));
        node.Turn();
        Assert.Equal(node.Engine.Node.Replication.Protocol.Log.EndOffset, node.File.DurableOffset);
        using var again = AofSet.Again(node.Engine);
        Assert.Equal("*3|$1|1|$1|3|$1|4|", again.Do("MGET a b c"));
        node.Files.AppendsFail = true;
        node.Do("SET c 5");
        node.Turn();
        Assert.Equal(1, node.Engine.ExitStatus);
    }

    [Fact]
    public void Others_of_the_same_CONFIG_SET_are_as_they_were()
    {
        using var node = Off();
        node.Files.FailsAt = "open";
        Assert.Equal(Refused, node.Do("CONFIG SET maxmemory 5000000 appendonly yes"));
        Assert.Equal("*2|$9|maxmemory|$1|0|", node.Do("CONFIG GET maxmemory"));
    }

    /// <summary>Who has switched it on and would lose everything is told so; the next attempt is made at once.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" NOSAVE")]
    [InlineData(" FORCE")]
    public void SHUTDOWN_does_not_end_without_a_base(string option)
    {
        using var node = Off();
        node.Files.FailsAt = "rename";
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        for (var i = 0; i < 5; i++)
        {
            node.Rewrite();
            node.Engine.Node.Timer();
        }

        Assert.False(node.File.Rewrites.IsRunning); // it waits for a minute
        Assert.Equal(option == " FORCE" ? "" : "-ERR Errors trying to SHUTDOWN. Check logs.|", node.Do("SHUTDOWN" + option));
        Assert.DoesNotContain("Calling fsync() on the AOF file.", node.Engine.LogLines);
        if (option == " FORCE")
        {
            Assert.Equal(0, node.Engine.ExitStatus);
            return;
        }

        Assert.Null(node.Engine.ExitStatus);
        node.Rewrite();
        node.Files.FailsAt = "";
        Assert.StartsWith("-ERR", node.Do("SHUTDOWN" + option), StringComparison.Ordinal);
        node.Rewrite();
        Assert.Equal("", node.Do("SHUTDOWN" + option));
        Assert.Equal(0, node.Engine.ExitStatus);
        using var again = AofSet.Again(node.Engine);
        Assert.Equal("$1|1|", again.Do("GET a"));
    }

    /// <summary>One attempt is made for its sake; it does not wait for an hour.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_signal_is_heeded_or_given_up(bool fails)
    {
        using var node = Off();
        node.Files.FailsAt = "rename";
        node.Do("CONFIG SET appendonly yes");
        node.Rewrite();
        if (!fails) node.Files.FailsAt = "";
        node.Engine.Node.Shutdown.OnSignal(interrupt: false);
        Assert.Null(node.Engine.ExitStatus);
        for (var i = 0; i < 20; i++) node.Turn();
        Assert.Equal(fails ? null : 0, node.Engine.ExitStatus);
        Assert.Equal("-ERR No shutdown in progress.|", fails ? node.Do("SHUTDOWN ABORT") : "-ERR No shutdown in progress.|");
        Assert.Equal(fails ? 1 : 0, node.Engine.LogLines.Count(static line => line.StartsWith("Errors trying to shut down", StringComparison.Ordinal)));
        if (fails) return;
        using var again = AofSet.Again(node.Engine);
        Assert.Equal("$1|1|", again.Do("GET a"));
    }

    private static AofNode Off()
    {
        var node = new AofNode(starts: true, ["save ''"]);
        node.Do("SET a 1");
        return node;
    }
}
