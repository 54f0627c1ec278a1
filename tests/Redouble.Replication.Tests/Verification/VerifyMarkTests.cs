using System.Text;
using Redouble.Replication.Verification;

namespace Redouble.Replication.Tests.Verification;

/// <summary>The argument of a mark.</summary>
public sealed class VerifyMarkTests
{
    [Fact]
    public void AMarkForAllBucketsIsShortText()
    {
        var mark = VerifyMark.Format(0x1234, null);
        Assert.Equal("redouble:0000000000001234", Encoding.ASCII.GetString(mark));
        Assert.True(VerifyMark.TryParse(mark, out var id, out var buckets));
        Assert.Equal(0x1234UL, id);
        Assert.Null(buckets);
    }

    [Fact]
    public void AMarkForSomeBucketsNamesThem()
    {
        var asked = new BucketSet();
        asked.Add(0);
        asked.Add(16383);
        Assert.True(VerifyMark.TryParse(VerifyMark.Format(ulong.MaxValue, asked), out var id, out var buckets));
        Assert.Equal(ulong.MaxValue, id);
        Assert.Equal(2, buckets!.Count);
        Assert.True(buckets.Contains(0) && buckets.Contains(16383) && !buckets.Contains(1));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("redouble:")]
    [InlineData("redouble:000000000000123")]
    [InlineData("redouble:000000000000123g")]
    [InlineData("redouble:00000000000012345")]
    [InlineData("redouble:0000000000001234:")]
    [InlineData("redouble:0000000000001234:short")]
    [InlineData("Redouble:0000000000001234")]
    public void AnythingElseIsNoMark(string argument) => Assert.False(VerifyMark.TryParse(Encoding.ASCII.GetBytes(argument), out _, out _));
}
