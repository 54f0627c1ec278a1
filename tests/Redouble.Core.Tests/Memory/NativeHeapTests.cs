using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class NativeHeapTests
{
    private const long ChunkSize = NativeHeap.ChunkSize;
    private const long SmallSpan = 16 * ChunkSize;

    // What a guarded build keeps behind each object, bytes.
#if GUARDED
    private const int Canary = HeapGuard.CanarySize;
#else
    private const int Canary = 0;
#endif

    /// <summary>Random allocations and frees: no two objects overlap, each keeps its bytes, and the heap's count is exact at every step.</summary>
    [Theory]
    [InlineData(1, 200, 60_000, SmallSpan)]
    [InlineData(2, 9_000, 20_000, SmallSpan)]
    [InlineData(3, 40_000, 8_000, 64L << 20)]
    [InlineData(4, 300_000, 3_000, 256L * ChunkSize)]
    public void Objects_keep_their_bytes(int seed, int sizeMax, int steps, long spanBytes)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap(spanBytes);
        var live = new List<(nint Address, int Size)>();
        var addresses = new HashSet<nint>();
        long used = 0;
        for (var step = 0; step < steps; step++)
        {
            var growing = step / (steps / 6) % 2 == 0;
            if (live.Count == 0 || random.Next(10) < (growing ? 7 : 3))
            {
                // Sizes spread over the orders of magnitude, so that every class is met.
                var size = (int)Math.Pow(sizeMax, random.NextDouble());
                var address = heap.UnsafeAllocate(size);
                Assert.True(addresses.Add(address), "the address is in use");
                Assert.Equal(0, address % (size % 8 == 0 ? 8 : 4));
                Assert.True(NativeHeap.UnsafeUsableSize(address) >= size);
                used += NativeHeap.RoundedSize(size);
                var usable = (int)NativeHeap.UnsafeUsableSize(address);
                NativeBytes.Mark(address, usable);
                live.Add((address, usable));
            }
            else
            {
                var index = random.Next(live.Count);
                var (address, size) = live[index];
                Assert.True(NativeBytes.IsMarked(address, size), $"{size} bytes at {address:x} were damaged");
                used -= NativeHeap.RoundedSize(size);
                heap.UnsafeFree(address);
                addresses.Remove(address);
                live[index] = live[^1];
                live.RemoveAt(live.Count - 1);
            }

            Assert.Equal(used, heap.UsedBytes);
            if (step % 16 == 0) heap.Trim();
            if (step % 1000 == 0) heap.Purge(long.MaxValue);
            Assert.True(heap.HeldBytes >= heap.UsedBytes);
            Assert.True(heap.ReservedBytes >= heap.HeldBytes);
        }

        foreach (var (address, size) in live)
        {
            Assert.True(NativeBytes.IsMarked(address, size));
            heap.UnsafeFree(address);
        }

        Assert.Equal(0, heap.UsedBytes);
        heap.Purge(long.MaxValue);
        Assert.Equal(0, heap.HeldBytes);
    }

    [Fact]
    public void What_fits_within_a_size_takes_no_more_than_that()
    {
        for (long size = 16 + Canary; size < 4 * ChunkSize; size += 1 + (size / 50))
        {
            var usable = NativeHeap.UsableSizeWithin(size);
            Assert.InRange(NativeHeap.RoundedSize(usable), 1, size);
            Assert.True(NativeHeap.RoundedSize(usable + 1) > size, $"{usable} bytes are not the most within {size}");
        }
    }

    [Fact]
    public void Every_class_fills_slabs_to_the_last_object()
    {
        using var heap = new NativeHeap();
        for (var i = 0; i < SizeClasses.Count; i++)
        {
            var size = SizeClasses.SizeOf(i);
            var perSlab = (int)(ChunkSize - NativeHeap.SlabHeaderSize) / size;
            var objects = new List<nint>();
            var request = size - Canary;
            for (var n = 0; n < (perSlab * 2) + 1; n++)
            {
                objects.Add(heap.UnsafeAllocate(request));
                NativeBytes.Mark(objects[^1], request);
            }

            Assert.Equal(3, objects.Select(address => address / ChunkSize).Distinct().Count());
            Assert.Equal(objects.Count, objects.Distinct().Count());
            Assert.Equal((long)objects.Count * size, heap.UsedBytes);
            Assert.All(objects, address => Assert.True(NativeBytes.IsMarked(address, request)));
            Assert.All(objects, address => Assert.NotEqual(0, address % ChunkSize));
            foreach (var address in objects) heap.UnsafeFree(address);
            Assert.Equal(0, heap.UsedBytes);
        }
    }

