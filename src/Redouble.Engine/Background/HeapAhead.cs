using Redouble.Core.Memory;
using Redouble.Core.Platform;

namespace Redouble.Engine.Background;

/// <summary>Has the helper make the pages resident that the heap will come to next.</summary>
public sealed class HeapAhead(NativeHeap heap, IBackgroundExecutor executor) : IBackgroundJob
{
    private PagesAhead _pages;
    private long _populatedBytes;

    /// <summary>Bytes made resident since the start.</summary>
    public long PopulatedBytes => Interlocked.Read(ref _populatedBytes);

    /// <summary>Data thread, once a turn.</summary>
    public void Check()
    {
        if (!heap.TryTakeAhead(out var pages)) return; // the helper may still be about to read the last ones
        _pages = pages;
        executor.Post(this);
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        _pages.Populate();
        Interlocked.Add(ref _populatedBytes, _pages.Bytes);
        return false;
    }

    /// <inheritdoc/>
    public void OnPaused() => heap.AheadDone();
}
