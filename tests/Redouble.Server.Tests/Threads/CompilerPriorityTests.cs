using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Tests.Threads;

public sealed class CompilerPriorityTests
{
    /// <summary>The thread is known by its name alone, so one of that name stands for it.</summary>
    [Fact]
    public void TheThreadThatCompilesStepsBackAndNoOtherDoes()
    {
        using var isNamed = new Barrier(2);
        using var isLowered = new Barrier(2);
        var (before, after, found) = (0, 0, 0);
        var thread = new Thread(() =>
        {
            before = NativeThread.GetNice();
            isNamed.SignalAndWait();
            isLowered.SignalAndWait();
            after = NativeThread.GetNice();
        });
        thread.Name = ".NET Tiered Compilation Worker";
        var own = NativeThread.GetNice();
        thread.Start();
        isNamed.SignalAndWait();
        found = CompilerPriority.Lower();
        isLowered.SignalAndWait();
        thread.Join();
        Assert.InRange(found, 1, 2); // the true one is there, or has nothing to do
        Assert.Equal(Math.Min(before + 10, 19), after);
        Assert.Equal(own, NativeThread.GetNice());
    }
}
