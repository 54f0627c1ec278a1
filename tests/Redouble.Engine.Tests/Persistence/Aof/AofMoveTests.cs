using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>CONFIG SET dir with the append-only file on: the set moves with the next rewrite, and counts where it was until then.</summary>
public sealed class AofMoveTests
{
    private const string There = "/elsewhere/appendonlydir/";
    private const string Moves = "CONFIG SET dir /elsewhere";

    // Found by reading: the new base was written in dir, which may be another disk than appenddirname, and another folder when the rewrite ends.
    [Fact]
    public void A_rewrite_ends_where_it_began()
    {
        using var node = Node();
        node.Do("SET a 1");
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        Assert.Equal("+OK|", node.Do(Moves));
        node.Turn();
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.Contains("appendonly.aof.2.base.rdb", node.Manifest, StringComparison.Ordinal);
        Assert.All(node.Files.Files.Keys, static path => Assert.DoesNotContain("temp-redouble", path, StringComparison.Ordinal));
        Assert.Empty(FilesThere(node));
        Assert.True(node.File.Rewrites.IsScheduled); // the move
    }

    // Found by reading: it went on in the old directory for ever, and a restart with the new one found nothing.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_set_moves_with_the_next_rewrite_which_is_due_at_once(bool isAskedFor)
    {
        using var node = Node();
        node.Do("INCR n");
        node.Turn();
        Assert.Equal("+OK|", node.Do(Moves));
        Assert.Contains("aof_rewrite_scheduled:1|", node.Do("INFO persistence"), StringComparison.Ordinal);
        node.Do("INCR n");
        node.Engine.Background.EncodersWait = true;
        if (isAskedFor) Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        else node.Engine.Node.Timer();
        Assert.True(node.File.Rewrites.IsRunning);
        node.Turn();
        node.Do("INCR n"); // goes to the file that is begun where the set is, and then to its copy
        node.Turn();
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        node.Do("INCR n");
        node.Turn();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.False(node.File.Rewrites.IsScheduled);
        Assert.Contains(
            "The append-only files are in /elsewhere/appendonlydir from now on; those in /data/appendonlydir stay as they are. A start has to be told that dir "
                + "(CONFIG REWRITE): else it loads the old ones.",
            node.Engine.LogLines);
        Assert.Equal(
            [There + "appendonly.aof.1.base.rdb", There + "appendonly.aof.1.incr.aof", There + "appendonly.aof.manifest"], FilesThere(node));
        Assert.Equal("SELECT 0 / INCR n / INCR n", AofNode.CommandsOf(node.Files.Files[There + "appendonly.aof.1.incr.aof"]));
        AssertFound(node, "/elsewhere", "$1|4|");
        AssertFound(node, "/data", "$1|3|"); // stays as it was
        using var again = AofSet.Again(node.Engine, "/elsewhere");
        var (was, found) = (node.Engine.Node.Replication.Protocol, again.Node.Replication.Protocol);
        Assert.Equal(was.Log.EndOffset, found.Log.EndOffset); // its marks are true there
    }

    /// <summary>It put the set where it belonged no more, and it stayed there until the next one: who was killed meanwhile came back with old data.</summary>
    [Theory]
    [InlineData("/data", false)]
    [InlineData("/third", true)]
    public void One_that_is_not_wanted_any_more_is_given_up(string dir, bool isScheduled)
    {
        using var node = Node();
        node.Do("INCR n");
        node.Turn();
        node.Do(Moves);
        node.Engine.Background.EncodersWait = true;
        node.Engine.Node.Timer();
        node.Turn();
        Assert.Equal("+OK|", node.Do("CONFIG SET dir " + dir));
        node.Do("INCR n");
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.Equal(isScheduled, node.File.Rewrites.IsScheduled);
        Assert.Empty(FilesThere(node));
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        node.Do("INCR n");
        node.Turn();
        AssertFound(node, "/data", "$1|3|");
        node.Engine.Node.Timer();
        node.Rewrite();
        node.Do("INCR n");
        node.Turn();
        AssertFound(node, dir, "$1|4|");
    }

    /// <summary>Each rewrite begins with a file where the set is, so neither could it be moved from there any more, nor made anew.</summary>
    [Theory]
    [InlineData("/data")]
    [InlineData("/elsewhere")]
    public void A_directory_that_somebody_has_deleted_is_made_again(string dir)
    {
        using var node = Node();
        node.Do("INCR n");
        node.Turn();
        node.Files.RemoveDirectory("/data/appendonlydir");
        Assert.Equal("+OK|", node.Do("CONFIG SET dir " + dir));
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        node.Do("INCR n");
        node.Turn();
        AssertFound(node, dir, "$1|2|");
    }