#if !GUARDED
    /// <summary>
    /// A class keeps a slab when its last object has gone, until another one needs one. A list of a million elements grows through some forty of them
    /// before its leaves are full, and had an eighth more memory than it needed.
    /// </summary>
    [Fact]
    public void A_slab_that_a_class_has_left_empty_is_used_before_a_new_one()
    {
        using var heap = new NativeHeap(SmallSpan);
        var first = heap.UnsafeAllocate(40);
        for (var size = 100; size < 6000; size += 300) heap.UnsafeFree(heap.UnsafeAllocate(size));
        Assert.Equal(2 * ChunkSize, heap.HeldBytes);
        heap.UnsafeFree(heap.UnsafeAllocate(8000));
        var second = heap.UnsafeAllocate(5900); // whose slab has gone to the one of before
        Assert.Equal(2 * ChunkSize, heap.HeldBytes);
        heap.UnsafeFree(first);
        var third = heap.UnsafeAllocate(40); // the empty slab is still its own
        Assert.Equal(first, third);
        heap.UnsafeFree(third);
        var fourth = heap.UnsafeAllocate(8000);
        Assert.Equal(2 * ChunkSize, heap.HeldBytes);
        heap.UnsafeFree(second);
        heap.UnsafeFree(fourth);
    }
#endif

    [Fact]
    public void A_freed_object_is_the_next_one_of_its_class()
    {
        using var heap = new NativeHeap();
        var objects = Enumerable.Range(0, 2000).Select(_ => heap.UnsafeAllocate(100)).ToList();
        var held = heap.HeldBytes;
        for (var round = 0; round < 100; round++)
        {
            foreach (var address in objects) heap.UnsafeFree(address);
            for (var i = 0; i < objects.Count; i++) objects[i] = heap.UnsafeAllocate(100);
        }

#if GUARDED
        // Freed objects are in quarantine: more memory is used, but not more and more.
        Assert.InRange(heap.HeldBytes, held, held + (8 << 20));
#else
        Assert.Equal(held, heap.HeldBytes);
#endif
    }

    [Fact]
    public void Large_runs_are_whole_chunks_at_chunk_starts()
    {
        using var heap = new NativeHeap(SmallSpan);
        var small = heap.UnsafeAllocate(SizeClasses.SmallMax - Canary);
        var large = heap.UnsafeAllocate(SizeClasses.SmallMax + 1);
        Assert.NotEqual(0, small % ChunkSize);
        Assert.Equal(0, large % ChunkSize);
        Assert.Equal(ChunkSize - Canary, NativeHeap.UnsafeUsableSize(large));
        Assert.Equal(NativeHeap.RoundedSize(SizeClasses.SmallMax - Canary) + ChunkSize, heap.UsedBytes);
        foreach (var chunks in new[] { 1, 2, 5, 14, 15, 16, 40, 1022, 1023, 1024, 2500 })
        {
            var before = heap.UsedBytes;
            var address = heap.UnsafeAllocate((chunks * ChunkSize) - Canary);
            Assert.Equal(0, address % ChunkSize);
            Assert.Equal(chunks * ChunkSize, heap.UsedBytes - before);
            Assert.Equal((chunks * ChunkSize) - Canary, NativeHeap.UnsafeUsableSize(address));
            var last = (int)((chunks * ChunkSize) - Canary - 1);
            NativeBytes.At(address, last + 1)[last] = 1;
            NativeBytes.At(address, last + 1)[0] = 1;
            heap.UnsafeFree(address);
            Assert.Equal(before, heap.UsedBytes);
        }
    }

    [Fact]
    public void Holes_between_runs_are_found_again()
    {
        using var heap = new NativeHeap(SmallSpan);
        var runs = Enumerable.Range(0, 15).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        var reserved = heap.ReservedBytes;
        Assert.Equal(SmallSpan, reserved);
        foreach (var i in new[] { 3, 4, 5, 9 }) heap.UnsafeFree(runs[i]);
        heap.Purge(0);
        var three = heap.UnsafeAllocate((3 * ChunkSize) - Canary);
        var one = heap.UnsafeAllocate(ChunkSize - Canary);
        Assert.Equal(runs[3], three);
        Assert.Equal(runs[9], one);
        Assert.Equal(reserved, heap.ReservedBytes);
        heap.UnsafeAllocate(ChunkSize - Canary);
        Assert.Equal(2 * reserved, heap.ReservedBytes);
    }

    [Fact]
    public void A_failed_allocation_leaves_the_counts_alone()
    {
        using var heap = new NativeHeap(SmallSpan);
        heap.UnsafeAllocate(100);
        var used = heap.UsedBytes;
        Assert.Throws<InsufficientMemoryException>(() => heap.UnsafeAllocate(1L << 48));
        Assert.Equal(used, heap.UsedBytes);
        Assert.Equal(ChunkSize, heap.HeldBytes);
    }

    [Fact]
    public void Purge_gives_free_memory_back_and_lets_go_of_unused_spans()
    {
        using var heap = new NativeHeap(SmallSpan);
        var objects = Enumerable.Range(0, 60_000).Select(_ => heap.UnsafeAllocate(100)).ToList();
        Assert.True(heap.ReservedBytes > 5 * SmallSpan);
        foreach (var address in objects) NativeBytes.At(address, 100).Fill(1);
        foreach (var address in objects.Skip(1)) heap.UnsafeFree(address);
        Assert.True(heap.HeldBytes > 50 * ChunkSize);
        Assert.True(heap.Purge(10 * ChunkSize) <= 10 * ChunkSize);
        Assert.True(heap.Purge(long.MaxValue) > 0);
        Assert.Equal(0, heap.Purge(long.MaxValue));
        Assert.Equal(ChunkSize, heap.HeldBytes);
        Assert.Equal(SmallSpan, heap.ReservedBytes);
        Assert.Equal(1, NativeBytes.At(objects[0], 100)[0]);
    }

    [Fact]
    public void Huge_runs_that_replace_each_other_do_not_pile_up()
    {
        using var heap = new NativeHeap();
        const long size = 80 << 20;
        nint live = 0;
        for (var i = 0; i < 50; i++)
        {
            var next = heap.UnsafeAllocate(size + (i * 100_000L));
            if (live != 0) heap.UnsafeFree(live);
            live = next;
            Assert.True(heap.HeldBytes < 4 * size, $"{heap.HeldBytes} bytes are held after {i + 1} runs.");
        }

        heap.UnsafeFree(live);
    }

    [Fact]
    public void Every_huge_page_is_offered_ahead_when_half_of_the_one_before_is_taken()
    {
        const int hugePage = 2 << 20;
        const int perPage = (int)(hugePage / ChunkSize);
        const int chunksPerSpan = ((64 << 20) / (int)ChunkSize) - 1; // without the header's
        using var heap = new NativeHeap();
        var offered = new List<nint>();
        var runs = new List<nint>();
        for (var chunk = 0; chunk < 2 * chunksPerSpan; chunk++)
        {
            runs.Add(heap.UnsafeAllocate(ChunkSize - Canary));
            NativeBytes.At(runs[^1], 8).Fill(7);
            if (!heap.TryTakeAhead(out var pages)) continue;
            Assert.False(heap.TryTakeAhead(out _), "Two at a time.");
            Assert.Equal(hugePage, pages.Bytes);
            Assert.DoesNotContain(runs, run => run >= pages.Address && run < pages.Address + hugePage);
            Assert.DoesNotContain(pages.Address, offered);
            offered.Add(pages.Address);
            pages.Populate();
            heap.AheadDone();
        }

        Assert.All(runs, run => Assert.Equal(7, NativeBytes.At(run, 8)[0]));
        var pagesUsed = runs.Select(run => run / hugePage).Distinct().ToArray();
        Assert.Equal(pagesUsed.Skip(1).Order(), offered.Select(address => address / hugePage).Where(pagesUsed.Contains).Order());
        Assert.InRange(offered.Count, pagesUsed.Length - 1, pagesUsed.Length);
        Assert.Equal(2 * (64 << 20), heap.ReservedBytes);

        // What has been given back is offered again.
        var last = runs.Skip(chunksPerSpan).ToArray();
        foreach (var run in last.Skip(perPage)) heap.UnsafeFree(run);
        Assert.True(heap.Purge(long.MaxValue) > 0);
        var again = 0;
        for (var i = 0; i < last.Length - perPage; i++)
        {
            heap.UnsafeAllocate(ChunkSize - Canary);
            if (heap.TryTakeAhead(out _)) again++;
            heap.AheadDone();
        }

        Assert.InRange(again, (last.Length / perPage) - 4, last.Length / perPage);
    }

    [Fact]
    public void A_reserve_is_made_resident_used_first_and_given_back_when_it_is_no_longer_wanted()
    {
        const long hugePage = 2 << 20;
        const long reserve = 100 << 20; // more than a span has
        using var heap = new NativeHeap();
        heap.UnsafeAllocate(ChunkSize - Canary);
        heap.Reserve = reserve;
        var offered = Fill(heap);
        Assert.Equal(offered.Count, offered.Distinct().Count());
        Assert.InRange(heap.HeldBytes, reserve, reserve + (3 * hugePage));

        // Only more than the reserve is surplus, however long it lies there.
        for (var call = 0; call < 3 * ChunkSpans.TrimWindow; call++) Assert.InRange(heap.Trim(hugePage), 0, hugePage);
        Assert.InRange(heap.HeldBytes, reserve, reserve + (3 * hugePage));
        Assert.Empty(Fill(heap));

        // What is allocated comes out of it, and is made good.
        var held = heap.HeldBytes;
        var runs = Enumerable.Range(0, 64).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        Assert.Equal(held, heap.HeldBytes);
        Assert.All(runs, run => Assert.Contains(offered, page => run >= page && run < page + (nint)hugePage));
        Assert.NotEmpty(Fill(heap));
        Assert.InRange(heap.HeldBytes, reserve + (64 * ChunkSize), reserve + (64 * ChunkSize) + (3 * hugePage));

        heap.Reserve = 0;
        for (var call = 0; call < 3 * ChunkSpans.TrimWindow; call++) heap.Trim(hugePage);
        Assert.InRange(heap.HeldBytes, 0, (64 * ChunkSize) + (3 * hugePage));
    }

    // The addresses that were offered until the heap was content.
    private static List<nint> Fill(NativeHeap heap)
    {
        var offered = new List<nint>();
        while (heap.TryTakeAhead(out var pages))
        {
            pages.Populate();
            heap.AheadDone();
            offered.Add(pages.Address);
            Assert.InRange(offered.Count, 0, 1000);
        }

        return offered;
    }

    [Fact]
    public void A_page_of_a_span_that_is_let_go_is_not_offered_any_more()
    {
        const int chunksPerSpan = ((64 << 20) / (int)ChunkSize) - 1;
        using var heap = new NativeHeap();
        for (var chunk = 0; chunk < chunksPerSpan; chunk++)
        {
            heap.UnsafeAllocate(ChunkSize - Canary);
            if (heap.TryTakeAhead(out _)) heap.AheadDone();
        }

        var second = Enumerable.Range(0, 24).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        foreach (var run in second) heap.UnsafeFree(run);
        while (heap.Purge(long.MaxValue) > 0)
        {
            // the guarded heap keeps for a while what was freed
        }

        var isLetGo = heap.ReservedBytes == 64 << 20;
        if (heap.TryTakeAhead(out var pages) && isLetGo) Assert.NotEqual(second[0] >> 26, pages.Address >> 26);
        pages.Populate();
    }

    [Fact]
    public void Spans_of_small_pages_offer_nothing_ahead()
    {
        using var heap = new NativeHeap(SmallSpan);
        heap.Reserve = 1 << 20;
        for (var chunk = 0; chunk < 100; chunk++)
        {
            heap.UnsafeAllocate(ChunkSize - Canary);
            Assert.False(heap.TryTakeAhead(out _));
        }
    }

    [Fact]
    public void Trim_gives_back_what_stays_free_and_keeps_what_is_taken_again()
    {
        using var heap = new NativeHeap(64 * ChunkSize);
        var runs = Enumerable.Range(0, 40).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        foreach (var run in runs) heap.UnsafeFree(run);
        heap.Purge(0);
        long given = 0;
        for (var call = 0; call < ChunkSpans.TrimWindow * 4; call++)
        {
            // Ten chunks are in use now and then in every window; thirty never again.
            var taken = Enumerable.Range(0, 10).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
            foreach (var run in taken) heap.UnsafeFree(run);
            heap.Purge(0);
            var now = heap.Trim(2 * ChunkSize);
            Assert.InRange(now, 0, 2 * ChunkSize);
            if (call < ChunkSpans.TrimWindow) Assert.Equal(0, now);
            given += now;
        }

        Assert.Equal(30 * ChunkSize, given);
        Assert.Equal(10 * ChunkSize, heap.HeldBytes);
    }

    [Fact]
    public void Spans_of_full_size_give_back_whole_huge_pages_and_take_others_apart()
    {
        const int hugePage = 2 << 20;
        using var heap = new NativeHeap();
        var runs = Enumerable.Range(0, 200).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        var kept = runs[100];
        NativeBytes.At(kept, 1000).Fill(7);
        foreach (var run in runs.Where(run => run != kept)) heap.UnsafeFree(run);
        heap.Purge(0);
        for (var call = 0; call < ChunkSpans.TrimWindow * 10; call++) Assert.InRange(heap.Trim(hugePage), 0, hugePage);
        // 201 chunks with the header lie in 7 huge pages; the one of the object that is kept has small pages from now on.
        Assert.Equal(ChunkSize, heap.HeldBytes);
        Assert.True(NativeBytes.At(kept, 1000).IndexOfAnyExcept((byte)7) < 0);
        var again = Enumerable.Range(0, 199).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        foreach (var run in again) NativeBytes.At(run, 1000).Fill(8);
        Assert.Equal(200 * ChunkSize, heap.HeldBytes);
        Assert.True(NativeBytes.At(kept, 1000).IndexOfAnyExcept((byte)7) < 0);
        foreach (var run in again) heap.UnsafeFree(run);
        heap.Purge(0);
        heap.UnsafeFree(kept);
        heap.Purge(long.MaxValue);
        Assert.Equal(0, heap.HeldBytes);
    }

    /// <summary>
    /// The system lets a change of a mapping wait for each page fault in it, however long the thread that is in one gets no core: a server was silent for
    /// 10 s beside a few busy processes.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Huge_pages_are_not_taken_apart_while_another_thread_may_be_touching_memory(bool byPage)
    {
        const int hugePage = 2 << 20;
        if (!OperatingSystem.IsLinux()) return;
        using var heap = new NativeHeap();
        var runs = Enumerable.Range(0, 112).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray(); // 3.5 pages: the next one is to be made resident
        var isTaken = byPage && heap.TryTakeAhead(out _);
        Assert.Equal(byPage, isTaken);
        for (var i = 0; i < runs.Length; i++)
        {
            if (i % 2 == 0) heap.UnsafeFree(runs[i]);
        }

        heap.Purge(0);
        var held = heap.HeldBytes;
        for (var call = 0; call < ChunkSpans.TrimWindow * 3; call++) Assert.Equal(0, heap.Trim(hugePage, isAlone: byPage));
        Assert.Equal(0, heap.Purge(long.MaxValue, isAlone: byPage));
        Assert.Equal(held, heap.HeldBytes);
        if (byPage) heap.AheadDone();
        for (var call = 0; call < ChunkSpans.TrimWindow * 6; call++) heap.Trim(hugePage);
        Assert.InRange(heap.HeldBytes, 56 * ChunkSize, 57 * ChunkSize);

        // What is in small pages can go all the same: nothing changes for those that are in use.
        heap.UnsafeFree(runs[1]);
        heap.Purge(0);
        if (byPage) return;
        Assert.Equal(ChunkSize, heap.Purge(long.MaxValue, isAlone: false));
        foreach (var run in runs.Where((_, i) => i % 2 == 1 && i > 1)) heap.UnsafeFree(run);
        heap.Purge(long.MaxValue, isAlone: false);
        Assert.Equal(0, heap.HeldBytes);
    }

    /// <summary>Two spans in one mapping would be locked together.</summary>
    [Fact]
    public void Every_span_is_a_mapping_of_its_own()
    {
        if (!OperatingSystem.IsLinux()) return;
        const long span = 64 << 20;
        using var heap = new NativeHeap();
        var runs = Enumerable.Range(0, 6 * 1023).Select(_ => heap.UnsafeAllocate(ChunkSize - Canary)).ToArray();
        var large = heap.UnsafeAllocate(100 << 20);
        var starts = runs.Select(run => run & ~(nint)(span - 1)).Distinct().ToArray();
        Assert.Equal(6, starts.Length);
        var mappings = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')[0].Split('-'))
            .ToDictionary(ends => Address(ends[0]), ends => Address(ends[1]));
        Assert.All(starts, start => Assert.Equal(start + span + Environment.SystemPageSize, mappings[start]));
        var own = large & ~(nint)(span - 1);
        Assert.InRange(mappings[own] - own, (100 << 20) + Environment.SystemPageSize, (101 << 20) + Environment.SystemPageSize);

        static long Address(string hex) => long.Parse(hex, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_large_mapping_is_emptied_in_steps()
    {
        using var heap = new NativeHeap();
        var reserved = heap.ReservedBytes;
        var large = heap.UnsafeAllocate(100L << 20);
        var used = heap.UsedBytes;
        Assert.Equal(used, heap.HeldBytes);
        heap.UnsafeFree(large);
        Assert.Equal(0, heap.UsedBytes);
        Assert.Equal(used, heap.HeldBytes);
        long given = 0;
        while (heap.HeldBytes > 0)
        {
            var step = heap.Trim(2 << 20);
            Assert.InRange(step, 1, 2 << 20);
            given += step;
        }

        Assert.Equal(used, given);
        Assert.Equal(reserved, heap.ReservedBytes);
    }

    [Fact]
    public void Freeing_what_was_not_allocated_is_noticed()
    {
        using var heap = new NativeHeap(SmallSpan);
        var run = heap.UnsafeAllocate(ChunkSize);
        heap.UnsafeFree(run);
        Assert.Throws<InvalidOperationException>(() =>
        {
            heap.UnsafeFree(run);
            heap.Purge(0);
        });
    }

    [Fact]
    public void Span_sizes_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeHeap(128L << 20));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeHeap(ChunkSize));
    }
}
