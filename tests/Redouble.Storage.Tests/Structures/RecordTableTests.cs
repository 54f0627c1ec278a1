using Redouble.Core.Memory;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>The table against a dictionary, with hashes spread, clustered, and both.</summary>
public sealed class RecordTableTests(RecordTableTests.Keys keys) : IClassFixture<RecordTableTests.Keys>
{
    private const int BucketBytes = 64;
    private const int FullSegmentBytes = 1024 * BucketBytes;

    [Fact]
    public void An_empty_table_is_four_buckets_of_seven_slots()
    {
        using var model = new TableModel();
        Assert.Equal(7, RecordTable.SlotsPerBucket);
        Assert.InRange(model.Table.Bytes, 4 * BucketBytes, 6 * BucketBytes); // with its directory
        Assert.Equal(4 * 7, model.Table.Capacity);
        model.AssertEqual(keys.Pool.Spread(new Random(1), 100));
    }

    /// <summary>Also where the bucket has overflowed, as one in five has at this fill: what is not fetched ahead is waited for.</summary>
    [Fact]
    public void What_is_fetched_ahead_is_the_record_that_is_found()
    {
        using var model = new TableModel();
        var universe = keys.Pool.Spread(new Random(7), 6_400);
        foreach (var key in universe) model.Insert(key, hasExpiry: false);
        Assert.True(model.Table.Capacity * 85 / 100 < model.Table.Count);
        var others = 0;
        foreach (var key in universe)
        {
            if (!model.Table.LikelyRecord(key.Hash).Equals(model.Records[key])) others++;
        }

        Assert.InRange(others, 0, 2);
        foreach (var key in universe) model.Remove(key);
        foreach (var key in universe) Assert.True(model.Table.LikelyRecord(key.Hash).IsMissing);
    }

    [Theory]
    [InlineData("spread", 1, 300, 20_000)]
    [InlineData("spread", 2, 30_000, 120_000)]
    [InlineData("cluster", 3, 300, 20_000)]
    [InlineData("cluster", 4, 2_000, 20_000)]
    [InlineData("mixed", 5, 3_000, 40_000)]
    [InlineData("mixed", 6, 40_000, 150_000)]
    public void Equals_a_dictionary(string kind, int seed, int count, int steps)
    {
        var random = new Random(seed);
        var universe = Universe(kind, random, count);
        using var model = new TableModel();
        for (var step = 0; step < steps; step++)
        {
            var removes = step / (steps / 5) % 2 == 1;
            var key = universe[random.Next(count)];
            model.AssertHas(key);
            if (!model.Records.ContainsKey(key))
            {
                if (!removes || random.Next(4) == 0) model.Insert(key, random.Next(3) == 0);
            }
            else if (removes || random.Next(4) == 0)
            {
                model.Remove(key);
            }
            else
            {
                model.Update(key, random.Next(2) == 0);
            }

            if (step % (steps / 8) == 0) model.AssertEqual(universe);
        }

        model.AssertEqual(universe);
    }

    [Fact]
    public void The_directory_doubles_and_halves_with_the_keys()
    {
        var universe = keys.Pool.Spread(new Random(7), 60_000);
        using var model = new TableModel();
        foreach (var key in universe) model.Insert(key);
        // Segments split at a fill of 0.9: 60,000 keys take at least ten full ones.
        Assert.InRange(model.Table.Capacity, 10 * 7168, 20 * 7168);
        Assert.InRange(model.Table.Bytes, 10 * FullSegmentBytes, 20 * NativeHeap.RoundedSize(FullSegmentBytes) * 5 / 4);
        model.AssertEqual(universe);
        foreach (var key in universe[100..]) model.Remove(key);
        Assert.InRange(model.Table.Capacity, 100, 1024);
        model.AssertEqual(universe);
    }

    [Theory]
    [InlineData(1, 25)]
    [InlineData(16, 26)]
    [InlineData(500, 400)]
    [InlineData(500, 6_451)]
    [InlineData(500, 6_452)]
    [InlineData(3_000, 60_000)]
    [InlineData(20_000, 60_000)]
    [InlineData(60_000, 20_000)]
    public void A_table_that_is_given_room_has_what_it_had_and_does_not_grow_before_that_is_used(int count, int reserved)
    {
        var universe = keys.Pool.Spread(new Random(count), Math.Max(count, reserved));
        using var model = new TableModel();
        foreach (var key in universe[..count]) model.Insert(key, hasExpiry: key.Hash % 3 == 0);
        var before = model.Table.Capacity;
        model.Table.Reserve(reserved);
        var given = model.Table.Capacity;
        model.AssertEqual(universe);
        foreach (var key in universe[count..]) model.Insert(key);
        model.AssertEqual(universe);
        if (reserved <= count) Assert.Equal(before, given);
        else Assert.InRange(given, reserved, Math.Max(56, reserved * 10L / 9 * 2));
        Assert.Equal(given, model.Table.Capacity);
        model.Table.Fit();
        if (universe.Length > given / 2) Assert.Equal(given, model.Table.Capacity);
        model.AssertEqual(universe);
        foreach (var key in universe[(universe.Length / 2)..]) model.Remove(key);
        model.AssertEqual(universe);
    }

