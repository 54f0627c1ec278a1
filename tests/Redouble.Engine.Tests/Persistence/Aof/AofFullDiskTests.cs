using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>A disk without room for the next batch has some for a base, and gets more by that: what that replaces goes.</summary>
public sealed class AofFullDiskTests
{
    private const string Second = "appendonly.aof.2.incr.aof";
    private const int ValueBytes = 10_000;
    private const int RoomBytes = 95_000;

    /// <summary>It waited behind the batch, for ever. redis-server 7.0.15 has room again within a second.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_rewrite_frees_a_disk_that_is_full_of_old_values(bool isAskedFor)
    {
        using var node = Full();
        if (isAskedFor) Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        else Assert.Equal("+OK|", node.Do("CONFIG SET auto-aof-rewrite-percentage 100 auto-aof-rewrite-min-size 1kb"));
        node.Engine.Node.Timer();
        Assert.True(node.File.Rewrites.IsRunning);
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.True(node.File.LastWriteOk);
        Assert.Contains("AOF write error looks solved. The server can write again.", node.Engine.LogLines);
        Assert.Equal("+OK|", node.Do("SET after 1"));
        node.Turn();
        Assert.Equal($"file appendonly.aof.2.base.rdb seq 2 type b\nfile {Second} seq 2 type i\n", node.Manifest);
        Assert.Equal("SELECT 0 / SET after 1", node.Commands(Second));
        AssertFound(node, "after", "1");
        Assert.False(node.File.Rewrites.IsScheduled);
    }

    /// <summary>The place is known at once, and is true behind what is written then.</summary>
    [Theory]
    [InlineData("aof-use-rdb-preamble yes")]
    [InlineData("aof-use-rdb-preamble no")]
    public void The_place_in_the_history_is_known_behind_it(string directive)
    {
        using var node = Full(directive);
        node.Files.RoomMax += 2 * ValueBytes; // for a base of commands; the batch is not due again yet
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.DoesNotContain("appendonly.aof.1.incr.aof", node.Manifest, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            using var again = AofSet.Again(node.Engine, "/data", directive);
            var (was, found) = (node.Engine.Node.Replication.Protocol, again.Node.Replication.Protocol);
            Assert.Equal((was.Log.EndOffset, was.History.Identity.Id), (found.Log.EndOffset, found.History.Identity.SecondId));
            node.Do("INCR more");
            node.Turn();
        }
    }

    /// <summary>What could not be written is on the disk by the base.</summary>
    [Fact]
    public void WAITAOF_is_served_by_the_base()
    {
        using var node = new AofNode();
        var client = node.Engine.Connect();
        node.Do("SET n 1");
        node.Turn(1100);
        node.Files.AppendsFail = true;
        node.Engine.Send(EngineNode.Encode("SET", "n", "2"), client);
        node.Turn();
        Assert.False(node.File.LastWriteOk);
        Assert.Equal("", node.Engine.Send(EngineNode.Encode("WAITAOF", "1", "0", "0"), client));
        for (var i = 0; i < 3; i++) node.Turn(1100);
        Assert.Equal("", node.Engine.Take(client));
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.Equal("*2|:1|:0|", node.Engine.Take(client));
        AssertFound(node, "n", "2");
    }

    /// <summary>Then the batch waits on, in its place, and is written once.</summary>
    [Theory]
    [InlineData("rename", "")]
    [InlineData("open", "")]
    [InlineData("syncdir", ".manifest")]
    public void One_that_fails_takes_nothing_away(string operation, string name)
    {
        using var node = new AofNode();
        FallBehind(node);
        Assert.False(node.File.LastWriteOk);
        for (var i = 0; i < 2; i++)
        {
            (node.Files.FailsAt, node.Files.FailsFor) = (operation, name);
            node.Do("BGREWRITEAOF");
            node.Rewrite();
            Assert.False(node.File.Rewrites.LastStatusOk);
            node.Files.FailsAt = "";
            Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
            Assert.Equal("SELECT 0 / INCR n", node.Commands("appendonly.aof.1.incr.aof"));
            AssertFound(node, "n", "1");
        }

        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Turn();
        Assert.Equal("+OK|", node.Do("SET after 1"));
        node.Turn();
        AssertFound(node, "n", "2");
        AssertFound(node, "after", "1");
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        AssertFound(node, "n", "2");
    }

