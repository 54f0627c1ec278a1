using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class BlockPoolTests
{
    /// <summary>Random rents, retains and releases against a list: counts, bytes and contents.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Equals_a_list_of_what_is_held(int seed)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap();
        using var pool = new BlockPool(heap, retainedBytesMax: 10 * BlockPool.StandardSize);
        var held = new List<(Block Block, int References, byte Fill)>();
        for (var step = 0; step < 20_000; step++)
        {
            var action = random.Next(10);
            if (action < 4 || held.Count == 0)
            {
                var capacity = random.Next(4) == 0 ? random.Next(200_000) : random.Next(BlockPool.StandardCapacity);
                var block = random.Next(3) == 0 ? pool.Rent() : pool.Rent(capacity);
                Assert.Equal((0, 1, 0L, true), (block.Length, block.References, block.Tag, block.Next.IsNone));
                Assert.True(block.Capacity >= BlockPool.StandardCapacity);
                var fill = (byte)step;
                block.Data.Fill(fill);
                block.Length = random.Next(block.Capacity + 1);
                held.Add((block, 1, fill));
            }
            else
            {
                var index = random.Next(held.Count);
                var (block, references, fill) = held[index];
                Assert.Equal(references, block.References);
                Assert.False(block.Data.ContainsAnyExcept(fill));
                Assert.Equal(block.Length, block.Written.Length);
                Assert.Equal(block.Capacity, block.Written.Length + block.Free.Length);
                if (action == 4)
                {
                    block.Retain();
                    held[index] = (block, references + 1, fill);
                }
                else
                {
                    pool.Release(block);
                    if (references > 1) held[index] = (block, references - 1, fill);
                    else held.RemoveAt(index);
                }
            }

            Assert.Equal(held.Sum(entry => BlockPool.MemoryBytes(entry.Block)), pool.LentBytes);
            Assert.Equal(heap.UsedBytes, pool.LentBytes + pool.RetainedBytes);
            Assert.True(pool.RetainedBytes <= 10 * NativeHeap.RoundedSize(BlockPool.StandardSize));
            if (held.Count > 60) Drop(pool, held, random);
        }

        while (held.Count > 0) Drop(pool, held, random);
        Assert.Equal(0, pool.LentBytes);
        pool.Dispose();
        Assert.Equal(0, heap.UsedBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockPool.StandardCapacity)]
    [InlineData(BlockPool.StandardCapacity + 1)]
    [InlineData(1 << 20)]
    public void A_block_holds_what_was_asked_for(int capacity)
    {
        using var pool = new BlockPool();
        var block = pool.Rent(capacity);
        Assert.True(block.Capacity >= capacity);
        Assert.Equal(block.Capacity, block.Data.Length);
        block.Data.Fill(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Resize(block.Capacity + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Resize(-1));
        block.Resize(block.Capacity);
        Assert.Equal(0, block.Free.Length);
        pool.Release(block);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(BlockPool.StandardCapacity + 1)]
    public void A_block_of_its_own_takes_little_more_than_it_holds(int capacity)
    {
        using var pool = new BlockPool(retainedBytesMax: 0);
        var block = pool.RentExactly(capacity);
        Assert.Equal(capacity, block.Capacity);
        block.Data.Fill(1);
        Assert.InRange(pool.LentBytes, capacity + Block.HeaderSize, (capacity + Block.HeaderSize) * 4L / 3);
        pool.Release(block);
        Assert.Equal((0, 0), (pool.LentBytes, pool.RetainedBytes));
    }

    [Fact]
    public void A_block_released_too_often_is_noticed()
    {
        using var pool = new BlockPool();
        var block = pool.Rent();
        pool.Release(block);
        Assert.Throws<InvalidOperationException>(() => pool.Release(block));
    }

    [Fact]
    public void A_handle_survives_as_a_number()
    {
        using var pool = new BlockPool();
        var block = pool.Rent();
        var same = Block.UnsafeFromHandle(block.UnsafeHandle);
        Assert.True(block == same);
        Assert.True(block.Equals((object)same));
        Assert.Equal(block.GetHashCode(), same.GetHashCode());
        Assert.True(block != Block.None);
        Assert.Equal(block.UnsafeAddress, (nint)block.UnsafeHandle + Block.HeaderSize);
        pool.Release(block);
    }

    [Fact]
    public void Four_standard_blocks_fill_a_slab() =>
        Assert.Equal(4, (NativeHeap.ChunkSize - NativeHeap.SlabHeaderSize) / BlockPool.StandardSize);

    private static void Drop(BlockPool pool, List<(Block Block, int References, byte Fill)> held, Random random)
    {
        var index = random.Next(held.Count);
        for (var i = 0; i < held[index].References; i++) pool.Release(held[index].Block);
        held.RemoveAt(index);
    }

    /// <summary>What is too large to share a mapping is zero when it comes, whatever was freed before.</summary>
    [Theory]
    [InlineData(70 << 20, true)]
    [InlineData(30 << 20, false)]
    public void Knows_of_a_large_block_whether_it_is_zero(int capacity, bool isZero)
    {
        using var pool = new BlockPool();
        for (var round = 0; round < 3; round++)
        {
            var block = pool.Rent(capacity);
            Assert.Equal(isZero ? 0 : block.Capacity, block.ZeroFrom);
            if (isZero) Assert.False(block.Data.ContainsAnyExcept((byte)0));
            block.Data.Fill(1);
            pool.Release(block);
        }
    }

    /// <summary>A mapping of its own becomes larger where page tables can move (Linux): nothing is copied, what is new is zero, and all is counted.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_very_large_block_grows_without_a_copy(int front)
    {
        using var heap = new NativeHeap();
        using var pool = new BlockPool(heap);
        var block = pool.Rent(70 << 20);
        block.Resize(block.Capacity);
        block.Narrow(front, block.Capacity - front);
        foreach (var capacity in (int[])[100 << 20, 300 << 20])
        {
            var before = block.Capacity;
            for (var at = 0; at < before; at += 1 << 20) block.Data[at] = (byte)(at >> 20);
            block.Data[before - 1] = 77;
            Assert.Equal(OperatingSystem.IsLinux(), pool.TryGrow(ref block, capacity));
            if (!OperatingSystem.IsLinux()) break;
            Assert.InRange(block.Capacity, capacity, capacity + (1 << 20));
            for (var at = 0; at < before - 1; at += 1 << 20) Assert.Equal((byte)(at >> 20), block.Data[at]);
            Assert.Equal(77, block.Data[before - 1]);
            Assert.InRange(block.ZeroFrom, before, before + 64);
            Assert.False(block.Data.Slice(before, 1 << 20).ContainsAnyExcept((byte)0));
            Assert.False(block.Data[^(1 << 20)..].ContainsAnyExcept((byte)0));
            Assert.Equal((pool.LentBytes, pool.LentBytes), (BlockPool.MemoryBytes(block), heap.UsedBytes));
            block.Resize(block.Capacity);
        }

        var small = pool.Rent(1 << 20);
        pool.Release(block);
        Assert.Equal(pool.LentBytes, BlockPool.MemoryBytes(small));
        pool.Release(small);
        heap.Purge(long.MaxValue);
        Assert.Equal((0L, 0L), (pool.LentBytes, heap.UsedBytes));
        Assert.InRange(heap.HeldBytes, 0, 1 << 20);
        Assert.InRange(heap.ReservedBytes, 0, 64 << 20);
    }

    [Fact]
    public void A_block_that_is_shared_or_not_alone_in_its_mapping_does_not_grow()
    {
        using var pool = new BlockPool();
        var (standard, large, shared) = (pool.Rent(), pool.Rent(10 << 20), pool.Rent(70 << 20));
        shared.Retain();
        foreach (var block in (Block[])[standard, large, shared])
        {
            var same = block;
            var (lent, capacity) = (pool.LentBytes, block.Capacity);
            Assert.False(pool.TryGrow(ref same, 200 << 20));
            Assert.Equal((block, capacity, lent), (same, same.Capacity, pool.LentBytes));
        }

        pool.Release(shared);
        foreach (var block in (Block[])[standard, large, shared]) pool.Release(block);
        Assert.Equal(0, pool.LentBytes);
    }

    [Fact]
    public void A_block_can_be_narrowed_to_a_part_of_what_it_holds()
    {
        using var pool = new BlockPool();
        var block = pool.Rent(100_000);
        var capacity = block.Capacity;
        for (var i = 0; i < 90_000; i++) block.Data[i] = (byte)i;
        block.Resize(90_000);
        var bytes = Core.Memory.NativeBytes.Of(block, 40, 100);
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Narrow(90_001, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => block.Narrow(10, 89_991));
        block.Narrow(40, 80_000);
        Assert.Equal((80_000, capacity - 40), (block.Length, block.Capacity));
        Assert.True(bytes.StartsAt(block, 0));
        Assert.False(bytes.StartsAt(block, 1));
        Assert.Equal(bytes.Span, block.Written[..100]);
        Assert.Equal((byte)(80_039 & 0xFF), block.Written[^1]);
        Assert.Equal((byte)(80_040 & 0xFF), block.Free[0]);
        Assert.True(BlockPool.IsFilledBy(block, 80_000));
        Assert.False(BlockPool.IsFilledBy(block, 8_000));
        pool.Release(block);
        Assert.Equal(0, pool.LentBytes);
    }

    /// <summary>Values of 80 MB that replace each other do not pile up, and nobody waits until all of one has been given back.</summary>
    [Fact]
    public void What_is_filled_bit_by_bit_gives_as_much_back_of_what_was_freed()
    {
        const int size = 80 << 20;
        using var heap = new NativeHeap();
        using var pool = new BlockPool(heap);
        for (var round = 0; round < 5; round++)
        {
            var block = pool.RentAhead(size);
            if (round > 0) Assert.InRange(heap.HeldBytes, 2L * size, (2L * size) + (4 << 20));
            for (var at = 0; at < size; at += 1 << 20)
            {
                pool.Filled(1 << 20);
                if (round > 0) Assert.InRange(heap.HeldBytes, size, Math.Max(size, (2L * size) - at) + (4 << 20));
            }

            pool.Release(block);
        }
    }
}
