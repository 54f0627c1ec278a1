using System.Globalization;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Collections;

public sealed class ListValueTests
{
    [Theory]
    [InlineData(1, 1, 40)]
    [InlineData(2, 3, 300)]
    [InlineData(3, 10, 12_000)]
    [InlineData(4, 100, 300)]
    [InlineData(5, -1, 6_000)]
    [InlineData(6, -2, 20_000)]
    [InlineData(7, -5, 90_000)]
    public void Random_programs_are_equal_to_a_model(int seed, int maxListpackSize, int longest)
    {
        using var program = new ListProgram(maxListpackSize);
        var steps = new ListSteps(program, seed, longest);
        for (var i = 0; i < 4_000; i++)
        {
            steps.Next();
            if (i % 40 == 0) program.AssertEqual();
        }
    }

    /// <summary>Snapshots start at every moment, walk at every pace, and may be given up: their frames are the lists of the start.</summary>
    [Theory]
    [InlineData(1, 1, 40)]
    [InlineData(2, 3, 300)]
    [InlineData(3, 12, 12_000)]
    [InlineData(4, -1, 6_000)]
    [InlineData(5, -2, 20_000)]
    public void A_snapshot_is_the_state_of_its_start(int seed, int maxListpackSize, int longest)
    {
        using var program = new ListProgram(maxListpackSize);
        var steps = new ListSteps(program, seed, longest) { Growth = 36 };
        var (finished, aborted) = CollectionSnapshot.Run(
            steps.Random, 6_000, SnapshotPace.Leaves, _ => steps.Next(), () => new ListSnapshotCheck(program));
        Assert.True(finished > 5 && aborted > 0, $"seed {seed}: {finished} snapshots finished, {aborted} aborted");
    }

    /// <summary>The epoch is a byte: after 256 starts that came to nothing, old stamps of leaves must not be taken for new ones.</summary>
    [Fact]
    public void Stamps_outlive_the_epochs_coming_round()
    {
        const int epochs = 256;
        using var program = new ListProgram(3);
        for (var i = 0; i < 60; i++) program.Push("list", atHead: false, $"element {i}");
        for (var start = 1; start < epochs; start++)
        {
            var check = new ListSnapshotCheck(program);
            program.Set("list", 0, $"changed {start}");
            check.Abort();
        }

        var last = new ListSnapshotCheck(program);
        program.Set("list", 30, "changed in the epoch of its creation, one round later");
        last.Finish();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_pushed_at_one_end_fills_its_leaves(bool atHead)
    {
        const int count = 60_000;
        using var program = new ListProgram(-2);
        for (var i = 0; i < count; i++) program.Push("list", atHead, i.ToString("element-00000000", CultureInfo.InvariantCulture));

        // 16 bytes, 2 around them in the listpack; 0.2 of leaf and tree. Redis takes 18.1.
        var perElement = (double)program.UsedBytes / count;
        Assert.InRange(perElement, 18.0, 18.35);
    }

    [Fact]
    public void What_is_inserted_at_one_place_fills_its_leaves()
    {
        const int count = 20_000;
        using var program = new ListProgram(-2);
        program.Push("list", atHead: false, "first", "pivot", "last");
        for (var i = 0; i < count; i++) program.InsertBeside("list", "pivot", i.ToString("element-00000000", CultureInfo.InvariantCulture), before: true);
        Assert.InRange((double)program.UsedBytes / count, 18.0, 19.2);
    }

    [Fact]
    public void Leaves_that_lose_most_of_their_elements_are_put_together()
    {
        const int count = 40_000;
        using var program = new ListProgram(-2);
        for (var i = 0; i < count; i++) program.Push("list", atHead: false, i % 10 == 0 ? i.ToString("kept-0000000", CultureInfo.InvariantCulture) : "goes");
        program.RemoveEqual("list", "goes", int.MaxValue, fromTail: false);
        program.AssertEqual();
        Assert.InRange((double)program.UsedBytes / (count / 10), 14.0, 23.0);
    }

    [Fact]
    public void A_queue_does_not_grow_with_what_has_gone_through_it()
    {
        using var program = new ListProgram(-2);
        for (var i = 0; i < 3_000; i++) program.Push("queue", atHead: true, $"element {i}");
        var bytes = program.UsedBytes;
        for (var i = 0; i < 20_000; i++)
        {
            program.Push("queue", atHead: true, $"element {i}");
            program.RemoveRange("queue", program.Model["queue"].Count - 1, 1);
        }

        program.AssertEqual();
        Assert.InRange(program.UsedBytes, 0, bytes + (32 << 10));
    }

    /// <summary>LTRIM of half of a list of millions; the leaves went at once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(1_000)]
    public void What_a_cut_takes_off_is_freed_in_slices(int start)
    {
        const int cut = 4_000, atOnce = 65;
        using var program = new ListProgram(1);
        for (var i = 0; i < 5_000; i++) program.Push("list", atHead: false, $"element {i}");
        program.RemoveRange("list", start, cut);
        program.AssertEqual();
        var slices = 1;
        while (program.Keyspace.FreeSlice(20)) slices++;
        Assert.InRange(slices, (cut - atOnce) / 20, (cut / 20) + 1);
        program.AssertEqual();
        program.RemoveRange("list", 0, 50);
        Assert.False(program.Keyspace.CanFree); // few are freed by whoever removes them
    }

    [Fact]
    public void A_deleted_list_is_freed_in_slices()
    {
        using var program = new ListProgram(10);
        for (var i = 0; i < 5_000; i++) program.Push("list", atHead: false, $"element {i}");
        program.Delete("list");
        var slices = 0;
        while (program.Keyspace.FreeSlice(20)) slices++;
        Assert.InRange(slices, 20, 40);
        Assert.Equal(0, program.Keyspace.DataBytes);
    }

    [Theory]
    [InlineData(-2, 8185, true)]
    [InlineData(-2, 8186, false)]
    [InlineData(1, 8185, true)]
    [InlineData(-1, 4089, true)]
    [InlineData(-1, 4090, false)]
    [InlineData(-9, 65_529, true)]
    [InlineData(-9, 65_530, false)]
    public void The_first_element_decides_the_encoding_as_in_Redis(int maxListpackSize, int length, bool isPacked)
    {
        using var program = new ListProgram(maxListpackSize);
        program.Push("list", atHead: false, new string('x', length));
        var encoding = program.Keyspace[0].Read(ListProgram.Bytes("list"), program.Hash("list")).Encoding;
        Assert.Equal(isPacked ? ValueEncoding.Listpack : ValueEncoding.QuickList, encoding);
    }
}
