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
        private volatile int _thread;

        public int Policy => _policy;

        public int Thread => _thread;

        public int Nice => _nice;

        public bool HasPaused { get; private set; }

        public void End() => _ends = true;

        public bool RunSlice()
        {
            _thread = NativeThread.GetId();
            (_policy, _nice) = (NativeThread.GetPolicy(), NativeThread.GetNice());
            return !_ends;
        }

        public void OnPaused() => HasPaused = true;
    }

    [Fact]
    public void AHelperThatGetsNoTimeIsAThreadLikeAnyOtherForAWhile()
    {
        if (!CanBeIdle()) return;
        using var helper = new BackgroundThread(() => { });
        var job = new Spinning();
        helper.Post(job);
        Until(() => BecomesIdle(helper, job, 0));

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
        Until(() => HasPaused(helper, job));
        Assert.True(helper.IsIdle);
    }

    [Fact]
    public void AHelperWithoutWorkIsAThreadLikeAnyOther()
    {
        if (!CanBeIdle()) return;
        using var helper = new BackgroundThread(() => { });
        var first = new Spinning();
        helper.Post(first);
        Until(() => BecomesIdle(helper, first, 1));
        var thread = first.Thread;
        first.End();
        Until(() => HasPaused(helper, first));
        Assert.Equal(NativeThread.PolicyIdle, NativeThread.GetPolicy(thread)); // more may come at once

        helper.Watch(2);
        Assert.Equal(NativeThread.PolicyOther, NativeThread.GetPolicy(thread));

        var second = new Spinning();
        helper.Post(second);
        Assert.Equal(NativeThread.PolicyIdle, NativeThread.GetPolicy(thread));
        second.End();
        while (!second.HasPaused) helper.Drain(); // somebody waits for it
        Assert.Equal(NativeThread.PolicyOther, NativeThread.GetPolicy(thread));
    }

    // The thread may have begun its work before it has said which it is.
    private static bool BecomesIdle(BackgroundThread helper, Spinning job, long now)
    {
        helper.Watch(now);
        return job.Policy == NativeThread.PolicyIdle;
    }

    private static bool HasPaused(BackgroundThread helper, Spinning job)
    {
        helper.DeliverPaused();
        return job.HasPaused;
    }

    private static bool CanBeIdle() =>
        OperatingSystem.IsLinux() && NativeThread.GetPolicy() == NativeThread.PolicyOther && NativeThread.MayLeaveIdle();

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));
}
