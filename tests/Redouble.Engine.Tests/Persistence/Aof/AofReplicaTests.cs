using System.Globalization;
using System.Text;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Replica side: what a primary is told of a disk, and how a slow one holds its stream.</summary>
public sealed class AofReplicaTests
{
    [Fact]
    public void With_always_nothing_is_acknowledged_that_is_not_on_the_disk()
    {
        using var node = Following("appendfsync always");
        var log = node.Engine.Node.Replication.Protocol.Log;
        var before = log.EndOffset;
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        node.Hear(EngineNode.Encode("REPLCONF", "GETACK", "*"));
        Assert.True(log.EndOffset > before);
        Assert.Equal("", Sent(node));
        var file = node.Engine.Node.AppendOnly;
        file.Commit();
        Assert.Equal(log.EndOffset, file.DurableOffset);
        var ack = Sent(node);
        Assert.StartsWith("*5|$8|REPLCONF|$3|ACK|", ack, StringComparison.Ordinal);
        node.Turn(1100);
        file.Commit();
        var end = log.EndOffset.ToString(CultureInfo.InvariantCulture);
        Assert.Equal($"*5|$8|REPLCONF|$3|ACK|${end.Length}|{end}|$4|FACK|${end.Length}|{end}|", Sent(node));
    }

    [Fact]
    public void A_disk_that_hangs_holds_the_stream()
    {
        using var node = Following("appendfsync everysec", "repl-timeout 5");
        var file = node.Engine.Node.AppendOnly;
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        node.Turn(1100);
        file.Commit();
        Assert.True(file.IsSyncing);
        node.Hear(EngineNode.Encode("SET", "a", "2"));
        node.Engine.Node.FeedReplicas();
        node.Turn(1900);
        Assert.True(node.Link.WantsRead);
        node.Turn(200);
        Assert.False(node.Link.WantsRead);
        for (var i = 0; i < 10; i++) node.Turn(1000);
        Assert.True(node.Link.IsUp); // its silence is of our making
        node.Engine.Background.Drain();
        file.Commit();
        Assert.True(node.Link.WantsRead);
    }

