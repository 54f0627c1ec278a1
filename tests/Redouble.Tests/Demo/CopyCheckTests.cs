using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class CopyCheckTests
{
    private static readonly Holding Primary = new("primary", 3, "aa");

    [Fact]
    public void Equal_copies_pass() => Assert.True(CopyCheck.AllEqual([Primary, Primary with { Node = "replica 1" }, Primary with { Node = "replica 2" }]));

    [Fact]
    public void One_other_digest_or_count_fails()
    {
        Assert.False(CopyCheck.AllEqual([Primary, Primary, Primary with { Digest = "ab" }]));
        Assert.False(CopyCheck.AllEqual([Primary, Primary with { Keys = 4 }, Primary]));
    }

    [Fact]
    public void Nothing_proves_nothing()
    {
        Assert.False(CopyCheck.AllEqual([]));
        Assert.False(CopyCheck.AllEqual([Primary]));
        Assert.False(CopyCheck.AllEqual([Primary with { Keys = 0 }, Primary with { Keys = 0 }]));
    }
}
