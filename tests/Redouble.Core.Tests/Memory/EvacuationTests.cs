using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class EvacuationTests
{
    private const long ChunkSize = NativeHeap.ChunkSize;

    /// <summary>
    /// Objects of a few sizes, most of them freed at random; those in slabs that are evacuated move. Afterwards they take about what they need, each has
    /// kept its bytes, and the memory goes back to the system.
    /// </summary>
    [Theory]
    [InlineData(1, 50, 256L * ChunkSize)]
    [InlineData(2, 80, 64L << 20)]
    [InlineData(3, 10, 64L << 20)]
    public void The_emptiest_slabs_become_free(int seed, int freedPercent, long spanBytes)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap(spanBytes);
        var live = new List<(nint Address, int Size)>();
        for (var i = 0; i < 120_000; i++) live.Add(Allocate(heap, (random.Next(3) + 1) * 64));
        for (var i = live.Count - 1; i >= 0; i--)
        {
            if (random.Next(100) >= freedPercent) continue;
            heap.UnsafeFree(live[i].Address);
            live[i] = live[^1];
            live.RemoveAt(live.Count - 1);
        }

        var used = heap.UsedBytes;
        var evacuated = 0;
        for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++) evacuated += heap.PlanEvacuation(sizeClass);
        Assert.Equal(evacuated, heap.EvacuatedSlabs);
        var moved = 0;
        for (var i = 0; i < live.Count; i++)
        {
            if (!NativeHeap.UnsafeIsEvacuated(live[i].Address)) continue;
            var (address, size) = live[i];
            live[i] = Allocate(heap, size);
            heap.UnsafeFree(address);
            moved++;
        }

        heap.Purge(0); // a guarded build frees late
        Assert.Equal(0, heap.EvacuatedSlabs);
        Assert.InRange(moved, 0, live.Count * (freedPercent + 10) / 100);
        heap.EndEvacuation();
        Assert.Equal(used, heap.UsedBytes);
        Assert.InRange(heap.ActiveBytes, used, (used * 1.06) + (8 * ChunkSize));
        foreach (var (address, size) in live) Assert.True(NativeBytes.IsMarked(address, size));
        heap.Purge(long.MaxValue);
        Assert.InRange(heap.HeldBytes, heap.ActiveBytes, (heap.ActiveBytes * 1.25) + (8 * ChunkSize));
        foreach (var (address, size) in live)
        {
            Assert.True(NativeBytes.IsMarked(address, size));
            heap.UnsafeFree(address);
        }

        Assert.Equal(0, heap.UsedBytes);
    }

    [Fact]
    public void What_was_not_moved_is_used_again()
    {
        using var heap = new NativeHeap(256 * ChunkSize);
        var live = new List<nint>();
        for (var i = 0; i < 5_000; i++) live.Add(heap.UnsafeAllocate(100));
        for (var i = live.Count - 1; i >= 0; i -= 2)
        {
            heap.UnsafeFree(live[i]);
            live.RemoveAt(i);
        }

        heap.Purge(0);
        var active = heap.ActiveBytes;
        for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++) heap.PlanEvacuation(sizeClass);
        Assert.InRange(heap.EvacuatedSlabs, 2, 8);
        heap.EndEvacuation();
        Assert.Equal(0, heap.EvacuatedSlabs);
        for (var i = 0; i < 2_400; i++) live.Add(heap.UnsafeAllocate(100));
        Assert.Equal(active, heap.ActiveBytes);
        foreach (var address in live) heap.UnsafeFree(address);
    }

    private static (nint Address, int Size) Allocate(NativeHeap heap, int size)
    {
        var address = heap.UnsafeAllocate(size);
        NativeBytes.Mark(address, size);
        return (address, size);
    }
}
