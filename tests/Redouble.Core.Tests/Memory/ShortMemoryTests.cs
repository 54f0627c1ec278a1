using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

/// <summary>The system gives no more.</summary>
public sealed class ShortMemoryTests
{
    private const long ChunkSize = NativeHeap.ChunkSize;
    private const long Span = 64 * ChunkSize;

    [Fact]
    public void A_reserve_is_left_and_told_of_until_enough_is_free()
    {
        using var heap = new NativeHeap(Span, limitBytes: 4 * Span);
        var live = new List<nint>();
        while (!heap.IsShort) live.Add(heap.UnsafeAllocate(1000));
        Assert.InRange(heap.ReservedBytes, 4 * Span, 5 * Span);
        var more = new List<nint>();
        for (var i = 0; i < 16 * ChunkSize / 1100; i++) more.Add(heap.UnsafeAllocate(1000)); // what is under way can be finished
        Assert.Throws<InsufficientMemoryException>(() => heap.UnsafeAllocate(2 * Span));
        Assert.Throws<InsufficientMemoryException>(() => heap.UnsafeAllocate(50 * ChunkSize));
        foreach (var address in more) heap.UnsafeFree(address);
        for (var i = 0; heap.IsShort; i++)
        {
            heap.UnsafeFree(live[^1]);
            live.RemoveAt(live.Count - 1);
            if (i % 100 == 0) heap.Purge(0); // a guarded build frees late
        }

        heap.UnsafeFree(heap.UnsafeAllocate(1000));
        foreach (var address in live) heap.UnsafeFree(address);
        heap.Purge(long.MaxValue);
        heap.Trim();
        Assert.False(heap.IsShort);
        Assert.Equal(0, heap.UsedBytes);
    }

    [Fact]
    public void When_the_reserve_is_used_up_nothing_is_left()
    {
        using var heap = new NativeHeap(Span, limitBytes: Span);
        Assert.Throws<OutOfMemoryException>(() =>
        {
            for (var i = 0; i < 100_000; i++) heap.UnsafeAllocate(1000);
        });
        Assert.True(heap.IsShort);
    }

    /// <summary>What was found once stayed taken: neither half of it could then be had, and what cannot be refused ended the process.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(30)]
    public void Room_that_was_found_is_there_for_what_needs_it(long megabytes)
    {
        const long span = NativeHeap.SpanBytesDefault;
        var half = megabytes << 20;
        using var heap = new NativeHeap(limitBytes: (2 * half) + (2 * span));
        var before = heap.ReservedBytes;
        heap.RequireRoom(2 * half);
        Assert.InRange(heap.ReservedBytes - before, 0, span);
        Assert.True(heap.HasRoom(2 * half));
        Assert.False(heap.HasRoom(8 * half));
        Assert.Equal(0, heap.UsedBytes);
        heap.UnsafeAllocate(half);
        for (var left = half; left > 0; left -= 16_000) heap.UnsafeAllocate(16_000);
        Assert.False(heap.IsShort);
    }

    /// <summary>Where not even a chunk was left for it the question once ended the process.</summary>
    [Theory]
    [InlineData(33_000)]
    [InlineData(60_000)]
    [InlineData(70_000)]
    public void Room_that_is_not_there_is_no_reason_to_end_the_process(int bytes)
    {
        using var heap = new NativeHeap(Span, limitBytes: Span);
        Assert.Throws<OutOfMemoryException>(() =>
        {
            for (var i = 0; i < 1000; i++) heap.UnsafeAllocate(ChunkSize - 1000);
        });
        Assert.False(heap.HasRoom(bytes));
        Assert.Throws<InsufficientMemoryException>(() => heap.RequireRoom(bytes));
    }

#if !GUARDED // which keeps what is freed for a while
    /// <summary>A large object is given back bit by bit once it is freed. Others were once refused until all of it had been.</summary>
    [Fact]
    public void What_has_been_freed_is_there_for_others_before_the_system_refuses_more()
    {
        const long span = NativeHeap.SpanBytesDefault;
        using var heap = new NativeHeap(limitBytes: 5 * span);
        heap.UnsafeFree(heap.UnsafeAllocate(4 * span));
        heap.UnsafeFree(heap.UnsafeAllocate(3 * span));
        for (var i = 0; i < 4 * span / 16_600; i++) heap.UnsafeAllocate(16_000);
        Assert.False(heap.IsShort);
        heap.RequireRoom(span / 2);
        Assert.InRange(heap.ReservedBytes, 4 * span, 5 * span);
    }
#endif
}
