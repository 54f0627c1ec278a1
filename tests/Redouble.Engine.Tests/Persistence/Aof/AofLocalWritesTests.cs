using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Replication;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Writes of clients on a writable replica: in its append-only file, and in nobody's stream.</summary>
public sealed class AofLocalWritesTests
{
    private const string File = "appendonly.aof.1.incr.aof";

    [Fact]
    public void They_stand_between_the_units_of_the_stream()
    {
        using var node = AofReplicaTests.Following("replica-read-only no", "appendfsync no");
        var log = node.Engine.Node.Replication.Protocol.Log;
        node.Hear(EngineNode.Encode("SELECT", "2"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        var end = log.EndOffset;
        Assert.Equal("+OK|", node.Do("SET local 1"));
        node.Do("MULTI");
        node.Do("INCR local");
        node.Do("SELECT 3");
        node.Do("SET other 1");
        node.Do("EXEC");
        node.Do("PUBLISH channel text");
        Assert.Equal(end, log.EndOffset);
        Assert.True(node.Engine.Node.AppendOnly.HoldsOutput);
        node.Hear(EngineNode.Encode("SET", "b", "1"));
        node.Engine.Node.AppendOnly.Commit();
        Assert.Equal(
            "SELECT 0 / SELECT 2 / SET a 1 / SELECT 0 / SET local 1 / SELECT 2 / MULTI / SELECT 0 / INCR local / SELECT 3 / SET other 1 / EXEC / SELECT 2 / SET b 1",
            Commands(node));
    }

    /// <summary>A client that waits for what the stream brings is served in the middle of a batch of the stream.</summary>
    [Fact]
    public void A_served_client_takes_its_element_where_it_did()
    {
        using var node = AofReplicaTests.Following("replica-read-only no", "appendfsync no");
        var waiting = node.Engine.Connect();
        Assert.Equal("", node.Engine.Send(EngineNode.Encode("BLPOP", "list", "0"), waiting));
        node.Hear(
            [
                .. EngineNode.Encode("SELECT", "0"), .. EngineNode.Encode("RPUSH", "list", "first"), .. EngineNode.Encode("LPUSH", "list", "second"),
            ]);
        Assert.Equal("*2|$4|list|$5|first|", node.Engine.Take(waiting));
        node.Engine.Node.AppendOnly.Commit();
        Assert.Equal("SELECT 0 / SELECT 0 / RPUSH list first / SELECT 0 / LPOP list / SELECT 0 / LPUSH list second", Commands(node));
    }

    [Fact]
    public void They_are_there_after_a_restart_and_the_place_is_known()
    {
        using var node = AofReplicaTests.Following("replica-read-only no");
        node.Hear(EngineNode.Encode("SELECT", "0"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        node.Do("SET local 1");
        node.Do("SET short 1 PX 100");
        node.Turn(50);
        node.Turn(200);
        node.Engine.Node.Timer(); // nobody else removes it
        Assert.True(node.Engine.Node.AppendOnly.Flush());
        Assert.EndsWith("/ SELECT 0 / DEL short / SELECT 0", Commands(node), StringComparison.Ordinal);
        using var again = AofSet.Create([], "replicaof 127.0.0.1 1");
        foreach (var (name, bytes) in node.Engine.Files.Files) again.Files.Files[name] = bytes;
        AofSet.Load(again);
        Assert.Equal("*3|$1|1|$1|1|$-1|", again.Do("MGET a local short"));
        var protocol = again.Node.Replication.Protocol;
        Assert.True(protocol.History.IsResumable);
        Assert.Equal(node.Engine.Node.Replication.Protocol.Log.EndOffset, protocol.Log.EndOffset);
    }

    [Fact]
    public void A_primary_has_them_in_its_log_only()
    {
        using var node = new AofNode("replica-read-only no");
        node.Do("SET a 1");
        node.Turn();
        Assert.Equal("SELECT 0 / SET a 1", node.Commands(File));
    }

    private static string Commands(FollowingNode node) => AofNode.CommandsOf(node.Engine.Files.Files[$"{AofNode.Directory}/{File}"]);
}
