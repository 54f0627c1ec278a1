using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>A disk that is slower than what comes.</summary>
public sealed class AofDelayTests
{
    [Fact]
    public void A_disk_that_hangs_holds_writers_after_two_seconds_and_nobody_else()
    {
        using var node = new AofNode();
        var writer = node.Engine.Connect();
        node.Do("SET a 1");
        node.DiskHangs = true;
        node.Turn(1100); // and a second is over: an fsync begins
        Assert.True(node.File.IsSyncing);
        Assert.Equal("+OK|", Write(node, writer, "b"));
        node.Turn(1900);
        Assert.Equal("+OK|", Write(node, writer, "c"));
        node.Turn(200);
        Assert.Equal("", Write(node, writer, "d"));
        Assert.True(writer.Has(SessionFlags.Held));
        Assert.Equal("$1|1|", node.Do("GET c"));
        Assert.Equal("$-1|", node.Do("GET d"));
        var info = node.Do("INFO persistence");
        Assert.Contains("aof_delayed_fsync:1|", info, StringComparison.Ordinal);
        Assert.Contains("aof_pending_bio_fsync:1|", info, StringComparison.Ordinal);
        Assert.Contains("aof_buffer_length:54|", info, StringComparison.Ordinal);
        Assert.Contains(node.Engine.LogLines, static line => line.StartsWith("Asynchronous AOF fsync is taking too long", StringComparison.Ordinal));
        node.Turn(5000);
        Assert.Equal("", node.Engine.Take(writer));
        node.DiskHangs = false;
        node.Turn();
        node.Turn();
        node.Turn();
        Assert.Equal("+OK|", node.Engine.Take(writer));
        Assert.Equal("$1|1|", node.Do("GET d"));
        node.Turn();
        Assert.EndsWith("SET b 1 / SET c 1 / SET d 1", node.Commands("appendonly.aof.1.incr.aof"), StringComparison.Ordinal);
        Assert.Contains("aof_delayed_fsync:1|", node.Do("INFO persistence"), StringComparison.Ordinal);
        Assert.Equal("+OK|", node.Do("CONFIG RESETSTAT"));
        Assert.Contains("aof_delayed_fsync:0|", node.Do("INFO persistence"), StringComparison.Ordinal);
    }

    /// <summary>Without an fsync, too: the file thread syncs and closes a file that a rewrite ends.</summary>
    [Theory]
    [InlineData("everysec")]
    [InlineData("no")]
    public void What_waits_is_bounded(string policy)
    {
        using var node = new AofNode($"appendfsync {policy}");
        node.DiskHangs = true;
        node.Do("BGREWRITEAOF");
        var (writer, value, written) = (node.Engine.Connect(), new string('v', 1 << 20), 0);
        for (; written < 200; written++)
        {
            if (node.Engine.Send(EngineNode.Encode("SET", "key", value), writer).Length == 0) break;
            node.Turn(0);
        }

        Assert.InRange(written, 60, 80);
        Assert.InRange(node.File.BufferedBytes, 60L << 20, 80L << 20);
        Assert.True(writer.Has(SessionFlags.Held));
    }

    [Fact]
    public void An_fsync_that_ends_in_time_holds_nobody()
    {
        using var node = new AofNode();
        var writer = node.Engine.Connect();
        for (var i = 0; i < 5; i++)
        {
            node.DiskHangs = true;
            Assert.Equal("+OK|", Write(node, writer, "a"));
            node.Turn(1100);
            Assert.Equal("+OK|", Write(node, writer, "b"));
            node.Turn(1900);
            Assert.Equal("+OK|", Write(node, writer, "c"));
            node.DiskHangs = false;
            node.Turn();
            node.Turn();
        }

        Assert.Equal(0, node.File.DelayedSyncs);
    }

    private static string Write(AofNode node, Session session, string key)
    {
        var reply = node.Engine.Send(EngineNode.Encode("SET", key, "1"), session);
        node.Engine.Node.FeedReplicas();
        return reply;
    }
}
