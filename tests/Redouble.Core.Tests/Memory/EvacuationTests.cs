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
        Assert.False(heap.PlanEvacuation(int.MaxValue));
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
        Assert.False(heap.EndEvacuation(int.MaxValue));
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
        heap.PlanEvacuation(int.MaxValue);
        Assert.InRange(heap.EvacuatedSlabs, 2, 8);
        Assert.False(heap.EndEvacuation(int.MaxValue));
        Assert.Equal(0, heap.EvacuatedSlabs);
        for (var i = 0; i < 2_400; i++) live.Add(heap.UnsafeAllocate(100));
        Assert.Equal(active, heap.ActiveBytes);
        foreach (var address in live) heap.UnsafeFree(address);
    }

    /// <summary>However many slabs there are, a step looks at as many as it was told; the heap is used between the steps.</summary>
    [Fact]
    public void A_plan_is_made_in_steps_while_the_heap_is_used()
    {
        const int perStep = 10;
        using var heap = new NativeHeap(256 * ChunkSize);
        var random = new Random(1);
        var live = new List<(nint Address, int Size)>();
        for (var i = 0; i < 200_000; i++) live.Add(Allocate(heap, 100));
        for (var i = 0; i < 100_000; i++) FreeOne(heap, live, random);
        heap.Purge(0); // a guarded build frees late
        var slabs = (int)(heap.ActiveBytes / ChunkSize);
        var steps = 0;
        while (heap.PlanEvacuation(perStep))
        {
            steps++;
            for (var i = 0; i < 50; i++) FreeOne(heap, live, random);
            for (var i = 0; i < 50; i++) live.Add(Allocate(heap, 100));
        }

        Assert.InRange(steps, 3 * slabs / 2 / perStep, 3 * slabs / perStep); // almost every slab is looked at twice, and every class once
        Assert.InRange(heap.EvacuatedSlabs, slabs * 4 / 10, slabs * 6 / 10);
        var evacuated = heap.EvacuatedSlabs;
        foreach (var (address, size) in live) Assert.True(NativeBytes.IsMarked(address, size));
        for (var ended = 0; heap.EndEvacuation(perStep);) Assert.Equal(evacuated - (ended += perStep), heap.EvacuatedSlabs);
        Assert.Equal(0, heap.EvacuatedSlabs);
        foreach (var (address, _) in live) heap.UnsafeFree(address);
        Assert.Equal(0, heap.UsedBytes);
    }

    private static void FreeOne(NativeHeap heap, List<(nint Address, int Size)> live, Random random)
    {
        var i = random.Next(live.Count);
        heap.UnsafeFree(live[i].Address);
        live[i] = live[^1];
        live.RemoveAt(live.Count - 1);
    }

    private static (nint Address, int Size) Allocate(NativeHeap heap, int size)
    {
        var address = heap.UnsafeAllocate(size);
        NativeBytes.Mark(address, size);
        return (address, size);
    }
}
