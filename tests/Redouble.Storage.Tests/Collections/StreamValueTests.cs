using System.Globalization;
using Redouble.Storage.Collections;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Collections;

public sealed class StreamValueTests
{
    private static readonly string[] s_keys = ["one", "two", "three"];

    [Theory]
    [InlineData(1, 4096, 3)]
    [InlineData(2, 64, 100)]
    [InlineData(3, 0, 1)]
    [InlineData(4, 4096, 0)]
    public void Random_programs_are_equal_to_a_model(int seed, long nodeBytes, long nodeEntries)
    {
        using var program = new StreamProgram(nodeBytes, nodeEntries);
        var random = new Random(seed);
        for (var i = 0; i < 4_000; i++)
        {
            Step(program, random, i);
            if (i % 50 == 0) program.AssertEqual();
        }
    }

    /// <summary>Snapshots start at every moment, walk at every pace, and may be given up: their frames are the streams of the start, groups included.</summary>
    [Theory]
    [InlineData(1, 4096, 3)]
    [InlineData(2, 64, 100)]
    [InlineData(3, 4096, 10)]
    public void A_snapshot_is_the_state_of_its_start(int seed, long nodeBytes, long nodeEntries)
    {
        using var program = new StreamProgram(nodeBytes, nodeEntries);
        var random = new Random(seed);
        var (finished, aborted) = CollectionSnapshot.Run(
            random, 4_000, SnapshotPace.Leaves, i => Step(program, random, i), () => new StreamSnapshotCheck(program));
        Assert.True(finished > 5 && aborted > 0, $"seed {seed}: {finished} snapshots finished, {aborted} aborted");
    }

    [Fact]
    public void Entries_of_one_shape_fill_their_nodes()
    {
        const int count = 50_000;
        using var program = new StreamProgram(4096, 100);
        for (var i = 0; i < count; i++)
            program.Append("stream", new StreamId(1_700_000_000_000, (ulong)i), "f", i.ToString("value-0000000000", CultureInfo.InvariantCulture));

        // 18 bytes of value, 9 of numbers; 0.7 of node, leaf and tree, and what the heap rounds up.
        Assert.InRange((double)program.UsedBytes / count, 26.0, 32.0);
    }

    [Fact]
    public void Pending_entries_belong_to_one_consumer_at_a_time()
    {
        using var program = new StreamProgram(4096, 100);
        var group = program.Open("stream").AddGroup("group"u8)!;
        var alice = group.AddConsumer("alice"u8, seenMs: 1)!;
        var bob = group.AddConsumer("bob"u8, seenMs: 2)!;
        for (var i = 1UL; i <= 300; i++) group.AddPending(new StreamId(i, 0), i % 3 == 0 ? bob : alice, (long)i, 1);
        Assert.Equal((300, 200, 100), (group.PendingCount, alice.PendingCount, bob.PendingCount));
        Assert.True(group.TryFindPending(new StreamId(3, 0), out var entry));
        group.Assign(entry, alice);
        Assert.Equal((300, 201, 99), (group.PendingCount, alice.PendingCount, bob.PendingCount));
        Assert.Same(alice, group.ConsumerOf(entry));
        group.RemovePending(entry);
        Assert.False(group.TryFindPending(new StreamId(3, 0), out _));
        group.RemoveConsumer(alice);
        Assert.Equal((99, 99), (group.PendingCount, bob.PendingCount));
        Assert.Equal(new StreamId(300, 0), group.LastPending.Id);
        var carol = group.AddConsumer("carol"u8, seenMs: 3)!; // takes alice's number
        Assert.Equal(0, carol.PendingCount);
        Assert.Null(group.AddConsumer("bob"u8, seenMs: 4));
    }

