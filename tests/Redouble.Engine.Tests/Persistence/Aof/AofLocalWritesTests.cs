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

    /// <summary>
    /// What was written right behind a PING came behind all of the stream that followed, and put the file back into the database of then: what came later was
    /// loaded into that one.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20 << 20)] // more than goes into a batch
    public void They_stand_before_what_follows_a_keepalive(int length)
    {
        using var node = AofReplicaTests.Following("replica-read-only no", "appendfsync no");
        var value = new string('x', length);
        node.Hear(EngineNode.Encode("SELECT", "2"));
        node.Hear(EngineNode.Encode("SET", "a", "1"));
        node.Engine.Node.AppendOnly.Commit();
        node.Hear(EngineNode.Encode("PING"));
        Assert.Equal("+OK|", node.Do("SET local 1"));
        node.Hear(EngineNode.Encode("SELECT", "3"));
        node.Hear(EngineNode.Encode("SET", "b", value));
        while (node.Engine.Node.AppendOnly.HoldsOutput) node.Engine.Node.AppendOnly.Commit();
        node.Hear(EngineNode.Encode("SET", "c", "1"));
        node.Engine.Node.AppendOnly.Commit();
        Assert.Equal(
            $"SELECT 0 / SELECT 2 / SET a 1 / SELECT 0 / SET local 1 / SELECT 2 / SELECT 3 / SET b {value} / SET c 1", Commands(node));
    }

    /// <summary>Stream, what is no data, local writes and batches in any order: what is loaded is what was there.</summary>
    [Fact]
    public void A_node_that_is_killed_has_them_in_the_order_in_which_they_were_done()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            using var node = AofReplicaTests.Following("replica-read-only no", "appendfsync no", "enable-debug-command yes");
            node.Hear(EngineNode.Encode("SELECT", "1"));
            for (var step = 0; step < 200; step++)
            {
                var (key, value) = ($"key:{random.Next(3)}", $"{step}");
                switch (random.Next(8))
                {
                    case 0:
                        node.Hear(EngineNode.Encode("PING"));
                        break;
                    case 1:
                        node.Hear(EngineNode.Encode("PUBLISH", "channel", "text"));
                        break;
                    case 2:
                        node.Hear(EngineNode.Encode("SELECT", $"{random.Next(4)}"));
                        break;
                    case 3:
                        node.Hear(EngineNode.Encode("APPEND", key, $"stream {value} "));
                        break;
                    case 4:
                        node.Hear(
                            [
                                .. EngineNode.Encode("MULTI"), .. EngineNode.Encode("SELECT", $"{random.Next(4)}"),
                                .. EngineNode.Encode("APPEND", key, $"stream {value} "), .. EngineNode.Encode("PUBLISH", "channel", "text"),
                                .. EngineNode.Encode("EXEC"),
                            ]);
                        break;
                    case 5:
                        node.Do($"SELECT {random.Next(4)}");
                        break;
                    case 6:
                        node.Do($"APPEND {key} local:{value}:");
                        break;
                    default:
                        node.Engine.Node.AppendOnly.Commit();
                        break;
                }
            }

            Assert.True(node.Engine.Node.AppendOnly.Flush());
            using var again = AofSet.Create([], "replicaof 127.0.0.1 1", "enable-debug-command yes");
            foreach (var (name, bytes) in node.Engine.Files.Files) again.Files.Files[name] = bytes;
            AofSet.Load(again);
            Assert.Equal((seed, node.Do("DEBUG DIGEST")), (seed, again.Do("DEBUG DIGEST")));
            Assert.Equal(node.Engine.Node.Replication.Protocol.Log.EndOffset, again.Node.Replication.Protocol.Log.EndOffset);
        }
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
