using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Persistence.Aof.AofSet;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>The end of the stream that a killed node finds in its files: what it can still tell those who follow it.</summary>
public sealed class AofTailTests
{
    /// <summary>A rewrite had begun the second file: a replica that lacked a command of the first one was synced fully.</summary>
    [Theory]
    [InlineData("", 27)]                                 // killed before there was anything in it
    [InlineData("SELECT 0\n@154", 27)]
    [InlineData("@154", 27)]
    [InlineData("SELECT 0\n@154\nSET c 1\n@181", 54)]
    [InlineData("SELECT 0\n@154\nSELECT 3\n@177", 50)]   // the second one is the stream's: the place has moved
    [InlineData("SELECT 0\nSET c 1\n@181", 0)]           // no mark says that the SELECT is not the stream's
    [InlineData("SELECT 0\n@168", 0)]                    // bytes of the stream are missing
    [InlineData("SELECT 0\n@168\nSET c 1\n@195", 27)]    // and those behind them are not
    public void It_goes_on_over_the_edge_of_a_file(string second, long bytes)
    {
        (string, string)[] files =
        [
            ("appendonly.aof.manifest", "file a seq 1 type i\nfile b seq 2 type i\n"), ("a", Marked("SET a 1\n@127\nSET b 1\n@154")), ("b", Marked(second)),
        ];
        using var node = Start(files);
        Assert.Equal(bytes, HistoryOf(node));
    }

    /// <summary>A primary that was killed twice in a row had nothing left for its replicas.</summary>
    [Fact]
    public void It_goes_on_over_a_start()
    {
        using var writer = new AofNode("repl-backlog-size 1mb");
        _ = new StreamTap(writer.Engine);
        writer.Do("SET a 1");
        writer.Turn();
        var files = writer.Files.Files;
        for (var starts = 0; starts < 3; starts++)
        {
            using var node = Create([]);
            foreach (var (name, content) in files) node.Files.Files[name] = content;
            Load(node);
            Assert.Equal("$1|1|", node.Do("GET a"));
            Assert.True(HistoryOf(node) >= Command("SET a 1").Length, $"{HistoryOf(node)} bytes after start {starts}");
            files = node.Files.Files;
        }
    }

    private static long HistoryOf(EngineNode node) => node.Node.Replication.Protocol.Log.HistoryLength;
}
