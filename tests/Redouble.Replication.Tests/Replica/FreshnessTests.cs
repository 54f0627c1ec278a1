using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

public sealed class FreshnessTests
{
    [Fact]
    public void NothingIsKnownBeforeAnAnswerIsApplied()
    {
        var freshness = new Freshness();
        Assert.Equal(-1, freshness.At(100, 0));
        freshness.OnAnswer(10, 150);
        Assert.Equal(-1, freshness.At(149, 20));
        Assert.Equal(10, freshness.At(150, 20));
        Assert.Equal(90, freshness.At(150, 100));
    }

    [Fact]
    public void TheLatestQuestionCountsWhoseOffsetIsApplied()
    {
        var freshness = new Freshness();
        freshness.OnAnswer(100, 400);
        freshness.OnAnswer(200, 700);
        freshness.OnAnswer(300, 900);
        Assert.Equal(800, freshness.At(750, 1000));
        Assert.Equal(700, freshness.At(900, 1000));
        Assert.Equal(900, freshness.PrimaryOffset);
    }

    [Fact]
    public void AnAnswerOfAnotherHistoryIsForgottenAndWhatIsKnownOfTheDataIsNot()
    {
        var freshness = new Freshness();
        freshness.OnAnswer(100, 400);
        Assert.Equal(0, freshness.At(400, 100));
        freshness.OnAnswer(200, 500);
        freshness.ForgetAnswers();
        Assert.Equal(400, freshness.At(10_000, 500));
        freshness.Reset();
        Assert.Equal(-1, freshness.At(10_000, 500));
    }

    /// <summary>A stuck stream must not make the list grow, and the first answers, which come true first, must not be lost.</summary>
    [Fact]
    public void AThousandAnswersThatAreNotAppliedLeaveTheOldestToComeTrue()
    {
        var freshness = new Freshness();
        for (var i = 0; i < 1000; i++) freshness.OnAnswer(i, 100 + i);
        Assert.Equal(5000 - 20, freshness.At(120, 5000));
        Assert.Equal(5000 - 999, freshness.At(5000, 5000));
    }
}
