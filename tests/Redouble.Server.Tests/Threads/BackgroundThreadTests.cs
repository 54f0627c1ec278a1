using Redouble.Core.Platform;
using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Tests.Threads;

public sealed class BackgroundThreadTests
{
    private const long RaisedMicroseconds = 3_000_000;

    // Computes until it is told to end, and says how it is scheduled.
    private sealed class Spinning : IBackgroundJob
    {
        private volatile bool _ends;
        private volatile int _policy = -1;
        private volatile int _nice = int.MinValue;

        public int Policy => _policy;

        public int Nice => _nice;

        public bool HasPaused { get; private set; }

        public void End() => _ends = true;

        public bool RunSlice()
        {
            (_policy, _nice) = (NativeThread.GetPolicy(), NativeThread.GetNice());
            return !_ends;
        }

        public void OnPaused() => HasPaused = true;
    }

    [Fact]
    public void AHelperThatGetsNoTimeIsAThreadLikeAnyOtherForAWhile()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var helper = new BackgroundThread(() => { });
        var job = new Spinning();
        helper.Post(job);
        Until(() => job.Policy == NativeThread.PolicyIdle);

        // Windows in which the thread has had next to nothing by the clock that is told; it has to be at work in the moment it is looked at.
        long now = 0;
        Until(() =>
        {
            helper.Watch(now += 2 * Starvation.Window);
            return SpinWait.SpinUntil(() => job.Policy == NativeThread.PolicyOther, 50);
        });
        Assert.Equal(NativeThread.GetNice(), job.Nice);

        helper.Watch(now + RaisedMicroseconds + 1);
        Until(() => job.Policy == NativeThread.PolicyIdle);
        job.End();
        Until(() =>
        {
            helper.DeliverPaused();
            return job.HasPaused;
        });
        Assert.True(helper.IsIdle);
    }

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));
}
