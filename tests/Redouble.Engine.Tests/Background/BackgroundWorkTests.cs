using Redouble.Core.Platform;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Background;

public sealed class BackgroundWorkTests
{
    /// <summary>While the helper may be touching memory, huge pages that are in use in part are not taken apart: that would wait for it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Scattered_memory_is_given_back_once_the_helper_is_idle(bool byCommand)
    {
        const int values = 200;
        const int chunk = 64 * 1024;
        if (!OperatingSystem.IsLinux()) return;
        using var node = new EngineNode();
        var value = new string('v', 60_000); // a chunk each
        for (var i = 0; i < values; i++) node.DoWords("SET", $"k{i}", value);
        for (var i = 0; i < values; i += 2) node.Do($"DEL k{i}");
        node.Node.Heap.Purge(0); // a guarded build frees late
        var held = node.Node.Heap.HeldBytes;
        node.Background.Post(new Nothing());
        GiveBack();
        Assert.InRange(node.Node.Heap.HeldBytes, held - (8 * chunk), held);
        node.Background.Drain();
        GiveBack();
        Assert.InRange(node.Node.Heap.HeldBytes, 0, held - (80 * chunk));

        void GiveBack()
        {
            if (byCommand) Assert.Equal("+OK|", node.Do("MEMORY PURGE"));
            for (var tick = 0; tick < 500 && !byCommand; tick++)
            {
                node.Clock.Advance(20);
                node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
            }
        }
    }

    /// <summary>
    /// Who has just been answered may ask again at once: what nobody waits for begins with a short slice then, and gets long ones when nobody has asked for a
    /// while. Ten clients with pipelines, who left the loop idle for a moment each time, lost a third of their requests to a BGSAVE.
    /// </summary>
    [Fact]
    public void Idle_slices_begin_short()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 20_000; i++) node.DoWords("SET", $"key:{i}", "v");
        node.Do("BGSAVE");
        node.Clock.MicrosecondsPerRead = 5;
        Walked(busy: true);
        var first = Walked(busy: false);
        long later = 0;
        for (var i = 0; i < 5; i++) later = Walked(busy: false);
        Walked(busy: true);
        Assert.InRange(first, 1, 150); // a step
        Assert.True(later > 4 * first, $"{first} records, then {later}");
        Assert.InRange(Walked(busy: false), 1, 150);

        long Walked(bool busy)
        {
            var before = node.Node.Snapshots.Progress.Done;
            node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy);
            return node.Node.Snapshots.Progress.Done - before;
        }
    }

    private sealed class Nothing : IBackgroundJob
    {
        public bool RunSlice() => false;

        public void OnPaused()
        {
        }
    }
}
