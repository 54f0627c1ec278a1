#if GUARDED
using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

/// <summary>What a guarded build notices.</summary>
public sealed class HeapGuardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(100_000)]
    public void A_write_past_the_end_is_noticed_when_the_object_is_freed(int size)
    {
        using var heap = new NativeHeap();
        var address = heap.UnsafeAllocate(size);
        var usable = (int)NativeHeap.UnsafeUsableSize(address);
        NativeBytes.At(address, usable).Fill(1);
        NativeBytes.At(address, usable + 1)[usable] = 1;
        Assert.Throws<InvalidOperationException>(() => heap.UnsafeFree(address));
    }

    [Fact]
    public void Freed_memory_reads_as_poison()
    {
        using var heap = new NativeHeap();
        var address = heap.UnsafeAllocate(100);
        NativeBytes.At(address, 100).Fill(1);
        heap.UnsafeFree(address);
        Assert.Equal(-1, NativeBytes.At(address, 100).IndexOfAnyExcept(HeapGuard.Poison));
        Assert.Equal(0, heap.UsedBytes);
    }

    [Fact]
    public void A_write_after_the_free_is_noticed()
    {
        var heap = new NativeHeap();
        var address = heap.UnsafeAllocate(100);
        heap.UnsafeFree(address);
        NativeBytes.At(address, 100)[50] = 1;
        Assert.Throws<InvalidOperationException>(() => heap.Purge(0));
        heap.Dispose();
    }

    [Fact]
    public void A_second_free_is_noticed()
    {
        using var heap = new NativeHeap();
        var address = heap.UnsafeAllocate(100);
        heap.UnsafeFree(address);
        Assert.Throws<InvalidOperationException>(() => heap.UnsafeFree(address));
    }
}
#endif
