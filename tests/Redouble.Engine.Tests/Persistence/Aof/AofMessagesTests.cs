using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Messages are in the log and not in the file. While the file cannot be written, they were kept for it all the same, without any bound.</summary>
public sealed class AofMessagesTests
{
    private const int MessageBytes = 100_000;
    private const long LogBytesMax = 4 << 20; // a backlog, and the blocks at both ends

    private const string Sole = "repl-backlog-sole-copy-size 0"; // else the log is longer in any case

    private static readonly string Message = new('m', MessageBytes);

    /// <summary>They are not refused then, as in Redis. Keys that expire are data among them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_full_disk_keeps_no_messages(int expiring)
    {
        using var node = new AofNode(Sole);
        node.Do("SET first 1");
        for (var i = 0; i < expiring; i++) node.Do($"SET k{i} 1 PX 100");
        node.Turn();
        node.Files.AppendsFail = true;
        node.Do("SET second 1");
        node.Turn();
        Assert.StartsWith("-MISCONF", node.Do("SET third 1"), StringComparison.Ordinal);
        node.Engine.Clock.Advance(200); // the keys expire when somebody looks
        for (var i = 0; i < expiring + 1; i++)
        {
            Publish(node, 10_000_000);
            node.Do($"GET k{i}");
        }

        Publish(node, 10_000_000);
        AssertIsWell(node);
        Assert.Equal(expiring > 0, node.File.BufferedBytes > 0);
        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Turn();
        Assert.Equal(0, node.File.BufferedBytes);
        Assert.Equal("+OK|", node.Do("SET third 1"));
        node.Turn();
        var deletions = string.Concat(Enumerable.Range(0, expiring).Select(static i => $" / DEL k{i}"));
        Assert.EndsWith($"SET second 1{deletions} / SET third 1", node.Commands("appendonly.aof.1.incr.aof"), StringComparison.Ordinal);
        AssertPlace(node);
    }

    [Fact]
    public void Nor_does_an_fsync_that_hangs()
    {
        using var node = new AofNode(Sole);
        node.Do("SET a 1");
        node.DiskHangs = true;
        node.Turn(1100);
        Assert.True(node.File.IsSyncing);
        Publish(node, 10_000_000);
        AssertIsWell(node);
        node.Turn(5000);
        Assert.False(node.File.IsBehind); // there is nothing to be written
        Publish(node, 10_000_000);
        node.Do("SET b 1");
        Publish(node, 10_000_000);
        AssertIsWell(node);
        Assert.InRange(node.File.BufferedBytes, 1, MessageBytes);
        node.Turn(2100);
        Assert.True(node.File.IsBehind); // by what is no more in the log
        node.DiskHangs = false;
        for (var i = 0; i < 4; i++) node.Turn();
        Assert.False(node.File.IsBehind);
        Assert.Equal(0, node.File.BufferedBytes);
        node.Do("SET c 1");
        node.Turn();
        Assert.EndsWith("SET a 1 / SET b 1 / SET c 1", node.Commands("appendonly.aof.1.incr.aof"), StringComparison.Ordinal);
        AssertPlace(node);
    }

    /// <summary>The place is that of the last message, before anything else is written.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_place_is_known_behind_them(bool isBeforeRewrite)
    {
        using var node = new AofNode(Sole);
        node.Do("SET a 1");
        node.Turn();
        node.Files.AppendsFail = true;
        node.Do("SET b 1");
        node.Turn();
        Publish(node, 3_000_000);
        if (isBeforeRewrite)
        {
            node.Do("BGREWRITEAOF");
            node.Turn();
        }

        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Rewrite();
        node.Turn(1100);
        AssertPlace(node);
    }