    /// <summary>What was there in the new directory is replaced, as by the first rewrite of a file that is switched on.</summary>
    [Fact]
    public void The_set_of_somebody_else_is_replaced_when_that_of_this_node_is_whole()
    {
        using var node = Node();
        node.Do("INCR n");
        node.Files.Files[There + "appendonly.aof.manifest"] = AofSet.Bytes("file appendonly.aof.1.incr.aof seq 1 type i\n");
        node.Files.Files[There + "appendonly.aof.1.incr.aof"] = AofSet.Bytes(AofSet.Command("SET n 77"));
        node.Do(Moves);
        node.Engine.Background.EncodersWait = true;
        node.Engine.Node.Timer();
        node.Turn();
        AssertFound(node, "/elsewhere", "$2|77|");
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        AssertFound(node, "/elsewhere", "$1|1|");
        Assert.Equal(
            [There + "appendonly.aof.1.base.rdb", There + "appendonly.aof.2.incr.aof", There + "appendonly.aof.manifest"], FilesThere(node));
    }

    /// <summary>The set had been given up before there was another one, and acknowledged writes were in none.</summary>
    [Theory]
    [InlineData("always")]
    [InlineData("everysec")]
    public void While_it_moves_all_is_written_where_it_was(string policy)
    {
        using var node = Node($"appendfsync {policy}");
        node.Do("INCR n");
        node.Do(Moves);
        node.Engine.Background.EncodersWait = true;
        node.Engine.Node.Timer();
        node.Turn();
        node.Do("INCR n");
        node.Turn();
        Assert.True(node.File.Rewrites.IsRunning);
        Assert.Equal(AppendOnlyState.On, node.File.State);
        Assert.False(node.File.HoldsOutput);
        AssertFound(node, "/data", "$1|2|");
        AssertFound(node, "/elsewhere", "$-1|");
        node.Engine.Background.EncodersWait = false;
    }

    [Theory]
    [InlineData("create", "")]
    [InlineData("open", "")]
    [InlineData("read", "")]
    [InlineData("rename", "")]
    [InlineData("syncdir", ".rdb")]
    [InlineData("syncdir", ".manifest")]
    public void One_that_fails_leaves_the_set_where_it_was(string operation, string name)
    {
        using var node = Node("appendfsync always");
        node.Do("INCR n");
        node.Turn();
        node.Do(Moves);
        node.Engine.Background.EncodersWait = true;
        node.Engine.Node.Timer();
        node.Turn();
        node.Do("INCR n");
        (node.Files.FailsAt, node.Files.FailsFor) = (operation, name);
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        node.Files.FailsAt = "";
        Assert.False(node.File.Rewrites.LastStatusOk);
        Assert.Contains("The append-only files are still written in /data/appendonlydir", node.Engine.LogLines);
        Assert.Empty(FilesThere(node));
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
        Assert.Equal("+OK|", node.Do("SET other 1"));
        node.Do("INCR n");
        node.Turn();
        AssertFound(node, "/data", "$1|3|");
        node.Engine.Node.Timer(); // tries again
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        node.Do("INCR n");
        node.Turn();
        AssertFound(node, "/elsewhere", "$1|4|");
    }

    [Fact]
    public void One_that_fails_again_and_again_is_tried_less_often()
    {
        using var node = Node();
        node.Do(Moves);
        node.Files.FailsAt = "create";
        for (var i = 0; i < 5; i++)
        {
            node.Engine.Node.Timer();
            node.Rewrite();
        }

        Assert.Equal(3, node.File.Rewrites.ConsecutiveFailures);
        node.Files.FailsAt = "";
        node.Turn(61_000);
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.NotEmpty(FilesThere(node));
    }

    [Fact]
    public void Nothing_moves_when_dir_is_as_it_was_again()
    {
        using var node = Node();
        node.Do(Moves);
        node.Do("CONFIG SET dir /data");
        node.Engine.Node.Timer();
        Assert.False(node.File.Rewrites.IsRunning || node.File.Rewrites.IsScheduled);
    }