    /// <summary>
    /// A primary that was killed comes back without the last GETACK, which is given up here. A time stamp behind it was written into the middle of a
    /// command of what came instead, and the file could not be loaded any more.
    /// </summary>
    [Theory]
    [InlineData("aof-timestamp-enabled yes")]
    [InlineData("replica-read-only no")]
    public void What_stood_behind_bytes_that_are_given_up_stands_between_commands(string directive)
    {
        using var node = Following(directive, "appendfsync no", "auto-aof-rewrite-percentage 0");
        var log = node.Engine.Node.Replication.Protocol.Log;
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        node.Engine.Node.AppendOnly.Commit();
        var end = log.EndOffset;
        node.Hear(EngineNode.Encode("REPLCONF", "GETACK", "*"));
        node.Engine.Clock.Advance(1100);
        node.Engine.Node.UpdateTime();
        node.Engine.Node.BeginTurn(node.Engine.Clock.MonotonicMicroseconds);
        if (directive.StartsWith("replica", StringComparison.Ordinal)) node.Do("SET local 1");
        Assert.Equal(end + EngineNode.Encode("REPLCONF", "GETACK", "*").Length, log.EndOffset);
        log.Truncate(end);
        node.Hear(EngineNode.Encode("SET", "b", new string('b', 100)));
        Assert.True(node.Engine.Node.AppendOnly.Flush());
        using var again = AofSet.Create([], "replicaof 127.0.0.1 1");
        foreach (var (name, bytes) in node.Engine.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        var local = directive.StartsWith("replica", StringComparison.Ordinal) ? "$1|1|" : "$-1|";
        Assert.Equal($"*3|$1|1|$100|{new string('b', 100)}|{local}", again.Do("MGET a b local"));
        var file = Encoding.Latin1.GetString(node.Engine.Files.Files.Single(static file => file.Key.EndsWith(".incr.aof", StringComparison.Ordinal)).Value);
        Assert.Equal(directive.StartsWith("aof", StringComparison.Ordinal), file.Contains("\n#TS:", StringComparison.Ordinal));
    }

    /// <summary>
    /// A SELECT is given up with the message behind it. The file has it already, or not yet; what it has not got yet may be in other databases, and a write
    /// beside the stream goes back to the one that has gone.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_file_is_in_the_database_of_the_stream_behind_bytes_that_are_given_up(bool isWritten, bool hasLocal)
    {
        using var node = Following("replica-read-only no", "appendfsync no", "auto-aof-rewrite-percentage 0");
        var log = node.Engine.Node.Replication.Protocol.Log;
        node.Hear(EngineNode.Encode("SELECT", "1"));
        node.Hear(EngineNode.Encode("SET", "first", "1"));
        node.Hear(EngineNode.Encode("SELECT", "3"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        var end = log.EndOffset;
        node.Hear(EngineNode.Encode("SELECT", "5"));
        node.Hear(EngineNode.Encode("PUBLISH", "news", "none"));
        if (hasLocal) node.Do("SET local 1");
        if (isWritten) node.Engine.Node.AppendOnly.Commit();
        log.Truncate(end);
        Assert.Equal(3, log.StreamDatabase);
        log.Append(EngineNode.Encode("SET", "b", "1"));
        Assert.True(node.Engine.Node.AppendOnly.Flush());
        using var again = AofSet.Create([], "replicaof 127.0.0.1 1");
        foreach (var (name, bytes) in node.Engine.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        Assert.Equal(hasLocal ? ":1|" : ":0|", again.Do("EXISTS local"));
        again.Do("SELECT 1");
        Assert.Equal(":1|", again.Do("EXISTS first a b"));
        again.Do("SELECT 3");
        Assert.Equal(":2|", again.Do("EXISTS first a b"));
    }

    /// <summary>
    /// What took the offsets of keepalives that were given up counted as being on the disk because those were: WAITAOF told of it at once, here behind a
    /// promotion, and at the primary, for what had not even come.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_comes_instead_of_bytes_that_are_given_up_is_not_on_the_disk_yet(bool diskWasFull)
    {
        using var node = Following("appendfsync no", "auto-aof-rewrite-percentage 0", "replica-ignore-disk-write-errors yes");
        var (log, file) = (node.Engine.Node.Replication.Protocol.Log, node.Engine.Node.AppendOnly);
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        Assert.True(file.Flush());
        var end = log.EndOffset;
        for (var i = 0; i < 10; i++) node.Hear(EngineNode.Encode("PING"));
        node.Engine.Files.IsFull = diskWasFull;
        node.Turn(1100);
        file.Follow();
        file.Flush();
        Assert.Equal(diskWasFull ? end : log.EndOffset, file.DurableOffset);
        log.Truncate(end);
        Assert.Equal((end, end), (file.DurableOffset, node.Link.DurableOffset));
        Sent(node);
        node.Hear(EngineNode.Encode("SET", "b", "1"));
        node.Engine.Files.IsFull = false;
        node.Turn(1100);
        file.Follow();
        node.Engine.Background.Drain();
        file.Commit();
        node.Engine.Background.Drain();
        Assert.Equal((end, end), (file.DurableOffset, node.Link.DurableOffset));
        node.Do("REPLICAOF NO ONE");
        node.Do("SET c 1");
        file.Commit();
        Assert.Equal("*2|:0|:0|", node.Do("WAITAOF 0 0 0"));
        Assert.True(log.EndOffset > end && file.DurableOffset == end);
        Assert.True(file.Flush());
        Assert.Equal("*2|:1|:0|", node.Do("WAITAOF 1 0 0"));
    }

    // A replica whose append-only file is complete behind a full sync.
    internal static FollowingNode Following(params string[] directives)
    {
        var node = new FollowingNode(["appendonly yes", .. directives]);
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        for (var i = 0; i < 100 && node.Engine.Node.AppendOnly.State != AppendOnlyState.On; i++)
        {
            node.Turn(2);
            node.Engine.Node.FeedReplicas();
            node.Engine.Node.BackgroundSlice(node.Engine.Clock.MonotonicMicroseconds, busy: false);
            node.Engine.Node.AppendOnly.Commit();
            node.Engine.Background.Drain();
        }

        Assert.Equal(AppendOnlyState.On, node.Engine.Node.AppendOnly.State);
        Sent(node);
        return node;
    }

    private static string Sent(FollowingNode node)
    {
        var segments = new OutputSegment[8];
        var text = new StringBuilder();
        while (node.Link.PeekSend(segments) > 0)
        {
            text.Append(Encoding.Latin1.GetString(segments[0].Bytes));
            node.Link.OnSent(segments[0].Length);
        }

        return text.ToString().Replace("\r\n", "|", StringComparison.Ordinal);
    }
}