    /// <summary>The refused manifest stood there: what was acknowledged from then on was in the file before, and no start would have found it.</summary>
    [Fact]
    public void Nothing_is_written_while_the_manifest_of_one_that_failed_cannot_be_taken_back()
    {
        using var node = new AofNode();
        FallBehind(node);
        (node.Files.FailsAt, node.Files.FailsFor, node.Files.FailsNext) = ("syncdir", ".manifest", "create");
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.False(node.File.Rewrites.LastStatusOk);
        AssertFound(node, "n", "2"); // by the base
        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Turn();
        Assert.False(node.File.LastWriteOk);
        Assert.StartsWith("-MISCONF", node.Do("INCR n"), StringComparison.Ordinal);
        AssertFound(node, "n", "2");
        node.Files.FailsAt = "";
        node.Turn(1100);
        node.Turn();
        Assert.True(node.File.LastWriteOk);
        Assert.Equal(":3|", node.Do("INCR n"));
        node.Turn();
        AssertFound(node, "n", "3");
        Assert.Equal("SELECT 0 / INCR n / INCR n", node.Commands("appendonly.aof.1.incr.aof"));
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains(".2.base.", StringComparison.Ordinal));
    }

    /// <summary>It was deleted before it was made anew, which failed: no start would have found a whole set.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_stays_while_the_manifest_of_one_that_failed_names_it(bool isBehind)
    {
        using var node = new AofNode();
        node.Do("INCR n");
        node.Turn();
        (node.Files.FailsAt, node.Files.FailsFor, node.Files.FailsNext) = ("syncdir", ".manifest", "create");
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.Contains(Second, node.Manifest, StringComparison.Ordinal);
        Assert.Equal(":2|", node.Do("INCR n")); // a load takes both, so it can be written on
        node.Turn();
        Assert.True(node.File.LastWriteOk);
        if (isBehind)
        {
            node.Do("INCR n");
            node.Files.AppendsFail = true;
            node.Turn();
        }

        node.Files.FailsAt = "open";
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.False(node.File.Rewrites.LastStatusOk);
        AssertFound(node, "n", "2");
        (node.Files.FailsAt, node.Files.AppendsFail) = ("", false);
        node.Turn(1100);
        node.Turn();
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        AssertFound(node, "n", isBehind ? "3" : "2");
    }

    /// <summary>Where nothing is open to be written to, that is known: else what was acknowledged would be nowhere.</summary>
    [Fact]
    public void What_has_no_file_does_not_count_as_written()
    {
        using var node = new AofNode();
        var files = new AofFiles(node.Files, node.Engine.Clock);
        Assert.Throws<InvalidOperationException>(() => files.Write(new AofBatch(files, static _ => true)));
        node.Files.FailsAt = "open";
        Assert.Throws<IOException>(() => files.BeginTemporary(AofNode.Directory, "appendonly.aof"));
        files.Write(new AofBatch(files, static _ => true)); // of a set that does not count, and never will
    }

    /// <summary>The length of the new base was asked for behind the switch; what the base has was then written behind it once more.</summary>
    [Fact]
    public void A_base_that_cannot_be_opened_any_more_counts_all_the_same()
    {
        using var node = new AofNode();
        FallBehind(node);
        (node.Files.FailsAt, node.Files.FailsFor) = ("openread", ".base.rdb");
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        (node.Files.FailsAt, node.Files.AppendsFail) = ("", false);
        node.Turn(1100);
        node.Turn();
        AssertFound(node, "n", "2");
        Assert.True(node.File.Rewrites.LastStatusOk);
    }

    /// <summary>A file has been begun, and what is done since cannot be written to it: the base needs no room that is not there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_disk_that_is_full_in_the_middle_of_one_does_not_hold_it_up(bool isFirst)
    {
        using var node = new AofNode(starts: true, isFirst ? [] : ["appendonly yes"]);
        node.Do("INCR n");
        node.Turn();
        node.Engine.Background.EncodersWait = true;
        node.Do(isFirst ? "CONFIG SET appendonly yes" : "BGREWRITEAOF");
        node.Turn();
        node.Do("INCR n");
        node.Files.AppendsFail = true;
        node.Turn();
        Assert.False(node.File.LastWriteOk);
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.False(node.File.LastWriteOk);
        AssertFound(node, "n", "1");
        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Turn();
        Assert.True(node.File.LastWriteOk);
        AssertFound(node, "n", "2");
    }

    /// <summary>The base waited behind a batch that could not be written, was forgotten with it, and no rewrite could ever begin again.</summary>
    [Fact]
    public void Switching_off_a_file_that_cannot_be_written_ends_a_rewrite()
    {
        using var node = Full();
        node.Engine.Background.EncodersWait = true;
        node.Do("BGREWRITEAOF");
        node.Turn();
        node.Engine.Background.EncodersWait = false; // else its end would be waited for in vain
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly no"));
        Assert.False(node.File.Rewrites.IsRunning || node.File.Rewrites.IsScheduled);
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        node.Rewrite();
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.Equal("+Background append only file rewriting started|", node.Do("BGREWRITEAOF"));
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
    }

    /// <summary>To another disk, since this one is full.</summary>
    [Fact]
    public void The_set_leaves_a_full_disk()
    {
        using var node = Full("enable-protected-configs yes");
        node.Do("CONFIG SET dir /elsewhere");
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk && node.File.LastWriteOk);
        var old = node.Files.Files.Keys.Where(static path => path.StartsWith("/data/", StringComparison.Ordinal)).ToArray();
        foreach (var path in old) node.Files.Files.Remove(path);
        Assert.Equal("+OK|", node.Do("SET after 1"));
        node.Turn();
        using var again = AofSet.Again(node.Engine, "/elsewhere");
        Assert.Equal("$1|1|", again.Do("GET after"));
        Assert.Equal($":{ValueBytes}|", again.Do("STRLEN key"));
    }

    /// <summary>The base was whole, and stayed there as a file that nobody needs until the next rewrite.</summary>
    [Fact]
    public void A_file_that_cannot_be_begun_takes_the_base_along()
    {
        using var node = new AofNode();
        node.Do("INCR n");
        node.Turn();
        node.Engine.Background.FileThreadWaits = true;
        node.Do("BGREWRITEAOF");
        for (var i = 0; i < 10; i++) node.Turn();
        Assert.Contains(node.Files.Files.Keys, static path => path.Contains("temp-redouble", StringComparison.Ordinal));
        Assert.False(node.Engine.Node.Snapshots.IsRunning);
        node.Files.FailsAt = "open";
        node.Engine.Background.FileThreadWaits = false;
        node.Rewrite();
        Assert.False(node.File.Rewrites.LastStatusOk);
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        node.Files.FailsAt = "";
        node.Do("BGREWRITEAOF");
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
    }

    /// <summary>A batch that had failed once was used again where there was no file to write it to, and said that it had failed.</summary>
    [Fact]
    public void A_batch_that_is_not_written_has_not_failed()
    {
        using var node = new AofNode();
        node.Do("INCR n");
        node.Files.AppendsFail = true;
        node.Turn();
        Assert.False(node.File.LastWriteOk);
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly no"));
        (node.Files.AppendsFail, node.Files.FailsAt) = (false, "open");
        node.Engine.LogLines.Clear();
        Assert.StartsWith("-ERR", node.Do("CONFIG SET appendonly yes"), StringComparison.Ordinal); // the file cannot be opened, and the batch comes to nothing
        Assert.Contains(node.Engine.LogLines, static line => line.StartsWith("Can't open the append-only file", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Engine.LogLines, static line => line.StartsWith("Error writing", StringComparison.Ordinal));
        Assert.True(node.File.LastWriteOk);
    }

    // Overwrites of one key until the disk is full.
    private static AofNode Full(params string[] directives)
    {
        var node = new AofNode(directives);
        node.Files.RoomMax = RoomBytes;
        var value = new string('v', ValueBytes);
        var reply = "";
        for (var i = 0; i < 20 && !reply.StartsWith("-MISCONF", StringComparison.Ordinal); i++)
        {
            reply = node.Do($"SET key {value}");
            node.Turn();
        }

        Assert.StartsWith("-MISCONF Errors writing to the AOF file: No space left on device", reply, StringComparison.Ordinal);
        return node;
    }

    private static void AssertFound(AofNode written, string key, string value)
    {
        using var node = AofSet.Again(written.Engine);
        Assert.Equal($"${value.Length}|{value}|", node.Do($"GET {key}"));
    }

    // An INCR is in the file, and the disk refuses the next one.
    private static void FallBehind(AofNode node)
    {
        node.Do("INCR n");
        node.Turn();
        node.Do("INCR n");
        node.Files.AppendsFail = true;
        node.Turn();
    }
}
