using static Redouble.Engine.Tests.Persistence.Aof.AofSet;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Files that a rewrite has replaced, when the process died before they were deleted.</summary>
public sealed class AofHistoryTests
{
    /// <summary>BGREWRITEAOF with the file off leaves a base alone, and the incremental files before it as history: the first new one was called as one of these.</summary>
    [Fact]
    public void What_is_written_behind_a_base_survives_the_deletion_of_history()
    {
        using var node = Start(
            [
                ("appendonly.aof.manifest", "file base seq 2 type b\nfile appendonly.aof.1.incr.aof seq 1 type h\n"),
                ("base", Command("SET a 1")), ("appendonly.aof.1.incr.aof", Command("SET b 1")),
            ]);
        node.Do("SET c 1");
        Assert.True(node.Node.AppendOnly.Flush());
        node.Background.Drain();
        var manifest = Text(node.Files.Files[Folder + "appendonly.aof.manifest"]);
        var file = Assert.Single(manifest.Split('\n'), static line => line.EndsWith(" type i", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Contains(Command("SET c 1"), Text(node.Files.Files[Folder + file]), StringComparison.Ordinal);
        Assert.False(node.Files.Exists(Folder + "appendonly.aof.1.incr.aof"));
        Assert.DoesNotContain(" type h", manifest, StringComparison.Ordinal);
    }

    /// <summary>A manifest of somebody else's making.</summary>
    [Fact]
    public void A_file_that_is_data_and_history_is_data()
    {
        using var node = Start(
            [
                ("appendonly.aof.manifest", "file base seq 2 type b\nfile base seq 1 type h\nfile i seq 1 type h\nfile i seq 1 type i\n"),
                ("base", Command("SET a 1")), ("i", Command("SET b 1")),
            ]);
        node.Background.Drain();
        Assert.Equal("*2|$1|1|$1|1|", node.Do("MGET a b"));
        Assert.True(node.Files.Exists(Folder + "base") && node.Files.Exists(Folder + "i"));
        Assert.Equal("file base seq 2 type b\nfile i seq 1 type i\n", Text(node.Files.Files[Folder + "appendonly.aof.manifest"]));
    }
}