    /// <summary>XTRIM of half of a stream of millions; the nodes went at once.</summary>
    [Fact]
    public void What_a_cut_takes_off_is_freed_in_slices()
    {
        using var program = new StreamProgram(4096, 1);
        for (var i = 1UL; i <= 5_000; i++) program.Append("stream", new StreamId(i, 0), "f", "v");
        program.Trim("stream", new StreamTrim { IsByLength = true, MaxLength = 1_000 });
        program.AssertEqual();
        var slices = 1;
        while (program.Keyspace.FreeSlice(20)) slices++;
        Assert.InRange(slices, 3_900 / 20, (4_000 / 20) + 1);
        program.AssertEqual();
    }

    [Fact]
    public void A_deleted_stream_is_freed_in_slices_with_its_groups()
    {
        using var program = new StreamProgram(4096, 1);
        for (var i = 1UL; i <= 1_000; i++) program.Append("stream", new StreamId(i, 0), "f", "v");
        var group = program.Open("stream").AddGroup("group"u8)!;
        var consumer = group.AddConsumer("alice"u8, seenMs: 1)!;
        for (var i = 1UL; i <= 1_000; i++) group.AddPending(new StreamId(i, 0), consumer, 1, 1);
        program.Remove("stream");
        var slices = 0;
        while (program.Keyspace.FreeSlice(100)) slices++;
        Assert.InRange(slices, 15, 30);
        Assert.Equal(0, program.Keyspace.DataBytes);
    }

    /// <summary>The counts are those that redis-server's XINFO STREAM gave for streams with one entry per node.</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData("1-0", 2)]
    [InlineData("1-0 2-0", 6)]
    [InlineData("1-0 1-1 2-0", 8)]
    [InlineData("1-1 1-2 1-3", 5)]
    [InlineData("1-0 256-0 65536-0", 9)]
    public void The_radix_tree_has_as_many_nodes_as_in_Redis(string ids, long expected)
    {
        using var program = new StreamProgram(0, 1);
        program.Open("stream");
        foreach (var id in ids.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.True(StreamId.TryParse(StreamProgram.Bytes(id), 0, out var parsed));
            program.Append("stream", parsed, "f", "v");
        }

        Assert.Equal(expected, program.Read("stream").RadixNodeCount);
    }

    /// <summary>XINFO STREAM once looked at all nodes, and of a long stream there are many.</summary>
    [Fact]
    public void The_nodes_of_the_radix_tree_of_a_long_stream_are_told_from_its_begin()
    {
        using var program = new StreamProgram(0, 1);
        program.Open("stream");
        for (var i = 0; i < RadixShape.CountedMax; i++) program.Append("stream", new StreamId(1, (ulong)i), "f", "v");
        var first = program.Read("stream").RadixNodeCount;
        for (var i = 1; i <= RadixShape.CountedMax / 2; i++) program.Append("stream", new StreamId((ulong)i << 32, 0), "f", "v"); // not of the same kind
        Assert.Equal(first * 3 / 2, program.Read("stream").RadixNodeCount);
    }

