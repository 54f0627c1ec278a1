using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class NativeThreadTests
{
    [Fact]
    public void AThreadStepsBackAlone()
    {
        var nice = NativeThread.GetNice();
        var (inside, policy, cpus) = (0, 0, Array.Empty<int>());
        var results = new IoResult[3];
        var thread = new Thread(() =>
        {
            results[0] = NativeThread.SetNice(Math.Min(nice + 5, 19));
            results[1] = NativeThread.SetPolicy(NativeThread.GetId(), NativeThread.PolicyIdle);
            results[2] = NativeThread.SetCpus(NativeThread.GetCpus().AsSpan(0, 1));
            (inside, policy, cpus) = (NativeThread.GetNice(), NativeThread.GetPolicy(), NativeThread.GetCpus());
        });
        thread.Start();
        thread.Join();
        Assert.All(results, result => Sockets.Must(result));
        Assert.Equal((Math.Min(nice + 5, 19), NativeThread.PolicyIdle), (inside, policy));
        Assert.Single(cpus);
        Assert.Equal((nice, NativeThread.PolicyOther), (NativeThread.GetNice(), NativeThread.GetPolicy()));
        Assert.NotEmpty(NativeThread.GetCpus());
        Assert.Throws<ArgumentOutOfRangeException>(() => NativeThread.SetCpus([1024]));
        Assert.Equal(Errno.InvalidArgument, NativeThread.SetCpus([]).Errno);
    }

    [Fact]
    public void WhetherAnIdleScheduledThreadMayBecomeOrdinaryAgainIsKnownBefore()
    {
        if (NativeThread.GetPolicy() != NativeThread.PolicyOther) return; // started so
        var nice = NativeThread.GetNice();
        var (expected, kept) = (NativeThread.MayLeaveIdle(), NativeThread.GetNice());
        var actual = false;
        var thread = new Thread(() =>
        {
            Sockets.Must(NativeThread.SetPolicy(0, NativeThread.PolicyIdle));
            actual = NativeThread.SetPolicy(0, NativeThread.PolicyOther).IsDone;
        });
        thread.Start();
        thread.Join();
        Assert.Equal((actual, nice), (expected, kept));
    }

    [Fact]
    public void AThreadAsksForShortSlicesForItselfAlone()
    {
        var before = NativeThread.GetSlice();
        var (isSet, own, nice, child) = (false, 0, 0, 0);
        var thread = new Thread(() =>
        {
            NativeThread.SetNice(Math.Min(NativeThread.GetNice() + 5, 19));
            isSet = NativeThread.SetSlice(100);
            (own, nice) = (NativeThread.GetSlice(), NativeThread.GetNice());
            var started = new Thread(() => child = NativeThread.GetSlice());
            started.Start();
            started.Join();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(isSet ? 100 : before, own);
        Assert.Equal(Math.Min(NativeThread.GetNice() + 5, 19), nice);
        Assert.Equal(before, child);
        Assert.Equal(before, NativeThread.GetSlice());
        if (OperatingSystem.IsLinux() && Environment.OSVersion.Version >= new Version(6, 12)) Assert.True(isSet);
    }
}
