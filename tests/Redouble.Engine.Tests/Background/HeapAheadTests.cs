using Redouble.Core.Platform;
using Redouble.Engine.Background;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Background;

public sealed class HeapAheadTests
{
    /// <summary>The next turn once took the pages from under the helper, which then made nothing resident: a SET had to touch them first.</summary>
    [Fact]
    public void Pages_wait_for_the_helper_over_any_number_of_turns()
    {
        const int hugePage = 2 << 20;
        const int pages = 4;
        if (!OperatingSystem.IsLinux()) return;
        using var node = new EngineNode();
        var helper = new LateHelper();
        var ahead = new HeapAhead(node.Node.Heap, helper);
        var value = new string('v', 60_000);
        for (var key = 1; key <= pages * hugePage / value.Length; key++)
        {
            node.DoWords("SET", $"key:{key}", value);
            for (var turn = 0; turn < 3; turn++) ahead.Check();
            if (key % 8 == 0) helper.Run();
        }

        Assert.InRange(helper.Jobs, pages - 1, 2 * pages); // the guarded heap keeps for a while what was freed
        Assert.Equal(helper.Jobs * (long)hugePage, ahead.PopulatedBytes);
    }

    private sealed class LateHelper : IBackgroundExecutor
    {
        private IBackgroundJob? _posted;

        public int Jobs { get; private set; }

        public bool IsIdle => _posted == null;

        public void Post(IBackgroundJob job)
        {
            Assert.Null(_posted);
            _posted = job;
        }

        public void Drain() => Run();

        public void Run()
        {
            if (_posted is not { } job) return;
            _posted = null;
            Jobs++;
            Assert.False(job.RunSlice());
            job.OnPaused();
        }
    }
}
