using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Collections;

/// <summary>Random programs over hashes and sets of all sizes against dictionaries, and snapshots of them against frozen copies.</summary>
public sealed class CollectionModelTests
{
    [Theory]
    [InlineData(1, 3, 10, 4_000)]
    [InlineData(2, 10, 40, 20_000)]
    [InlineData(3, 4, 2_000, 40_000)]
    public void Equals_dictionaries(int seed, int keys, int names, int steps)
    {
        using var program = new CollectionProgram(seed, keys, names);
        for (var i = 0; i < steps; i++)
        {
            program.Next();
            if (i % (steps / 40) == 0) program.AssertEqual();
        }

        program.AssertEqual();
        Assert.InRange(program.Relocating.Moved, 100, long.MaxValue);
    }

    [Theory]
    [InlineData(1, 3, 12, 20_000)]
    [InlineData(2, 20, 60, 40_000)]
    [InlineData(3, 5, 1_500, 60_000)]
    [InlineData(4, 5, 400, 60_000)]
    public void A_snapshot_equals_a_frozen_copy(int seed, int keys, int names, int steps)
    {
        using var program = new CollectionProgram(seed, keys, names);
        var (finished, aborted) = CollectionSnapshot.Run(
            program.Random, steps, SnapshotPace.Elements, _ => program.Next(), () => new CollectionSnapshotCheck(program));
        program.AssertEqual();
        Assert.True(finished > 20 && aborted > 2, $"{finished} snapshots finished, {aborted} aborted");
    }

    /// <summary>Each value that waits had a block of 16 KB for what writers saved of it: a hundred thousand hashes were 1.6 GB, and the snapshot was given up.</summary>
    [Fact]
    public void Very_many_values_can_wait_for_a_snapshot()
    {
        const int keys = 3_000;
        using var program = new CollectionProgram(9, keys, names: 12);
        for (var i = 0; i < 12 * keys; i++) program.Add(0, $"key{i % keys}", $"name{i / keys}", "value");
        var check = new CollectionSnapshotCheck(program);
        for (var i = 0; i < keys; i++) program.Remove(0, $"key{i}", "name7");
        Assert.InRange(check.Snapshot.Queue.HeldBytes, keys * 32, keys * 1_024);
        for (var i = 0; i < 4 * keys; i++) program.Next();
        check.Finish();
    }
}