    [Theory]
    [InlineData("cluster", 8, 4_000)]
    [InlineData("mixed", 9, 30_000)]
    public void Room_for_keys_that_are_not_spread_loses_none(string kind, int seed, int count)
    {
        var random = new Random(seed);
        var universe = Universe(kind, random, count);
        using var model = new TableModel();
        var reserved = 16;
        foreach (var key in universe)
        {
            if (model.Records.Count == reserved) model.Table.Reserve(reserved *= 4);
            model.Insert(key, random.Next(2) == 0);
        }

        model.AssertEqual(universe);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(14)]
    [InlineData(200)]
    [InlineData(1000)]
    public void One_bucket_takes_any_number_of_keys_in_a_chain(int count)
    {
        var random = new Random(count);
        var cluster = keys.Pool.Cluster(random, count);
        using var model = new TableModel();
        foreach (var key in cluster) model.Insert(key);
        // Most of the segment is empty: what does not fit its buckets has to be in overflow buckets, of which each holds six or seven.
        Assert.True(model.Table.Bytes >= count / 7 * BucketBytes);
        model.AssertEqual(cluster);
        random.Shuffle(cluster);
        while (model.Records.Count > 0)
        {
            model.Remove(cluster[model.Records.Count - 1]);
            if (model.Records.Count % Math.Max(1, count / 20) == 0) model.AssertEqual(cluster);
        }
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void A_chain_survives_removal_at_every_place(int count)
    {
        var cluster = keys.Pool.Cluster(new Random(9), count);
        for (var first = 0; first < count; first++)
        {
            using var model = new TableModel();
            foreach (var key in cluster) model.Insert(key, hasExpiry: key.Number % 2 == 0);
            for (var i = 0; i < count; i++)
            {
                model.Remove(cluster[(first + i) % count]);
                model.AssertEqual(cluster);
            }
        }
    }

    [Fact]
    public void A_slots_expiry_bit_is_its_own()
    {
        var universe = keys.Pool.Cluster(new Random(10), 20);
        using var model = new TableModel();
        foreach (var key in universe) model.Insert(key);
        var position = model.Table.Find(universe[3].Bytes, universe[3].Hash);
        RecordTable.Update(position, position.Record, hasExpiry: true);
        Assert.True(RecordTable.SlotHasExpiry(position));
        Assert.True(position.Record.Equals(model.Records[universe[3]]));
        Assert.All(universe, key => Assert.Equal(key == universe[3], RecordTable.SlotHasExpiry(model.Table.Find(key.Bytes, key.Hash))));
        RecordTable.Update(position, position.Record, hasExpiry: false);
        model.AssertEqual(universe);
    }

    [Fact]
    public void A_table_is_freed_with_its_chains()
    {
        using var heap = new Redouble.Core.Memory.NativeHeap();
        using var blocks = new Redouble.Core.Memory.BlockPool(heap);
        var store = new RecordStore(new TableHome(heap, TableModel.Hash), blocks);
        var table = RecordTable.Create(new TableHome(heap, TableModel.Hash));
        var random = new Random(12);
        foreach (var key in keys.Pool.Mixed(random, 20_000))
            table.Insert(store.CreateString(key.Bytes, [], Redouble.Storage.Keyspace.ValueEncoding.Raw, -1, 0, 0), key.Hash, hasExpiry: false);
        while (table.DisposeSegment())
        {
        }

        Assert.Equal(RecordTable.StateBytes, table.Bytes);
        Assert.Equal(0, table.Capacity);
        table.Dispose();
        Assert.True(heap.UsedBytes >= store.RecordBytes);
    }

    private HashedKey[] Universe(string kind, Random random, int count) => kind switch
    {
        "spread" => keys.Pool.Spread(random, count),
        "cluster" => keys.Pool.Cluster(random, count),
        _ => keys.Pool.Mixed(random, count),
    };

    /// <summary>Made once for all tests of the class.</summary>
    public sealed class Keys
    {
        internal HashedKeys Pool { get; } = new(TableModel.Hash);
    }
}
