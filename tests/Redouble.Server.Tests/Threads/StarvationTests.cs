using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Tests.Threads;

public sealed class StarvationTests
{
    private readonly Starvation _starvation = new();

    [Fact]
    public void A_thread_with_work_and_no_time_starves_when_the_window_is_over()
    {
        Assert.False(_starvation.Starves(1_000, 50));
        Assert.False(_starvation.Starves(Starvation.Window, 50));
        Assert.True(_starvation.Starves(1_000 + Starvation.Window, 50));
    }

    [Fact]
    public void A_slice_now_and_then_is_still_starving()
    {
        var (now, cpu) = (0L, 0L);
        Assert.False(_starvation.Starves(now, cpu));
        var told = 0;
        for (var i = 0; i < 12; i++) told += _starvation.Starves(now += 100_000, cpu += 200) ? 1 : 0;
        Assert.Equal(4, told);
    }

    [Fact]
    public void A_thread_that_gets_a_tenth_does_not_starve()
    {
        Assert.False(_starvation.Starves(0, 0));
        Assert.False(_starvation.Starves(Starvation.Window, Starvation.Enough));
        Assert.True(_starvation.Starves(2 * Starvation.Window, 2 * Starvation.Enough - 1));
    }

    [Fact]
    public void Time_without_work_does_not_count()
    {
        Assert.False(_starvation.Starves(0, 0));
        _starvation.Rests();
        Assert.False(_starvation.Starves(Starvation.Window, 0));
        Assert.False(_starvation.Starves(2 * Starvation.Window - 1, 0));
        Assert.True(_starvation.Starves(2 * Starvation.Window, 0));
    }

    [Fact]
    public void The_kernel_tells_the_time_a_thread_has_had()
    {
        var id = NativeThread.GetId();
        var before = NativeThread.GetCpuMicroseconds(id);
        Assert.True(before >= 0, $"clock_gettime told {before}");
        var sum = 0L;
        while (NativeThread.GetCpuMicroseconds(id) < before + 2_000) sum++;
        Assert.True(sum > 0);
        Assert.Equal(-1, NativeThread.GetCpuMicroseconds(1 << 22));
    }

    [Fact]
    public void The_kernel_tells_who_waits()
    {
        Assert.True(NativeThread.IsRunnable(NativeThread.GetId()));
        Assert.False(NativeThread.IsRunnable(1 << 22));
        using var known = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var id = 0;
        var waiter = new Thread(() =>
        {
            id = NativeThread.GetId();
            known.Set();
            end.Wait();
        });
        waiter.Start();
        known.Wait();
        var waits = SpinWait.SpinUntil(() => !NativeThread.IsRunnable(id), TimeSpan.FromSeconds(30));
        end.Set();
        waiter.Join();
        Assert.True(waits);
    }
}
