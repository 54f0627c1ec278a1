using Redouble.Replication.Identity;

namespace Redouble.Replication.Tests.Identity;

public sealed class ReplicationIdentityTests
{
    private readonly SeededRandom _random = new(7);

    [Fact]
    public void IdsAreFortyHexadecimalDigitsAndDiffer()
    {
        var first = ReplicationId.New(_random);
        var second = ReplicationId.New(_random);
        Assert.Matches("^[0-9a-f]{40}$", first.ToString());
        Assert.NotEqual(first, second);
        Assert.True(first.Matches(System.Text.Encoding.ASCII.GetBytes(first.ToString().ToUpperInvariant())));
        Assert.False(first.Matches(second.Bytes));
        Assert.False(ReplicationId.TryParse("abc"u8, out _));
        Assert.True(default(ReplicationId).IsNone);
        Assert.Equal(new string('0', 40), default(ReplicationId).ToString());
    }

    [Fact]
    public void PromotionKeepsTheOldNameUpToTheNextOffset()
    {
        var identity = new ReplicationIdentity(_random);
        var before = identity.Id;
        Assert.Equal(-1, identity.SecondOffset);
        Assert.True(identity.SecondId.IsNone);
        identity.Shift(5054);
        Assert.Equal(before, identity.SecondId);
        Assert.Equal(5055, identity.SecondOffset);
        Assert.NotEqual(before, identity.Id);
    }

    [Fact]
    public void APrimaryNeverGoesOnUnderAStoredName()
    {
        var stored = ReplicationId.New(_random);
        var primary = new ReplicationIdentity(_random);
        primary.RestorePrimary(stored, 100);
        Assert.NotEqual(stored, primary.Id);
        Assert.Equal((stored, 101), (primary.SecondId, primary.SecondOffset));
        var replica = new ReplicationIdentity(_random);
        replica.RestoreReplica(stored);
        Assert.Equal(stored, replica.Id);
        Assert.True(replica.SecondId.IsNone);
    }

    [Fact]
    public void AFullSyncForgetsTheSecondName()
    {
        var identity = new ReplicationIdentity(_random);
        identity.Shift(1);
        var adopted = ReplicationId.New(_random);
        identity.Adopt(adopted);
        Assert.Equal((adopted, ReplicationId.None, -1), (identity.Id, identity.SecondId, identity.SecondOffset));
    }
}