    /// <summary>Short ones are told in the file, so that the stream can be made again from it. Those that had to wait by themselves were once not.</summary>
    [Fact]
    public void The_stream_is_known_from_before_them()
    {
        using var node = new AofNode(Sole, "repl-backlog-size 16384");
        for (var i = 0; i < 150; i++) node.Do($"SET k{i} 1 PX 100");
        node.Turn();
        node.Files.AppendsFail = true;
        node.Do("SET b 1");
        node.Turn();
        var begin = node.Engine.Node.Replication.Protocol.Log.EndOffset;
        node.Engine.Clock.Advance(200);
        for (var i = 0; i < 150; i++)
        {
            node.Do($"GET k{i}"); // it has expired: data between them
            Assert.Equal(":0|", node.Do($"PUBLISH news {Message[..100]}"));
            node.Engine.Node.FeedReplicas();
        }

        Assert.False(node.File.LastWriteOk);
        Assert.True(node.File.BufferedBytes > 16_384); // with what the file tells of them
        node.Turn();
        node.Files.AppendsFail = false;
        node.Turn(1100);
        node.Turn();
        var end = node.Engine.Node.Replication.Protocol.Log.EndOffset;
        Assert.InRange(end - begin, 17_000, 32_000); // not twice as many as may wait
        using var again = AofSet.Again(node.Engine);
        var found = again.Node.Replication.Protocol.Log;
        Assert.Equal(end, found.EndOffset);
        Assert.InRange(found.HistoryLength, end - begin, end);
    }

    /// <summary>What a primary sends cannot be refused: beyond the bound it is left with the primary.</summary>
    [Fact]
    public void A_replica_that_ignores_its_disk_is_bounded()
    {
        using var node = AofReplicaTests.Following(Sole, "appendfsync everysec", "replica-ignore-disk-write-errors yes", "repl-timeout 5");
        var (file, value) = (node.Engine.Node.AppendOnly, new string('v', 1 << 20));
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Engine.Files.AppendsFail = true;
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        file.Commit();
        for (var i = 0; i < 30; i++)
        {
            node.Hear(EngineNode.Encode("PUBLISH", "news", value));
            node.Engine.Node.FeedReplicas();
        }

        Assert.False(file.LastWriteOk);
        Assert.InRange(node.Engine.Node.Replication.Protocol.Log.MemoryBytes, 0, LogBytesMax);
        node.Turn(3000);
        Assert.True(node.Link.WantsRead); // it is ignored, not waited for
        var written = 0;
        for (; written < 200 && node.Link.WantsRead; written++)
        {
            node.Hear(EngineNode.Encode("SET", "a", value));
            node.Engine.Node.FeedReplicas();
        }

        Assert.InRange(written, 60, 80);
        for (var i = 0; i < 10; i++) node.Turn(1000);
        Assert.True(node.Link.IsUp);
        node.Engine.Files.AppendsFail = false;
        node.Turn(1100);
        for (var i = 0; i < 4; i++)
        {
            file.Follow();
            node.Engine.Background.Drain();
            file.Commit();
        }

        Assert.True(file.LastWriteOk);
        node.Turn(2);
        Assert.True(node.Link.WantsRead);
    }

    private static void Publish(AofNode node, long bytes)
    {
        for (; bytes > 0; bytes -= MessageBytes)
        {
            Assert.Equal(":0|", node.Engine.DoWords("PUBLISH", "news", Message));
            node.Engine.Node.FeedReplicas();
        }
    }

    private static void AssertIsWell(AofNode node)
    {
        var log = node.Engine.Node.Replication.Protocol.Log;
        Assert.InRange(log.MemoryBytes, 0, LogBytesMax);
        Assert.InRange(log.EndOffset, 10_000_000, long.MaxValue);
    }

    private static void AssertPlace(AofNode node)
    {
        using var again = AofSet.Again(node.Engine);
        var (was, found) = (node.Engine.Node.Replication.Protocol, again.Node.Replication.Protocol);
        Assert.Equal((was.Log.EndOffset, was.History.Identity.Id), (found.Log.EndOffset, found.History.Identity.SecondId));
    }
}
