using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

public sealed class StreamObstacleTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void TheSecondFailureAtOnePlaceAsksForAll()
    {
        var obstacle = default(StreamObstacle);
        Assert.False(obstacle.NoteFailure(102, 0));
        Assert.False(obstacle.NoteFailure(500, Second)); // it was got over
        Assert.True(obstacle.NoteFailure(500, 2 * Second));
        Assert.True(obstacle.NeedsFullSync);
        obstacle.Reset();
        Assert.False(obstacle.NeedsFullSync);
        Assert.False(obstacle.NoteFailure(500, 3 * Second));
    }

    [Fact]
    public void FullSyncsComeEverMoreSeldom()
    {
        var obstacle = default(StreamObstacle);
        long now = 0;
        foreach (var pause in (long[])[0, 10, 20, 40, 80, 160, 320, 600, 600])
        {
            now += SecondsToFullSync(ref obstacle, now, pause) * Second;
            obstacle.NoteFullSync(now);
            Assert.False(obstacle.NeedsFullSync);
        }

        now += 4300 * Second;
        Assert.Equal(1, SecondsToFullSync(ref obstacle, now, 1));
        obstacle.NoteFullSync(now);
        Assert.Equal(10, SecondsToFullSync(ref obstacle, now, 10)); // after a quiet hour it is as before
    }

    [Fact]
    public void AFullSyncForAnotherReasonHasNoPause()
    {
        var obstacle = default(StreamObstacle);
        obstacle.NoteFailure(102, 0);
        obstacle.NoteFullSync(0);
        Assert.False(obstacle.NoteFailure(102, 0)); // what was before it says nothing
        Assert.True(obstacle.NoteFailure(102, 0));
    }

    // Failures at one place, each second.
    private static long SecondsToFullSync(ref StreamObstacle obstacle, long now, long expected)
    {
        for (long seconds = 0; seconds < 1000; seconds++)
        {
            if (!obstacle.NoteFailure(7, now + (seconds * Second))) continue;
            Assert.Equal(Math.Max(1, expected), seconds);
            return seconds;
        }

        throw new InvalidOperationException("There was no full sync.");
    }
}
