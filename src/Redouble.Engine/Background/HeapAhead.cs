using Redouble.Core.Memory;
using Redouble.Core.Platform;

namespace Redouble.Engine.Background;

/// <summary>Has the helper make the pages resident that the heap will come to next.</summary>
public sealed class HeapAhead(NativeHeap heap, IBackgroundExecutor executor) : IBackgroundJob
{
    private PagesAhead _pages;

    /// <summary>Data thread, once a turn.</summary>
    public void Check()
    {
        if (heap.TryTakeAhead(out _pages)) executor.Post(this);
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        _pages.Populate();
        return false;
    }

    /// <inheritdoc/>
    public void OnPaused() => heap.AheadDone();
}
