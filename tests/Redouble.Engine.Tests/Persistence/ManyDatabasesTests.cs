using Redouble.Engine.Tests.Verification;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>As many databases as Redis allows: their numbers need more than 16 bits.</summary>
public sealed class ManyDatabasesTests
{
    // Found by reading: a saved record had 16 bits for its database, so a key of database 65536 came back in database 0.
    [Fact]
    public void A_key_of_any_of_them_comes_back_where_it_was()
    {
        using var node = new LimitedNode(1L << 30, "databases 70000");
        foreach (var database in (int[])[0, 40_000, 65_536, 69_999])
        {
            node.Engine.Do($"SELECT {database}");
            node.Engine.Do($"SET k {database}");
        }

        node.Engine.Do("BGSAVE");
        node.RunSnapshot();
        var (loaded, _) = SavedNode.Restart(node.Engine, 0, "databases 70000");
        using (loaded)
        {
            foreach (var database in (int[])[0, 40_000, 65_536, 69_999])
            {
                loaded.Do($"SELECT {database}");
                Assert.Equal($"${database.ToString().Length}|{database}|", loaded.Do("GET k"));
            }
        }
    }

#if !GUARDED // where so many tables take long, and the first test has them all
    [Fact]
    public void A_difference_is_named_with_its_database()
    {
        using var pair = new LinkedPair(primary: ["databases 70000"], replica: ["databases 70000"]);
        pair.Primary.Do("SELECT 40000");
        pair.Primary.Do("SET a 1");
        pair.Primary.Do("SELECT 65537");
        pair.Primary.Do("SET b 1");
        pair.Follow();
        pair.Replica.Do("SELECT 40000");
        pair.Replica.Do("SET a 2");
        pair.Replica.Do("SELECT 65537");
        pair.Replica.Do("SET extra 2");
        var result = pair.Verify();
        Assert.Equal("40000/a:Value 65537/extra:Extra", LinkedPair.Differences(result));
    }
#endif
}
