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
}
