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
            Assert.Equal(isZero, block.WasZeroed);
            if (isZero) Assert.False(block.Data.ContainsAnyExcept((byte)0));
            block.Data.Fill(1);
            pool.Release(block);
        }
    }
}
