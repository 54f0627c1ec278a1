using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Persistence;

public sealed class LoadServiceTests
{
    /// <summary>Found by seed 127 of the simulator: a replica went on from the file's offset and kept what its primary had left out.</summary>
    [Fact]
    public void A_primary_tells_its_replicas_of_keys_that_expired_in_its_file()
    {
        using var first = new EngineNode();
        _ = new StreamTap(first);
        first.Do("SELECT 2");
        first.Do("SET short 1 PX 500");
        first.Do("SET long 1 PX 500000");
        first.Do("SAVE");
        var saved = first.Node.Replication.Protocol;

        var (second, stream) = SavedNode.Restart(first, laterMs: 1000);
        using (second)
        {
            Assert.Equal("*2|$6|SELECT|$1|2|*2|$3|DEL|$5|short|", stream);
            var identity = second.Node.Replication.Protocol.History.Identity;
            Assert.Equal((saved.History.Identity.Id, saved.Log.EndOffset + 1), (identity.SecondId, identity.SecondOffset));
            Assert.Equal(":0|", second.Do("EXISTS short"));
        }
    }

    [Fact]
    public void A_replica_keeps_keys_that_expired_in_its_file()
    {
        using var first = new EngineNode();
        _ = new StreamTap(first);
        first.Do("SET short 1 PX 500");
        first.Do("SAVE");
        var (second, stream) = SavedNode.Restart(first, laterMs: 1000, "replicaof 127.0.0.1 1");
        using (second)
        {
            Assert.Equal("", stream);
            Assert.Equal(1, second.Node.Keyspace[0].Count);
        }
    }
}