    [Theory]
    [InlineData("5", 5UL, 7UL)]
    [InlineData("5-6", 5UL, 6UL)]
    [InlineData("18446744073709551615-0", ulong.MaxValue, 0UL)]
    public void Ids_are_read(string text, ulong ms, ulong sequence)
    {
        Assert.True(StreamId.TryParse(StreamProgram.Bytes(text), 7, out var id));
        Assert.Equal(new StreamId(ms, sequence), id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("5-")]
    [InlineData("-5")]
    [InlineData("5-6-7")]
    [InlineData("18446744073709551616")]
    public void What_is_no_id_is_refused(string text) => Assert.False(StreamId.TryParse(StreamProgram.Bytes(text), 0, out _));

    [Fact]
    public void Ids_follow_each_other()
    {
        var id = new StreamId(4, ulong.MaxValue);
        Assert.True(id.TryNext(out id));
        Assert.Equal(new StreamId(5, 0), id);
        Assert.True(id.TryPrevious(out id));
        Assert.Equal(new StreamId(4, ulong.MaxValue), id);
        id = new StreamId(0, 1);
        Assert.True(id.TryPrevious(out id)); // over itself
        Assert.False(id.TryPrevious(out id));
        Assert.Equal(StreamId.Max, id);
        Assert.False(id.TryNext(out id));
        Assert.Equal(StreamId.Min, id);
    }

    private static void Step(StreamProgram program, Random random, int step)
    {
        var key = s_keys[random.Next(s_keys.Length)];
        var kind = random.Next(100);
        var last = program.Model.TryGetValue(key, out var model) ? program.Read(key).LastId : default;
        if (model == null || kind < 60)
        {
            var id = random.Next(3) == 0 ? new StreamId(last.Ms + (ulong)random.Next(1, 300), (ulong)random.Next(3)) : new StreamId(last.Ms, last.Sequence + 1);
            program.Append(key, id, Words(random, step));
        }
        else if (kind < 75)
        {
            var id = model.Count > 0 && random.Next(4) > 0 ? model.Keys.ElementAt(random.Next(model.Count)) : new StreamId(last.Ms, 77);
            program.Delete(key, id);
        }
        else if (kind < 80)
        {
            var at = model.Count > 0 ? model.Keys.ElementAt(random.Next(model.Count)) : last;
            var isByLength = random.Next(2) == 0;
            program.Trim(key, new StreamTrim { IsByLength = isByLength, MaxLength = random.Next(40), MinId = at, IsApproximate = random.Next(3) == 0 });
        }
        else if (kind < 85)
        {
            var low = new StreamId((ulong)random.Next((int)last.Ms + 2), (ulong)random.Next(4));
            program.AssertRange(key, low, new StreamId(low.Ms + (ulong)random.Next(200), ulong.MaxValue));
        }
        else if (kind < 98)
        {
            ChangeGroup(program, random, key, last);
        }
        else if (kind == 98)
        {
            program.Remove(key);
        }
        else
        {
            Lower(program, random, key, model, last);
        }
    }

    // Deletes the last entries, by their ids or in a way that leaves a node in which all is deleted, and lets ids begin again from there.
    private static void Lower(StreamProgram program, Random random, string key, SortedDictionary<StreamId, string[]> model, StreamId last)
    {
        for (var left = random.Next(12); left > 0 && model.Count > 0; left--) program.Delete(key, model.Keys.Last());
        if (random.Next(2) == 0) program.Trim(key, new StreamTrim { MinId = model.Count > 0 ? model.Keys.Last() with { Sequence = ulong.MaxValue } : last });
        program.Lower(key, model.Count > 0 ? model.Keys.Last() : new StreamId((ulong)random.Next((int)last.Ms + 1), 0));
    }

    private static void ChangeGroup(StreamProgram program, Random random, string key, StreamId last)
    {
        var stream = program.Open(key);
        var group = stream.Reader.FindGroup("group"u8) ?? stream.AddGroup("group"u8)!;
        var name = StreamProgram.Bytes($"consumer {random.Next(3)}");
        var consumer = group.FindConsumer(name) ?? group.AddConsumer(name, random.Next())!;
        var id = new StreamId((ulong)random.Next((int)last.Ms + 1), 0);
        group.LastId = id;
        if (!group.TryFindPending(id, out var entry)) group.AddPending(id, consumer, random.Next(), 1);
        else if (random.Next(2) == 0) group.Assign(entry, consumer);
        else group.RemovePending(entry);
        if (random.Next(60) == 0) group.RemoveConsumer(consumer);
        if (random.Next(60) == 0) stream.RemoveGroup(group);
    }

    private static string[] Words(Random random, int step) => random.Next(4) switch
    {
        0 => ["field", step.ToString(CultureInfo.InvariantCulture)],
        1 => ["field", new string('x', random.Next(120))],
        2 => ["a", "1", "b", "-77", "c", ""],
        _ => [$"name {random.Next(3)}", "value", "7", new string('y', random.Next(300))],
    };
}
