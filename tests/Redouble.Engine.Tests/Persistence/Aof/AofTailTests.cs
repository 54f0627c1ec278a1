using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Aof;
using Redouble.Replication.Log;
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
    [InlineData("SELECT 0\n@154\n~PING\n@168\nSET c 1\n~PING\nSET d 1\n@236", 109)]
    [InlineData("SELECT 0\n@154\nSET c 1\n#RD:omits \"x\n@181", 0)] // what was omitted is damaged
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

    /// <summary>
    /// A PING, a GETACK or a Sentinel's greeting parted the stream, since they are no data: a replica that lacked what stood before it was synced fully when
    /// its primary had been killed.
    /// </summary>
    [Theory]
    [InlineData("appendfsync everysec")]
    [InlineData("appendfsync always")]
    public void What_is_no_data_and_short_is_there_again(string policy)
    {
        using var writer = new AofNode("repl-backlog-size 1mb", policy);
        var log = writer.Engine.Node.Replication.Protocol.Log;
        writer.Turn(1000);
        var first = log.EndOffset + 1;
        var stream = log.OpenCursorAtEnd();
        writer.Do("SET a 1");
        log.Append(LogFrames.GetAck, AppendKind.Keepalive);
        log.Append(LogFrames.Ping, AppendKind.Keepalive);
        writer.Do("SET b \0\r\n");
        writer.Turn();
        writer.Do("PUBLISH __sentinel__:hello 127.0.0.1,5000,\"\\\u00ff");
        writer.Turn(1000);
        writer.Do("SET c 1");
        log.Append(LogFrames.GetAckFor("redouble:7"u8), AppendKind.Keepalive);
        writer.Turn(1000);
        using var again = Again(writer);
        var copy = again.Node.Replication.Protocol.Log.TryOpenCursor(first);
        Assert.NotNull(copy);
        Assert.Equal(Text(BytesOf(stream)), Text(BytesOf(copy)));
    }

    /// <summary>The line stands between MULTI and EXEC then. It was taken for bytes of the stream, and all that was known of that was given up.</summary>
    [Fact]
    public void So_is_a_message_of_a_transaction()
    {
        using var writer = new AofNode("repl-backlog-size 1mb");
        var log = writer.Engine.Node.Replication.Protocol.Log;
        writer.Turn(1000);
        var first = log.EndOffset + 1;
        var stream = log.OpenCursorAtEnd();
        foreach (var command in (string[])["MULTI", "HSET h f 1", "HPEXPIREAT h 1999999999000 FIELDS 1 f", "PUBLISH news text", "EXEC"]) writer.Do(command);
        var unit = log.EndOffset;
        writer.Do("SET a 1");
        writer.Turn();
        foreach (var command in (string[])["MULTI", "PUBLISH news text", "PUBLISH news text", "EXEC"]) writer.Do(command);
        writer.Turn(1000);
        Assert.DoesNotContain("PUBLISH", writer.Commands(Incremental), StringComparison.Ordinal);
        using var again = Again(writer);
        var copy = again.Node.Replication.Protocol.Log;
        Assert.Equal((unit, log.EndOffset), (copy.FieldExpiryOffset, copy.EndOffset));
        Assert.Equal(Text(BytesOf(stream)), Text(BytesOf(copy.TryOpenCursor(first)!)));
    }

    /// <summary>A Redis before 7.4 goes on from behind the last unit that it could not apply.</summary>
    [Fact]
    public void The_last_unit_of_field_expiry_is_known_again()
    {
        using var writer = new AofNode("repl-backlog-size 1mb");
        var log = writer.Engine.Node.Replication.Protocol.Log;
        writer.Turn(1000);
        foreach (var command in (string[])["MULTI", "HSET h f 1", "HPEXPIREAT h 1999999999000 FIELDS 1 f", "EXEC"]) writer.Do(command);
        var unit = log.EndOffset;
        writer.Do("HPEXPIREAT h 1999999999000 FIELDS 1 f");
        writer.Do("SET a 1");
        writer.Turn(1000);
        using var again = Again(writer);
        var copy = again.Node.Replication.Protocol.Log;
        Assert.True(copy.FirstOffset < unit);
        Assert.Equal((unit, unit, log.EndOffset), (log.FieldExpiryOffset, copy.FieldExpiryOffset, copy.EndOffset));
    }

    /// <summary>A long message would make the file larger than the data: what was before it is not known any more.</summary>
    [Fact]
    public void A_long_message_leaves_a_gap()
    {
        using var writer = new AofNode("repl-backlog-size 1mb");
        writer.Do("SET a 1");
        writer.Do($"PUBLISH channel {new string('x', AofAnnotation.OmittedMax)}");
        writer.Do("SET b 1");
        writer.Turn(1000);
        writer.Do("SET c 1");
        writer.Turn(1000);
        using var again = Again(writer);
        Assert.Equal(Command("SET c 1").Length, HistoryOf(again));
        Assert.Equal(writer.Engine.Node.Replication.Protocol.Log.EndOffset, again.Node.Replication.Protocol.Log.EndOffset);
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

    private static EngineNode Again(AofNode writer)
    {
        var node = Create([]);
        foreach (var (name, content) in writer.Files.Files) node.Files.Files[name] = content;
        Load(node);
        return node;
    }

    private static byte[] BytesOf(LogCursor cursor)
    {
        List<byte> bytes = [];
        while (cursor.PendingBytes > 0)
        {
            var next = cursor.Peek();
            bytes.AddRange(next);
            cursor.Advance(next.Length);
        }

        return [.. bytes];
    }

    private static long HistoryOf(EngineNode node) => node.Node.Replication.Protocol.Log.HistoryLength;
}