    /// <summary>They were told that there is no file.</summary>
    [Fact]
    public void WAITAOF_waits_on()
    {
        using var node = Node("appendfsync no");
        var client = node.Engine.Connect();
        node.Engine.Background.FileThreadWaits = true;
        node.Engine.Send(EngineNode.Encode("SET", "c", "3"), client);
        Assert.Equal("", node.Engine.Send(EngineNode.Encode("WAITAOF", "1", "0", "0"), client));
        node.Do(Moves);
        node.Engine.Node.Timer();
        for (var i = 0; i < 10; i++) node.Turn();
        Assert.Equal("", node.Engine.Take(client));
        node.Engine.Background.FileThreadWaits = false;
        node.Rewrite();
        Assert.Equal("*2|:1|:0|", node.Engine.Take(client));
    }

    /// <summary>It was looked for in the new directory; what had been written stayed in the old one.</summary>
    [Fact]
    public void A_base_of_a_file_that_was_off_is_put_in_place_where_it_was_written()
    {
        using var node = new AofNode(starts: true, ["enable-protected-configs yes"]);
        node.Do("INCR n");
        node.Engine.Background.EncodersWait = true;
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Turn();
        node.Do(Moves);
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.Equal("file appendonly.aof.1.base.rdb seq 1 type b\n", node.Manifest);
        node.Engine.Node.Timer();
        node.Rewrite();
        Assert.True(node.File.Rewrites.LastStatusOk);
        Assert.Equal(AppendOnlyState.On, node.File.State);
        AssertFound(node, "/elsewhere", "$1|1|");
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
    }

    /// <summary>As above, and it is switched on in one directory while its first base is for another one.</summary>
    [Fact]
    public void A_first_base_is_for_where_it_was_begun_and_moves_then()
    {
        using var node = new AofNode(starts: true, ["enable-protected-configs yes"]);
        node.Do("INCR n");
        node.Engine.Background.EncodersWait = true;
        Assert.Equal("+OK|", node.Do("CONFIG SET appendonly yes"));
        node.Do(Moves);
        node.Turn();
        node.Engine.Background.EncodersWait = false;
        node.Rewrite();
        AssertFound(node, "/data", "$1|1|");
        node.Engine.Node.Timer();
        node.Rewrite();
        AssertFound(node, "/elsewhere", "$1|1|");
    }

    /// <summary>It loaded what is not there, and the next rewrite made that the data set.</summary>
    [Fact]
    public void DEBUG_LOADAOF_loads_from_where_the_set_is()
    {
        using var node = Node("enable-debug-command yes");
        node.Do("SET n 5");
        node.Do(Moves);
        Assert.Equal("+OK|", node.Do("DEBUG LOADAOF"));
        Assert.Equal("$1|5|", node.Do("GET n"));
    }

    [Theory]
    [InlineData("no")]
    [InlineData("yes")]
    public void DEBUG_LOADAOF_without_files_leaves_the_data(string appendOnly)
    {
        using var node = new AofNode(starts: true, [$"appendonly {appendOnly}", "enable-debug-command yes"]);
        node.Do("SET n 5");
        node.Turn();
        node.Files.Files.Clear();
        Assert.StartsWith("-ERR Error trying to load", node.Do("DEBUG LOADAOF"), StringComparison.Ordinal);
        Assert.Equal("$1|5|", node.Do("GET n"));
    }

    /// <summary>A start with the new directory would be one without data: it is said where they are, and not waited for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SHUTDOWN_says_that_a_move_is_not_done(bool isRunning)
    {
        using var node = Node("save ''");
        node.Do("SET n 5");
        node.Do(Moves);
        node.Engine.Background.EncodersWait = true;
        if (isRunning) node.Engine.Node.Timer();
        node.Turn();
        node.Engine.Background.EncodersWait = false;
        Assert.Equal("", node.Do("SHUTDOWN"));
        Assert.Equal(0, node.Engine.ExitStatus);
        Assert.Contains(
            "The append-only files have not been moved to /elsewhere/appendonlydir yet. All data are in /data/appendonlydir: a start has to be told that dir.",
            node.Engine.LogLines);
        AssertFound(node, "/data", "$1|5|");
        Assert.DoesNotContain(node.Files.Files.Keys, static path => path.Contains("temp-", StringComparison.Ordinal));
    }

    private static AofNode Node(params string[] directives) => new(["enable-protected-configs yes", .. directives]);

    private static string[] FilesThere(AofNode node) =>
        [.. node.Files.Files.Keys.Where(static path => path.StartsWith(There, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static void AssertFound(AofNode written, string dir, string reply)
    {
        using var node = AofSet.Again(written.Engine, dir);
        Assert.Equal(reply, node.Do("GET n"));
    }
}
