using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>Records that grow, shrink, are copied and shared; each test ends with an empty heap.</summary>
public sealed class RecordStoreTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 600)]
    [InlineData(3, 16_500)]
    [InlineData(4, 90_000)]
    public void A_value_keeps_its_common_bytes_through_any_lengths(int seed, int lengthMax)
    {
        var random = new Random(seed);
        using var store = new Store();
        var record = store.String(random.Next(300), 0, random.Next(2) == 0 ? 5 : -1);
        var (key, expiry) = (record.Key.ToArray(), record.ExpireAtMs);
        byte[] model = [];
        for (var step = 0; step < 3000; step++)
        {
            var length = random.Next(3) switch
            {
                0 => Math.Max(0, model.Length - random.Next(50)),
                1 => Math.Min(lengthMax, model.Length + random.Next(50)),
                _ => random.Next(lengthMax),
            };
            record = store.Resize(record, length, growth: random.Next(2) == 0);
            var common = Math.Min(length, model.Length);
            Assert.True(record.Value[..common].SequenceEqual(model.AsSpan(0, common)), $"seed {seed}, step {step}: from {model.Length} to {length} bytes");
            random.NextBytes(record.Value);
            model = record.Value.ToArray();
            Assert.Equal((length, length > Record.InlineValueMax, expiry), (record.ValueLength, record.IsBlock, record.ExpireAtMs));
            Assert.True(record.KeyEquals(key));
            // The slot is as large as it must be, and not absurdly larger.
            Assert.InRange(record.UsableSize, record.Size, Math.Max(record.Size * 2, record.Size + 600));
        }

        store.Records.Free(record);
    }

    /// <summary>The room for the value was found, and stayed when there was none for a long key.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_left_of_a_record_whose_key_finds_no_room(bool isCopy)
    {
        const int length = 9_000_000;
        using var store = new Store(30 << 20);
        var other = store.String(10, length); // room for one more
        var (blocks, records) = (store.Records.BlockBytes, store.Records.RecordBytes);
        for (var i = 0; i < 3; i++)
        {
            Assert.Throws<InsufficientMemoryException>(() => isCopy
                ? store.Records.Copy(other, Store.Bytes(2 * length, 'k'), -1, epoch: 7, takeBlock: false) : store.String(2 * length, length));
            Assert.Equal((blocks, records), (store.Records.BlockBytes, store.Records.RecordBytes));
        }

        store.Records.Free(store.String(10, length));
        store.Records.Free(other);
    }

    [Theory]
    [InlineData(8, 1600)]
    [InlineData(40, 400)]
    [InlineData(120, 130)]
    public void Appending_moves_a_record_seldom(int piece, int times)
    {
        using var store = new Store();
        var record = store.String(16, 0);
        var moves = 0;
        for (var i = 1; i <= times; i++)
        {
            var grown = store.Resize(record, i * piece, growth: true);
            if (!grown.Equals(record)) moves++;
            record = grown;
        }

        // A quarter more at each move: from 8 bytes to 16 KB is 35 times, one more where the length becomes wide, and a few while small.
        Assert.InRange(moves, 1, 45);
        store.Records.Free(record);
    }

    [Theory]
    [InlineData(4, 16)] // to the next multiple of 16 at most
    [InlineData(34, 4)] // to the size class
    public void A_packed_collection_gets_room_only_where_its_steps_are_small(int step, int unused)
    {
        using var store = new Store();
        var record = store.Packed(16, 100);
        var moves = 0;
        for (var length = 100 + step; length <= 212; length += step)
        {
            var grown = store.Resize(record, length, growth: true);
            if (!grown.Equals(record)) moves++;
            record = grown;
            Assert.InRange(record.UsableSize - record.Size, 0, unused - 1);
        }

        Assert.InRange(moves, 1, step < 16 ? 8 : 3); // of 28 steps of 4 bytes, 3 of 34
        store.Records.Free(record);
    }

    [Fact]
    public void A_record_that_shrinks_in_small_steps_leaves_its_large_slot()
    {
        using var store = new Store();
        var record = store.String(16, 16_000);
        for (var length = 16_000; length >= 300; length -= 200)
        {
            record = store.Resize(record, length, growth: false);
            Assert.InRange(record.UsableSize, record.Size, (record.Size * 2) + 600);
        }

        store.Records.Free(record);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_slot_takes_what_it_has_room_for_and_no_more(int seed)
    {
        var random = new Random(seed);
        using var store = new Store();
        for (var round = 0; round < 300; round++)
        {
            var record = store.String(random.Next(40), random.Next(5000));
            for (var step = 0; step < 30; step++)
            {
                var length = Math.Max(0, record.InlineLength + random.Next(-300, 300));
                var size = record.Size - record.InlineLength + length;
                var room = record.UsableSize;
                var sameWidth = length > 255 == record.InlineLength > 255;
                var wastes = room - size > 256 && size < room / 2;
                Assert.Equal(sameWidth && size <= room && !wastes, record.FitsInPlace(length));
                if (!record.FitsInPlace(length)) continue;
                record.SetInlineLength(length);
                record.Value.Fill((byte)step);
                Assert.Equal((length, size, room), (record.InlineLength, record.Size, record.UsableSize));
            }

            store.Records.Free(record);
        }
    }

    [Fact]
    public void A_copy_takes_the_block_along_or_makes_its_own()
    {
        using var store = new Store();
        var record = store.String(5, 40_000);
        var copy = store.Records.Copy(record, "other"u8, expireAtMs: 77, epoch: 9, takeBlock: false);
        Assert.NotEqual(record.Block, copy.Block);
        Assert.True(copy.Value.SequenceEqual(record.Value));
        var block = record.Block;
        var moved = store.Records.Copy(record, "third"u8, expireAtMs: -1, epoch: 9, takeBlock: true);
        Assert.Equal(block, moved.Block);
        Assert.Equal(1, block.References);
        Assert.False(record.IsBlock);
        Assert.Equal((77L, (byte)9, 0x123456, -1L), (copy.ExpireAtMs, copy.Epoch, copy.Clock, moved.ExpireAtMs));
        foreach (var each in (Record[])[record, copy, moved]) store.Records.Free(each);
    }

    [Fact]
    public void A_block_that_is_lent_is_replaced_and_not_written()
    {
        using var store = new Store();
        var record = store.String(5, 40_000);
        var lent = record.Block;
        lent.Retain();
        Assert.Equal(record, store.Resize(record, 40_000, growth: false));
        Assert.NotEqual(lent, record.Block);
        record.Value.Clear();
        Assert.Equal(Store.Bytes(40_000, 'v'), lent.Written.ToArray());
        store.Blocks.Release(lent);

        var own = record.Block;
        Assert.Equal(record, store.Resize(record, 40_000, growth: false));
        Assert.Equal(own, record.Block);
        own.Retain();
        Assert.Equal(record, store.Resize(record, 40_001, growth: true));
        Assert.NotEqual(own, record.Block);
        Assert.Equal(40_000, own.Length);
        store.Blocks.Release(own);
        store.Records.Free(record);
    }
}
