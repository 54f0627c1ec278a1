namespace Redouble.Engine.Tests.Persistence;

/// <summary>Snapshots of collections with elements larger than what may be under way at a time.</summary>
public sealed class LargeElementTests
{
    // Found by REDOUBLE VERIFY: the frame of such an element fills its block alone, and the block was not handed over before the next one came; which did
    // not, because so much waited already. BGSAVE and full syncs of such a data set never ended.
    [Theory]
    [InlineData("RPUSH list")]
    [InlineData("HSET hash")]
    [InlineData("SADD set")]
    [InlineData("ZADD sorted")]
    [InlineData("XADD stream")]
    public void ASnapshotOfThemEnds(string command)
    {
        using var node = new LimitedNode(1L << 30);
        var words = command.Split(' ');
        for (var i = 0; i < 5; i++)
        {
            var element = node.Text(700_000);
            string[] arguments = words[0] switch
            {
                "HSET" => [$"field{i}", element],
                "ZADD" => [$"{i}", element],
                "XADD" => ["*", "field", element],
                _ => [element],
            };
            node.Engine.DoWords([.. words, .. arguments]);
        }

        Assert.Equal("+Background saving started|", node.Engine.Do("BGSAVE"));
        node.RunSnapshot();
        Assert.Equal(1, node.Node.Saves.Saves);
        Assert.InRange(node.File.Length, 3_000_000, 4_000_000);
    }
}
