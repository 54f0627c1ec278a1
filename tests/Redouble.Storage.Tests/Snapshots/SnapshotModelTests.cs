using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Snapshots;

/// <summary>Random programs under a snapshot, which has to be equal to a copy frozen at its start.</summary>
public sealed class SnapshotModelTests
{
    /// <summary>A short program, with the snapshot started before each of its steps and walked at every pace in between.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Stepped_at_every_boundary(int seed)
    {
        const int steps = 60;
        foreach (var recordsPerStep in (int[])[0, 1, 8, 40])
        {
            for (var start = 0; start < steps; start++)
            {
                using var program = new KeyspaceProgram();
                using var random = new RandomSteps(program, seed, keys: 60) { LargePermille = 100, Burst = 12 };
                for (var i = 0; i < 100; i++) random.Next();
                for (var i = 0; i < start; i++) random.Next();
                var check = new SnapshotCheck(program);
                for (var i = start; i < steps; i++)
                {
                    check.Snapshot.Walk(recordsPerStep);
                    random.Next();
                }

                check.Finish();
                program.AssertEqual();
            }
        }
    }

    [Theory]
    [InlineData(1, 50, 30_000)]
    [InlineData(2, 400, 60_000)]
    [InlineData(3, 4_000, 60_000)]
    [InlineData(4, 20_000, 50_000)]
    public void Equals_a_frozen_copy_through_splits_aborts_and_waits(int seed, int keys, int steps)
    {
        using var program = new KeyspaceProgram();
        using var steady = new RandomSteps(program, seed, keys) { Burst = keys / 3 };
        SnapshotCheck? check = null;
        int finished = 0, aborted = 0;
        var random = steady.Random;
        var hasCredit = true;
        for (var step = 0; step < steps; step++)
        {
            steady.Next();
            if (check == null)
            {
                if (random.Next(30) == 0) check = new SnapshotCheck(program);
                continue;
            }

            // A sink without credit: neither does the walk go on, nor does anybody take what writes save.
            if (random.Next(200) == 0) hasCredit = !hasCredit;
            var queueBytesMax = random.Next(4) == 0 ? random.Next(100_000) : long.MaxValue; // may stop within a bucket
            if (hasCredit && random.Next(3) == 0) check.Snapshot.Walk(random.Next(1 + (keys / 20)), queueBytesMax);
            if (hasCredit && random.Next(5) == 0) check.Take(evenPartial: random.Next(4) == 0);
            if (random.Next(9) == 0) check.Encode();
            if (random.Next(4 * keys) == 0)
            {
                check.Abort();
                aborted++;
                check = null;
            }
            else if (check.Snapshot.WalkFinished)
            {
                check.Finish();
                finished++;
                check = null;
            }
        }

        check?.Finish();
        program.AssertEqual();
        Assert.True(finished > 2 && (aborted > 0 || keys > 1000), $"seed {seed}: {finished} snapshots finished, {aborted} aborted");
    }

    [Fact]
    public void A_walk_that_stops_within_a_bucket_emits_each_record_once()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 300; i++) program.Set(i % 2, $"key:{i}", new string('v', i * 7));
        var check = new SnapshotCheck(program);
        while (!check.Snapshot.WalkFinished)
        {
            var frames = check.Snapshot.Queue.Frames;
            check.Snapshot.Walk(100, queueBytesMax: 1);
            Assert.InRange(check.Snapshot.Queue.Frames, frames, frames + 1);
            check.Take(evenPartial: true);
            check.Encode();
        }

        check.Finish();
    }

    /// <summary>The epoch is a byte: after 256 starts that came to nothing, old stamps must not be taken for new ones.</summary>
    [Fact]
    public void Outlives_the_epochs_coming_round()
    {
        using var program = new KeyspaceProgram();
        using var random = new RandomSteps(program, 9, keys: 100);
        for (var i = 0; i < 700; i++)
        {
            for (var step = 0; step < 3; step++) random.Next();
            var check = new SnapshotCheck(program);
            check.Snapshot.Walk(i % 7);
            if (i % 300 == 299) check.Finish();
            else check.Abort();
        }
    }

    [Fact]
    public void A_flushed_table_that_is_captured_does_not_hold_up_the_freeing_of_others()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 500; i++) program.Set(0, $"key:{i}", "captured");
        var check = new SnapshotCheck(program);
        program.Flush(0);
        Assert.False(program.Keyspace.CanFree);
        Assert.False(program.Keyspace.FreeSlice(int.MaxValue));
        var captured = program.Keyspace.DataBytes;
        for (var i = 0; i < 500; i++) program.Set(0, $"key:{i}", "since");
        program.Flush(0);
        Assert.Equal(1000, program.Keyspace.PendingFrees);
        Assert.True(program.Keyspace.CanFree);
        Assert.True(program.Keyspace.FreeSlice(10));
        Assert.False(program.Keyspace.FreeSlice(int.MaxValue));
        Assert.Equal((500, captured), (program.Keyspace.PendingFrees, program.Keyspace.DataBytes));
        check.Finish();
        Assert.True(program.Keyspace.CanFree);
        Assert.False(program.Keyspace.FreeSlice(int.MaxValue));
        Assert.Equal((0, 0L), (program.Keyspace.PendingFrees, program.Keyspace.DataBytes));
    }

    [Fact]
    public void A_key_that_moves_to_a_database_behind_the_walk_is_emitted_where_it_was()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 200; i++) program.Set(i % 3, $"key:{i}", $"value {i}");
        var check = new SnapshotCheck(program);
        check.Snapshot.Walk(100);
        for (var i = 0; i < 200; i++) program.Move(i % 3, $"key:{i}", (i + 1) % 3, $"key:{i}");
        program.Swap(0, 2);
        check.Finish();
    }
}
