using Redouble.Engine.Persistence;
using Redouble.Replication.Identity;

namespace Redouble.Engine.Tests.Persistence;

public sealed class RestartIdentityTests
{
    private const string Id = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData(Id, 0, true, "")]
    [InlineData(Id, 5054, true, "")]
    [InlineData(Id, ReplicationHistory.OffsetMax, true, "")]
    [InlineData(Id, ReplicationHistory.OffsetMax + 1, false, "no primary can have come to the offset 4611686018427387904")]
    [InlineData(Id, -1, false, "no primary can have come to the offset -1")]
    [InlineData("0000000000000000000000000000000000000000", 5, false, "the name of the history is none")]
    [InlineData("0123", 5, false, "the name of the history is none")]
    [InlineData("", 5, false, "the name of the history is none")]
    public void A_place_is_one_that_a_primary_can_have(string id, long offset, bool isOne, string reason)
    {
        var identity = RestartIdentity.Judge(new RecoveredPlace(id, offset, 0), "unused");
        Assert.Equal((isOne, reason), (identity.HasPlace, identity.Reason));
        if (isOne) Assert.Equal((id, offset), (identity.Id.ToString(), identity.Place!.Offset));
        else Assert.True(identity.Id.IsNone);
    }

    [Fact]
    public void Without_a_place_the_reason_is_told()
    {
        var identity = RestartIdentity.Judge(null, "it was repaired");
        Assert.Equal((false, "it was repaired"), (identity.HasPlace, identity.Reason));
    }
}
